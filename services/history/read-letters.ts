// Read letters
// Dead letters as the log told them: page by page, one by one, and gathered by what caused them. That a letter was sent again shows by the message
// it was sent as, which its actor has taken since.
import type { MikroORM } from '@mikro-orm/postgresql'
import { equal, readPage, type Page, type Part } from './key-page.ts'

export interface LetterQuery {
  /** Undefined: of every tenant. */
  readonly tenant: string | undefined
  readonly code?: string | undefined
  /** The type of the actor. */
  readonly type?: string | undefined
  readonly actor?: string | undefined
  /** The id of a group. */
  readonly group?: string | undefined
  /** Only those that were not sent again. */
  readonly open?: boolean | undefined
  readonly after?: string | undefined
  readonly limit: number
}

export interface ListedLetter {
  /** Partition, log sequence and entry. */
  readonly id: string
  readonly tenant: string
  readonly actor: string
  readonly message: string
  /** Of its event. */
  readonly event: string
  readonly code: string
  readonly cause: string
  readonly group: string
  readonly at: Date
  readonly redriven: boolean
}

export interface WholeLetter extends ListedLetter {
  readonly content: unknown
  readonly sender: string | null
  readonly stack: string | null
  readonly raw: string | null
  readonly correlation: string | null
}

const id = `d.partition || '.' || d.seq || '.' || d.index`
/** Long hexadecimal and decimal numbers are what tells two causes of one kind apart. */
const gist = `regexp_replace(left(d.cause, 300), '[0-9a-f]{8}[0-9a-f-]*|[0-9]+', '#', 'gi')`
const actorType = `split_part(d.actor, '/', 2)`
const group = `left(md5(d.code || ' ' || ${actorType} || ' ' || d.type || ' ' || ${gist}), 16)`
const columns = `${id} as id, d.tenant, d.actor, d.message, d.type as event, d.code, d.cause, ${group} as "group", d.at, r.redriven is not null as redriven`
/**
 * The first redrive: later ones come after it. services/dead-letters/redrive.ts names them.
 * One look at the index for each row: the limit keeps Postgres from reading all messages instead.
 */
const letters = `dead_letters d left join lateral (
  select true as redriven from messages m where m.id = 'redrive.' || ${id} || '.1' limit 1
) r on true`

type Found = Omit<ListedLetter, 'at'> & { readonly at: string; readonly partition: number; readonly seq: string; readonly index: number }

/** The newest first. Throws `CursorInvalid`. */
export async function readLetters(
  orm: MikroORM,
  { tenant, code, type, actor, group: gathered, open, after, limit }: LetterQuery,
): Promise<Page<ListedLetter>> {
  const page = await readPage<Found>(orm.em.fork(), {
    columns: `${columns}, d.partition, d.seq, d.index`,
    from: letters,
    where: [
      equal('d.tenant', tenant),
      equal('d.code', code),
      equal(actorType, type),
      equal('d.actor', actor),
      equal(group, gathered),
      open === true ? { sql: 'r.redriven is null', values: [] } : undefined,
    ],
    order: ['d.at', 'd.partition', 'd.seq', 'd.index'],
    direction: 'desc',
    by: 'died',
    place: (row) => [new Date(row.at), row.partition, Number(row.seq), row.index],
    kinds: ['date', 'whole', 'whole', 'whole'],
    after,
    limit,
  })
  return { rows: page.rows.map(({ partition: _p, seq: _s, index: _i, ...row }) => ({ ...row, at: new Date(row.at) })), next: page.next }
}

/** Undefined: none of that id, or of another tenant. */
export async function readLetter(orm: MikroORM, letter: string, tenant: string | undefined): Promise<WholeLetter | undefined> {
  const place = placeOf(letter)
  if (!place) return undefined
  const own: Part = equal('d.tenant', tenant) ?? { sql: 'true', values: [] }
  const [row] = await orm.em.fork().execute<(Omit<WholeLetter, 'at'> & { readonly at: string })[]>(
    `select ${columns}, d.event as content, d.sender, d.stack, d.raw, m.correlation from ${letters}
     left join messages m on m.partition = d.partition and m.seq = d.seq and m.index = d.index and m.n = 0
     where d.partition = ? and d.seq = ? and d.index = ? and ${own.sql}`,
    [...place, ...own.values],
  )
  return row && { ...row, at: new Date(row.at) }
}

const intMax = 2_147_483_647

function placeOf(letter: string): readonly number[] | undefined {
  const [, ...parts] = /^(\d{1,10})\.(\d{1,16})\.(\d{1,10})$/.exec(letter) ?? []
  const [partition = Infinity, seq = Infinity, index = Infinity] = parts.map(Number)
  return partition <= intMax && index <= intMax && Number.isSafeInteger(seq) ? [partition, seq, index] : undefined
}

export interface LetterGroup {
  readonly id: string
  readonly code: string
  readonly type: string
  readonly event: string
  /** Of its newest letter. */
  readonly cause: string
  readonly sample: string
  readonly count: number
  readonly open: number
  readonly actors: number
  readonly firstAt: Date
  readonly lastAt: Date
}

/** Letters looked at: the newest. */
export const groupedLettersMax = 10_000
export const groupsMax = 200

/** The largest first. */
export async function readLetterGroups(orm: MikroORM, tenant: string | undefined): Promise<readonly LetterGroup[]> {
  const own = equal('d.tenant', tenant)
  const rows = await orm.em.fork().execute<(Omit<LetterGroup, 'firstAt' | 'lastAt'> & { firstAt: string; lastAt: string })[]>(
    `select "group" as id, min(code) as code, min(split_part(actor, '/', 2)) as type, min(event) as event, (array_agg(cause order by at desc))[1] as cause,
       (array_agg(id order by at desc))[1] as sample, count(*)::int as count, (count(*) filter (where not redriven))::int as open,
       count(distinct actor)::int as actors, min(at) as "firstAt", max(at) as "lastAt"
     from (select ${columns} from ${letters} ${own ? `where ${own.sql}` : ''} order by d.at desc limit ?) l
     group by 1 order by count(*) desc, 1 limit ?`,
    [...(own?.values ?? []), groupedLettersMax, groupsMax],
  )
  return rows.map((row) => ({ ...row, firstAt: new Date(row.firstAt), lastAt: new Date(row.lastAt) }))
}

/** How many died in each of the spans that end at `now`, the latest first. */
export async function countLetters(
  orm: MikroORM,
  tenant: string | undefined,
  now: Date,
  spansMs: readonly number[],
): Promise<readonly number[]> {
  const own = equal('tenant', tenant)
  const counts = spansMs.map(() => 'count(*) filter (where at > ?)::int')
  const named = counts.map((sql, at) => `${sql} as "${at}"`).join(', ')
  const since = spansMs.map((ms) => new Date(now.getTime() - ms))
  const [row = {}] = await orm.em
    .fork()
    .execute<Record<string, number>[]>(`select ${named} from dead_letters where at > ? ${own ? `and ${own.sql}` : ''}`, [
      ...since,
      new Date(now.getTime() - Math.max(...spansMs)),
      ...(own?.values ?? []),
    ])
  return spansMs.map((_, at) => row[String(at)] ?? 0)
}
