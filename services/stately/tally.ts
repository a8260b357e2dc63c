// Tally
// What is counted instead of shown, said once in a while: nothing is left out in silence, and nobody is flooded with that either.

const sayMs = 1_000

export class Tally {
  readonly #note: (line: string) => void
  readonly #counts = new Map<string, number>()
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(note: (line: string) => void) {
    this.#note = note
  }

  /** `what` completes a sentence that begins with a number. */
  add(what: string, count = 1): void {
    this.#counts.set(what, (this.#counts.get(what) ?? 0) + count)
    this.#timer ??= setTimeout(() => this.say(), sayMs).unref()
  }

  /** Says now what was counted since the last time. */
  say(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    for (const [what, count] of this.#counts) this.#note(`${count} ${what}`)
    this.#counts.clear()
  }
}
