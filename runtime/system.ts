// System
// The machine's own clock and randomness, as ports, and what this process says of itself.
import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { Clock, Random } from './ports.ts'

/** Where a worker runs, for people. */
export interface Whereabouts {
  readonly host: string
  readonly pid: number
  rssBytes(): number
  /** How its process has fared since it was last asked. */
  pulse(): Pulse
}

export interface Pulse {
  readonly rssBytes: number
  readonly heapBytes: number
  /** Of a hundred times that the event loop was late, the latest but one: milliseconds. */
  readonly loopLateMs: number
  /** Of one processor, 0 to 1; more when threads work beside the event loop. */
  readonly processorShare: number
}

/** The event loop is looked at this often: often enough to see what people feel, and for a thousandth of a processor. */
const loopLookMs = 20

export function thisProcess(): Whereabouts {
  const late = monitorEventLoopDelay({ resolution: loopLookMs })
  let before = { at: performance.now(), usage: process.cpuUsage() }
  const pulse = (): Pulse => {
    late.enable() // by the first who asks
    const now = { at: performance.now(), usage: process.cpuUsage() }
    const usedUs = now.usage.user + now.usage.system - before.usage.user - before.usage.system
    const processorShare = usedUs / 1_000 / Math.max(1, now.at - before.at)
    const loopLateMs = Math.max(0, late.percentile(99) / 1e6 - loopLookMs) // what is measured is from look to look
    before = now
    late.reset()
    const { rss, heapUsed } = process.memoryUsage()
    return { rssBytes: rss, heapBytes: heapUsed, loopLateMs: rounded(loopLateMs), processorShare: rounded(processorShare) }
  }
  return { host: hostname(), pid: process.pid, rssBytes: () => process.memoryUsage.rss(), pulse }
}

const rounded = (value: number): number => (Number.isFinite(value) ? Math.round(value * 100) / 100 : 0)

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
