// Task choosing
// How a task comes by its agents: what it asks the coordinator, what it makes of the answer, and whom it takes when there is none. Pure.
//
// H1. The shard of the task's id is asked, then the others; when none answers, the first agents that do this kind of task are taken.
// H2. An answer that nobody waits for any more is withdrawn, so no decision is left open.
import { agentLimits, type AgentInput, type AgentProfile } from './agent-task.ts'
import { actorId, type ActorId } from './address.ts'
import { coordinatorShardKey, shardsDefault } from './coordinator-shards.ts'
import type { AgentChoose, Choice, CoordinatorAnswer, Wishes } from './coordinator-messages.ts'
import { armOf } from './selection/types.ts'
import { openSlots, type Execution, type Round } from './task-round.ts'
import { selfOf, type TaskContext } from './task-record.ts'
import type { Escalation } from './task-submit.ts'

/** How long a shard may take to answer. */
export const shardMs = 3_000

export const hasNextShard = ({ silent }: TaskContext, shards = shardsDefault): boolean => silent + 1 < shards

/** H1 */
export const nextShard = ({ shard, silent }: TaskContext, shards = shardsDefault): Partial<TaskContext> => ({
  shard: (shard + 1) % shards,
  silent: silent + 1,
})

export const coordinatorOf = ({ address, shard }: TaskContext): ActorId =>
  actorId(address.tenant, 'coordinator', coordinatorShardKey(shard))

export function chooseEvent(context: TaskContext, round: Round): AgentChoose {
  const { address, wishes, recalled } = context
  const { purpose, task, tried, share, slots } = round
  const asked = slots.filter(({ phase }) => phase === 'open')
  const usd = Math.max(0, share.usd - Math.max(0, ...asked.map(({ usage }) => usage.costUsd)))
  const ms = Math.max(1, Math.floor(Math.min(share.ms, ...asked.map(({ leftMs }) => leftMs))))
  return {
    type: 'agent.choose',
    taskId: address.key,
    taskType: task.taskType,
    ...(purpose === 'answer' ? ownWishes(wishes) : {}),
    ...(wishes.weights && { weights: wishes.weights }),
    ...(wishes.budgetUsd !== undefined && { budgetUsd: usd }),
    ...(wishes.deadlineMs !== undefined && { deadlineMs: ms }),
    exclude: tried,
    ...(purpose === 'answer' && Object.keys(recalled.similar).length > 0 && { similar: recalled.similar }),
    ...(asked.length > 1 && { count: asked.length }),
  }
}

const ownWishes = ({ needs, only, features }: Wishes): Wishes => ({
  ...(needs && { needs }),
  ...(only !== undefined && { only }),
  ...(features && { features }),
})

type Chosen = CoordinatorAnswer & { readonly type: 'agent.chosen' }

/** Whether the answer is of use now: it may be one to an earlier ask. */
export function isUsable({ round }: TaskContext, { choices }: Chosen): boolean {
  if (!round) return false
  return choices.length > 0 && choices.length <= openSlots(round) && choices.every((choice) => !round.tried.includes(armOf(choice)))
}

/** Why a person must let these start, or undefined. Whoever let the task go on once is not asked again. */
export function heldBy({ escalate, approved, qualityMin }: TaskContext, choices: readonly Choice[]): string | undefined {
  const [best] = choices
  if (!escalate || approved || !best) return undefined
  const { belowSuccess = 0, aboveUsd = Infinity, always = false }: Escalation = escalate
  const { success, quality } = best.predicted
  const usd = choices.reduce((sum, { predicted }) => sum + (predicted.costUsd?.mean ?? 0), 0)
  if (always) return `a person lets every such task start; ${armOf(best)} was chosen`
  if (isPredicted(best) && success.mean < belowSuccess)
    return `the best choice, ${armOf(best)}, is predicted to succeed at ${percent(success.mean)}, below ${percent(belowSuccess)}`
  if (usd > aboveUsd) return `it is predicted to cost ${usd.toFixed(4)} USD, above ${aboveUsd}`
  if ((quality?.mean ?? 1) < qualityMin)
    return `the best choice, ${armOf(best)}, is predicted a quality of ${percent(quality?.mean ?? 0)}, below ${percent(qualityMin)}`
  return undefined
}

