// Simulated clock
// Virtual time for tests and the deterministic simulation: nothing happens until the test advances it.
//
// C1. Due calls run in order of their time, and of their making when the time is the same.
// C2. Between two calls every promise that can settle has settled, so the same calls always run in the same order.
import type { Clock, Random } from '../ports.ts'

export interface SimulatedClock extends Clock {
  /** Runs all that is due within the next `ms`, in order, and leaves the clock there. `advance(0)` runs what is due now. */
  advance(ms: number): Promise<void>
  /** Advances from call to call until `reached` is true; throws when it is not within `ms`. */
  advanceUntil(reached: () => boolean, ms: number): Promise<void>
  /** Calls that are armed. */
  readonly armed: number
}

interface Call {
  readonly due: number
  readonly run: () => void
}

/** A clock that starts at `start` (epoch ms) and only moves when told. */
export function simulatedClock(start = Date.UTC(2030, 0, 1)): SimulatedClock {
  const calls: Call[] = [] // sorted by due, then by making (C1)
  let now = start

  const arm = (due: number, run: () => void): (() => void) => {
    const call = { due, run }
    calls.splice(firstAfter(calls, due), 0, call)
    return () => {
      const at = calls.indexOf(call)
      if (at >= 0) calls.splice(at, 1)
    }
  }
  const runNext = async (until: number): Promise<boolean> => {
    await settle() // C2
    const [next] = calls
    if (next === undefined || next.due > until) return false
    calls.shift()
    now = Math.max(now, next.due)
    next.run()
    return true
  }

  return {
    now: () => now,
    after: (ms, call) => arm(now + Math.max(0, ms), call),
    advance: async (ms) => {
      const until = now + ms
      while (await runNext(until));
      now = until
    },
    advanceUntil: async (reached, ms) => {
      const until = now + ms
      while (!reached()) {
        if (await runNext(until)) continue
        if (reached()) return
        throw new Error(`not reached within ${ms} ms of simulated time; ${calls.length} calls are armed later`)
      }
    },
    get armed() {
      return calls.length
    },
  }
}

/** Numbers and ids that the seed alone decides (mulberry32). */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0
  let ids = 0
  return {
    next: () => {
      state = (state + 0x6d2b79f5) >>> 0
      let mixed = Math.imul(state ^ (state >>> 15), state | 1)
      mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
    },
    id: () => `id-${seed}-${++ids}`,
  }
}

/** The macrotask queue is reached only when no microtask is left. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

function firstAfter(calls: readonly Call[], due: number): number {
  let low = 0
  let high = calls.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((calls[middle]?.due ?? Infinity) <= due) low = middle + 1
    else high = middle
  }
  return low
}
