// Record
// What one append to a partition's log commits: a claim, a release, or a group of turns. The log is the only truth; everything else is derived from it.
// docs/protocol.md describes it for readers of the log in other languages.
import type { ActorId } from '../machines/address.ts'
import type { ActorEvent, Message, MessageKind, Reply } from '../machines/message.ts'
import type { Deaths } from './care.ts'
import type { Patch } from './patch.ts'
import type { Stored } from './statechart/stored.ts'

/** How far the mailbox is applied: all messages before `seq`, and `count` of the messages in the one at `seq`. */
export interface MailboxOffset {
  readonly seq: number
  readonly count: number
  /** When the server stored the message at `seq`, epoch ms: tells a reused sequence after a power cut. */
  readonly at: number
}

/** From where a new owner replays: every snapshot of turns up to and including record `seq` is in the state store. */
export interface Checkpoint {
  readonly seq: number
  readonly offset: MailboxOffset
  /** By source partition: the last channel message applied. */
  readonly applied: Readonly<Record<number, number>>
  /** By target partition: the last channel message numbered. */
  readonly sent: Readonly<Record<number, number>>
  /** Channel messages up to `sent` that their target had not said to have applied. */
  readonly outbox: readonly Sent[]
  /** Actors in memory with a running effect, an armed timer or a pending restart. */
  readonly busy: readonly ActorId[]
}

/** One message that a turn sends: number `seq` of the channel to partition `target`. */
export interface Sent {
  readonly target: number
  readonly seq: number
  readonly message: Message
}

export interface EffectStarted {
  readonly id: string
  readonly src: string
  /** Idempotency key: actor, id and incarnation. */
  readonly key: string
}

export interface DeadLetter {
  readonly code: string
  readonly cause: string
  readonly stack?: string
  /** What was received, when it could not become a message: text, cut at a limit. */
  readonly raw?: string
  /** Of the message, when that is not `event`: a letter is redriven as what it was. */
  readonly kind?: MessageKind
}

export interface Answer {
  readonly inbox: string
  readonly reply: Reply
}

/** One turn, or one message that could not become one (`dead` without `snapshot` and `patch`). */
export interface Entry {
  readonly actor: ActorId
  /** Counts the turns of the actor, from 1; the number before when this is no turn. */
  readonly turn: number
  /** Epoch milliseconds. */
  readonly at: number
  readonly message: string
  readonly event: ActorEvent
  readonly from?: ActorId
  /** What it is filed under, when that is not the id of the message: `correlationOf`. */
  readonly correlation?: string
  readonly trace?: string
  /** The whole state: at birth and after a reset. */
  readonly snapshot?: Stored
  /** What changed in the stored state since the turn before. */
  readonly patch?: Patch
  readonly sends?: readonly Sent[]
  readonly effects?: readonly EffectStarted[]
  /** Keys of effects that this turn cancelled. */
  readonly cancelled?: readonly string[]
  /** The key of the effect whose result this turn applies. */
  readonly result?: string
  /** A fork was given the result from what was recorded: nothing ran for it, and nothing was paid. */
  readonly relived?: true
  readonly emits?: readonly ActorEvent[]
  readonly replies?: readonly Answer[]
  readonly dead?: DeadLetter
}

interface RecordBase extends Deaths {
  readonly epoch: number
  readonly worker: string
  /** Sequence of the last record that carries a checkpoint; 0 when there is none yet. */
  readonly checkpointAt: number
  readonly checkpoint?: Checkpoint
}

export type LogRecord =
  | (RecordBase & { readonly kind: 'claim' })
  | (RecordBase & { readonly kind: 'release' })
  | (RecordBase & {
      readonly kind: 'turns'
      readonly offset: MailboxOffset
      /** Watermarks that this record moves, by source partition. */
      readonly applied?: Readonly<Record<number, number>>
      readonly entries: readonly Entry[]
    })

/** The one id from a client's call to the last row: a message from outside that names none is filed under its own id. */
export const correlationOf = ({
  correlation,
  from,
  result,
  event,
  message,
}: Pick<Entry, 'correlation' | 'from' | 'result' | 'event' | 'message'>): string | undefined =>
  correlation ?? (from === undefined && result === undefined && !event.type.startsWith('@') ? message : undefined)