/** The choices that are predicted to be good enough, and the others; with a person to ask, all are. */
export function goodEnough({ escalate, qualityMin }: TaskContext, choices: readonly Choice[]) {
  const isLow = ({ predicted }: Choice): boolean => !escalate && (predicted.quality?.mean ?? 1) < qualityMin
  return { good: choices.filter((choice) => !isLow(choice)), low: choices.filter(isLow) }
}

const percent = (share: number): string => `${(share * 100).toFixed(0)} %`
const isPredicted = ({ propensity }: Choice): boolean => propensity > 0

/** H1: in the order of the roster. They were decided by nobody, so nobody hears what came of it. */
export function defaultChoices({ wishes }: TaskContext, round: Round, profiles: readonly AgentProfile[]): readonly Choice[] {
  const { needs = [], only } = round.purpose === 'answer' ? wishes : {}
  return profiles
    .filter(
      ({ name, taskTypes, capabilities }) =>
        taskTypes.includes(round.task.taskType) &&
        !round.tried.includes(name) &&
        (only === undefined || only === name) &&
        needs.every((need) => capabilities.includes(need)),
    )
    .slice(0, openSlots(round))
    .map(({ name }) => ({ decisionId: '', agent: name, predicted: { success: { mean: 0.5, low: 0, high: 1 } }, propensity: 0 }))
}

export const undecided = 'no coordinator answered in time: the first agents that do this kind of task'

/** What the world has for agents: the kinds of the roster, and which tools there are. */
export interface Equipment {
  readonly profiles: readonly AgentProfile[]
  readonly tools: readonly { readonly name: string; readonly needsApproval: boolean }[]
}

/** The kind whose machine runs it. */
export const kindOf = ({ agent, program }: Choice): string => program?.kind ?? agent

/** What the agent of this choice is, or why it cannot run here. */
export function profileOf(choice: Choice, { profiles, tools }: Equipment): AgentProfile | string {
  const kind = profiles.find(({ name }) => name === kindOf(choice))
  if (!kind) return `agent kind '${kindOf(choice)}' is not known to tasks`
  const model = choice.model ?? kind.model
  const { program } = choice
  if (!program) return { ...kind, model }
  const missing = program.tools.filter((name) => !tools.some((tool) => tool.name === name))
  if (missing.length > 0) return `agent '${choice.agent}' uses tools that do not exist here: ${missing.join(', ')}`
  const approvals = tools.filter(({ name, needsApproval }) => needsApproval && program.tools.includes(name)).map(({ name }) => name)
  const { instructions, approach } = program
  return { ...kind, name: choice.agent, instructions, approach, tools: program.tools, approvals, model }
}

/** What an agent is told: it gets what is left of its slot's share. */
export function agentInputOf(context: TaskContext, at: number, equipment: Equipment, now: number): AgentInput {
  const { address, round, priority, run, turnsMax } = context
  const slot = round?.slots[at]
  const execution = slot?.execution
  const profile = execution && profileOf(execution.choice, equipment)
  if (!round || !slot || !execution || profile === undefined || typeof profile === 'string')
    throw new Error(`task ${address.key}: slot ${at + 1} starts without an agent`)
  const { share } = round
  const used = slot.usage.inputTokens + slot.usage.outputTokens
  return {
    taskId: address.key,
    executionId: execution.executionId,
    supervisor: selfOf(context),
    profile: told(profile, round.rules),
    task: round.task,
    limits: {
      ...agentLimits,
      turnsMax,
      budgetUsd: share.usd - slot.usage.costUsd,
      tokensMax: share.tokens - used,
      deadlineMs: slot.leftMs,
    },
    ...(run !== address.key && { run }),
    ...(priority !== 0 && { priority }),
    at: now,
  }
}

/** In the instructions, beside the task: it is no material to answer from. */
const told = (profile: AgentProfile, rules: readonly string[]): AgentProfile =>
  rules.length === 0 ? profile : { ...profile, instructions: [profile.instructions, ...rules].join('\n') }

/** H2: what is sent to whoever decided. */
export const withdrawals = (choices: readonly Pick<Choice, 'decisionId'>[]) =>
  choices.filter(({ decisionId }) => decisionId !== '').map(({ decisionId }) => ({ type: 'outcome.withdraw' as const, decisionId }))

export const wasDecided = ({ choice, coordinator }: Execution): boolean => choice.decisionId !== '' && coordinator !== undefined
