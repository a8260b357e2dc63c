// Coordinator actor
// Per tenant one under the key `main` and shards beside it, `s0` and so on. They know the roster from their birth.
import { createCoordinatorMachine, type CoordinatorOptions } from '../machines/coordinator.machine.ts'
import type { Address } from '../machines/address.ts'
import { coordinatorKey } from '../machines/coordinator-messages.ts'
import { newCoordinator } from '../machines/coordinator-record.ts'
import { armOf, type AgentCard } from '../machines/selection/types.ts'
import { defineActor, type ActorDefinition } from '../runtime/define-actor.ts'
import type { StoredChart } from '../runtime/statechart/stored.ts'
import { acceptsOnly } from './accepts.ts'
import { agentCards } from './agents/index.ts'
import { coordinatorAccepts } from './coordinator-accepts.ts'

export const coordinatorActor = (roster: readonly AgentCard[] = agentCards, options: CoordinatorOptions = {}): ActorDefinition =>
  defineActor({
    name: 'coordinator',
    version: '2',
    machine: createCoordinatorMachine(roster, options),
    migrate: { '1': (stored) => fromVersion1(stored, roster, options) },
    supervision: { restart: 'permanent' },
    accepts: acceptsOnly(coordinatorAccepts),
  })

/**
 * Version 1 had no shards and kept only agents of its own and sums of rewards. Agents stay; what was learned begins anew, since its facts do not say
 * what a model is made of, and a model is always what its facts make.
 */
function fromVersion1(stored: StoredChart, roster: readonly AgentCard[], { policy }: CoordinatorOptions): StoredChart {
  const { agents = {} } = stored.context as { readonly agents?: Readonly<Record<string, AgentCard>> } // as version 1 wrote it
  const known = new Map([...Object.values(agents), ...roster].map((card) => [armOf(card), card]))
  const { tenant = '', key = coordinatorKey } = stored.input as Partial<Address> // the address, as every actor without a parent is born with
  const fresh = { ...newCoordinator({ tenant, key }, [...known.values()], policy), life: 'v1' }
  return { ...stored, value: 'root', context: JSON.parse(JSON.stringify(fresh)) as StoredChart['context'] }
}
