// Selection types
// The words that everything about choosing agents shares: cards, requests, candidates, decisions, observations, policies. No code.
import type { TaskType } from '../task-events.ts'

/** What a call of this agent costs, roughly, before anything is known. */
export type CostClass = 'free' | 'low' | 'medium' | 'high'

/** What an agent's card promises: the prior that its first outcomes are weighed against. */
export interface Expectation {
  /** Mean success, 0 to 1. */
  readonly success?: number
  /** Mean quality, 0 to 1. */
  readonly quality?: number
  readonly costUsd?: number
  readonly latencyMs?: number
  /** How many outcomes this is worth, 0 to 50. */
  readonly trials: number
}

/** What an agent says of itself. One card is one arm: an agent that runs on two models has two cards. */
export interface AgentCard {
  readonly agent: string
  readonly version: string
  /** The model it runs on; absent: the one its worker is set to. */
  readonly model?: string
  readonly taskTypes: readonly TaskType[]
  readonly capabilities: readonly string[]
  /** As `name@version`. */
  readonly skills?: readonly string[]
  readonly costClass?: CostClass
  readonly expects?: Expectation
  /** The version whose outcomes count, at a discount, as this one's prior. */
  readonly follows?: string
}

/** `agent`, or `agent@model`: what statistics are kept by. */
export type ArmId = string
export const armOf = ({ agent, model }: Pick<AgentCard, 'agent' | 'model'>): ArmId => (model === undefined ? agent : `${agent}@${model}`)

/** How much each objective counts; none is negative, one is positive. Cost and latency are counted as shares of the request's limit. */
export interface Weights {
  readonly success: number
  readonly quality: number
  readonly cost: number
  readonly latency: number
}

export interface SelectionRequest {
  readonly taskType: TaskType
  /** Capabilities the agent must have; `skill:name` asks for a skill of any version. */
  readonly needs: readonly string[]
  /** Agents (or arms) that must not be chosen, such as those that failed on this task. */
  readonly exclude: readonly string[]
  /** Only this agent or arm: pinned by the caller. */
  readonly only?: string
  /** Declared features by name, each -1 to 1; what a policy does not declare is ignored. */
  readonly features?: Readonly<Record<string, number>>
  /** Outcomes of similar tasks in the past, by arm, as pseudo-outcomes of bounded weight. */
  readonly similar?: Readonly<Record<ArmId, { readonly gained: number; readonly lost: number }>>
  readonly deadlineMs?: number
  readonly budgetUsd?: number
  readonly weights?: Partial<Weights>
  /** How many different agents; default 1. */
  readonly count?: number
  /** Arms (or models, or agents) whose circuit is open, with the time it may be tried again. */
  readonly open?: Readonly<Record<string, number>>
  readonly now: number
  /** In [0, 1): all chance of the decision comes from it. */
  readonly random: number
}

/** A posterior for people: its mean and the middle 90 %. */
export interface Estimate {
  readonly mean: number
  readonly low: number
  readonly high: number
}

/** One arm as it was seen when it was decided. */
export interface Candidate {
  readonly arm: ArmId
  readonly agent: string
  readonly model?: string
  /** Outcomes that count for this task type, after forgetting. */
  readonly trials: number
  /** Calibrated. */
  readonly success: Estimate
  /** Its mean before calibration: what calibration learns from. */
  readonly raw?: number
  readonly quality?: Estimate
  readonly costUsd?: Estimate
  readonly latencyMs?: Estimate
  /** The combined score that was compared; absent when a constraint excluded the arm. */
  readonly sample?: number
  /** Of being chosen first, given all that the decision knew; absent as `sample` is. */
  readonly propensity?: number
  /** The first constraint it did not meet. */
  readonly excluded?: string
}

/** Why nothing could be chosen. */
export const selectionRefusals = ['TR_TASK_TYPE_UNKNOWN', 'TR_AGENT_NONE', 'TR_BUDGET_ZERO', 'TR_REQUEST_INVALID'] as const
export type SelectionRefusal = (typeof selectionRefusals)[number]

export interface Decision {
  readonly candidates: readonly Candidate[]
  /** Best first; empty: nothing is eligible, and `refusal` says why. */
  readonly chosen: readonly Candidate[]
  readonly refusal?: SelectionRefusal
  /** For people. */
  readonly why: string
  readonly policyVersion: string
  /** What the shadow policy would have taken. */
  readonly shadow?: ArmId
}

/** What came of a decision: all that a learner takes from it. */
export interface Observation {
  readonly arm: ArmId
  readonly taskType: TaskType
  readonly features?: Readonly<Record<string, number>>
  /** 0 to 1; a failure is 0. */
  readonly success: number
  /** 0 to 1, where somebody judged it. */
  readonly quality?: number
  readonly costUsd?: number
  readonly latencyMs?: number
  /** The calibrated mean success that was predicted, for calibration and for change detection. */
  readonly predicted?: number
  /** The same before calibration, as `Candidate.raw`; absent: `predicted` stands for it. */
  readonly raw?: number
  /** When the outcome was known, epoch milliseconds: forgetting counts from here. */
  readonly at: number
}

export type SelectionMode =
  | { readonly kind: 'thompson' }
  | { readonly kind: 'linucb' }
  /** Always this agent or arm, where it is eligible. */
  | { readonly kind: 'pinned'; readonly arm: string }
  /** The highest mean, nothing explored but a share `explore` spread over all (so that propensities stay above 0). */
  | { readonly kind: 'best-single' }

/** How agents are chosen. A file of it has `format: 1`. */
export interface SelectionPolicy {
  readonly version: string
  readonly mode: SelectionMode
  /** Features that LinUCB uses beside the task type, in order. */
  readonly features: readonly string[]
  readonly weights: Weights
  /** Undefined: nothing is ever forgotten. */
  readonly halfLifeMs: number | undefined
  /** How many outcomes the rate of the arm over all task types counts for in a new cell. */
  readonly shrinkage: number
  /** Share of decisions that take an eligible arm uniformly at random: bounds every propensity from below, 0 to 0.5. */
  readonly explore: number
  /** Share of decisions that new agents may get together, 0 to 1. */
  readonly newcomerShare: number
  /** LinUCB's width. */
  readonly alpha: number
  /** What a posterior's standard deviation is multiplied by when it is drawn from: 1 is Thompson's rule, less explores less. */
  readonly width: number
  /** How many standard deviations are added to every score: in doubt, rather the less known. */
  readonly optimism: number
  /** What counts as 1 in the score where the request has no budget or deadline. */
  readonly costScaleUsd: number
  readonly latencyScaleMs: number
  /** Change detection: what is put up with at each outcome, in standard deviations, and the sum of what is beyond it that is a change. */
  readonly changeAllowance: number
  readonly changeThreshold: number
  /** The share of what an arm has shown that still counts after a change. */
  readonly changeKeep: number
  /** What is spent per decision on average at most; undefined: no pacing. */
  readonly paceUsd: number | undefined
  /** No outcome within it: the decision is censored. */
  readonly horizonMs: number
}
