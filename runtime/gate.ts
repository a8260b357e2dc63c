// Gate
// The limits of one key of a pool: how many of its runs are under way, what its rate has left, until when its provider wants to be left alone.
import type { Ranked } from './heap.ts'
import { fullBucket, readyAt, spend, type Rate } from './rate-limit.ts'

/** Each key of a pool by itself. */
export interface KeyLimits {
  /** Runs under way at once, per worker. Default: as many as the pool allows. */
  readonly concurrency?: number
  /** Starts of the whole fleet: each live worker keeps to its part. Default: no limit. */
  readonly rate?: Rate
}

export class Gate<Lane> implements Ranked {
  readonly key: string
  running = 0
  place = -1
  /** Lanes that hold runs of this key. */
  lanes = 0
  /** Those of them that wait for the gate to open. */
  readonly parked = new Set<Lane>()
  /** When to look at it again, while some are parked. */
  due = Infinity
  #spentUntil = fullBucket
  #closedUntil = -Infinity

  constructor(key: string) {
    this.key = key
  }

  /** From when on a run may start; Infinity: when one has ended. */
  opensAt({ concurrency = Infinity, rate }: KeyLimits, now: number): number {
    if (this.running >= concurrency) return Infinity
    return rate ? Math.max(this.#closedUntil, readyAt(rate, this.#spentUntil, now)) : this.#closedUntil
  }

  enter({ rate }: KeyLimits, now: number): void {
    this.running++
    if (rate) this.#spentUntil = spend(rate, this.#spentUntil, now)
  }

  close(until: number): void {
    this.#closedUntil = Math.max(this.#closedUntil, until)
  }

  /** Nothing would be lost by forgetting it. */
  isIdle(now: number): boolean {
    return this.running === 0 && this.lanes === 0 && this.#closedUntil <= now && this.#spentUntil <= now
  }
}
