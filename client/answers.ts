// Answers
// The asks that wait, by the number that travels with each; their answers, and their deadlines.
//
// A1. Every ask ends: answered, late, or with its frame or its client. An answer that finds no ask is one that came too late.
// A2. Asks have no timers: the soonest deadline is known, and only when it has passed are all of them looked at.
import { diag } from '@opentelemetry/api'
import type { Msg } from 'nats'
import type { Reply, ReplyError } from '../machines/message.ts'
import { AskRefused, AskTimeout, Overloaded, type ClientError } from './errors.ts'
import { wireLimits } from './options.ts'
import type { Sweep } from './sweep.ts'
import type { Ticket } from './ticket.ts'

export class Answers {
  readonly #waiting = new Map<string, Ticket>()
  readonly #sweep: Sweep
  #soonest = Infinity
  #asked = 0

  constructor(sweep: Sweep) {
    this.#sweep = sweep
  }

  /** A number no other ask of this client has. */
  nextReplyId(): string {
    return String(++this.#asked)
  }

  expect(replyId: string, ticket: Ticket): void {
    this.#waiting.set(replyId, ticket)
    const { deadline } = ticket.parts
    if (deadline >= this.#soonest) return
    this.#soonest = deadline
    this.#sweep.by(deadline)
  }

  forget(replyId: string): void {
    this.#waiting.delete(replyId)
  }

  /** Takes the replies of one message. */
  receive(message: Msg): void {
    const replies = readReplies(message)
    if (!replies) return diag.warn(`troupe client: a message on ${message.subject} is not a list of replies`)
    for (const reply of replies) {
      const ticket = this.#waiting.get(reply.id)
      if (!ticket) continue // A1
      if (reply.ok) ticket.resolve(reply.value)
      else ticket.reject(refusalOf(ticket, reply.error))
    }
  }

  /** Rejects what is late; says when to look next (A2). */
  expire(now: number): number {
    if (now < this.#soonest) return this.#soonest
    this.#soonest = Infinity
    for (const ticket of this.#waiting.values()) {
      const { deadline, actor, id } = ticket.parts
      if (deadline > now) this.#soonest = Math.min(this.#soonest, deadline)
      else ticket.reject(new AskTimeout(`asking ${actor} (message ${id}): no answer by its deadline; it may have been taken`))
    }
    return this.#soonest
  }
}

function refusalOf({ parts }: Ticket, { code, message, retryAfterMs = wireLimits.retryAfterMs }: ReplyError): ClientError {
  const said = `asking ${parts.actor} (message ${parts.id}): ${message}`
  return code === 'TR_OVERLOADED' ? new Overloaded(said, retryAfterMs) : new AskRefused(said, code)
}

function readReplies(message: Msg): readonly Reply[] | undefined {
  try {
    const replies = message.json<unknown>()
    return Array.isArray(replies) && replies.every(isReply) ? replies : undefined
  } catch {
    return undefined // said by the caller
  }
}

function isReply(reply: { readonly [Field in 'id' | 'ok' | 'error']?: unknown } | null): reply is Reply {
  if (typeof reply?.id !== 'string') return false
  return reply.ok === true || (typeof reply.error === 'object' && reply.error !== null && 'code' in reply.error)
}
