// Task record
// What a task keeps about itself, and what it tells of it: its output, its progress, its facts. Pure.
import { addUsage, agentLimits, noUsage, type AgentTask } from './agent-task.ts'
import { actorId, parseActorId, type ActorId, type Address } from './address.ts'
import { shardOf } from './coordinator-shards.ts'
import type { Wishes } from './coordinator-messages.ts'
import { nothingRecalled, type Recalled } from './lessons.ts'
import type { CitationFact, TaskFact, UsageFact } from './task-events.ts'
import type { Round, Slot } from './task-round.ts'
import { stepKey, type Step, type StepEnded } from './task-steps.ts'
import { agentTaskOf, oneAgent, teamOf, wishesOf, type Aggregate, type Escalation, type TaskSubmit, type Team } from './task-submit.ts'

export type TaskEnd = 'completed' | 'failed' | 'cancelled'

/** Who a person is called where agents are named. */
export const person = 'person'

/** What a task ends with when it completes. */
export interface TaskAnswer {
  readonly text: string
  readonly citations: readonly CitationFact[]
  readonly agent: string
  readonly executionId: string
  readonly model: string
  readonly offline: boolean
}

export interface TaskContext {
  readonly address: Address
  readonly task: AgentTask
  readonly wishes: Wishes
  readonly priority: number
  readonly team: Team
  readonly plan: boolean
  readonly aggregate: Aggregate
  readonly escalate: Escalation | undefined
  readonly qualityMin: number
  /** The task of which this one is a step, and how deep below the first one. */
  readonly parent: ActorId | undefined
  readonly depth: number
  /** The id of the first task: its own, unless it is a step. */
  readonly run: string
  readonly submittedAt: number
  readonly endedAt: number
  readonly budgetUsd: number
  readonly turnsMax: number
  readonly deadlineMs: number
  /** What is left of the deadline: executions share it. */
  readonly leftMs: number
  readonly recalled: Recalled
  /** The question that agents work on now, or worked on last. */
  readonly round: Round | undefined
  /** Which shard of the coordinator is asked. */
  readonly shard: number
  /** How many of them did not answer since an agent was last needed. */
  readonly silent: number
  /** Executions that were begun, in all rounds. */
  readonly executions: number
  /** Plans that could not be run. */
  readonly corrections: number
  readonly planFaults: readonly string[]
  readonly steps: readonly Step[]
  /** What had been spent when the steps began. */
  readonly plannedUsd: number
  /** A person has let it go on: choices are held no more. */
  readonly approved: boolean
  /** Why a person is asked; empty while nobody is. */
  readonly asked: string
  readonly answer: TaskAnswer | undefined
  /** Of all executions and steps that have ended. */
  readonly usage: UsageFact
  readonly end: TaskEnd | undefined
  readonly reason: string
  readonly code: string | undefined
}

/** The answer to an ask of `task.submit`. */
export interface TaskOutput {
  readonly ok: boolean
  readonly taskId: string
  readonly end: TaskEnd
  readonly answer: string
  readonly citations: readonly CitationFact[]
  readonly reason?: string
  /** Of a refusal that has one, such as TR_AGENT_NONE. */
  readonly code?: string
  readonly agent?: string
  readonly executions: number
  readonly usage: UsageFact
  readonly durationMs: number
  readonly model: string
  readonly offline: boolean
  /** Ids of the tasks of its steps. */
  readonly steps?: readonly string[]
}

/** The answer to an ask of `task.progress`. `agent` and what follows are of the first agent at work. */
export interface TaskProgress {
  readonly taskId: string
  readonly phase: 'new' | 'choosing' | 'running' | 'waiting' | 'steps' | TaskEnd
  readonly agent?: string
  readonly agentActor?: ActorId
  readonly step?: string
  /** A person has to act before it goes on. */
  readonly waiting: boolean
  /** Why a person is asked about the task itself. */
  readonly asked?: string
  readonly agents: readonly { readonly agent: string; readonly actor?: ActorId; readonly step: string; readonly waiting: boolean }[]
  readonly steps: readonly { readonly id: string; readonly taskId: string; readonly state: Step['state'] }[]
  readonly executions: number
  readonly usage: UsageFact
}

