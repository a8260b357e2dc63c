// Task round
// One question put to one agent or to a team: a slot for each, in which agents follow one another until one answers. Pure.
//
// R1. At most `executionsMax` agents work in one slot, and none twice in one round.
// R2. Every slot has an equal share of what is left of the budget, and all of what is left of the time.
import { addUsage, noUsage, type AgentOutput, type AgentProgress, type AgentTask } from './agent-task.ts'
import type { ActorId } from './address.ts'
import type { Choice } from './coordinator-messages.ts'
import { armOf, type ArmId } from './selection/types.ts'
import type { UsageFact } from './task-events.ts'
import type { Team } from './task-submit.ts'
import { verdictOf, type Ballot, type Verdict } from './task-team.ts'

/** Agents that may work in one slot, one after the other. */
export const executionsMax = 3

export interface Execution {
  readonly executionId: string
  readonly choice: Choice
  /** Who chose it and wants to hear of the outcome; undefined when nobody answered. */
  readonly coordinator: ActorId | undefined
  readonly why: string
  readonly startedAt: number
  /** Known from its first word. */
  readonly actor: ActorId | undefined
  readonly step: string
  readonly waiting: boolean
  /** As of its last word. */
  readonly usage: UsageFact
}

export interface Slot {
  /**
   * `open`: wants an agent. `held`: has one that a person must let start. `chosen`: it may start. `running`: it works.
   * `answered`: it gave an answer. `closed`: nobody is left to try.
   */
  readonly phase: 'open' | 'held' | 'chosen' | 'running' | 'answered' | 'closed'
  /** The present execution, or the last one. */
  readonly execution: Execution | undefined
  /** What the last execution gave; undefined while one works. */
  readonly result: AgentOutput | undefined
  readonly executions: number
  readonly leftMs: number
  readonly usage: UsageFact
}

export interface Refused {
  readonly why: string
  readonly code: string
}

export type Purpose = 'answer' | 'plan' | 'join'

/** What may be used up. */
export interface Left {
  readonly ms: number
  readonly usd: number
  readonly tokens: number
}

export interface Round {
  readonly purpose: Purpose
  readonly task: AgentTask
  /** What the agents are told beside it, a line each. */
  readonly rules: readonly string[]
  readonly team: Team
  readonly tried: readonly ArmId[]
  readonly slots: readonly Slot[]
  /** Of each slot. */
  readonly share: Left
  /** Why a person must let the agents of `held` slots start. */
  readonly held: string
  /** Why slots were closed without an agent. */
  readonly refused: Refused | undefined
  /** The slot whose answer a person took. */
  readonly taken: number | undefined
}

export function roundOf({ purpose, task, rules, team }: Pick<Round, 'purpose' | 'task' | 'rules' | 'team'>, left: Left): Round {
  const share = { ms: left.ms, usd: left.usd / team.size, tokens: Math.floor(left.tokens / team.size) } // R2
  const slot: Slot = { phase: 'open', execution: undefined, result: undefined, executions: 0, leftMs: share.ms, usage: noUsage }
  const slots = Array.from({ length: team.size }, () => slot)
  return { purpose, task, rules, team, tried: [], slots, share, held: '', refused: undefined, taken: undefined }
}

export const openSlots = ({ slots }: Round): number => slots.filter(({ phase }) => phase === 'open').length

/** What came of asking for agents. */
export interface Given {
  readonly choices: readonly Choice[]
  readonly coordinator: ActorId | undefined
  readonly why: string
  /** Why a person must let them start; empty: they may. */
  readonly held: string
  readonly at: number
}

const tooFew: Refused = { why: 'no other agent may do it', code: 'TR_AGENT_NONE' }

