// Read waiting
// The actors that wait for a person, as far as their last turns tell: tasks that asked one, and agents that stand in a state which needs one.
import type { MikroORM } from '@mikro-orm/postgresql'
import { readPage, equal, type Page, type Part } from './key-page.ts'

export interface WaitingQuery {
  /** Undefined: of every tenant. */
  readonly tenant: string | undefined
  /** Top states of agents that have the tag `needs-human`. */
  readonly agentStates: readonly string[]
  /** Only that task and the agents that work for it. */
  readonly task?: string | undefined
  readonly after?: string | undefined
  readonly limit: number
}

export interface WaitingActor {
  readonly actor: string
  readonly tenant: string
  readonly type: string
  readonly since: Date
  /** Its last turn: the moment since which it waits. Null: the history does not hold it yet. */
  readonly turn: number | null
  /** Of a task: why it asked. */
  readonly why: string | null
}

/** Those that have waited longest first. Throws `CursorInvalid`. */
export async function readWaiting(orm: MikroORM, { tenant, agentStates, task, after, limit }: WaitingQuery): Promise<Page<WaitingActor>> {
  const page = await readPage<Omit<WaitingActor, 'since'> & { readonly since: string }>(orm.em.fork(), {
    columns: '*',
    from: `(
      select actor, tenant, 'task' as type, coalesce(escalated_at, to_timestamp(0)) as since,
        (select turn from actors where actors.actor = tasks.actor)::float8 as turn, escalated as why from tasks where status = 'waiting'
      union all
      select actor, tenant, actor_type, at, turn::float8, null from actors
      where status = 'active' and starts_with(actor_type, 'agent-') and state = any(?::jsonb[])
    ) w`,
    values: [`{${agentStates.map((state) => JSON.stringify(JSON.stringify(state))).join(',')}}`],
    where: [equal('tenant', tenant), ofTask(task)],
    order: ['since', 'actor'],
    direction: 'asc',
    by: 'waiting',
    place: (row) => [new Date(row.since), row.actor],
    kinds: ['date', 'text'],
    after,
    limit,
  })
  return { rows: page.rows.map((row) => ({ ...row, since: new Date(row.since) })), next: page.next }
}

/** By the key of the actor: an agent's begins with that of its task. */
const ofTask = (task: string | undefined): Part | undefined =>
  task === undefined
    ? undefined
    : {
        sql: `(actor = tenant || '/task/' || ? or starts_with(actor, tenant || '/' || type || '/task:' || ? || '/'))`,
        values: [task, task],
      }
