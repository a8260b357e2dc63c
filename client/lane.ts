// Lane
// The messages of one client for one partition and tenant, in the order in which they were given, gathered into frames.
//
// L1. At most one frame of a lane is unacknowledged; what is given meanwhile waits for the next one (group commit).
// L2. Messages leave in the order in which they were given, each in exactly one frame.
// L3. A frame leaves when the present round of the event loop is over, so that what one round sends travels together, in one write.
// L4. What waits when the door closes is refused when its frame would leave: an owner that has too much is sent nothing it did not have.
import type { ActorId } from '../machines/address.ts'
import type { Door } from './door.ts'
import type { Overloaded } from './errors.ts'
import { wireLimits } from './options.ts'
import type { Ticket } from './ticket.ts'

const { frameMessagesMax, frameBytesMax } = wireLimits
const head = '{"messages":['
const tail = ']}'

export class Lane {
  readonly subject: string
  readonly partition: number
  readonly #door: Door
  readonly #soon: (lane: Lane) => void
  #waiting: Ticket[] = []
  #busy = false

  /** `soon` calls `leave` when the round is over. */
  constructor(subject: string, partition: number, door: Door, soon: (lane: Lane) => void) {
    this.subject = subject
    this.partition = partition
    this.#door = door
    this.#soon = soon
  }

  /** Why an event with this lot is refused now; undefined when it may go. */
  refusalOf(actor: ActorId, lot: number): Overloaded | undefined {
    return this.#door.refusalOf(actor, this.partition, lot)
  }

  push(ticket: Ticket): void {
    this.#waiting.push(ticket)
    if (this.#busy) return // L1
    this.#busy = true
    this.#soon(this) // L3
  }

  /** The frame in flight has been acknowledged or given up. */
  next(): void {
    this.#soon(this)
  }

  /** The messages of the next frame; none ends the lane's turn. */
  leave(): readonly Ticket[] {
    const tickets = this.#take()
    this.#busy = tickets.length > 0
    return tickets
  }

  /** The next frame's messages, from the front (L2), without those that are settled already: an ask whose deadline passed while it waited. */
  #take(): readonly Ticket[] {
    const taken: Ticket[] = []
    let bytes = head.length + tail.length
    let at = 0
    for (; at < this.#waiting.length && taken.length < frameMessagesMax; at++) {
      const ticket = this.#waiting[at]
      if (!ticket || ticket.settled) continue
      const refusal = ticket.parts.kind === 'event' ? this.refusalOf(ticket.parts.actor, ticket.lot) : undefined
      if (refusal) {
        ticket.reject(refusal) // L4
        continue
      }
      const alone = ticket.parts.aloneAs !== undefined
      bytes += ticket.parts.bytes + 1
      if (taken.length > 0 && (alone || bytes > frameBytesMax)) break
      taken.push(ticket)
      if (alone) {
        at++
        break
      }
    }
    if (at === this.#waiting.length) this.#waiting = []
    else this.#waiting.splice(0, at)
    return taken
  }
}

export const frameText = (tickets: readonly Ticket[]): string => {
  let text = head
  for (const ticket of tickets) text += text === head ? ticket.parts.text : `,${ticket.parts.text}`
  return text + tail
}
