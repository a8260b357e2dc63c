// Arrivals
// The mails whose items still wait, in order: how many bytes they are, and how long the oldest has waited here.
//
// V1. Waiting is measured by the owner's clock from the moment the mail was read: clocks that differ, and a backlog from before, count for nothing.
interface Arrival {
  /** Items that had been put into the queue once this mail was in. */
  readonly end: number
  readonly at: number
  readonly bytes: number
}

export class Arrivals {
  #waiting: Arrival[] = []
  #head = 0
  #bytes = 0

  get bytes(): number {
    return this.#bytes
  }

  /** When the oldest came in; undefined when none waits. */
  get oldestAt(): number | undefined {
    return this.#waiting[this.#head]?.at
  }

  add(arrival: Arrival): void {
    this.#waiting.push(arrival)
    this.#bytes += arrival.bytes
  }

  /** `taken` items of all that were ever put have left the queue. */
  release(taken: number): void {
    for (let first = this.#waiting[this.#head]; first && first.end <= taken; first = this.#waiting[this.#head]) {
      this.#bytes -= first.bytes
      this.#head++
    }
    if (this.#head === this.#waiting.length || this.#head > compactAfter) {
      this.#waiting = this.#waiting.slice(this.#head)
      this.#head = 0
    }
  }
}

const compactAfter = 4_096
