// Board
// The state of a job as the terminal shows it, from what was seen. Pure: a board and an event give the next board.
//
// B1. What is shown may be behind or miss a step, since sightings can be lost; that a task has ended is told by the job, which asked for it.
import type { Transition } from '../../../client/index.ts'
import { parseActorId } from '../../../machines/address.ts'
import type { AgentFact, CoordinatorFact, TaskFact } from '../../../machines/task-events.ts'
import type { JobEvent, JobTask, TaskResult, WorkerSeen } from './events.ts'

export interface Row {
  readonly task: JobTask
  readonly phase: 'planned' | 'active' | 'ended'
  /** States passed, the present one last: `choosing`, `running:researcher`, `thinking`. */
  readonly states: readonly string[]
  readonly agent: string | undefined
  readonly why: string | undefined
  readonly tokens: number
  readonly costUsd: number
  readonly submittedAt: number
  readonly endedAt: number
  readonly result: TaskResult | undefined
}

export interface Board {
  readonly startedAt: number
  /** By task id, in the order of the plan. */
  readonly rows: ReadonlyMap<string, Row>
  readonly workers: readonly WorkerSeen[]
  /** Workers that were killed: they are still counted alive until they have been silent for long enough. */
  readonly killed: readonly string[]
  readonly ended: number
  /** Turns seen while watching. */
  readonly turns: number
  /** When the first turn was seen. */
  readonly watchingSince: number | undefined
}

export const emptyBoard = (startedAt: number): Board => ({
  startedAt,
  rows: new Map(),
  workers: [],
  killed: [],
  ended: 0,
  turns: 0,
  watchingSince: undefined,
})

export function nextBoard(board: Board, event: JobEvent): Board {
  switch (event.kind) {
    case 'planned':
      return { ...board, rows: new Map(event.tasks.map((task) => [task.id, plannedRow(task)])) }
    case 'submitted':
      return withRow(board, event.taskId, (row) => (row.phase === 'planned' ? { ...row, phase: 'active', submittedAt: event.at } : row))
    case 'seen':
      return event.sighting.kind === 'transition' ? withTransition(board, event.sighting, event.at) : board
    case 'ended':
      return withEnd(board, event.result, event.at)
    case 'workers':
      return { ...board, workers: event.workers.toSorted((left, right) => left.id.localeCompare(right.id, 'en', { numeric: true })) }
    case 'killed':
      return { ...board, killed: [...board.killed, event.worker] }
    case 'recovered':
    case 'note':
      return board // lines of their own
  }
}

export const activeRows = (board: Board): readonly Row[] => [...board.rows.values()].filter(({ phase }) => phase === 'active')

/** Whether some agent is at work: the moment to kill its worker. */
export const isRunning = ({ phase, states }: Row): boolean => phase === 'active' && states.some((state) => state.startsWith('running'))

const plannedRow = (task: JobTask): Row => ({
  task,
  phase: 'planned',
  states: [],
  agent: undefined,
  why: undefined,
  tokens: 0,
  costUsd: 0,
  submittedAt: 0,
  endedAt: 0,
  result: undefined,
})

function withRow(board: Board, taskId: string, change: (row: Row) => Row): Board {
  const row = board.rows.get(taskId)
  return row ? { ...board, rows: new Map(board.rows).set(taskId, change(row)) } : board
}

function withEnd(board: Board, result: TaskResult, at: number): Board {
  const usage = result.output?.usage
  const next = withRow(board, result.task.id, (row) => ({
    ...row,
    phase: 'ended',
    agent: result.output?.agent ?? row.agent,
    tokens: usage ? usage.inputTokens + usage.outputTokens : row.tokens,
    costUsd: usage?.costUsd ?? row.costUsd,
    endedAt: at,
    result,
  }))
  return { ...next, ended: [...next.rows.values()].filter(({ phase }) => phase === 'ended').length }
}

function withTransition(board: Board, seen: Transition, at: number): Board {
  const counted = { ...board, turns: board.turns + 1, watchingSince: board.watchingSince ?? at }
  const told = seen.emits.reduce<Board>((before, fact) => withFact(before, fact as unknown as KnownFact), counted)
  const address = parseActorId(seen.actor)
  if (!address) return told
  const leaf = leafOf(seen.value)
  if (address.type === 'task') return withRow(told, address.key, (row) => ({ ...row, states: stepTo(row, statesOf(seen.value)) }))
  const taskId = taskOf(address.key)
  if (taskId === undefined || leaf === undefined) return told
  return withRow(told, taskId, (row) => (row.phase === 'ended' ? row : { ...row, states: [...row.states.slice(0, ownStates), leaf] }))
}

/** States of the task itself; what follows is its agent's. */
const ownStates = 2

/** A turn of the task that does not change its state, such as a word from its agent, leaves the agent's state shown. */
function stepTo({ phase, states }: Row, next: readonly string[]): readonly string[] {
  const isSame = next.every((state, at) => state === states[at])
  return phase === 'ended' || (isSame && next.length === ownStates) ? states : next
}

type KnownFact = TaskFact | AgentFact | CoordinatorFact

function withFact(board: Board, fact: KnownFact): Board {
  if (fact.type === 'decision.made')
    return withRow(board, fact.taskId, (row) => ({ ...row, agent: fact.chosen[0]?.arm ?? row.agent, why: fact.why }))
  if (fact.type !== 'llm.called') return board
  return withRow(board, fact.taskId, (row) => ({
    ...row,
    tokens: row.tokens + fact.inputTokens + fact.outputTokens,
    costUsd: row.costUsd + fact.costUsd,
  }))
}

/** A task's own state, after the state it came from: of its slots those in which an agent works. */
function statesOf(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value]
  const regions = typeof value === 'object' && value !== null && 'working' in value ? value.working : undefined
  if (typeof regions !== 'object' || regions === null) return []
  const { choosing, ...slots } = regions as Readonly<Record<string, unknown>> // the regions of `working`, by name
  const agents = Object.values(slots).filter((state) => typeof state === 'string' && state !== 'idle')
  if (agents.length > 0) return ['choosing', `running:${agents.join('+')}`]
  return choosing === 'awaitingPerson' ? ['choosing', 'waiting'] : ['choosing']
}

function leafOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value
  return typeof value === 'object' && value !== null ? leafOf(Object.values(value)[0]) : undefined
}

/** The key of an agent is `task:<task id>/<child>.<n>`. */
function taskOf(key: string): string | undefined {
  const end = key.lastIndexOf('/')
  return key.startsWith('task:') && end > 0 ? key.slice('task:'.length, end) : undefined
}
