// Sweep
// One timer for everything of a client that can be late. Deadlines only say how soon to look; what is late is found by looking.
//
// W1. The sweep runs at or after every time it was asked for, and at most once per resolution.

const resolutionMs = 10
const timeoutMsMax = 2 ** 31 - 1

export class Sweep {
  readonly #look: (now: number) => number
  #timer: ReturnType<typeof setTimeout> | undefined
  #dueAt = Infinity

  /** `look` deals with what is late and says when to look again: epoch ms, or Infinity for not. */
  constructor(look: (now: number) => number) {
    this.#look = look
  }

  /** Looks at `at` (epoch ms) at the latest. Costs nothing when an earlier look is due. */
  by(at: number): void {
    if (at >= this.#dueAt) return
    clearTimeout(this.#timer)
    this.#dueAt = at
    const waitMs = Math.min(Math.max(at - Date.now(), resolutionMs), timeoutMsMax)
    this.#timer = setTimeout(() => this.#run(), waitMs)
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#dueAt = -Infinity
  }

  #run(): void {
    this.#dueAt = Infinity
    this.by(this.#look(Date.now()))
  }
}
