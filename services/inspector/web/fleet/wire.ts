// Wire
// What the gateway tells of the fleet, as far as the page reads it.

export interface PartitionLoad {
  readonly partition: number
  readonly epoch: number
  readonly turnsPerSecond: number
  readonly busyShare: number
  readonly waiting: number
  /** How long the oldest message that waits has waited; absent: the worker does not say. */
  readonly oldestWaitMs?: number
}

export interface Worker {
  readonly id: string
  readonly version: string
  readonly owned: readonly number[]
  readonly draining: boolean
  readonly startedAt: number
  readonly host: string
  readonly pid: number
  readonly types: readonly string[]
  readonly load: { readonly actors: number; readonly turns: number; readonly effects: number; readonly rssBytes: number }
  readonly partitions: readonly PartitionLoad[]
  readonly deployment?: { readonly id: string; readonly rank: number }
  /** When it was last heard of, by the gateway's clock. */
  readonly heardAt?: number
  /** `from`: how many partitions it had when the drain began. */
  readonly drain?: { readonly since: number; readonly from: number }
}

/** Something that changed in the fleet. */
export interface Mark {
  readonly at: number
  readonly kind: string
  readonly text: string
  readonly detail: string
}

export interface Move {
  readonly partition: number
  readonly from: string
  /** Absent: nobody has it yet. */
  readonly to?: string
  readonly at: number
}

export interface Fleet {
  readonly partitions: number
  readonly workers: readonly Worker[]
  readonly pausedTenants: readonly string[]
  readonly drained: readonly string[]
  readonly moves: readonly Move[]
  readonly marks: readonly Mark[]
}

export interface Pulse {
  readonly rssBytes: number
  readonly heapBytes: number
  readonly loopLateMs: number
  readonly processorShare: number
}

/** What the gateway kept of the last minutes. */
export interface Kept {
  readonly since: number
  readonly stepMs: number
  readonly rows: readonly Omit<FleetRow, 'worker'>[]
  readonly marks: readonly Mark[]
  readonly workers: readonly {
    readonly worker: string
    readonly heardAt: number
    /** A second each, the last one when it was asked; null: nobody listened yet. */
    readonly turns: readonly (number | null)[]
    readonly pulse: Pulse
  }[]
}

export interface Rates {
  readonly turns: number
  readonly failures: number
  readonly deadLetters: number
  readonly effects: number
}

export interface Quantiles {
  readonly p50: number
  readonly p95: number
  readonly p99: number
}

/** Counts by bucket: bucket b is below 2^b microseconds. */
export type Times = Readonly<Record<string, number>>

/** A row of the topic `fleet`: a worker's, or `*` for all of them. */
export interface FleetRow extends Partial<Pulse> {
  readonly worker: string
  readonly at: number
  readonly gone?: boolean
  readonly workers?: number
  readonly perSecond?: Rates
  readonly waitMs?: Quantiles
  readonly turnMs?: Quantiles
  readonly waitTimes?: Times
  readonly turnTimes?: Times
}

export interface Figures {
  readonly tasks: number
  readonly completed: number
  readonly failed: number
  readonly successShare?: number
  readonly p50Ms?: number
  readonly p95Ms?: number
  readonly costUsd: number
  readonly tokens: number
}

export interface Analytics {
  readonly at: number
  readonly total: Figures
  readonly days: readonly (Figures & { readonly day: string })[]
}
