// Coordinator messages
// What a coordinator is asked and what it answers. `main` keeps the tenant's agents, policies and merged statistics; shards decide with a copy.
import type { AgentCard, Candidate, SelectionPolicy, SelectionRefusal, Weights } from './selection/types.ts'
import type { TaskType } from './task-events.ts'

/** The coordinator of a tenant: its key. */
export const coordinatorKey = 'main'
export const coordinatorType = 'coordinator'

/** What a coordinator refuses, beside a selection that is refused (`SelectionRefusal`). */
export const coordinatorRefusals = {
  agentsFull: 'TR_AGENTS_FULL',
  cardInvalid: 'TR_CARD_INVALID',
  decisionUnknown: 'TR_DECISION_UNKNOWN',
  decisionCensored: 'TR_DECISION_CENSORED',
  outcomeInvalid: 'TR_OUTCOME_INVALID',
  notMain: 'TR_COORDINATOR_NOT_MAIN',
} as const

/** How a registered agent runs: absent for a kind of the roster, which the code knows. */
export interface AgentProgram {
  /** The kind of the roster whose machine and effects it uses. */
  readonly kind: string
  readonly instructions: string
  readonly approach: readonly string[]
  readonly tools: readonly string[]
}

export interface AgentRegister extends AgentCard {
  readonly type: 'agent.register'
  readonly program?: AgentProgram
}

/** Takes every card of the agent, or of one model of it, out of selection. */
export interface AgentRetire {
  readonly type: 'agent.retire'
  readonly agent: string
  readonly model?: string
}

/** What an actor that sent `agent.register` gets: the reply to a client says the same. Refused with TR_AGENTS_FULL, the card is not among those chosen from. */
export type AgentRegistration = {
  readonly type: 'agent.registration'
  readonly agent: string
  readonly model?: string
  readonly version: string
} & ({ readonly ok: true } | { readonly ok: false; readonly code: string; readonly reason: string })

/** What a task wants of whoever does it: the part of a selection request that a client may give. */
export interface Wishes {
  readonly needs?: readonly string[]
  readonly only?: string
  readonly features?: Readonly<Record<string, number>>
  readonly deadlineMs?: number
  readonly budgetUsd?: number
  readonly weights?: Partial<Weights>
}

export interface AgentChoose extends Wishes {
  readonly type: 'agent.choose'
  readonly taskId: string
  readonly taskType: TaskType
  readonly exclude?: readonly string[]
  readonly similar?: Readonly<Record<string, { readonly gained: number; readonly lost: number }>>
  /** How many different agents; default 1. */
  readonly count?: number
}

/** As `agent.choose`, but nothing is decided. */
export interface AgentPredict extends Wishes {
  readonly type: 'agent.predict'
  readonly taskType: TaskType
  readonly exclude?: readonly string[]
}

export interface OutcomeReport {
  readonly type: 'outcome.report'
  readonly decisionId: string
  readonly ok: boolean
  /** 0 to 1. */
  readonly reward: number
  /** 0 to 1, where somebody judged it. */
  readonly quality?: number
  readonly costUsd?: number
  readonly latencyMs?: number
  /** What failed, where something did: it opens circuits. */
  readonly failed?: 'agent' | 'model'
}

/** The execution was cancelled: it says nothing about the agent. */
export interface OutcomeWithdraw {
  readonly type: 'outcome.withdraw'
  readonly decisionId: string
}

/** Which policies are in force. `canary` gets its share of decisions, `shadow` only says what it would have done. */
export interface PolicySet {
  readonly type: 'policy.set'
  readonly live: SelectionPolicy
  readonly canary?: { readonly policy: SelectionPolicy; readonly share: number }
  readonly shadow?: SelectionPolicy
}

/** What is known here of a decision: asked of the coordinator that made it. Its candidates are in the history. */
export interface CoordinatorExplain {
  readonly type: 'coordinator.explain'
  readonly decisionId: string
}

/** The reply to `coordinator.explain`. */
export type DecisionExplained =
  | {
      readonly ok: true
      readonly state: 'open'
      readonly taskId: string
      readonly taskType: TaskType
      readonly arm: string
      readonly predicted: number
      readonly at: number
    }
  | { readonly ok: true; readonly state: 'settled' | 'censored' }
  | { readonly ok: false; readonly code: string; readonly reason: string }

export interface Choice {
  readonly decisionId: string
  readonly agent: string
  readonly model?: string
  readonly program?: AgentProgram
  readonly predicted: Pick<Candidate, 'success' | 'quality' | 'costUsd' | 'latencyMs'>
  readonly propensity: number
}

/** What the sender of `agent.choose` gets. `choices` has at least one, the best first. */
export type CoordinatorAnswer =
  | {
      readonly type: 'agent.chosen'
      readonly taskId: string
      readonly choices: readonly Choice[]
      readonly why: string
      readonly policyVersion: string
    }
  | {
      readonly type: 'agent.none'
      readonly taskId: string
      readonly code: SelectionRefusal
      readonly why: string
      /** Each with the constraint that excluded it, `candidatesMax` of them at most. */
      readonly candidates: readonly Candidate[]
      /** How many more there are. */
      readonly more?: number
    }

/** The reply to `agent.predict`. */
export type PredictionAnswer =
  | { readonly ok: true; readonly candidates: readonly Candidate[]; readonly policyVersion: string; readonly more?: number }
  | {
      readonly ok: false
      readonly code: SelectionRefusal
      readonly reason: string
      readonly candidates: readonly Candidate[]
      readonly more?: number
    }

/** The reply to an ask of anything else. */
export type CoordinatorReply =
  | { readonly ok: true; readonly repeated?: boolean }
  | { readonly ok: false; readonly code: string; readonly reason: string }
