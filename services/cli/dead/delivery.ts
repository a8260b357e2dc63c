// Delivery
// What of a dead letter can be sent to its actor again, for commands: `--event` gives another event.
import type { ActorEvent } from '../../../client/index.ts'
import type { StoredLetter } from '../../../runtime/nats/read-dead-letters.ts'
import { deliveryFault as faultOf, readDelivery, type Delivery, type Letter } from '../../dead-letters/letter.ts'
import { NotRedrivable } from '../errors.ts'

export type { Delivery } from '../../dead-letters/letter.ts'

const how = 'with --event'

/** Throws `NotRedrivable`. */
export function deliveryOf(letter: Letter, edited: ActorEvent | undefined): Delivery {
  const read = readDelivery(letter, edited, how)
  if (!read.ok) throw new NotRedrivable(`Dead letter ${letter.id} for ${letter.actor}: ${read.fault}.`)
  return read.delivery
}

/** Why the letter cannot be sent again, or undefined. */
export const deliveryFault = (letter: StoredLetter, edited?: ActorEvent): string | undefined => faultOf(letter, edited, how)
