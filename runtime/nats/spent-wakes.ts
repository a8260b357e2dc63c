// Spent wakes
// Removes the wake-ups of one partition that are done: many at once by a purge up to the oldest that is not, a few behind it one by one.
//
// S1. Only what is done is removed: a purge ends before the oldest wake-up that is still held.
// S2. What could not be removed is delivered again to the next reader, which does no harm.
import type { JetStreamManager } from '@nats-io/jetstream'

export class SpentWakes {
  /** Delivered and not removed, oldest first; true: done. */
  readonly #known = new Map<number, boolean>()
  readonly #jsm: JetStreamManager
  readonly #stream: string
  readonly #filter: string
  #timer: NodeJS.Timeout | undefined

  constructor(jsm: JetStreamManager, stream: string, filter: string) {
    this.#jsm = jsm
    this.#stream = stream
    this.#filter = filter
  }

  delivered(seq: number): void {
    this.#known.set(seq, false)
  }

  done(seq: number): void {
    this.#known.set(seq, true)
    this.#timer ??= setTimeout(() => this.remove(), gatherMs).unref()
  }

  /** Removes now what is done. */
  remove(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    let last = 0
    for (const [seq, isDone] of this.#known) {
      if (!isDone) break
      last = seq
      this.#known.delete(seq)
    }
    if (last > 0) void this.#jsm.streams.purge(this.#stream, { filter: this.#filter, seq: last + 1 }).catch(() => undefined) // S1, S2
    let singles = 0
    for (const [seq, isDone] of this.#known) {
      if (!isDone) continue
      if (++singles > singlesMax) return void (this.#timer ??= setTimeout(() => this.remove(), gatherMs).unref())
      this.#known.delete(seq)
      void this.#jsm.streams.deleteMessage(this.#stream, seq, false).catch(() => undefined) // S2
    }
  }
}

const gatherMs = 250
/** Removed one by one in one go, while an older wake-up is still held. */
const singlesMax = 64
