// Items
// What waits for a turn in a partition, from whatever side it came: mail, another partition, a timer, an effect, the supervisor.
// Mail is checked here, once: after this file a message is well-formed.
//
// I1. Every message of the mailbox becomes an item, good or bad: nothing is skipped, the bad ones become dead letters.
import { actorId, parseActorId, partitionOf, type ActorId } from '../machines/address.ts'
import type { ActorEvent, ChannelFrame, Frame, Message, MessageKind, Once, ReplyTo } from '../machines/message.ts'
import { refusals, type Quarantined, type RefusalCode } from './errors.ts'
import type { EffectOrder } from './group.ts'
import type { Mail } from './ports.ts'
import type { DeadLetter, MailboxOffset } from './record.ts'

/** Where an item stands in the mailbox and, when it came through a channel, in that channel. */
export interface Origin {
  readonly mail?: MailboxOffset
  readonly channel?: { readonly source: number; readonly seq: number }
}

export type EffectResult = { readonly ok: true; readonly output: unknown } | { readonly ok: false; readonly error: unknown }

export type Item = Origin & { readonly actor: ActorId } & (
    | { readonly kind: 'message'; readonly message: Message }
    | { readonly kind: 'timer'; readonly id: string; readonly n: number }
    | {
        readonly kind: 'result'
        readonly id: string
        readonly key: string
        readonly result: EffectResult
        readonly correlation?: string | undefined
        readonly trace?: string | undefined
      }
    | { readonly kind: 'restart' }
    /** Loads the actor, so that its timers are armed again. */
    | { readonly kind: 'wake'; readonly done: () => void }
    /** A good message that is refused before its turn. */
    | { readonly kind: 'shed'; readonly message: Message; readonly letter: DeadLetter; readonly retryAfterMs?: number }
    /** Asks, one after the other in the mailbox, that nobody waits for any more: how many, by actor type. The id is that of the first. */
    | { readonly kind: 'expired'; readonly id: string; readonly asks: Readonly<Record<string, number>> }
    /** An effect that is started carefully (care.ts). */
    | { readonly kind: 'start'; readonly order: EffectOrder }
    /** In place of an item that is not taken again (care.ts). */
    | { readonly kind: 'quarantined'; readonly item: Item; readonly error: Quarantined }
    | { readonly kind: 'refused'; readonly id: string; readonly letter: DeadLetter; readonly replyTo?: ReplyTo | undefined }
  )

const rawCharactersMax = 2_000
const decoder = new TextDecoder()

export interface Door {
  readonly partition: number
  readonly partitions: number
  readonly messageBytesMax: number
}

/** The items of one stored mail, in order. */
export function itemsOf(mail: Mail, door: Door): Item[] {
  const { source } = mail
  switch (source.kind) {
    case 'send':
      return [plainItem(mail, actorId(source.address.tenant, source.address.type, source.address.key), door)]
    case 'frame':
      return frameItems(mail, source.tenant, door)
    case 'channel':
      return channelItems(mail)
    case 'unreadable':
      return [
        refused(mail, actorId('unknown', 'unreadable', source.subject.slice(0, 200)), {
          code: refusals.badAddress,
          cause: `the subject ${source.subject} holds no key`,
        }),
      ]
  }
}

function plainItem(mail: Mail, actor: ActorId, door: Door): Item {
  const id = mail.header('nats-msg-id') ?? `mail.${mail.seq}`
  const inbox = mail.header('troupe-reply')
  const replyTo = inbox === undefined ? undefined : { inbox, id: mail.header('troupe-reply-id') ?? id }
  const refuse = (code: RefusalCode, cause: string): Item =>
    refused(mail, actor, { code, cause }, { id, replyTo: inboxFault(replyTo) ? undefined : replyTo })
  if (mail.bytes.length > door.messageBytesMax)
    return refuse(refusals.tooLarge, `the event is ${mail.bytes.length} bytes, the limit is ${door.messageBytesMax}`)
  const event = parseJson(mail.bytes)
  if (event === undefined) return refuse(refusals.notJson, 'the body is not JSON')
  const kind = mail.header('troupe-kind') ?? 'event'
  const producer = mail.header('troupe-producer')
  const once = producer === undefined ? undefined : { producer, seq: Number(mail.header('troupe-sequence')) }
  const fault = eventFault(event, kind) ?? inboxFault(replyTo) ?? onceFault(once)
  if (fault) return refuse(fault.code, fault.cause)
  const deadline = Number(mail.header('troupe-deadline'))
  const trace = mail.header('traceparent')
  const message: Message = {
    id,
    to: actor,
    kind: kind as MessageKind,
    event: event as ActorEvent,
    correlation: mail.header('troupe-correlation') ?? id,
    ...(replyTo && { replyTo }),
    ...(once && { once }),
    ...(deadline > 0 && { deadline }),
    ...(trace !== undefined && { trace }),
  }
  return { kind: 'message', actor, message, mail: offsetOf(mail, 1) }
}

