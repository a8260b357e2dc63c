// Authoring
// What a machine is written with beside XState itself: effects declared by contract, replies, and references to actors by address.
// Nothing here runs anything: a declared effect has no body, a reference delivers nothing. The kernel interprets both.
import { emit, fromPromise, type ActorRef, type EventObject, type MachineContext, type PromiseActorLogic, type Snapshot } from 'xstate'
import type { ActorId } from './address.ts'

/** Declares an effect by its input and output: work that waits or touches the outside. The actor's definition provides it. */
export const effect = <Input, Output>(): PromiseActorLogic<Output, Input> =>
  fromPromise<Output, Input>(() => Promise.reject(new Error('an effect is declared in a machine and provided by the actor definition')))

export const replyType = '@reply'
export interface ReplyEmitted extends EventObject {
  type: typeof replyType
  value: unknown
  /** The id of an earlier message whose asker still waits; absent: the message of this turn. */
  to?: string
}

/** Answers the client whose message this turn is. Without it an asker waits for the actor's output. */
export const reply = <Context extends MachineContext, Event extends EventObject>(
  value: (args: { context: Context; event: Event }) => unknown,
) => emit<Context, Event, undefined, Event, ReplyEmitted>(({ context, event }) => ({ type: replyType, value: value({ context, event }) }))

/** Answers the client of an earlier message, by the id `metaOf` gave it; nothing happens when nobody waits for it any more. */
export const replyLater = <Context extends MachineContext, Event extends EventObject>(to: string, value: unknown) =>
  emit<Context, Event, undefined, Event, ReplyEmitted>({ type: replyType, value, to })

export const compensateType = '@compensate'
export interface CompensateEmitted extends EventObject {
  type: typeof compensateType
}

/**
 * Asks that what the actor's effects have done be undone, the last first, by their `compensate`. The machine receives {@link SagaCompensated}
 * when all of it is, at once when there is nothing. An effect that still runs is not part of it.
 */
export const compensate = <Context extends MachineContext, Event extends EventObject>() =>
  emit<Context, Event, undefined, Event, CompensateEmitted>({ type: compensateType })

export interface SagaCompensated {
  readonly type: 'saga.compensated'
}

/** What one actor asks of another's kernel. */
export const watchTypes = ['@monitor', '@demonitor', '@link', '@unlink'] as const
export type WatchType = (typeof watchTypes)[number]
export interface WatchEmitted extends EventObject {
  type: WatchType
  to: ActorId
}

const watching = <Context extends MachineContext, Event extends EventObject>(
  type: WatchType,
  to: (args: { context: Context; event: Event }) => ActorId,
) => emit<Context, Event, undefined, Event, WatchEmitted>(({ context, event }) => ({ type, to: to({ context, event }) }))

type To<Context, Event> = (args: { context: Context; event: Event }) => ActorId

/**
 * Watches another actor: this one receives one `actor.down` ({@link ActorDown}) when that one ends or fails, and at once when it does not live.
 * Leaving the memory or moving to another worker is no end. Source: Erlang/OTP monitors.
 */
export const monitor = <Context extends MachineContext, Event extends EventObject>(to: To<Context, Event>) =>
  watching<Context, Event>('@monitor', to)

/** Takes a monitor back: an end that was told already may still arrive. */
export const demonitor = <Context extends MachineContext, Event extends EventObject>(to: To<Context, Event>) =>
  watching<Context, Event>('@demonitor', to)

/**
 * Ties two actors: when one fails, so does the other, unless it has a transition for `actor.exit` ({@link ActorExit}), which it then receives
 * at every end of the other one. A regular end ties nobody down. Source: Erlang/OTP links and exit signals.
 */
export const link = <Context extends MachineContext, Event extends EventObject>(to: To<Context, Event>) =>
  watching<Context, Event>('@link', to)

/** Cuts a link, whichever of the two made it. */
export const unlink = <Context extends MachineContext, Event extends EventObject>(to: To<Context, Event>) =>
  watching<Context, Event>('@unlink', to)

/** How an actor went down: it was done, was stopped, failed; or it did not live when it was asked about. */
export type DownReason = 'done' | 'stopped' | 'failed' | 'not-found'

interface Down {
  readonly actor: ActorId
  readonly reason: DownReason
  /** It starts again; who wants to hear of its next end asks again. */
  readonly restarting: boolean
  readonly error?: unknown
}

export interface ActorDown extends Down {
  readonly type: 'actor.down'
}

export interface ActorExit extends Down {
  readonly type: 'actor.exit'
}

export type AnyRef = ActorRef<Snapshot<unknown>, EventObject>

/** A reference to any actor, for `sendTo`: `sendTo(refTo(actorId('acme', 'ledger', 'main')), { type: 'entry.add' })`. */
export function refTo(id: ActorId): AnyRef {
  const ref = Object.create(inertRef) as { sessionId: string; id: string }
  ref.sessionId = id
  ref.id = id
  return ref as unknown as AnyRef
}

/** Shared behaviour of every reference: it names an actor, and only `sendTo` reaches it. */
const inertRef = {
  send() {
    throw new Error('a reference delivers nothing by itself: a turn sends with the sendTo action')
  },
  _send() {},
  start() {},
  stop() {},
  getSnapshot: () => undefined,
  subscribe: () => ({ unsubscribe() {} }),
  on: () => ({ unsubscribe() {} }),
}