export const unsubmitted = ({ tenant, type, key }: Address): TaskContext => ({
  address: { tenant, type, key },
  task: { taskType: 'question', prompt: '', file: undefined, root: '', collection: '', history: [] },
  wishes: {},
  priority: 0,
  team: oneAgent,
  plan: false,
  aggregate: 'concat',
  escalate: undefined,
  qualityMin: 0,
  parent: undefined,
  depth: 0,
  run: key,
  submittedAt: 0,
  endedAt: 0,
  budgetUsd: agentLimits.budgetUsd,
  turnsMax: agentLimits.turnsMax,
  deadlineMs: agentLimits.deadlineMs,
  leftMs: agentLimits.deadlineMs,
  recalled: nothingRecalled,
  round: undefined,
  shard: shardOf(key),
  silent: 0,
  executions: 0,
  corrections: 0,
  planFaults: [],
  steps: [],
  plannedUsd: 0,
  approved: false,
  asked: '',
  answer: undefined,
  usage: noUsage,
  end: undefined,
  reason: '',
  code: undefined,
})

/** `sender`: only a task of the same tenant is believed that this one is a step of it. */
export function submitted(context: TaskContext, submit: TaskSubmit, at: number, sender: ActorId | undefined): Partial<TaskContext> {
  const from = sender === undefined ? undefined : parseActorId(sender)
  const parent = submit.step && from?.type === context.address.type && from.tenant === context.address.tenant ? sender : undefined
  const { step: _step, ...own } = submit
  const deadlineMs = submit.deadlineMs ?? agentLimits.deadlineMs
  return {
    task: agentTaskOf(parent ? submit : own),
    wishes: wishesOf(submit),
    priority: submit.priority ?? 0,
    team: teamOf(submit.team),
    plan: submit.plan ?? false,
    aggregate: submit.aggregate ?? 'concat',
    escalate: submit.escalate,
    qualityMin: submit.qualityMin ?? 0,
    parent,
    depth: parent ? (submit.step?.depth ?? 1) : 0,
    run: parent ? (submit.step?.run ?? context.address.key) : context.address.key,
    submittedAt: at,
    budgetUsd: submit.budgetUsd ?? agentLimits.budgetUsd,
    turnsMax: submit.turnsMax ?? agentLimits.turnsMax,
    deadlineMs,
    leftMs: deadlineMs,
  }
}

export const selfOf = ({ address }: Pick<TaskContext, 'address'>): ActorId => actorId(address.tenant, address.type, address.key)

export const tokensOf = (usage: UsageFact): number => usage.inputTokens + usage.outputTokens

/** Whether there is anything left to work with. A task that has cost nothing never uses up a budget of money. */
export const isUsedUp = ({ leftMs, usage, budgetUsd }: Pick<TaskContext, 'leftMs' | 'usage' | 'budgetUsd'>): boolean =>
  leftMs <= 0 || (usage.costUsd > 0 && usage.costUsd >= budgetUsd) || tokensOf(usage) >= agentLimits.tokensMax

const durationOf = ({ submittedAt, endedAt }: TaskContext): number => Math.max(0, endedAt - submittedAt)

/** The agent of the answer, else the one that worked last. */
const agentOf = ({ answer, round }: TaskContext): string | undefined =>
  answer?.agent ?? round?.slots.findLast(({ execution }) => execution !== undefined)?.execution?.choice.agent

