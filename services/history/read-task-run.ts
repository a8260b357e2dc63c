// Read task run
// Everything the tables hold of how one task went: itself and its steps, who worked on it, what was called, what was said. Each list is bounded.
import type { MikroORM } from '@mikro-orm/postgresql'
import type { ActorEvent } from '../../machines/message.ts'
import { Effect } from './entities/effect.ts'
import { LlmCall } from './entities/llm-call.ts'
import { TaskExecution } from './entities/task-execution.ts'
import { Turn } from './entities/turn.ts'
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
  const steps = await stepsBelow(orm, task)
  const tasks = [task, ...steps]
  const executions = await orm.em
    .fork()
    .find(
      TaskExecution,
      { actor: { $in: tasks.map(({ actor }) => actor) } },
      { orderBy: [{ startedAt: 'asc nulls last' }, { id: 'asc' }], limit: rowsMax },
    )
  const agents = executions.flatMap(({ agentActor }) => agentActor ?? [])
  const actors = [...new Set([...tasks.map(({ actor }) => actor), ...agents])]
  const [effects, calls, turns, messages] = await Promise.all([
    readEffects(orm, actors),
    readCalls(
      orm,
      task.tenant,
      tasks.map(({ id }) => id),
    ),
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

async function readEffects(orm: MikroORM, actors: readonly string[]): Promise<readonly RunEffect[]> {
  const rows = await orm.em.fork().find(Effect, { actor: { $in: [...actors] } }, { limit: rowsMax, disableIdentityMap: true })
  return rows.flatMap(({ startedAt, finishedAt, src, ...row }) =>
    startedAt ? [{ ...row, startedAt, finishedAt: finishedAt ?? undefined, src: src ?? '' }] : [],
  )
}

async function readCalls(orm: MikroORM, tenant: string, tasks: readonly string[]): Promise<readonly RunCall[]> {
  const rows = await orm.em.fork().find(LlmCall, { tenant, taskId: { $in: [...tasks] } }, { orderBy: { at: 'asc' }, limit: rowsMax })
  return rows.map(({ latencyMs, costUsd, ...row }) => ({ ...row, latencyMs: Number(latencyMs), costUsd: Number(costUsd) }))
}

async function readTurns(orm: MikroORM, actors: readonly string[]): Promise<readonly RunTurn[]> {
  const rows = await orm.em.fork().find(
    Turn,
    { actor: { $in: [...actors] } },
    {
      orderBy: { actor: 'asc', turn: 'asc' },
      limit: rowsMax,
      disableIdentityMap: true,
      fields: ['actor', 'at', 'state', 'emits', 'partition', 'seq', 'index'],
    },
  )
  return rows.map(({ actor, at, state, emits, partition, seq, index }) => {
    const told: readonly ActorEvent[] = Array.isArray(emits) ? (emits as readonly ActorEvent[]) : [] // as the kernel wrote them
    const tools = told.flatMap((event) => (event.type === 'tool.called' && typeof event['tool'] === 'string' ? [event['tool']] : []))
    return { actor, at, state, tools, partition, seq, index }
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
