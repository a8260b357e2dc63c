// Stops
// Children stop one after another, the last born first, each with its own children before the next: one message goes from one to the next.
//
// O1. Whoever a stop is sent to passes it on, whether it lives or not.
import type { ActorId } from '../machines/address.ts'
import type { Activation } from './activation.ts'
import { draftOf, seal, sendFrom, type Cause, type Desk } from './entry.ts'
import type { Draft } from './group.ts'

/** Stops children, given in the order of their birth, and what the stop that brought this about still has to reach. */
export function sendStops(desk: Desk, draft: Draft, children: readonly ActorId[], cause: Cause): void {
  const chain = [...children.toReversed(), ...stillToStop(cause)]
  for (let from = 0; from < chain.length; from += chainMax) {
    const [first, ...next] = chain.slice(from, from + chainMax)
    if (first) sendFrom(desk, draft, first, { kind: 'stop', event: { type: '@stop', ...(next.length > 0 && { next }) } })
  }
}

/** O1, for one that has nothing to stop any more. */
export function passStopOn(desk: Desk, activation: Activation, cause: Cause): void {
  if (stillToStop(cause).length === 0) return desk.outOfDate(activation.actor, cause.event.type)
  const draft = draftOf(desk, activation, cause, activation.turn)
  sendStops(desk, draft, [], cause)
  seal(desk, activation, draft, undefined)
}

const stillToStop = ({ message }: Cause): readonly ActorId[] =>
  message?.kind === 'stop' ? ((message.event as { next?: readonly ActorId[] }).next ?? []) : []

/** Children in one chain; more stop in several chains at once. */
const chainMax = 256
