// Wire
// What the gateway tells of the coordinator, as far as the page reads it.

export interface Estimate {
  readonly mean: number
  readonly low: number
  readonly high: number
}

export interface Candidate {
  readonly arm: string
  readonly agent: string
  readonly model?: string
  readonly trials: number
  readonly success: Estimate
  readonly quality?: Estimate
  readonly costUsd?: Estimate
  readonly latencyMs?: Estimate
  readonly sample?: number
  readonly propensity?: number
  readonly excluded?: string
}

export interface Outcome {
  readonly at: number
  readonly ok: boolean
  readonly reward: number
  readonly quality?: number
  readonly costUsd?: number
  readonly latencyMs?: number
  readonly surprise?: number
}

export interface DecisionRow {
  readonly id: string
  readonly tenant: string
  readonly taskId: string
  readonly taskType: string
  readonly arm: string
  readonly rank: number
  readonly why?: string
  readonly policyVersion?: string
  readonly propensity?: number
  readonly predicted?: number
  readonly madeAt: number
  readonly outcome?: Outcome
  readonly censored?: string
}

export interface WholeDecision extends DecisionRow {
  readonly shard?: string
  readonly shadow?: string
  readonly random?: number
  readonly features?: Readonly<Record<string, number>>
  readonly request: unknown
  readonly candidates: readonly Candidate[]
  readonly others: Readonly<Record<string, number>>
  readonly policy?: unknown
}

export interface Prediction {
  readonly ok: boolean
  readonly candidates: readonly Candidate[]
  readonly policyVersion?: string
  readonly more?: number
  readonly code?: string
  readonly reason?: string
}

export interface PolicyName {
  readonly version: string
  readonly mode: string
  readonly share?: number
}

export interface Bin {
  readonly n: number
  readonly predicted: number
  readonly outcome: number
}

export interface Learned {
  readonly arm: string
  readonly taskType: string
  readonly outcomes: number
  readonly reward: number
}

export interface CoordinatorSummary {
  readonly tenant: string
  readonly open: number
  readonly agents: number
  readonly policies: { readonly live: PolicyName; readonly canary?: PolicyName; readonly shadow?: PolicyName }
  readonly blocked: readonly { readonly name: string; readonly until: number }[]
  readonly shards: readonly { readonly shard: string; readonly outcomes: number }[]
  readonly learned: readonly Learned[]
  readonly learnedMore: number
  readonly calibration: { readonly outcomes: number; readonly brier: number; readonly ece: number; readonly bins: readonly Bin[] }
  readonly passed: readonly { readonly at: number; readonly given: number; readonly even?: number }[]
  readonly days: readonly {
    readonly day: string
    readonly decided: number
    readonly settled: number
    readonly succeeded: number
    readonly reward?: number
    readonly predicted?: number
    readonly costUsd: number
  }[]
}

export interface PolicyRow {
  readonly version: string
  readonly mode: string
  readonly share?: number
  readonly note?: string
  /** What it says, as in its file. */
  readonly policy: unknown
  readonly estimate?: unknown
}

export interface Policies {
  readonly tenant: string
  readonly rows: readonly PolicyRow[]
}

interface Drawn {
  readonly score?: { readonly mean: number; readonly deviation: number }
  readonly sample?: number
  readonly propensity?: number
}

export interface Replayed {
  readonly policyVersion: string
  readonly before: { readonly arm: string; readonly why?: string }
  readonly after: { readonly arm?: string; readonly why: string }
  readonly agrees: boolean
  readonly candidates: readonly { readonly arm: string; readonly before: Drawn; readonly after: Drawn; readonly excluded?: string }[]
  readonly notes: readonly string[]
  /** How exact a replay is; absent: not known. */
  readonly error?: number
}
