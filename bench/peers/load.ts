// Load
// A closed loop for so many seconds: each caller makes its next call when the one before is answered.
//
// L1. Only an answered call counts; a failed one ends the measurement, since its effect is unknown.
// L2. A caller has keys of its own: no two calls for one key are under way, because some peers lose updates otherwise.
import { rounded } from '../measure.ts'
import type { Figure, LoadName } from './system.ts'

export interface Load {
  readonly name: LoadName
  readonly inFlight: number
  readonly seconds: number
  /** Its caller's number and how many calls that caller has made: enough to choose a key (L2). */
  readonly call: (caller: number, turn: number) => Promise<void>
}

/** How long calls that are under way at the end may take. */
const endLimitMs = 30_000

export async function measureFor({ name, inFlight, seconds, call }: Load): Promise<Figure> {
  const latencies: number[] = []
  const startedAt = performance.now()
  const endsAt = startedAt + seconds * 1_000
  const failure = new AbortController()
  const caller = async (number: number): Promise<void> => {
    for (let turn = 0; performance.now() < endsAt && !failure.signal.aborted; turn++) {
      const calledAt = performance.now()
      await call(number, turn)
      latencies.push(performance.now() - calledAt)
    }
  }
  const limit = timeLimit(seconds * 1_000 + endLimitMs, `${name} with ${inFlight} in flight: calls were not answered`)
  try {
    await Promise.race([Promise.all(Array.from({ length: inFlight }, (_, number) => caller(number))), limit.reached])
  } finally {
    failure.abort() // L1
    limit.clear()
  }
  const took = (performance.now() - startedAt) / 1_000
  latencies.sort((a, b) => a - b)
  const count = latencies.length
  return {
    load: name,
    inFlight,
    seconds: rounded(took),
    acknowledged: count,
    perSecond: Math.round(count / took),
    p50Ms: rounded(latencies[Math.floor(count * 0.5)]),
    p99Ms: rounded(latencies[Math.floor(count * 0.99)]),
  }
}

/** Rejects when the time is over; `clear` it when it is not needed any more. */
export function timeLimit(limitMs: number, what: string): { readonly reached: Promise<never>; clear(): void } {
  const { promise, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Error(`${what} within ${Math.round(limitMs / 1_000)} s`)), limitMs)
  promise.catch(() => {}) // it may be reached when nobody waits any more
  return { reached: promise, clear: () => clearTimeout(timer) }
}
