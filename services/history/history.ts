// History
// Reads what the projector has written. It is behind the log by the projector's delay, and never on the way of a message.
//
// K1. Pages are cut between keys, never between rows of one key, so a page after the last id of another neither skips nor repeats.
import type { MikroORM } from '@mikro-orm/postgresql'
import type { History, HistoryQuery, HistoryTask, HistoryTurn } from '../../actors/ports.ts'
import { tableNames } from './entities/index.ts'
import { Turn } from './entities/turn.ts'
import type { taskStatuses } from './entities/task.ts'
import { decisionsOfTask } from './read-logged-decisions.ts'

/** Rows of one page at most, whatever is asked for. */
const pageRowsMax = 10_000

/** The port on an open database. Closing it closes the database. */
export const openHistory = (orm: MikroORM): History => ({
  tasks: (query) => tasks(orm, query),
  turns: (actor, query) => turns(orm, actor, query),
  decisions: (taskId, tenant) => decisionsOfTask(orm, taskId, tenant),
  counts: () => counts(orm),
  close: () => orm.close(),
})

interface TaskRow {
  readonly id: string
  readonly tenant: string
  readonly task_type: string | null
  readonly status: (typeof taskStatuses)[number]
  readonly agent: string | null
  readonly submitted_at: string | null
  readonly finished_at: string | null
}

/** By id. Tenants may use the same one: a page holds all tasks of its last id, even beyond its limit (K1). */
async function tasks(orm: MikroORM, { limit, after, tenant }: HistoryQuery): Promise<readonly HistoryTask[]> {
  const where = [after !== undefined && 'id > ?', tenant !== undefined && 'tenant = ?'].filter((part) => part !== false)
  const rows = await orm.em.fork().execute<TaskRow[]>(
    `select id, tenant, task_type, status, agent, submitted_at, finished_at from tasks
     ${where.length > 0 ? `where ${where.join(' and ')}` : ''}
     order by id fetch first ? rows with ties`,
    [after, tenant, rowsOf(limit)].filter((value) => value !== undefined),
  )
  return rows.map((row) => ({
    id: row.id,
    tenant: row.tenant,
    type: row.task_type ?? 'unknown',
    status: row.status,
    agent: row.agent ?? undefined,
    submittedAt: new Date(row.submitted_at ?? 0),
    finishedAt: row.finished_at === null ? undefined : new Date(row.finished_at),
  }))
}

/** By turn; the id of a turn is its number. */
async function turns(orm: MikroORM, actor: string, { limit, after, tenant }: HistoryQuery): Promise<readonly HistoryTurn[]> {
  const rows = await orm.em
    .fork()
    .find(
      Turn,
      { actor, ...(after !== undefined && { turn: { $gt: Number(after) } }), ...(tenant !== undefined && { tenant }) },
      { orderBy: { turn: 'asc' }, limit: rowsOf(limit), fields: ['actor', 'turn', 'at', 'event', 'state'] },
    )
  return rows.map(({ turn, at, event, state }) => ({ actor, turn, at, event, state: state ?? undefined }))
}

/** Rows by table, all tenants together. */
async function counts(orm: MikroORM): Promise<Readonly<Record<string, number>>> {
  const each = tableNames.map((table) => `(select count(*) from "${table}") as "${table}"`)
  const [row = {}] = await orm.em.fork().execute<Record<string, string>[]>(`select ${each.join(', ')}`)
  return Object.fromEntries(Object.entries(row).map(([table, count]) => [table, Number(count)]))
}

const rowsOf = (limit: number): number => Math.min(pageRowsMax, Math.max(1, Math.trunc(limit)))
