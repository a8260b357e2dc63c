// Read actors
// Actors as people look for them, page by page, and what is known of one. Behind the log by the projector's delay.
//
// A1. Pages are cut behind an address, and no two actors have one: walking on repeats none and skips none, whatever is born meanwhile.
import type { Database } from './database.ts'
import { cursorOf, placeOf } from './cursor.ts'

export interface ActorQuery {
  /** Undefined: of every tenant. */
  readonly tenant: string | undefined
  /** A type, or with `*` at its end all that begin so. */
  readonly type?: string | undefined
  readonly status?: string | undefined
  /** Only those that stand still, or only those that do not. */
  readonly held?: boolean | undefined
  /** In the address, in any case. */
  readonly text?: string | undefined
  /** The `next` of the page before. */
  readonly after?: string | undefined
  readonly limit: number
}

export interface ListedActor {
  readonly actor: string
  readonly tenant: string
  readonly type: string
  /** Of its last turn. */
  readonly state: unknown
  readonly status: string
  readonly held: boolean
  readonly turn: number
  readonly event: string
  readonly at: number
  readonly partition: number
}

export interface ActorPage {
  readonly actors: readonly ListedActor[]
  /** Undefined: this is the last page. */
  readonly next: string | undefined
}

const order = 'actor'

/** By address. Throws `CursorInvalid`. */
export async function readActors(database: Database, query: ActorQuery): Promise<ActorPage> {
  const { sql, values } = actorsStatement(query, query.limit + 1)
  const rows = await database.em.fork().execute<Row[]>(sql, values)
  const shown = rows.slice(0, query.limit).map(listed)
  const last = rows.length > query.limit ? shown.at(-1) : undefined
  return { actors: shown, next: last && cursorOf(order, [last.actor]) }
}

export async function readActor(database: Database, actor: string): Promise<ListedActor | undefined> {
  const [row] = await database.em.fork().execute<Row[]>(`select * from actors where actor = ?`, [actor])
  return row && listed(row)
}

/** How many actors have an address that begins so. */
export async function countActors(database: Database, prefix: string): Promise<number> {
  const [row] = await database.em
    .fork()
    .execute<{ count: string }[]>('select count(*) as count from actors where starts_with(actor, ?)', [prefix])
  return Number(row?.count ?? 0)
}

interface Part {
  readonly sql: string
  readonly values: readonly unknown[]
}

/** Also for a look at its plan. */
export function actorsStatement(query: ActorQuery, rows: number): { readonly sql: string; readonly values: unknown[] } {
  const parts = filters(query)
  const where = parts.length === 0 ? '' : `where ${parts.map(({ sql }) => sql).join(' and ')}`
  return { sql: `select * from actors ${where} order by actor limit ?`, values: [...parts.flatMap(({ values }) => values), rows] }
}

function filters({ tenant, type, status, held, text, after }: ActorQuery): readonly Part[] {
  const equal = (column: string, value: string | undefined): readonly Part[] =>
    value === undefined ? [] : [{ sql: `${column} = ?`, values: [value] }]
  return [
    ...equal('tenant', tenant),
    ...(type?.endsWith('*') ? [{ sql: 'starts_with(actor_type, ?)', values: [type.slice(0, -1)] }] : equal('actor_type', type)),
    ...equal('status', status),
    ...(held === undefined ? [] : [{ sql: held ? 'held' : 'held is not true', values: [] }]),
    // In the collation C, or lower() costs more than the rest of a look at every address.
    ...(text === undefined || text === '' ? [] : [{ sql: 'lower(actor collate "C") like lower(? collate "C")', values: [like(text)] }]),
    ...(after === undefined ? [] : [{ sql: 'actor > ?', values: placeOf(after, order, 1) }]), // A1
  ]
}

const like = (text: string): string => `%${text.replaceAll(/[\\%_]/g, (character) => `\\${character}`)}%`

interface Row {
  readonly actor: string
  readonly tenant: string
  readonly actor_type: string
  readonly state: unknown
  readonly status: string | null
  readonly held: boolean | null
  readonly turn: string
  readonly event: string
  readonly at: string
  readonly partition: number
}

const listed = (row: Row): ListedActor => ({
  actor: row.actor,
  tenant: row.tenant,
  type: row.actor_type,
  state: row.state,
  status: row.status ?? 'unknown',
  held: row.held ?? false,
  turn: Number(row.turn),
  event: row.event,
  at: new Date(row.at).getTime(),
  partition: row.partition,
})
