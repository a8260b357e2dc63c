// Letter
// A dead letter and when it was sent again; and what of it can be sent to its actor: its event as it was, or the one given in its place.
import { parseActorId, type Address } from '../../machines/address.ts'
import type { ActorEvent } from '../../machines/message.ts'
import type { NotedLetter, StoredLetter } from '../../runtime/nats/read-dead-letters.ts'

export type Letter = NotedLetter

export interface Delivery {
  readonly letter: Letter
  readonly address: Address
  readonly kind: 'event' | 'cancel'
  readonly event: ActorEvent
}

export type DeliveryReading = { readonly ok: true; readonly delivery: Delivery } | { readonly ok: false; readonly fault: string }

/** `how`: how whoever asks gives an event in place of the letter's own, for the faults. */
export function readDelivery(letter: Letter, edited: ActorEvent | undefined, how: string): DeliveryReading {
  const fault = deliveryFault(letter, edited, how)
  const address = parseActorId(letter.actor)
  const event = edited ?? letter.event
  if (fault !== undefined || !address || !event) return { ok: false, fault: fault ?? 'it names no actor or no event' }
  return { ok: true, delivery: { letter, address, event, kind: edited === undefined && letter.kind === 'cancel' ? 'cancel' : 'event' } }
}

/** Why the letter cannot be sent again, or undefined. */
export function deliveryFault({ actor, event, kind, raw }: StoredLetter, edited: ActorEvent | undefined, how: string): string | undefined {
  const address = parseActorId(actor)
  if (!address || (address.tenant === 'unknown' && address.type === 'unreadable')) return 'it names no actor it could be sent to'
  if (address.type === 'frame' && event?.type === '@refused')
    return 'it was one message of a frame that could not be read, so its actor is not known; let its sender send it again'
  if (edited) return undefined
  if (raw !== undefined || event === undefined || event.type === '@refused') return `what was received is not an event; give one ${how}`
  if ('@omitted' in event) return `its event was too large to be kept; give one ${how}`
  if (event.type.startsWith('@') || event.type.startsWith('xstate.') || kind === 'init' || kind === 'stop')
    return `'${event.type}' is the runtime's own and cannot come from outside; give the event that the actor needs ${how}`
  return undefined
}
