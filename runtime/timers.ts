// Timers
// The due times of one partition's actors in memory: a heap and one clock timer for its first.
// A cancelled timer stays in the heap: its number no longer fits when it comes up, and the turn finds it out of date.
//
// R1. Nothing rings before it is due by the clock.
// R2. What is due rings within `lookMsMax`, whatever the clock does meanwhile.
import type { Activation } from './activation.ts'
import { ringing } from './fork-clock.ts'
import type { TimerOrder } from './group.ts'
import { Heap, type Ranked } from './heap.ts'
import type { Clock } from './ports.ts'
import { restartsDue } from './supervise.ts'

interface Armed extends TimerOrder, Ranked {}

export class Timers {
  #heap = heapOfTimers()
  readonly #clock: Clock
  readonly #fire: (due: readonly TimerOrder[]) => void
  #wait: { readonly due: number; readonly cancel: () => void } | undefined

  constructor(clock: Clock, fire: (due: readonly TimerOrder[]) => void) {
    this.#clock = clock
    this.#fire = fire
  }

  arm(order: TimerOrder): void {
    this.#heap.add({ ...order, place: -1 })
    this.#schedule()
  }

  stop(): void {
    this.#wait?.cancel()
    this.#wait = undefined
    this.#heap = heapOfTimers()
  }

  #schedule(): void {
    const next = this.#heap.first
    if (!next || (this.#wait && this.#wait.due <= next.due)) return
    this.#wait?.cancel()
    const ms = Math.min(lookMsMax, Math.max(0, next.due - this.#clock.now())) // R2
    this.#wait = { due: next.due, cancel: this.#clock.after(ms, () => this.#ring()) }
  }

  #ring(): void {
    this.#wait = undefined
    const now = this.#clock.now()
    const due: TimerOrder[] = [] // R1
    for (let first = this.#heap.first; first && first.due <= now; first = this.#heap.first) {
      due.push(first)
      this.#heap.remove(first)
    }
    if (due.length > 0) this.#fire(due)
    this.#schedule()
  }
}

/** What is to ring for an actor that comes into memory: its timers, and restarts. */
export const alarmsOf = ({ actor, living, keeping }: Activation): readonly TimerOrder[] => [
  ...(living ? ringing(living, keeping) : []).map((timer) => ({ actor, ...timer })),
  ...restartsDue(keeping).map((due) => ({ actor, id: undefined, n: 0, due })),
]

const heapOfTimers = () => new Heap<Armed>((one, other) => one.due < other.due)

/** A clock timer waits this long at most, then looks again: the clock may be put forward, and a machine that sleeps does not count its sleep. */
const lookMsMax = 10_000
