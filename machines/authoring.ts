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
