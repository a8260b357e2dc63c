// Wire
// What the gateway tells of the fleet, as far as the page reads it.

export interface PartitionLoad {
  readonly partition: number
  readonly epoch: number
  readonly turnsPerSecond: number
  readonly busyShare: number
  readonly waiting: number
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
}

export interface Fleet {
  readonly partitions: number
  readonly workers: readonly Worker[]
  readonly pausedTenants: readonly string[]
  readonly drained: readonly string[]
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
export interface FleetRow {
  readonly worker: string
  readonly at: number
  readonly gone?: boolean
  readonly workers?: number
  readonly perSecond?: Rates
  readonly waitMs?: Quantiles
  readonly turnMs?: Quantiles
  readonly waitTimes?: Times
  readonly turnTimes?: Times
  readonly rssBytes?: number
  readonly heapBytes?: number
  readonly loopLateMs?: number
  readonly processorShare?: number
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
