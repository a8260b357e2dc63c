// Coordinator actor
// One per tenant, under the key `main`. It knows the roster from its birth.
import { createCoordinatorMachine } from '../machines/coordinator.machine.ts'
import { defineActor, type ActorDefinition } from '../runtime/define-actor.ts'
import { acceptsOnly, agentRegister, cancel, nothingElse } from './accepts.ts'
import { agentCards } from './agents/index.ts'

export const coordinatorActor = (): ActorDefinition =>
  defineActor({
    name: 'coordinator',
    version: '1',
    machine: createCoordinatorMachine(agentCards),
    supervision: { restart: 'permanent' },
    accepts: acceptsOnly({ 'agent.register': agentRegister, 'coordinator.stats': nothingElse, cancel }),
  })
