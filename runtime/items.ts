// Items
// What waits for a turn in a partition, from whatever side it came: mail, another partition, a timer, an effect, the supervisor.
// Mail is checked here, once: after this file a message is well-formed.
//
// I1. Every message of the mailbox becomes an item, good or bad: nothing is skipped, the bad ones become dead letters.
import { actorId, keyBytesMax, parseActorId, partitionOf, type ActorId } from '../machines/address.ts'
import { debugFault } from '../machines/debug.ts'
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
const subjectCharactersMax = 200
/** An id, a correlation or a trace goes into the log with every turn that comes of it. */
const nameCharactersMax = 1_000
const typeCharactersMax = 200
const decoder = new TextDecoder()

/** What mail is checked against. */
export interface Intake {
  readonly partition: number
  readonly partitions: number
  readonly messageBytesMax: number
}

/** The items of one stored mail, in order. */
export function itemsOf(mail: Mail, intake: Intake): Item[] {
  const { source } = mail
  switch (source.kind) {
    case 'send':
      return [plainItem(mail, actorId(source.address.tenant, source.address.type, source.address.key), intake)]
    case 'frame':
      return frameItems(mail, source.tenant, intake)
    case 'channel':
      return channelItems(mail, intake)
    case 'unreadable':
      return [
        refused(mail, actorId('unknown', 'unreadable', plainText(source.subject)), {
          code: refusals.badAddress,
          cause: `the subject ${plainText(source.subject)} names no actor: a tenant and a type of 1 to 64 of A-Z a-z 0-9 _ -, and an encoded key of 1 to ${keyBytesMax} bytes`,
        }),
      ]
  }
}

function plainItem(mail: Mail, actor: ActorId, intake: Intake): Item {
  const givenId = mail.header('nats-msg-id')
  const id = givenId === undefined || nameFault('id', givenId) ? `mail.${mail.seq}` : givenId
  const inbox = mail.header('troupe-reply')
  const replyTo = inbox === undefined ? undefined : { inbox, id: mail.header('troupe-reply-id') ?? id }
  const refuse = (code: RefusalCode, cause: string): Item =>
    refused(mail, actor, { code, cause }, { id, replyTo: inboxFault(replyTo) ? undefined : replyTo })
  if (mail.bytes.length > intake.messageBytesMax)
    return refuse(refusals.tooLarge, `the event is ${mail.bytes.length} bytes, the limit is ${intake.messageBytesMax}`)
  const event = parseJson(mail.bytes)
  if (event === undefined) return refuse(refusals.notJson, 'the body is not JSON')
  const kind = mail.header('troupe-kind') ?? 'event'
  const producer = mail.header('troupe-producer')
  const once = producer === undefined ? undefined : { producer, seq: Number(mail.header('troupe-sequence')) }
  const correlation = mail.header('troupe-correlation') ?? id
  const trace = mail.header('traceparent')
  const given = mail.header('troupe-deadline')
  const deadline = given === undefined ? undefined : Number(given)
  const fault =
    eventFault(event, kind) ?? inboxFault(replyTo) ?? onceFault(once) ?? envelopeFault({ id: givenId, correlation, trace, deadline })
  if (fault) return refuse(fault.code, fault.cause)
  const message: Message = {
    id,
    to: actor,
    kind: kind as MessageKind,
    event: event as ActorEvent,
    correlation,
    ...(replyTo && { replyTo }),
    ...(once && { once }),
    ...(deadline !== undefined && deadline > 0 && { deadline }),
    ...(trace !== undefined && { trace }),
  }
  return { kind: 'message', actor, message, mail: offsetOf(mail, 1) }
}

function frameItems(mail: Mail, tenant: string, intake: Intake): Item[] {
  const frameActor = actorId(tenant, 'frame', String(intake.partition))
  const frame = parseJson(mail.bytes) as Partial<Frame> | undefined
  if (!Array.isArray(frame?.messages))
    return [
      refused(mail, frameActor, {
        code: frame === undefined ? refusals.notJson : refusals.invalid,
        cause: 'the frame holds no list of messages',
      }),
    ]
  const isLarge = mail.bytes.length > intake.messageBytesMax // else none of its messages is
  return frame.messages.map((message: Message, index): Item => {
    const at = offsetOf(mail, index + 1)
    const fault = frameMessageFault(message, tenant, intake) ?? (isLarge ? sizeFault(message, intake) : undefined)
    if (!fault) return { kind: 'message', actor: message.to, message, mail: at }
    return { ...refusedInFrame(mail, message, index, { tenant, intake, fault }), mail: at }
  })
}

