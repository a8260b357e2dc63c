// Read actors
// Actors as people look for them, page by page, how many there are of each kind, and what is known of one. Behind the log by the projector's delay.
//
// A1. Pages are cut behind an address, and no two actors have one: by address, walking on repeats none and skips none, whatever is born meanwhile.
// A2. In the other orders an actor that moves while somebody walks may be met twice or not at all: what they order by changes with every turn.
import { conditionsOf, type ActorFilter } from './actor-query.ts'
import type { Database } from './database.ts'
import { pageStatement, readPage, type PageSpec, type Part } from './key-page.ts'

export type { ActorFilter, TaggedStates } from './actor-query.ts'

/** `recent`: who took a turn last; `idle`: who has not for longest. By cost only those are listed that called a model, by failures those that failed. */
export const actorOrders = ['actor', 'recent', 'idle', 'cost', 'failures'] as const
export type ActorOrder = (typeof actorOrders)[number]

export interface ActorQuery extends ActorFilter {
  /** Default: by address. */
  readonly order?: ActorOrder | undefined
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
  readonly bornAt: number | undefined
  readonly costUsd: number
  readonly tokens: number
  readonly failures: number
  readonly restarts: number
  readonly partition: number
}

export interface ActorPage {
  readonly actors: readonly ListedActor[]
  /** Undefined: this is the last page. */
  readonly next: string | undefined
}

/** Throws `CursorInvalid`. */
export async function readActors(database: Database, query: ActorQuery): Promise<ActorPage> {
  const { rows, next } = await readPage(database.em.fork(), pageOf(query))
  return { actors: rows.map(listed), next }
}

export async function readActor(database: Database, actor: string): Promise<ListedActor | undefined> {
  const [row] = await readNamed(database, [actor])
  return row
}

/** Those of these that the history knows. */
export async function readNamed(database: Database, actors: readonly string[]): Promise<readonly ListedActor[]> {
  if (actors.length === 0) return []
  const rows = await database.em
    .fork()
    .execute<Row[]>('select * from actors where actor in (select jsonb_array_elements_text(?::jsonb))', [JSON.stringify(actors)])
  return rows.map(listed)
}

/** How many actors have an address that begins so. */
export async function countActors(database: Database, prefix: string): Promise<number> {
  const [row] = await database.em
    .fork()
    .execute<{ count: string }[]>('select count(*) as count from actors where starts_with(actor, ?)', [prefix])
  return Number(row?.count ?? 0)
}

export interface ActorGroup {
  readonly type: string
  readonly status: string
  readonly held: boolean
  readonly count: number
}

/** More than this are not counted: a count is for people, and would take longer than they wait. */
export const countedMax = 100_000

/** How many fit, of each type and status. `isWhole`: all were counted. */
export async function groupActors(
  database: Database,
  filter: ActorFilter,
): Promise<{ readonly groups: readonly ActorGroup[]; readonly isWhole: boolean }> {
  const { sql, values } = groupsStatement(filter)
  const rows = await database.em.fork().execute<(Omit<Row, 'count'> & { readonly count: string })[]>(sql, [...values])
  const groups = rows.map(({ actor_type: type, status, held, count }) => ({
    type,
    status: status ?? 'unknown',
    held: held ?? false,
    count: Number(count),
  }))
  return { groups, isWhole: groups.reduce((sum, { count }) => sum + count, 0) < countedMax }
}

/** Also for a look at its plan. */
export function groupsStatement(filter: ActorFilter): Part {
  const parts = conditionsOf(filter)
  const where = parts.length === 0 ? '' : `where ${parts.map(({ sql }) => sql).join(' and ')}`
  return {
    sql: `select actor_type, status, held, count(*) as count from (select actor_type, status, held from actors ${where} limit ?) found
      group by actor_type, status, held`,
    values: [...parts.flatMap(({ values }) => values), countedMax],
  }
}

/** Also for a look at its plan. */
export const actorsStatement = (query: ActorQuery): Part => pageStatement(pageOf(query))

function pageOf({ order = 'actor', after, limit, ...filter }: ActorQuery): PageSpec<Row> {
  return { columns: '*', from: 'actors', ...orders[order], where: [...conditionsOf(filter), some(order)], by: order, after, limit }
}

/** What an order leaves out is not in its index. */
const some = (order: ActorOrder): Part | undefined =>
  order === 'cost' || order === 'failures' ? { sql: order === 'cost' ? 'llm_calls > 0' : 'failures > 0', values: [] } : undefined

type Ordered = Pick<PageSpec<Row>, 'order' | 'direction' | 'place' | 'kinds'>

const byTime = (direction: 'asc' | 'desc'): Ordered => ({
  order: ['at', 'actor'],
  direction,
  place: ({ at, actor }) => [new Date(at), actor],
  kinds: ['date', 'text'],
})

const orders: Readonly<Record<ActorOrder, Ordered>> = {
  actor: { order: ['actor'], direction: 'asc', place: ({ actor }) => [actor], kinds: ['text'] }, // A1
  recent: byTime('desc'),
  idle: byTime('asc'),
  cost: {
    order: ['cost_usd', 'tokens', 'actor'], // a model of one's own costs nothing but time
    direction: 'desc',
    place: ({ cost_usd: cost, tokens, actor }) => [cost ?? 0, Number(tokens), actor],
    kinds: ['number', 'whole', 'text'],
  },
  failures: {
    order: ['failures', 'actor'],
    direction: 'desc',
    place: ({ failures, actor }) => [Number(failures), actor],
    kinds: ['whole', 'text'],
  },
}

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
  readonly born_at: string | null
  readonly cost_usd: number | null
  readonly tokens: string | null
  readonly failures: string | null
  readonly restarts: string | null
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
  bornAt: row.born_at === null ? undefined : new Date(row.born_at).getTime(),
  costUsd: row.cost_usd ?? 0,
  tokens: Number(row.tokens ?? 0),
  failures: Number(row.failures ?? 0),
  restarts: Number(row.restarts ?? 0),
  partition: row.partition,
})
