// Read task run
// Everything the tables hold of how one task went: itself and its steps, who worked on it, what was called, what was said. Each list is bounded.
import type { MikroORM } from '@mikro-orm/postgresql'
import type { ActorEvent } from '../../machines/message.ts'
import { TaskExecution } from './entities/task-execution.ts'
import type { ExecutionRow, TaskRow } from './read-tasks.ts'
import { Task } from './entities/task.ts'

export interface TaskRun {
  readonly task: TaskRow
  /** Steps, and steps of steps. */
  readonly steps: readonly TaskRow[]
  readonly executions: readonly ExecutionRow[]
  readonly effects: readonly RunEffect[]
  readonly calls: readonly RunCall[]
  readonly turns: readonly RunTurn[]
  readonly messages: readonly RunMessage[]
  /** Some list has reached its limit. */
  readonly cut: boolean
}

/** Where an entry stands in the log. */
interface Place {
  readonly partition: number
  readonly seq: number
  readonly index: number
}

export interface RunEffect extends Place {
  readonly actor: string
  readonly src: string
  readonly status: 'running' | 'succeeded' | 'failed' | 'cancelled'
  readonly startedAt: Date
  readonly finishedAt: Date | undefined
}

export interface RunCall extends Place {
  readonly actor: string
  readonly model: string
  readonly latencyMs: number
  readonly costUsd: number
  readonly inputTokens: number
  readonly outputTokens: number
}

export interface RunTurn extends Place {
  readonly actor: string
  readonly at: Date
  readonly state: unknown
  /** Names of the tools whose calls it took the results of. */
  readonly tools: readonly string[]
  /** What a person decided of its calls, as the agent told it. */
  readonly decided: ActorEvent | undefined
}

export interface RunMessage {
  readonly at: Date
  readonly from: string
  readonly to: string
  readonly type: string
}

const stepsMax = 100
const depthMax = 3
const rowsMax = 2_000

export async function readTaskRun(orm: MikroORM, task: TaskRow): Promise<TaskRun> {
  const [steps, own] = await Promise.all([stepsBelow(orm, task), readExecutions(orm, [task])])
  const tasks = [task, ...steps]
  const executions = steps.length === 0 ? own : [...own, ...(await readExecutions(orm, steps))]
  const agents = executions.flatMap(({ agentActor }) => agentActor ?? [])
  const actors = [...new Set([...tasks.map(({ actor }) => actor), ...agents])]
  const [effects, calls, turns, messages] = await Promise.all([
    readEffects(orm, actors),
    readCalls(orm, task.tenant, tasks),
    readTurns(orm, actors),
    readMessages(orm, task),
  ])
  const cut = steps.length >= stepsMax || [executions, effects, calls, turns, messages].some(({ length }) => length >= rowsMax)
  return { task, steps, executions, effects, calls, turns, messages, cut }
}

async function stepsBelow(orm: MikroORM, { tenant, id }: TaskRow): Promise<readonly TaskRow[]> {
  const found: TaskRow[] = []
  let parents = [id]
  for (let depth = 0; depth < depthMax && parents.length > 0 && found.length < stepsMax; depth++) {
    const where = { tenant, parent: { $in: parents } }
    const rows = await orm.em
      .fork()
      .find(Task, where, { orderBy: { submittedAt: 'asc nulls last', id: 'asc' }, limit: stepsMax - found.length })
    found.push(...rows)
    parents = rows.map((row) => row.id)
  }
  return found
}

const readExecutions = async (orm: MikroORM, tasks: readonly TaskRow[]): Promise<readonly ExecutionRow[]> =>
  orm.em
    .fork()
    .find(
      TaskExecution,
      { actor: { $in: tasks.map(({ actor }) => actor) } },
      { orderBy: [{ startedAt: 'asc nulls last' }, { id: 'asc' }], limit: rowsMax },
    )

const marksFor = (values: readonly unknown[]): string => values.map(() => '?').join(', ')

