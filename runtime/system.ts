// System
// The machine's own clock and randomness, as ports, and what this process says of itself.
import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import type { Clock, Random } from './ports.ts'

/** Where a worker runs, for people. */
export interface Whereabouts {
  readonly host: string
  readonly pid: number
  rssBytes(): number
}

export const thisProcess = (): Whereabouts => ({ host: hostname(), pid: process.pid, rssBytes: () => process.memoryUsage.rss() })

/** The longest wait Node's timers know; a longer one fires at once, so it is made of several. */
const timerMsMax = 2 ** 31 - 1

export const systemClock: Clock = {
  now: () => Date.now(),
  after: (ms, call) => {
    if (ms <= 0) {
      const immediate = setImmediate(call)
      return () => clearImmediate(immediate)
    }
    let timer: NodeJS.Timeout
    const arm = (left: number): void => {
      timer = left > timerMsMax ? setTimeout(() => arm(left - timerMsMax), timerMsMax) : setTimeout(call, left)
    }
    arm(ms)
    return () => clearTimeout(timer)
  },
}

export const systemRandom: Random = {
  next: () => Math.random(),
  id: () => randomUUID(),
}