/** Filed under its actor and id as far as it names them rightly; it may be anything. */
function refusedInFrame(
  mail: Mail,
  message: Partial<Message> | null | undefined,
  index: number,
  { tenant, intake, fault }: { tenant: string; intake: Intake; fault: Fault },
): Item {
  const replyTo = inboxFault(message?.replyTo) ? undefined : message?.replyTo
  const isHome = typeof message?.to === 'string' && !addressFaultOf(message.to, tenant, intake)
  const actor = isHome && message.to ? message.to : actorId(tenant, 'frame', String(intake.partition))
  const isNamed = typeof message?.id === 'string' && !nameFault('id', message.id)
  const id = isHome && isNamed && message.id ? message.id : `mail.${mail.seq}.${index}`
  return refused(mail, actor, fault, { id, replyTo, raw: JSON.stringify(message)?.slice(0, rawCharactersMax) })
}

/** Channels come from other owners after their commit: their messages are trusted. They keep their numbers, and their place in the mailbox. */
function channelItems(mail: Mail, { partition }: Intake): Item[] {
  const frame = parseJson(mail.bytes) as ChannelFrame | undefined
  if (!isChannelFrame(frame))
    return [
      refused(mail, actorId('unknown', 'channel', String(partition)), {
        code: refusals.invalid,
        cause: 'what came through a channel is none of a worker: look for who else may publish to it',
      }),
    ]
  return frame.messages.map((message, index) => ({
    kind: 'message',
    actor: message.to,
    message,
    mail: offsetOf(mail, index + 1),
    channel: { source: frame.source, seq: frame.first + index },
  }))
}

const isChannelFrame = (frame: Partial<ChannelFrame> | undefined): frame is ChannelFrame =>
  Number.isSafeInteger(frame?.source) &&
  Number.isSafeInteger(frame?.first) &&
  Array.isArray(frame?.messages) &&
  frame.messages.every((message: Partial<Message> | null) => typeof message?.to === 'string')

interface Fault {
  readonly code: RefusalCode
  readonly cause: string
}

function frameMessageFault(message: Message, tenant: string, intake: Intake): Fault | undefined {
  if (typeof message !== 'object' || message === null || typeof message.id !== 'string')
    return { code: refusals.invalid, cause: 'the message has no id' }
  const addressFault = addressFaultOf(message.to, tenant, intake)
  if (addressFault) return addressFault
  return eventFault(message.event, message.kind) ?? inboxFault(message.replyTo) ?? onceFault(message.once) ?? envelopeFault(message)
}

function addressFaultOf(to: unknown, tenant: string, intake: Intake): Fault | undefined {
  const address = typeof to === 'string' ? parseActorId(to) : undefined
  if (!address) return { code: refusals.badAddress, cause: `'${String(to).slice(0, 100)}' is not tenant/type/key` }
  if (address.tenant !== tenant)
    return { code: refusals.badAddress, cause: `a frame of tenant ${tenant} holds a message to tenant ${address.tenant}` }
  const home = partitionOf(address, intake.partitions)
  if (home !== intake.partition)
    return { code: refusals.badAddress, cause: `${String(to)} belongs to partition ${home}, the frame went to ${intake.partition}` }
  return undefined
}

interface Envelope {
  readonly id?: string | undefined
  readonly correlation?: string | undefined
  readonly trace?: string | undefined
  readonly deadline?: number | undefined
  readonly from?: ActorId | undefined
}

/** Around the event. A client may have put anything there. */
function envelopeFault({ id, correlation, trace, deadline, from }: Envelope): Fault | undefined {
  if (deadline !== undefined && !Number.isFinite(deadline))
    return { code: refusals.invalid, cause: 'the deadline is no time in epoch milliseconds' }
  if (from !== undefined) return { code: refusals.invalid, cause: 'a client is no actor: leave `from` out' }
  return nameFault('id', id) ?? nameFault('correlation', correlation) ?? nameFault('trace', trace)
}

