// Delivery
// What of a dead letter can be sent to its actor again: its event as it was, or the one given in its place.
import { parseActorId, type Address } from '../../../machines/address.ts'
import type { ActorEvent } from '../../../client/index.ts'
import type { StoredLetter } from '../../../runtime/nats/read-dead-letters.ts'
import { NotRedrivable } from '../errors.ts'
import type { Letter } from './letters.ts'

export interface Delivery {
  readonly letter: Letter
  readonly address: Address
  readonly kind: 'event' | 'cancel'
  readonly event: ActorEvent
}

/** Throws `NotRedrivable`. */
export function deliveryOf(letter: Letter, edited: ActorEvent | undefined): Delivery {
  const fault = deliveryFault(letter, edited)
  const address = parseActorId(letter.actor)
  const event = edited ?? letter.event
  if (fault !== undefined || !address || !event) throw new NotRedrivable(`Dead letter ${letter.id} for ${letter.actor}: ${fault}.`)
  return { letter, address, event, kind: edited === undefined && letter.kind === 'cancel' ? 'cancel' : 'event' }
}

/** Why the letter cannot be sent again, or undefined. */
export function deliveryFault({ actor, event, kind, raw }: StoredLetter, edited?: ActorEvent): string | undefined {
  const address = parseActorId(actor)
  if (!address || (address.tenant === 'unknown' && address.type === 'unreadable')) return 'it names no actor it could be sent to'
  if (address.type === 'frame' && event?.type === '@refused')
    return 'it was one message of a frame that could not be read, so its actor is not known; let its sender send it again'
  if (edited) return undefined
  if (raw !== undefined || event === undefined || event.type === '@refused')
    return 'what was received is not an event; give one with --event'
  if ('@omitted' in event) return 'its event was too large to be kept; give one with --event'
  if (event.type.startsWith('@') || event.type.startsWith('xstate.') || kind === 'init' || kind === 'stop')
    return `'${event.type}' is the runtime's own and cannot come from outside; give the event that the actor needs with --event`
  return undefined
}
