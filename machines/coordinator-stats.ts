// Coordinator stats
// What a coordinator says of itself to people and programs: what it has decided, what it has learned, what of a decision it still knows. Pure.
import type { CoordinatorExplain, DecisionExplained } from './coordinator-messages.ts'
import type { CoordinatorContext, Counts, Policies, ShardMark } from './coordinator-record.ts'
import { findOpen } from './coordinator-settle.ts'
import { viewOf } from './coordinator-sharing.ts'
import type { SelectionModel } from './selection.ts'
import type { AgentCard } from './selection/types.ts'

/** The reply to `coordinator.stats`. */
export interface CoordinatorStats {
  readonly key: string
  readonly life: string
  readonly counts: Counts
  /** Decisions that wait for their outcome. */
  readonly open: number
  /** Outcomes here that the root has not said to have merged. */
  readonly unmerged: number
  readonly cards: readonly AgentCard[]
  readonly policies: Policies
  /** Circuits that are not closed, with the time each may be tried again. */
  readonly blocked: Readonly<Record<string, number>>
  /** Of the root: the shards it has heard of, with how many of their outcomes are in its model. */
  readonly shards: Readonly<Record<string, ShardMark>>
  readonly model: SelectionModel
}

export function statsOf(context: CoordinatorContext): CoordinatorStats {
  const { key, life, counts, open, shared, cards, policies, blocked, root } = context
  return {
    key,
    life,
    counts,
    open: open.count,
    unmerged: shared.unmerged.length,
    cards: Object.values(cards).map(({ card }) => card),
    policies,
    blocked,
    shards: root.shards,
    model: viewOf(context),
  }
}

/** What one arm has shown on one type of task, as it weighed at the latest of these outcomes: what was forgotten since then is not taken off. */
export interface Learned {
  readonly taskType: string
  readonly arm: string
  /** Outcomes, the earlier ones as far as they counted then. */
  readonly outcomes: number
  /** Mean reward of them. */
  readonly reward: number
}

export const learnedOf = ({ arms }: CoordinatorStats['model']): readonly Learned[] =>
  Object.entries(arms).flatMap(([arm, { cells }]) =>
    Object.entries(cells).flatMap(([taskType, { gained, lost }]) => {
      const outcomes = gained + lost
      return outcomes > 0 ? [{ taskType, arm, outcomes, reward: gained / outcomes }] : [] // none are left of a version that was replaced
    }),
  )

export function explain(context: CoordinatorContext, { decisionId }: CoordinatorExplain): DecisionExplained {
  const found = findOpen(context, decisionId)
  switch (found.kind) {
    case 'open': {
      const { taskId, taskType, arm, predicted, at } = found.decision
      return { ok: true, state: 'open', taskId, taskType, arm, predicted, at }
    }
    case 'repeated':
      return { ok: true, state: 'settled' }
    case 'late':
      return { ok: true, state: 'censored' }
    case 'unknown':
      return { ok: false, code: 'TR_DECISION_UNKNOWN', reason: found.reason }
  }
}
