// Entry
// How one entry of a group is made: from its cause, with the state it leads to, sealed into text. The words that turns, asks and supervision share.
import type { Address } from '../machines/address.ts'
import type { TypeBreakpoint } from '../machines/debug.ts'
import type { ActorEvent, Message, Reply } from '../machines/message.ts'
import type { Activation } from './activation.ts'
import { Quarantined, refusals, TurnTooLarge } from './errors.ts'
import type { Draft, Group } from './group.ts'
import type { WorkerOptions } from './options.ts'
import { correlationOf, type DeadLetter } from './record.ts'
import { diff } from './patch.ts'
import { encode, Encoded, imageOf, toStored, type Living, type Outcome, type StoredKeeping, type StoredParent } from './statechart/index.ts'

export interface Desk {
  readonly group: Group
  readonly partition: number
  readonly options: WorkerOptions
  /** Whether the actors of a tenant take no messages at present. */
  isPaused(tenant: string): boolean
  /** Where actors of a type stand still; undefined while there is no such place. */
  breakpointsOf(type: Address): readonly TypeBreakpoint[] | undefined
  /** Arrivals that were out of date: late timers, results of former effects, events for former children. */
  outOfDate(actor: string, event: string): void
}

/** What brought a turn about, as the entry tells it. */
export interface Cause {
  readonly id: string
  readonly event: ActorEvent
  readonly message?: Message
  readonly correlation?: string | undefined
  readonly trace?: string | undefined
  /** The key of the effect whose result this is. */
  readonly result?: string
  /** It is one that was recorded, given to a fork. */
  readonly relived?: true
}

/** What a turn makes of an actor, before it is sealed. */
export interface Change {
  readonly living: Living
  readonly keeping: StoredKeeping
  readonly outcome?: Outcome
  /** How long the machine's turn took. */
  readonly durationMs?: number
  /** The whole state goes into the entry, not the difference. */
  readonly whole?: boolean
  /** Of an end that is a failure: what failed. */
  readonly error?: unknown
  /** The parent that brings about the restart of an actor that failed. */
  readonly tells?: StoredParent
}

export function draftOf(desk: Desk, activation: Activation, cause: Cause, turn: number): Draft {
  const from = cause.message?.from
  return {
    actor: activation.actor,
    turn,
    at: desk.group.now,
    message: cause.id,
    event: cause.event,
    ...(from !== undefined && { from }),
    ...(cause.correlation !== undefined && cause.correlation !== cause.id && { correlation: cause.correlation }),
    ...(cause.trace !== undefined && { trace: cause.trace }),
    ...(cause.result !== undefined && { result: cause.result }),
    ...(cause.relived && { relived: true }),
  }
}

export function describeState(activation: Activation, draft: Draft, change: Change): void {
  const { host, living, written } = activation
  if (!host) return
  if (change.whole || !living) {
    draft.snapshot = { ...toStored(host, change.living), keeping: change.keeping }
    return
  }
  if (!written && change.living === living && change.keeping === activation.keeping) return
  const patch = written
    ? diff(
        new Encoded({ ...written, keeping: activation.keeping }),
        new Encoded({ ...toStored(host, change.living), keeping: change.keeping }),
        encode,
      )
    : diff(
        { ...imageOf(host, living), keeping: new Encoded(activation.keeping) },
        { ...imageOf(host, change.living), keeping: new Encoded(change.keeping) },
        encode,
      )
  if (patch.length > 0) draft.patch = patch
}

/** A message from the actor of this entry; what it sends is filed and traced with what made it send. */
export function sendFrom(
  desk: Desk,
  draft: Draft,
  to: Message['to'],
  what: { readonly event: ActorEvent; readonly kind?: Message['kind'] },
): void {
  const { actor, trace } = draft
  const correlation = correlationOf(draft)
  const message = {
    to,
    kind: what.kind ?? 'event',
    event: what.event,
    from: actor,
    ...(correlation !== undefined && { correlation }),
    ...(trace !== undefined && { trace }),
  } as const
  desk.group.send(draft, message, (channel) => `${desk.partition}>${channel}`)
}

/** Seals an entry that changes no state, or (with a change) one made by the supervisor. */
export function seal(desk: Desk, activation: Activation, draft: Draft, change: Change | undefined): void {
  if (change) {
    describeState(activation, draft, change)
    activation.living = change.living
    activation.written = undefined
    activation.keeping = change.keeping
    activation.turn = draft.turn
    activation.usedAt = desk.group.now
    desk.group.turns++
  }
  desk.group.add(draft, textOf(desk, draft), stateOf(activation))
}

export function stateOf({ living, written, keeping }: Activation): { value: unknown; status: string; held?: true } {
  const { value, status = 'unborn' } = living?.snapshot ?? written ?? {}
  return { value, status, ...(keeping.hold?.held && { held: true }) }
}

/** An event too large for its entry is left out of it, and the entry says so: the dead letter it belongs to has the cause. */
function textOf({ options }: Desk, draft: Draft): string {
  const text = JSON.stringify(draft)
  if (text.length <= options.messageBytesMax) return text
  draft.event = { type: draft.event.type, '@omitted': `${text.length} characters` }
  return JSON.stringify(draft)
}

/** A message that becomes no turn: a dead letter, and a refusal to the asker (T2, T3). */
export function refuse(desk: Desk, activation: Activation, cause: Cause, letter: DeadLetter): void {
  const draft = draftOf(desk, activation, cause, activation.turn)
  draft.dead = ofKind(cause, letter)
  if (cause.message?.replyTo) desk.group.reply(draft, cause.message.replyTo, refusalTo(cause.message.replyTo.id, letter))
  seal(desk, activation, draft, undefined)
}

/** An actor without a parent failed for good: a dead letter, and a fall for its tenant to count. */
export function fall({ group }: Desk, { address, actor }: Activation, draft: Draft, cause: string): void {
  draft.dead = { code: refusals.actorFailed, cause }
  group.fallen.push({ tenant: address.tenant, actor, cause })
}

/** The letter with the kind of the message it is about. */
export function ofKind({ message }: Cause, letter: DeadLetter): DeadLetter {
  return message && message.kind !== 'event' ? { ...letter, kind: message.kind } : letter
}

export function letterOf(error: unknown): DeadLetter {
  const thrown = error instanceof Error && error.cause instanceof Error ? error.cause : error
  if (!(thrown instanceof Error)) return { code: refusals.turnFailed, cause: String(thrown) }
  const code = error instanceof TurnTooLarge || error instanceof Quarantined ? error.code : refusals.turnFailed
  return {
    code,
    cause: `${thrown.name}: ${thrown.message}`.slice(0, causeCharactersMax),
    ...(thrown.stack !== undefined && { stack: thrown.stack.slice(0, stackCharactersMax) }),
  }
}

const causeCharactersMax = 2_000
const stackCharactersMax = 4_000

export const refusalTo = (id: string, letter: { readonly code: string; readonly cause: string }): Reply => ({
  id,
  ok: false,
  error: { code: letter.code, message: letter.cause },
})
