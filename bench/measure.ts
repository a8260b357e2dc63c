// Measuring: so many calls, so many of them in flight, and what came of it.
import { setTimeout as wait } from 'node:timers/promises'
import { Overloaded } from '../client/index.ts'

export interface Figure {
  readonly bench: string
  readonly profile: string
  readonly inFlight: number
  readonly perSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** To the raw limit that `to` names, measured in the same run; for a latency figure the ratio of the medians. */
  readonly ratio?: number
  readonly to?: string
  readonly [more: string]: unknown
}

export interface Speed {
  readonly perSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** Calls that were refused because too much waited, and made again; absent: none was. */
  readonly refused?: number
}

export interface Load {
  readonly count: number
  readonly inFlight: number
  readonly call: (index: number) => Promise<unknown>
}

/**
 * Runs a closed loop: `inFlight` callers, each with its next call when the one before is answered.
 * A caller that is refused for load waits as long as it was told and calls again; its latency is that of both. Any other failure ends the run.
 */
export async function measure({ count, inFlight, call }: Load): Promise<Speed> {
  const latencies = new Float64Array(count)
  let next = 0
  let refused = 0
  const caller = async (): Promise<void> => {
    while (next < count) {
      const index = next++
      const started = performance.now()
      await untilTaken(
        () => call(index),
        () => refused++,
      )
      latencies[index] = performance.now() - started
    }
  }
  const started = performance.now()
  await Promise.all(Array.from({ length: Math.min(inFlight, count) }, caller))
  const seconds = (performance.now() - started) / 1000
  latencies.sort()
  return {
    perSecond: Math.round(count / seconds),
    p50Ms: rounded(latencies[Math.floor(count * 0.5)]),
    p99Ms: rounded(latencies[Math.floor(count * 0.99)]),
    ...(refused > 0 && { refused }),
  }
}

const attemptsMax = 60

/** One call that waits as long as it is told when too much waits; `refused` hears of each time. */
export async function untilTaken<Result>(call: () => Promise<Result>, refused: () => void): Promise<Result> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await call()
    } catch (error) {
      if (!(error instanceof Overloaded) || attempt >= attemptsMax) throw error
      refused()
      await wait(error.retryAfterMs)
    }
  }
}

export const rounded = (value = 0): number => Math.round(value * 1000) / 1000
export const ratioOf = (value: number, limit: number): number => Math.round((value / limit) * 100) / 100
