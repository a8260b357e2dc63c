// Task record
// What a task keeps about itself and its executions, and what it makes of that: an agent's input, a reward, the answer. Pure.
import { addUsage, agentLimits, noUsage, type AgentInput, type AgentOutput, type AgentProfile, type AgentTask } from './agent-task.ts'
import { actorId, type ActorId, type Address } from './address.ts'
import type { CitationFact, TaskFact, TaskSubmit, UsageFact } from './task-events.ts'

/** Agents that may work on one task, one after the other. */
export const executionsMax = 3

export type TaskEnd = 'completed' | 'failed' | 'cancelled'

export interface TaskContext {
  readonly address: Address
  readonly task: AgentTask
  readonly submittedAt: number
  readonly endedAt: number
  readonly budgetUsd: number
  readonly turnsMax: number
  readonly deadlineMs: number
  /** What is left of the deadline: executions share it. */
  readonly leftMs: number
  /** Agents that were given the task, in order. */
  readonly tried: readonly string[]
  /** The present execution, or the last one. */
  readonly execution: Execution | undefined
  /** What the last execution gave; undefined while one works. */
  readonly result: AgentOutput | undefined
  /** Of all executions that have ended. */
  readonly usage: UsageFact
  readonly end: TaskEnd | undefined
  readonly reason: string
}

export interface Execution {
  readonly executionId: string
  readonly agent: string
  readonly decisionId: string
  readonly why: string
  readonly startedAt: number
  /** Known from its first word. */
  readonly actor: ActorId | undefined
  readonly step: string
  readonly waiting: boolean
  /** As of its last word. */
  readonly usage: UsageFact
}

/** The answer to an ask of `task.submit`. */
export interface TaskOutput {
  readonly ok: boolean
  readonly taskId: string
  readonly end: TaskEnd
  readonly answer: string
  readonly citations: readonly CitationFact[]
  readonly reason?: string
  readonly agent?: string
  readonly executions: number
  readonly usage: UsageFact
  readonly durationMs: number
  readonly model: string
  readonly offline: boolean
}

/** The answer to an ask of `task.progress`. */
export interface TaskProgress {
  readonly taskId: string
  readonly phase: 'new' | 'choosing' | 'running' | TaskEnd
  readonly agent?: string
  readonly agentActor?: ActorId
  readonly step?: string
  /** A person has to act before it goes on. */
  readonly waiting: boolean
  readonly executions: number
  readonly usage: UsageFact
}

export const unsubmitted = ({ tenant, type, key }: Address): TaskContext => ({
  address: { tenant, type, key },
  task: { taskType: 'question', prompt: '', file: undefined, root: '', collection: '', history: [] },
  submittedAt: 0,
  endedAt: 0,
  budgetUsd: agentLimits.budgetUsd,
  turnsMax: agentLimits.turnsMax,
  deadlineMs: agentLimits.deadlineMs,
  leftMs: agentLimits.deadlineMs,
  tried: [],
  execution: undefined,
  result: undefined,
  usage: noUsage,
  end: undefined,
  reason: '',
})

export function submitted(submit: TaskSubmit, at: number): Partial<TaskContext> {
  const { taskType, prompt, file, root, collection } = submit
  const deadlineMs = submit.deadlineMs ?? agentLimits.deadlineMs
  return {
    task: { taskType, prompt, file, root, collection, history: [] },
    submittedAt: at,
    budgetUsd: submit.budgetUsd ?? agentLimits.budgetUsd,
    turnsMax: submit.turnsMax ?? agentLimits.turnsMax,
    deadlineMs,
    leftMs: deadlineMs,
  }
}

/** What the next agent is told: it gets what is left of the budget and the deadline. */
export function agentInputOf(context: TaskContext, profile: AgentProfile, at: number): AgentInput {
  const { address, task, execution, usage } = context
  return {
    taskId: address.key,
    executionId: execution?.executionId ?? address.key,
    supervisor: actorId(address.tenant, address.type, address.key),
    profile,
    task,
    limits: {
      ...agentLimits,
      turnsMax: context.turnsMax,
      budgetUsd: context.budgetUsd - usage.costUsd,
      tokensMax: agentLimits.tokensMax - tokensOf(usage),
      deadlineMs: context.leftMs,
    },
    at,
  }
}