export function outputOf(context: TaskContext): TaskOutput {
  const { address, end = 'failed', reason, code, answer, executions, usage, steps, round } = context
  const ok = end === 'completed'
  const agent = agentOf(context)
  const last = answer ?? round?.slots.findLast(({ result }) => result !== undefined)?.result
  return {
    ok,
    taskId: address.key,
    end,
    answer: ok ? (answer?.text ?? '') : '',
    citations: ok ? (answer?.citations ?? []) : [],
    ...(!ok && { reason }),
    ...(!ok && code !== undefined && { code }),
    ...(agent !== undefined && { agent }),
    executions,
    usage,
    durationMs: durationOf(context),
    model: last?.model ?? '',
    offline: last?.offline ?? false,
    ...(steps.length > 0 && { steps: steps.map(({ id }) => stepKey(address.key, id)) }),
  }
}

/** What the task it is a step of is told. */
export function stepEndedOf(context: TaskContext): StepEnded {
  const { ok, taskId, answer, citations, reason = '', usage, model, offline } = outputOf(context)
  const workedMs = context.deadlineMs - context.leftMs
  return { type: 'step.ended', taskId, ok, answer, citations, reason, usage, workedMs, model, offline }
}

export function submittedFact({ address, task, parent, priority, team }: TaskContext): TaskFact {
  const { taskType, prompt, file } = task
  const parentKey = parent === undefined ? undefined : parseActorId(parent)?.key
  return {
    type: 'task.submitted',
    taskId: address.key,
    taskType,
    prompt,
    ...(file !== undefined && { file }),
    ...(parentKey !== undefined && { parent: parentKey }),
    ...(priority !== 0 && { priority }),
    ...(team.size > 1 && { team: `${team.rule} ${team.size}` }),
  }
}

export function endFact(context: TaskContext): TaskFact {
  const { answer, citations, usage, durationMs, model, offline, end, taskId } = outputOf(context)
  const { reason, code } = context
  switch (end) {
    case 'completed': {
      const { executionId = taskId, agent = '' } = context.answer ?? {}
      return { type: 'task.completed', taskId, executionId, agent, answer, citations, usage, durationMs, model, offline }
    }
    case 'failed':
      return { type: 'task.failed', taskId, reason, ...(code !== undefined && { code }), durationMs }
    case 'cancelled':
      return { type: 'task.cancelled', taskId, reason, durationMs }
  }
}

export function progressOf(context: TaskContext): TaskProgress {
  const { address, round, steps, executions, asked, end } = context
  const working = end === undefined ? (round?.slots.filter(isWorking) ?? []) : []
  const agents = working.flatMap(({ execution }) => {
    if (!execution) return []
    const { choice, actor, step, waiting } = execution
    return [{ agent: choice.agent, ...(actor !== undefined && { actor }), step, waiting }]
  })
  const [first] = agents
  const last = agentOf(context)
  const agent = first?.agent ?? last
  return {
    taskId: address.key,
    phase: phaseOf(context, agents.length > 0),
    ...(agent !== undefined && { agent }),
    ...(first?.actor !== undefined && { agentActor: first.actor }),
    ...(first && { step: first.step }),
    waiting: asked !== '' || agents.some(({ waiting }) => waiting),
    ...(asked !== '' && { asked }),
    agents,
    steps: steps.map(({ id, state }) => ({ id, taskId: stepKey(address.key, id), state })),
    executions,
    usage: spentSoFar(context, working),
  }
}

const isWorking = ({ phase }: Slot): boolean => phase === 'running'

function phaseOf({ end, asked, steps, submittedAt }: TaskContext, working: boolean): TaskProgress['phase'] {
  if (end !== undefined) return end
  if (asked !== '') return 'waiting'
  if (working) return 'running'
  if (steps.some(({ state }) => state === 'running')) return 'steps'
  return submittedAt > 0 ? 'choosing' : 'new'
}

/** With what those at work have said they used. */
const spentSoFar = ({ usage }: TaskContext, working: readonly Slot[]): UsageFact =>
  working.reduce((sum, { execution }) => addUsage(sum, execution?.usage ?? noUsage), usage)
