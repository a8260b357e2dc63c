// Message
// What travels between clients and actors: the shapes on the wire, and what a machine may ask of the event it is given.
import type { ActorId } from './address.ts'

export interface ActorEvent {
  readonly type: string
  readonly [field: string]: unknown
}

/** Where and under which id an asker waits for the reply. */
export interface ReplyTo {
  readonly inbox: string
  readonly id: string
}

/** Which message of a producer this is. One that is not above the last one applied is not applied again. */
export interface Once {
  /** 1 to 128 printable characters. */
  readonly producer: string
  /** A positive integer that grows from message to message of one producer to one actor; gaps are fine. */
  readonly seq: number
}

/** What a message means to the kernel. Clients send `event`, `cancel` and `debug`; the rest only the kernel sends, from actor to actor. */
export type MessageKind = 'event' | 'cancel' | 'debug' | 'init' | 'stop' | 'system'

/** One message to one actor, as it stands in a frame or a channel. */
export interface Message {
  /** Unique per sender; the same id is the same message. */
  readonly id: string
  readonly to: ActorId
  readonly kind: MessageKind
  readonly event: ActorEvent
  readonly from?: ActorId
  readonly replyTo?: ReplyTo
  /** Applied once for ever; without it, once within the duplicate window. */
  readonly once?: Once
  /** Epoch milliseconds; past it nobody waits for the answer. */
  readonly deadline?: number
  /** W3C traceparent of the sender's span. */
  readonly trace?: string
  /** One id from the client to the last row. */
  readonly correlation?: string
}

/** Many messages of one client to one partition, all of one tenant, in one publish. */
export interface Frame {
  readonly messages: readonly Message[]
}

/** What a channel from one partition to another carries: messages numbered `first`, `first + 1`, … without gaps. */
export interface ChannelFrame {
  readonly source: number
  readonly first: number
  readonly messages: readonly Message[]
}

export type Reply =
  | { readonly id: string; readonly ok: true; readonly value: unknown }
  | { readonly id: string; readonly ok: false; readonly error: ReplyError }

export interface ReplyError {
  readonly code: string
  readonly message: string
  /** Of a refusal for too much load: when it is worth another attempt. */
  readonly retryAfterMs?: number
}

/** What the kernel tells a machine about the event it is given. Time and randomness come only from here. */
export interface EventMeta {
  /** When the turn was taken, epoch milliseconds. */
  readonly at: number
  readonly id: string
  readonly from?: ActorId
  readonly correlation?: string
  /** A number in [0, 1) drawn for this turn. */
  readonly random: number
}

const metaField = '@'

export const withMeta = (event: ActorEvent, meta: EventMeta): ActorEvent => ({ ...event, [metaField]: meta })

/** The kernel's facts about an event a machine is given; undefined for events it raised itself. */
export const metaOf = (event: object): EventMeta | undefined => (event as Partial<Record<typeof metaField, EventMeta>>)[metaField]

/** When the event was taken, epoch milliseconds; 0 for a raised event. */
export const timeOf = (event: object): number => metaOf(event)?.at ?? 0

/** Who sent the event, when an actor did. */
export const senderOf = (event: object): ActorId | undefined => metaOf(event)?.from