/** Whether another agent may try: there must be executions, time and budget left. */
export const canGoOn = ({ result, tried, leftMs, usage, budgetUsd }: TaskContext): boolean =>
  (result?.retryable ?? false) &&
  tried.length < executionsMax &&
  leftMs > 0 &&
  (usage.costUsd === 0 || usage.costUsd < budgetUsd) &&
  tokensOf(usage) < agentLimits.tokensMax

const tokensOf = (usage: UsageFact): number => usage.inputTokens + usage.outputTokens

/** The output of an agent that gave none: what it had used is what it last said. */
export const lostOutput = ({ execution }: TaskContext, reason: string, at: number): AgentOutput => ({
  ok: false,
  answer: '',
  citations: [],
  usage: execution?.usage ?? noUsage,
  reason,
  retryable: true,
  workedMs: Math.max(0, at - (execution?.startedAt ?? at)),
  model: '',
  offline: false,
})

export const withUsage = (context: TaskContext, usage: UsageFact): UsageFact => addUsage(context.usage, usage)

export function finishedFact({ address, execution }: TaskContext, output: AgentOutput, at: number): TaskFact | undefined {
  if (!execution) return undefined
  const { executionId, agent, startedAt } = execution
  const { ok, reason, usage } = output
  const durationMs = Math.max(0, at - startedAt)
  return {
    type: 'execution.finished',
    taskId: address.key,
    executionId,
    agent,
    ok,
    ...(reason !== undefined && { reason }),
    usage,
    durationMs,
  }
}

const answeredReward = 0.6
const citedReward = 0.3
const quickReward = 0.1

/** How well an agent did, 0 to 1: an answer counts most, its sources next, its speed least. Waiting for people costs nothing. */
export function rewardOf(output: AgentOutput, deadlineMs: number): number {
  if (!output.ok) return 0
  const quick = 1 - Math.min(1, output.workedMs / Math.max(1, deadlineMs))
  return answeredReward + (output.citations.length > 0 ? citedReward : 0) + quickReward * quick
}

const durationOf = ({ submittedAt, endedAt }: TaskContext): number => Math.max(0, endedAt - submittedAt)

export function outputOf(context: TaskContext): TaskOutput {
  const { address, end = 'failed', result, reason, execution, tried, usage } = context
  return {
    ok: end === 'completed',
    taskId: address.key,
    end,
    answer: end === 'completed' ? (result?.answer ?? '') : '',
    citations: end === 'completed' ? (result?.citations ?? []) : [],
    ...(end !== 'completed' && { reason }),
    ...(execution && { agent: execution.agent }),
    executions: tried.length,
    usage,
    durationMs: durationOf(context),
    model: result?.model ?? '',
    offline: result?.offline ?? false,
  }
}

export function endFact(context: TaskContext): TaskFact {
  const { answer, citations, usage, durationMs, model, offline, end, taskId } = outputOf(context)
  switch (end) {
    case 'completed': {
      const { executionId = '', agent = '' } = context.execution ?? {}
      return { type: 'task.completed', taskId, executionId, agent, answer, citations, usage, durationMs, model, offline }
    }
    case 'failed':
      return { type: 'task.failed', taskId, reason: context.reason, durationMs }
    case 'cancelled':
      return { type: 'task.cancelled', taskId, reason: context.reason, durationMs }
  }
}

export function progressOf(context: TaskContext): TaskProgress {
  const { address, execution, result, end, submittedAt, tried, usage } = context
  const working = execution !== undefined && result === undefined
  return {
    taskId: address.key,
    phase: end ?? (working ? 'running' : submittedAt > 0 ? 'choosing' : 'new'),
    ...(execution && { agent: execution.agent }),
    ...(execution?.actor !== undefined && { agentActor: execution.actor }),
    ...(working && { step: execution.step }),
    waiting: working && execution.waiting,
    executions: tried.length,
    usage: working ? addUsage(usage, execution.usage) : usage,
  }
}
