// Ticket
// One message on its way: its text, and the promise its sender holds.
//
// T1. A ticket is settled once; what comes later changes nothing.
// T2. A send is settled when its frame is stored, an ask only by its answer; a refused frame settles both.
import type { ActorId } from '../machines/address.ts'
import type { ClientError } from './errors.ts'
import { endSpan, type ClientSpan } from './tracing.ts'

export interface Accepted {
  /** The message's id: under it the message stands in the log. */
  readonly id: string
}

/** What is known of a message before it is given to its lane. */
export interface TicketParts {
  readonly id: string
  readonly actor: ActorId
  /** A cancel passes where events are refused: it is what ends an overload. */
  readonly kind: 'event' | 'cancel' | 'debug'
  /** The message as JSON. */
  readonly text: string
  readonly bytes: number
  /** Under which number the answer comes; undefined for a send. */
  readonly replyId: string | undefined
  /** Epoch ms; Infinity for a send. */
  readonly deadline: number
  /** Set: the message travels alone, and the server knows it by this id within its duplicate window. */
  readonly aloneAs: string | undefined
  readonly span: ClientSpan | undefined
}

export interface TicketEnd {
  readonly resolve: (value: unknown) => void
  readonly reject: (error: Error) => void
  readonly settled: (ticket: Ticket) => void
}

export class Ticket {
  readonly parts: TicketParts
  /** What the door goes by, 0 to 1. */
  readonly lot: number
  readonly #end: TicketEnd
  #settled = false

  constructor(parts: TicketParts, lot: number, end: TicketEnd) {
    this.parts = parts
    this.lot = lot
    this.#end = end
  }

  get settled(): boolean {
    return this.#settled
  }

  stored(): void {
    if (this.parts.replyId === undefined) this.resolve({ id: this.parts.id } satisfies Accepted) // T2
  }

  resolve(value: unknown): void {
    if (!this.#settle(undefined)) return
    this.#end.resolve(value)
  }

  reject(error: ClientError): void {
    if (!this.#settle(error)) return
    this.#end.reject(error)
  }

  #settle(error: ClientError | undefined): boolean {
    if (this.#settled) return false // T1
    this.#settled = true
    if (this.parts.span) endSpan(this.parts.span, error)
    this.#end.settled(this)
    return true
  }
}