/** Agents for the open slots; a slot for which there is none is closed, for the reason `refused`. `idOf` names the executions. */
export function give(round: Round, given: Given, idOf: (n: number) => string, refused: Refused = tooFew): Round {
  const { choices, coordinator, why, held, at } = given
  let next = 0
  const slots = round.slots.map((slot): Slot => {
    if (slot.phase !== 'open') return slot
    const choice = choices[next]
    if (!choice) return { ...slot, phase: 'closed' }
    const execution = { executionId: idOf(next), choice, coordinator, why, startedAt: at, actor: undefined, step: 'start', waiting: false }
    next++
    return {
      ...slot,
      phase: held === '' ? 'chosen' : 'held',
      execution: { ...execution, usage: noUsage },
      result: undefined,
      executions: slot.executions + 1,
    }
  })
  const isShort = openSlots(round) > next
  return { ...round, slots, tried: [...round.tried, ...choices.slice(0, next).map(armOf)], held, ...(isShort && { refused }) }
}

/** There is nobody for the open slots. */
export const refuse = (round: Round, refused: Refused): Round => ({
  ...round,
  refused,
  slots: round.slots.map((slot) => (slot.phase === 'open' ? { ...slot, phase: 'closed' } : slot)),
})

/** A person lets them start. */
export const release = (round: Round): Round => ({
  ...round,
  held: '',
  slots: round.slots.map((slot) => (slot.phase === 'held' ? { ...slot, phase: 'chosen' } : slot)),
})

const withSlot = (round: Round, at: number, change: (slot: Slot) => Slot): Round => ({
  ...round,
  slots: round.slots.map((slot, index) => (index === at ? change(slot) : slot)),
})

export const start = (round: Round, at: number, now: number): Round =>
  withSlot(round, at, (slot) => ({
    ...slot,
    phase: 'running',
    execution: slot.execution && { ...slot.execution, startedAt: now },
  }))

export const slotOf = (round: Round | undefined, executionId: string): number =>
  round?.slots.findIndex(({ phase, execution }) => phase === 'running' && execution?.executionId === executionId) ?? -1

export const noteProgress = (round: Round, at: number, { step, waiting, usage }: AgentProgress, actor: ActorId | undefined): Round =>
  withSlot(round, at, (slot) => ({
    ...slot,
    execution: slot.execution && { ...slot.execution, actor: slot.execution.actor ?? actor, step, waiting, usage },
  }))

/** An execution has ended: the slot is answered, wants another agent (R1), or is closed. */
export const endSlot = (round: Round, at: number, result: AgentOutput): Round =>
  withSlot(round, at, (slot) => {
    const ended = { ...slot, result, leftMs: slot.leftMs - result.workedMs, usage: addUsage(slot.usage, result.usage) }
    return { ...ended, phase: result.ok ? 'answered' : mayGoOn(round, ended) ? 'open' : 'closed' }
  })

function mayGoOn({ share }: Round, { result, executions, leftMs, usage }: Slot): boolean {
  const tokens = usage.inputTokens + usage.outputTokens
  const affordable = usage.costUsd === 0 || usage.costUsd < share.usd
  return (result?.retryable ?? false) && executions < executionsMax && leftMs > 0 && affordable && tokens < share.tokens
}

/** The output of an agent that gave none: what it had used is what it last said. */
export const lostOutput = (execution: Execution | undefined, reason: string, at: number): AgentOutput => ({
  ok: false,
  answer: '',
  citations: [],
  usage: execution?.usage ?? noUsage,
  reason,
  failed: 'agent',
  retryable: true,
  workedMs: Math.max(0, at - (execution?.startedAt ?? at)),
  model: '',
  offline: false,
})

export const ballotsOf = ({ slots }: Round): readonly Ballot[] =>
  slots.map(({ phase, result, execution }) => ({
    output: phase === 'answered' ? result : undefined,
    open: phase !== 'answered' && phase !== 'closed',
    success: execution?.choice.predicted.success.mean ?? 0,
  }))

/** `agreementMin`: see task-team.ts. `splitFails`: a person is there to decide. */
export function verdictOn(round: Round, strictness: { readonly agreementMin: number; readonly splitFails: boolean }): Verdict {
  if (round.taken !== undefined) return { kind: 'accepted', ballot: round.taken, agreement: 1 }
  return verdictOf(round.team, ballotsOf(round), strictness)
}