function frameItems(mail: Mail, tenant: string, door: Door): Item[] {
  const frameActor = actorId(tenant, 'frame', String(door.partition))
  const frame = parseJson(mail.bytes) as Partial<Frame> | undefined
  if (!Array.isArray(frame?.messages))
    return [
      refused(mail, frameActor, {
        code: frame === undefined ? refusals.notJson : refusals.invalid,
        cause: 'the frame holds no list of messages',
      }),
    ]
  return frame.messages.map((message: Message, index): Item => {
    const at = offsetOf(mail, index + 1)
    const fault = frameMessageFault(message, tenant, door)
    if (!fault) return { kind: 'message', actor: message.to, message, mail: at }
    const replyTo = inboxFault(message?.replyTo) ? undefined : message?.replyTo
    return { ...refused(mail, frameActor, fault, { id: `mail.${mail.seq}.${index}`, replyTo }), mail: at }
  })
}

/** Channels come from other owners after their commit: they are trusted. Their messages keep their numbers, and their place in the mailbox. */
function channelItems(mail: Mail): Item[] {
  const frame = parseJson(mail.bytes) as ChannelFrame
  return frame.messages.map((message, index) => ({
    kind: 'message',
    actor: message.to,
    message,
    mail: offsetOf(mail, index + 1),
    channel: { source: frame.source, seq: frame.first + index },
  }))
}

interface Fault {
  readonly code: RefusalCode
  readonly cause: string
}

function frameMessageFault(message: Message, tenant: string, door: Door): Fault | undefined {
  if (typeof message !== 'object' || message === null || typeof message.id !== 'string')
    return { code: refusals.invalid, cause: 'the message has no id' }
  const address = typeof message.to === 'string' ? parseActorId(message.to) : undefined
  if (!address) return { code: refusals.badAddress, cause: `'${String(message.to).slice(0, 100)}' is not tenant/type/key` }
  if (address.tenant !== tenant)
    return { code: refusals.badAddress, cause: `a frame of tenant ${tenant} holds a message to tenant ${address.tenant}` }
  const home = partitionOf(address, door.partitions)
  if (home !== door.partition)
    return { code: refusals.badAddress, cause: `${message.to} belongs to partition ${home}, the frame went to ${door.partition}` }
  return eventFault(message.event, message.kind) ?? inboxFault(message.replyTo) ?? onceFault(message.once)
}

/** A worker publishes what it is told to: only inboxes may be named, never another subject of the system. */
function inboxFault(replyTo: ReplyTo | undefined): Fault | undefined {
  if (replyTo === undefined || (typeof replyTo.id === 'string' && inboxPattern.test(replyTo.inbox))) return undefined
  return { code: refusals.invalid, cause: 'the reply subject is not an inbox (it must begin with _INBOX)' }
}

function onceFault(once: Partial<Once> | undefined): Fault | undefined {
  if (once === undefined) return undefined
  const { producer, seq } = once
  if (typeof producer === 'string' && producerPattern.test(producer) && Number.isSafeInteger(seq) && Number(seq) > 0) return undefined
  return { code: refusals.invalid, cause: 'a producer is 1 to 128 printable characters without spaces, its sequence a positive integer' }
}

const producerPattern = /^[\x21-\x7e]{1,129}$/
const inboxPattern = /^_INBOX[^\s*>]{0,200}$/

/** What is wrong with an event from outside. */
export function eventFault(event: unknown, kind: string): Fault | undefined {
  if (kind !== 'event' && kind !== 'cancel') return { code: refusals.invalid, cause: `kind '${kind}' is neither event nor cancel` }
  if (typeof event !== 'object' || event === null || Array.isArray(event))
    return { code: refusals.invalid, cause: 'the event is not an object' }
  const { type } = event as { type?: unknown }
  if (typeof type !== 'string' || type.length === 0) return { code: refusals.invalid, cause: 'the event has no type' }
  if (type.startsWith('xstate.') || type.startsWith('@'))
    return { code: refusals.reservedEvent, cause: `events named '${type}' are the runtime's own` }
  if (deeperThan(event, nestingMax)) return { code: refusals.invalid, cause: `the event is nested deeper than ${nestingMax} levels` }
  return undefined
}

/** JSON can be parsed deeper than it can be written again. */
const nestingMax = 200

function deeperThan(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (levels === 0) return true
  for (const inner of Object.values(value)) if (deeperThan(inner, levels - 1)) return true
  return false
}

function refused(mail: Mail, actor: ActorId, fault: Fault, known?: { id: string; replyTo: ReplyTo | undefined }): Item {
  const raw = decoder.decode(mail.bytes.subarray(0, rawCharactersMax))
  return {
    kind: 'refused',
    actor,
    id: known?.id ?? `mail.${mail.seq}`,
    letter: { ...fault, raw },
    replyTo: known?.replyTo,
    mail: offsetOf(mail, 1),
  }
}

const offsetOf = (mail: Mail, count: number): MailboxOffset => ({ seq: mail.seq, count, at: mail.at })

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(decoder.decode(bytes))
  } catch {
    return undefined
  }
}
