// Load meter
// How much each partition of a worker has to do, from heartbeat to heartbeat: what makes a hot one visible.
//
// G1. A heartbeat tells of `partitionsMax` partitions at most, the busiest first.
import type { Clock, PartitionLoad } from './ports.ts'

/** What the meter reads of a partition. Counts only grow. */
export interface Metered {
  readonly number: number
  readonly epoch: number
  readonly turns: number
  readonly busyMs: number
  readonly inflow: { readonly size: number; readonly oldestWaitMs: number }
}

const partitionsMax = 128

export class LoadMeter {
  readonly #clock: Clock
  #before = new Map<Metered, { readonly turns: number; readonly busyMs: number }>()
  #measuredAt: number
  #loads: readonly PartitionLoad[] = []

  constructor(clock: Clock) {
    this.#clock = clock
    this.#measuredAt = clock.now()
  }

  /** As they were at the last measurement. */
  get loads(): readonly PartitionLoad[] {
    return this.#loads.slice(0, partitionsMax) // G1
  }

  get waiting(): number {
    return this.#loads.reduce((sum, load) => sum + load.waiting, 0)
  }

  get busiest(): number {
    return Math.max(0, ...this.#loads.map((load) => load.busyShare))
  }

  measure(partitions: Iterable<Metered>): void {
    const now = this.#clock.now()
    const elapsedMs = Math.max(1, now - this.#measuredAt)
    const before = this.#before
    this.#before = new Map()
    this.#measuredAt = now
    const loads: PartitionLoad[] = []
    for (const partition of partitions) {
      const { number, epoch, turns, busyMs, inflow } = partition
      const { turns: turnsBefore = 0, busyMs: busyBefore = 0 } = before.get(partition) ?? {}
      this.#before.set(partition, { turns, busyMs })
      loads.push({
        partition: number,
        epoch,
        turnsPerSecond: Math.round(((turns - turnsBefore) * 1_000) / elapsedMs),
        busyShare: Math.min(1, Math.round(((busyMs - busyBefore) * 100) / elapsedMs) / 100),
        waiting: inflow.size,
        oldestWaitMs: inflow.oldestWaitMs,
      })
    }
    this.#loads = loads.toSorted((a, b) => b.busyShare - a.busyShare || b.turnsPerSecond - a.turnsPerSecond || a.partition - b.partition)
  }
}