/** A sequence of the log is small enough to be a number, which the driver gives as text. */
interface StoredPlace {
  readonly partition: number
  readonly seq: string
  readonly index: number
}

async function readEffects(orm: MikroORM, actors: readonly string[]): Promise<readonly RunEffect[]> {
  type Row = StoredPlace &
    Omit<RunEffect, 'seq' | 'startedAt' | 'finishedAt'> & { readonly startedAt: string; readonly finishedAt: string | null }
  const rows = await orm.em.fork().execute<Row[]>(
    `select actor, coalesce(src, '') as src, status, started_at as "startedAt", finished_at as "finishedAt", partition, seq, index
     from effects where actor in (${marksFor(actors)}) and started_at is not null order by actor, started_at limit ?`,
    [...actors, rowsMax],
  )
  return rows.map(({ seq, startedAt, finishedAt, ...row }) => ({
    ...row,
    seq: Number(seq),
    startedAt: new Date(startedAt),
    finishedAt: finishedAt === null ? undefined : new Date(finishedAt),
  }))
}

async function readCalls(orm: MikroORM, tenant: string, tasks: readonly TaskRow[]): Promise<readonly RunCall[]> {
  type Row = StoredPlace &
    Omit<RunCall, 'seq' | 'inputTokens' | 'outputTokens'> & { readonly inputTokens: string; readonly outputTokens: string }
  const rows = await orm.em.fork().execute<Row[]>(
    `select actor, model, latency_ms as "latencyMs", cost_usd as "costUsd", input_tokens as "inputTokens", output_tokens as "outputTokens",
       partition, seq, index from llm_calls where tenant = ? and task_id in (${marksFor(tasks)}) order by at limit ?`,
    [tenant, ...tasks.map(({ id }) => id), rowsMax],
  )
  return rows.map(({ seq, inputTokens, outputTokens, ...row }) => ({
    ...row,
    seq: Number(seq),
    inputTokens: Number(inputTokens),
    outputTokens: Number(outputTokens),
  }))
}

async function readTurns(orm: MikroORM, actors: readonly string[]): Promise<readonly RunTurn[]> {
  type Row = StoredPlace & {
    readonly actor: string
    readonly at: string
    readonly state: unknown
    readonly emits: readonly ActorEvent[] | null
  }
  const rows = await orm.em.fork().execute<Row[]>(
    `select actor, at, state, case when emits::text ~ 'tool\\.called|approval\\.decided' then emits end as emits, partition, seq, index
     from turns where actor in (${marksFor(actors)}) order by actor, turn limit ?`,
    [...actors, rowsMax],
  )
  return rows.map(({ actor, at, state, emits, partition, seq, index }) => {
    const tools = (emits ?? []).flatMap((event) =>
      event.type === 'tool.called' && typeof event['tool'] === 'string' ? [event['tool']] : [],
    )
    const decided = emits?.find(({ type }) => type === 'approval.decided')
    return { actor, at: new Date(at), state, tools, decided, partition, seq: Number(seq), index }
  })
}

/** Between actors, as their senders sent them, in the order of time; and those from outside, as they came in. */
async function readMessages(orm: MikroORM, { correlation, tenant }: TaskRow): Promise<readonly RunMessage[]> {
  if (correlation === null || correlation === undefined) return []
  const rows = await orm.em.fork().execute<{ at: string; from: string; to: string; type: string }[]>(
    `select at, case direction when 'sent' then actor else '' end as "from", case direction when 'sent' then peer else actor end as "to", type
     from messages where correlation = ? and tenant = ? and ((direction = 'sent' and peer is not null) or (direction = 'received' and peer is null))
       and type not like 'xstate.%' and type not like '@%'
     order by at, partition, seq, index, n limit ?`,
    [correlation, tenant, rowsMax],
  )
  return rows.map((row) => ({ ...row, at: new Date(row.at) }))
}
