// Player: what a policy is to the benchmark. It is told the task type and who is there, never a score of an arm it did not choose.

export interface Turn {
  readonly taskType: string
  /** By arm. */
  readonly available: readonly boolean[]
  /** The round, in milliseconds: one round is one second. */
  readonly now: number
}

export interface Choice {
  readonly arm: number
  /** The expected reward of the arm, as the policy predicts it. */
  readonly predicted: number
  /** The same before calibration, where the policy calibrates. */
  readonly raw?: number
  /** Where the policy knows it. */
  readonly propensity?: number
}

export interface Outcome {
  readonly arm: number
  readonly taskType: string
  readonly reward: number
  /** The arm's price, as a share of the dearest. */
  readonly cost: number
  readonly predicted: number
  readonly raw?: number
  /** When it became known. */
  readonly now: number
}

export interface Player {
  choose(turn: Turn): Choice
  learn(outcome: Outcome): void
}

/** What a player is told beforehand; it may draw its chance from `next`. */
export interface Setup {
  readonly arms: readonly string[]
  readonly taskTypes: readonly string[]
  /** As shares of the dearest: an arm's price is on its card. */
  readonly prices: readonly number[]
  readonly next: () => number
}

export type MakePlayer = (setup: Setup) => Player
