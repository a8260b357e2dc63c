// Rate limit
// A token bucket as one number, the generic cell rate algorithm (GCRA): `spentUntil` is when the bucket will be full again.
// Pure: time in, decision out.

/** `count` starts in every `perMs`, evenly; at most `burst` of them at once. */
export interface Rate {
  readonly count: number
  readonly perMs: number
  /** Default 1. */
  readonly burst?: number
}

/** A bucket from which nothing was taken. */
export const fullBucket = -Infinity

/** When the next start is allowed. */
export function readyAt(rate: Rate, spentUntil: number, now: number): number {
  return capped(rate, spentUntil, now) - (burstOf(rate) - 1) * everyMs(rate)
}

/** The bucket after a start. */
export function spend(rate: Rate, spentUntil: number, now: number): number {
  return Math.max(now, capped(rate, spentUntil, now)) + everyMs(rate)
}

/** One worker's part of a rate that `workers` keep together. Their bursts come to the rate's own, but to at least one each. */
export function shareOf(rate: Rate, workers: number): Rate {
  return { count: rate.count, perMs: rate.perMs * workers, burst: Math.max(1, Math.floor(burstOf(rate) / workers)) }
}

const burstOf = ({ burst = 1 }: Rate): number => burst
const everyMs = ({ count, perMs }: Rate): number => perMs / count

/** A bucket is never emptier than empty; one spent at a slower rate could look so. */
const capped = (rate: Rate, spentUntil: number, now: number): number => Math.min(spentUntil, now + burstOf(rate) * everyMs(rate))
