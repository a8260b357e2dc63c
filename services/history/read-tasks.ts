// Read tasks
// Tasks as people look for them: the newest first, and one with all that is known of it. Programs that walk all tasks use `History.tasks`.
import type { InferEntity, MikroORM } from '@mikro-orm/postgresql'
import { TaskExecution } from './entities/task-execution.ts'
import { Task, type taskStatuses } from './entities/task.ts'
import { Turn } from './entities/turn.ts'

export type TaskStatus = (typeof taskStatuses)[number]
export type TaskRow = InferEntity<typeof Task>
export type ExecutionRow = InferEntity<typeof TaskExecution>

export interface TaskTurn {
  readonly turn: number
  readonly at: Date
  readonly event: string
  readonly state: unknown
  readonly failure: string | null | undefined
}

export interface RecentTasks {
  readonly tenant: string | undefined
  readonly status: TaskStatus | undefined
  readonly limit: number
}

/** The tasks submitted last, the newest first. */
export async function recentTasks(orm: MikroORM, { tenant, status, limit }: RecentTasks): Promise<readonly TaskRow[]> {
  const where = { ...(tenant !== undefined && { tenant }), ...(status !== undefined && { status }) }
  return orm.em.fork().find(Task, where, { orderBy: [{ submittedAt: 'desc nulls last' }, { id: 'asc' }], limit })
}

/** The task of that id; of several tenants' the one of the given tenant only. */
export async function oneTask(orm: MikroORM, id: string, tenant: string | undefined): Promise<TaskRow | undefined> {
  return (await orm.em.fork().findOne(Task, { id, ...(tenant !== undefined && { tenant }) })) ?? undefined
}

/** The executions of a task, in order. */
export const executionsOf = async (orm: MikroORM, actor: string, limit: number): Promise<readonly ExecutionRow[]> =>
  orm.em.fork().find(TaskExecution, { actor }, { orderBy: [{ startedAt: 'asc nulls last' }, { id: 'asc' }], limit })

/** The tasks that are steps of a task, in the order they began. */
export const stepsOf = async (orm: MikroORM, { tenant, id }: TaskRow, limit: number): Promise<readonly TaskRow[]> =>
  orm.em.fork().find(Task, { tenant, parent: id }, { orderBy: [{ submittedAt: 'asc nulls last' }, { id: 'asc' }], limit })

/** The first turns of an actor, in order. */
export async function turnsOf(orm: MikroORM, actor: string, limit: number): Promise<readonly TaskTurn[]> {
  return orm.em.fork().find(Turn, { actor }, { orderBy: { turn: 'asc' }, limit, fields: ['turn', 'at', 'event', 'state', 'failure'] })
}
