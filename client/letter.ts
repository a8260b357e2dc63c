// Letter
// A message as its sender means it, written down as it travels.
import { encodeKey, type ActorId, type Address } from '../machines/address.ts'
import type { ActorEvent, Message, Once } from '../machines/message.ts'
import { MessageInvalid, MessageTooLarge, SendRefused } from './errors.ts'
import type { Lane } from './lane.ts'
import { wireLimits } from './options.ts'
import type { TicketParts } from './ticket.ts'
import { describeMessage, endSpan, startSpan, traceparentOf } from './tracing.ts'

const { messageBytesMax, messageIdCharactersMax } = wireLimits

/** Where a message goes. */
export interface Route {
  readonly id: ActorId
  readonly address: Address
  readonly partition: number
  readonly lane: Lane
}

export interface Letter {
  readonly kind: 'event' | 'cancel' | 'debug'
  readonly event: ActorEvent
  /** The sender's own id for it, if it gave one. */
  readonly givenId: string | undefined
  readonly correlation: string | undefined
  readonly once: Once | undefined
  /** Set: its sender waits for the answer. */
  readonly asks: { readonly inbox: string; readonly replyId: string; readonly deadline: number } | undefined
}

type Written<Shape> = { readonly [Field in keyof Shape]: Shape[Field] | undefined }

/** The letter as JSON, and what its ticket is called. Throws MessageInvalid, MessageTooLarge, SendRefused. */
export function writeLetter(letter: Letter, route: Route, nextId: () => string): TicketParts {
  const { givenId, asks, event } = letter
  if (givenId !== undefined) checkMessageId(givenId, route)
  if (typeof event?.type !== 'string' || event.type === '')
    throw new MessageInvalid(`sending to ${route.id}: the event is no object with a type`)
  const id = givenId ?? nextId()
  const span = startSpan(asks ? 'ask' : 'send', route.address.type)
  if (span) describeMessage(span, { id, actor: route.id, event: event.type })
  try {
    const text = textOf(letter, route, { id, trace: span && traceparentOf(span) })
    const bytes = Buffer.byteLength(text)
    if (bytes > messageBytesMax)
      throw new MessageTooLarge(
        `sending '${event.type}' to ${route.id}: the message is ${bytes} bytes, the limit is ${messageBytesMax}; keep the large part elsewhere and send where it is`,
      )
    // An ask is stored each time it comes, so that its asker hears the reply of the first; so is what a producer numbers.
    const aloneAs = givenId === undefined || asks || letter.once ? undefined : dedupeId(route.address, givenId)
    return {
      id,
      actor: route.id,
      kind: letter.kind,
      text,
      bytes,
      replyId: asks?.replyId,
      deadline: asks?.deadline ?? Infinity,
      aloneAs,
      span,
    }
  } catch (error) {
    if (span) endSpan(span, error)
    throw error
  }
}

function textOf(
  { kind, event, asks, correlation, once, givenId }: Letter,
  route: Route,
  known: { id: string; trace: string | undefined },
): string {
  const message: Written<Message> = {
    id: known.id,
    to: route.id,
    kind,
    event,
    from: undefined,
    replyTo: asks && { inbox: asks.inbox, id: asks.replyId },
    once: once ?? (asks && givenId !== undefined ? { producer: `#${givenId}`, seq: 1 } : undefined),
    deadline: asks?.deadline,
    trace: known.trace,
    correlation,
  }
  try {
    return JSON.stringify(message)
  } catch (cause) {
    const why = cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : String(cause)
    throw new MessageInvalid(`sending '${event.type}' to ${route.id}: no JSON can be made of the event (${why}); send plain data`, {
      cause,
    })
  }
}

/** The id by which the server knows a message again. Its window is the whole stream's, so the actor is part of it. */
const dedupeId = ({ tenant, type, key }: Address, id: string): string => `${tenant}.${type}.${encodeKey(key)}.${id}`

const printable = /^[\x21-\x7e]+$/

function checkMessageId(id: string, route: Route): void {
  if (id.length <= messageIdCharactersMax && printable.test(id)) return
  throw new SendRefused(
    `sending to ${route.id}: message id '${id.slice(0, messageIdCharactersMax)}' is not 1 to ${messageIdCharactersMax} printable ASCII characters without spaces`,
  )
}
