// Timers
// The due times of one partition's actors in memory: a binary heap and one clock timer for its top.
// A cancelled timer stays in the heap: its number no longer fits when it comes up, and the turn finds it out of date.
//
// R1. Nothing rings before it is due by the clock.
// R2. What is due rings within `lookMsMax`, whatever the clock does meanwhile.
import type { TimerOrder } from './group.ts'
import type { Clock } from './ports.ts'

export class Timers {
  readonly #heap: TimerOrder[] = []
  readonly #clock: Clock
  readonly #fire: (due: readonly TimerOrder[]) => void
  #wait: { readonly due: number; readonly cancel: () => void } | undefined

  constructor(clock: Clock, fire: (due: readonly TimerOrder[]) => void) {
    this.#clock = clock
    this.#fire = fire
  }

  get size(): number {
    return this.#heap.length
  }

  arm(order: TimerOrder): void {
    this.#push(order)
    this.#schedule()
  }

  stop(): void {
    this.#wait?.cancel()
    this.#wait = undefined
    this.#heap.length = 0
  }

  #schedule(): void {
    const next = this.#heap[0]
    if (!next || (this.#wait && this.#wait.due <= next.due)) return
    this.#wait?.cancel()
    const ms = Math.min(lookMsMax, Math.max(0, next.due - this.#clock.now())) // R2
    this.#wait = { due: next.due, cancel: this.#clock.after(ms, () => this.#ring()) }
  }

  #ring(): void {
    this.#wait = undefined
    const now = this.#clock.now()
    const due: TimerOrder[] = [] // R1
    for (let top = this.#heap[0]; top && top.due <= now; top = this.#heap[0]) {
      due.push(top)
      this.#pop()
    }
    if (due.length > 0) this.#fire(due)
    this.#schedule()
  }

  #push(order: TimerOrder): void {
    const heap = this.#heap
    let at = heap.push(order) - 1
    while (at > 0) {
      const up = (at - 1) >> 1
      const parent = heap[up]
      if (!parent || parent.due <= order.due) break
      heap[at] = parent
      at = up
    }
    heap[at] = order
  }

  #pop(): void {
    const heap = this.#heap
    const last = heap.pop()
    if (!last || heap.length === 0) return
    let at = 0
    for (;;) {
      const left = 2 * at + 1
      const right = heap[left + 1]
      const child = right && right.due < (heap[left]?.due ?? Infinity) ? left + 1 : left
      const lower = heap[child]
      if (!lower || lower.due >= last.due) break
      heap[at] = lower
      at = child
    }
    heap[at] = last
  }
}

/** A clock timer waits this long at most, then looks again: the clock may be put forward, and a machine that sleeps does not count its sleep. */
const lookMsMax = 10_000
