// Arrivals
// The mails whose items still wait, in order: how many bytes they are, and how long the oldest has waited.
//
// V1. Waiting is measured from the moment the server stored the mail, by the server's clock: what waits in the stream counts as well.
//     What was stored before this owner began to read counts from the moment it was read: it is not the fault of who sends now.
interface Arrival {
  /** Items that had been put into the queue once this mail was in. */
  readonly end: number
  /** When it began to wait (V1). */
  readonly at: number
  readonly bytes: number
  /** How many items it was. */
  readonly items: number
}

export class Arrivals {
  #waiting: Arrival[] = []
  #head = 0
  #bytes = 0

  get bytes(): number {
    return this.#bytes
  }

  /** When the oldest began to wait; undefined when none waits. */
  get oldestAt(): number | undefined {
    return this.#waiting[this.#head]?.at
  }

  add(arrival: Arrival): void {
    this.#waiting.push(arrival)
    this.#bytes += arrival.bytes
  }

  /** `taken` items of all that were ever put have left the queue; `waited` hears since when, and how many items a mail was. */
  release(taken: number, waited: (since: number, items: number) => void): void {
    for (let first = this.#waiting[this.#head]; first && first.end <= taken; first = this.#waiting[this.#head]) {
      waited(first.at, first.items)
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
