// Logged decision
// A decision as the history holds it, with what came of it: what an evaluation replays and an explanation tells.
import type { ArmId, Candidate, SelectionRequest } from '../machines/selection/types.ts'

/** What was asked for beside the task type. */
export type LoggedRequest = Partial<
  Pick<SelectionRequest, 'needs' | 'exclude' | 'only' | 'deadlineMs' | 'budgetUsd' | 'weights' | 'similar' | 'count'>
>

export interface LoggedDecision {
  readonly id: string
  readonly tenant: string
  readonly taskId: string
  readonly taskType: string
  /** The coordinator that decided. */
  readonly shard: string | undefined
  /** 1 is the best of those chosen together. */
  readonly rank: number
  readonly arm: ArmId
  readonly why: string | undefined
  readonly policyVersion: string | undefined
  readonly propensity: number | undefined
  /** What the shadow policy would have taken. */
  readonly shadow: ArmId | undefined
  readonly random: number | undefined
  readonly features: SelectionRequest['features']
  readonly request: LoggedRequest
  readonly candidates: readonly Candidate[]
  /** How many candidates were not logged, by what excluded them. */
  readonly others: Readonly<Record<string, number>>
  readonly madeAt: Date
  readonly outcome: LoggedOutcome | undefined
  /** Why no outcome was learned from, where that is known. */
  readonly censored: string | undefined
}

export interface LoggedOutcome {
  readonly at: Date
  readonly ok: boolean
  readonly reward: number
  readonly quality: number | undefined
  readonly costUsd: number | undefined
  readonly latencyMs: number | undefined
  /** The mean success that was predicted. */
  readonly predicted: number | undefined
}

/**
 * How little the outcome was expected, in bits: 0 is what was certain, 1 what was as likely as not (C. Shannon 1948).
 * A reward between 0 and 1 is counted as that share of a success.
 */
export function surpriseOf({ reward, predicted }: Pick<LoggedOutcome, 'reward' | 'predicted'>): number | undefined {
  if (predicted === undefined) return undefined
  const sure = Math.min(1 - leastDoubt, Math.max(leastDoubt, predicted))
  return -(reward * Math.log2(sure) + (1 - reward) * Math.log2(1 - sure))
}

/** Nothing is predicted with more certainty than this. */
const leastDoubt = 1e-3
