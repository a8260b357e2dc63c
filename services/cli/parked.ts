// Parked
// Actors for which messages wait, as their stored states say: for their restart, or for a version that fits them.
import type { ActorId } from '../../machines/address.ts'
import type { StoredActor } from '../../runtime/nats/read-states.ts'

export interface Parked {
  readonly actor: ActorId
  /** Of the definition that wrote its state. */
  readonly version: string
  readonly messages: number
  /** It waits for its restart; else for a version that fits it, or it is taking them at this moment. */
  readonly restarting: boolean
}

export function parkedOf({ actor, image: { stored } }: StoredActor): Parked | undefined {
  const { keeping, definition } = stored
  if (keeping.parked.length === 0) return undefined
  return { actor, version: definition.version, messages: keeping.parked.length, restarting: keeping.restartDue !== undefined }
}