function nameFault(name: string, given: string | undefined): Fault | undefined {
  if (given === undefined || (typeof given === 'string' && given.length <= nameCharactersMax)) return undefined
  return { code: refusals.invalid, cause: `the ${name} is not a text of at most ${nameCharactersMax} characters` }
}

function sizeFault({ event }: Message, { messageBytesMax }: Intake): Fault | undefined {
  const bytes = Buffer.byteLength(JSON.stringify(event))
  return bytes > messageBytesMax
    ? { code: refusals.tooLarge, cause: `the event is ${bytes} bytes, the limit is ${messageBytesMax}` }
    : undefined
}

/** A worker publishes what it is told to: only inboxes may be named, never another subject of the system. */
function inboxFault(replyTo: ReplyTo | undefined): Fault | undefined {
  if (replyTo === undefined) return undefined
  const { inbox, id }: Partial<ReplyTo> = replyTo ?? {} // it may be anything
  if (typeof inbox === 'string' && inboxPattern.test(inbox) && typeof id === 'string' && id.length <= nameCharactersMax) return undefined
  return {
    code: refusals.invalid,
    cause: 'the reply subject is not an inbox (it must begin with _INBOX), or the id of the reply no short text',
  }
}

function onceFault(once: Partial<Once> | undefined): Fault | undefined {
  if (once === undefined) return undefined
  const { producer, seq } = once ?? {} // it may be anything
  if (typeof producer === 'string' && producerPattern.test(producer) && Number.isSafeInteger(seq) && Number(seq) > 0) return undefined
  return { code: refusals.invalid, cause: 'a producer is 1 to 128 printable characters without spaces, its sequence a positive integer' }
}

const producerPattern = /^[\x21-\x7e]{1,129}$/
const inboxPattern = /^_INBOX[^\s*>]{0,200}$/

/** What is wrong with an event from outside. */
export function eventFault(event: unknown, kind: string): Fault | undefined {
  if (kind === 'debug') return debugRefusal(event)
  if (kind !== 'event' && kind !== 'cancel') return { code: refusals.invalid, cause: `kind '${kind}' is not event, cancel or debug` }
  if (typeof event !== 'object' || event === null || Array.isArray(event))
    return { code: refusals.invalid, cause: 'the event is not an object' }
  const { type } = event as { type?: unknown }
  if (typeof type !== 'string' || type.length === 0) return { code: refusals.invalid, cause: 'the event has no type' }
  if (type.startsWith('xstate.') || type.startsWith('@'))
    return { code: refusals.reservedEvent, cause: `events named '${type.slice(0, typeCharactersMax)}' are the runtime's own` }
  if (type.length > typeCharactersMax)
    return { code: refusals.invalid, cause: `the type of the event has ${type.length} characters, the limit is ${typeCharactersMax}` }
  if (deeperThan(event, nestingMax)) return { code: refusals.invalid, cause: `the event is nested deeper than ${nestingMax} levels` }
  return undefined
}

function debugRefusal(command: unknown): Fault | undefined {
  const fault = debugFault(command)
  return fault === undefined ? undefined : { code: refusals.invalid, cause: fault }
}

/** JSON can be parsed deeper than it can be written again. */
const nestingMax = 200

function deeperThan(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (levels === 0) return true
  for (const inner of Object.values(value)) if (deeperThan(inner, levels - 1)) return true
  return false
}

function refused(
  mail: Mail,
  actor: ActorId,
  fault: Fault,
  known?: { id: string; replyTo: ReplyTo | undefined; raw?: string | undefined },
): Item {
  const raw = known?.raw ?? decoder.decode(mail.bytes.subarray(0, rawCharactersMax))
  return {
    kind: 'refused',
    actor,
    id: known?.id ?? `mail.${mail.seq}`,
    letter: { ...fault, raw },
    replyTo: known?.replyTo,
    mail: offsetOf(mail, 1),
  }
}

/** Part of an address, whatever it was. */
const plainText = (subject: string): string => subject.slice(0, subjectCharactersMax).replaceAll(/[^\x21-\x7e]/g, '?')

const offsetOf = (mail: Mail, count: number): MailboxOffset => ({ seq: mail.seq, count, at: mail.at })

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(decoder.decode(bytes))
  } catch {
    return undefined
  }
}
