// Fleet
// The fleet that users get from `troupe/testing`, with the names that the kernel's own tests call things by.
import type { ActorId } from '../../machines/address.ts'
import type { ActorDefinition } from '../../runtime/define-actor.ts'
import { simulatedFleet, type FleetSpec as Spec } from '../../runtime/testing/fleet.ts'
import type { Worker, WorkerSpec } from '../../runtime/worker.ts'

export interface FleetSpec extends Omit<Spec, 'actors'> {
  readonly definitions: readonly ActorDefinition[]
}

export async function startFleet({ definitions, ...spec }: FleetSpec) {
  const fleet = await simulatedFleet({ ...spec, actors: definitions })
  return Object.assign(fleet, {
    /** With the fleet's definitions, or another build's. */
    addWorker: (hosted: readonly ActorDefinition[] = definitions, own: Partial<WorkerSpec> = {}): Promise<Worker> =>
      fleet.start({ ...own, definitions: hosted }),
    crash: (worker: Worker): Promise<void> => fleet.kill(worker),
  })
}

export const actor = (id: string): ActorId => id as ActorId
