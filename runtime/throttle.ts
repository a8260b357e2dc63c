// Throttle
// Which share of what is sent to one scope is let in while its partition is too slow: so much that about as much comes as is taken.
// The queue is held at the wait it may have, and not emptied: an empty queue wastes the worker.
//
// T1. What comes is known only after it was let in, so the share follows what came and what was served while earlier shares held.
// T2. A share never falls so low that it could not grow again soon: beyond it the depths protect the partition.

/** Messages that ever came and were served, of one scope. */
export interface Counts {
  readonly arrived: number
  readonly served: number
}

export class Throttle {
  /** 0 to 1. */
  share = 1
  #seen: Counts
  /** Per period, the latest weighing most; `share` is the one that held meanwhile. */
  #arrived: number
  #served: number
  #held = 1
  /** Periods in a row in which nothing waited. */
  #calm = 0

  /** `counts` are of the last `periods` periods. */
  constructor(counts: Counts, periods: number) {
    this.#seen = counts
    this.#arrived = counts.arrived / periods
    this.#served = counts.served / periods
  }

  /** A period is over, in which mail waited at least for `delayMs`. */
  next(counts: Counts, delayMs: number, delayMsMax: number): void {
    this.#arrived += (counts.arrived - this.#seen.arrived - this.#arrived) * weight
    this.#served += (counts.served - this.#seen.served - this.#served) * weight
    this.#seen = counts
    this.#held += (this.share - this.#held) * weight // T1
    this.#calm = delayMs > 0 ? 0 : this.#calm + 1
    const matching = clamp((this.#served + some) / (this.#arrived + some), 1 / 2, 2)
    const correcting = clamp(1 + (this.#calm > calmAfter ? gainWhenCalm : gain) * (1 - delayMs / delayMsMax), 1 / 2, 2)
    this.share = clamp(this.#held * matching * correcting, shareMin, 1) // T2
  }
}

const clamp = (value: number, min: number, max: number): number => Math.min(Math.max(value, min), max)

/** Of the latest period. */
const weight = 0.4
/** How much more than was served is let in when nothing waits. */
const gain = 3 / 20
/** The same after so many periods of it: the overload is probably over. */
const gainWhenCalm = 3 / 5
const calmAfter = 10
/** Messages of a period that count as few. */
const some = 1
const shareMin = 1 / 100
