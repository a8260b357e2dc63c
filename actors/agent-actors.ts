// Agent actors
// One actor type per agent kind, `agent-<kind>`. They are born by their task or conversation only.
import { agentMachine } from '../machines/agent.machine.ts'
import { defineActor, type ActorDefinition } from '../runtime/define-actor.ts'
import { acceptsOnly, budgetAdd, cancel, deny } from './accepts.ts'
import { agentEffects } from './agent-effects.ts'
import type { AgentKind } from './agents/agent-kind.ts'
import { roster } from './agents/index.ts'
import type { ActorPorts } from './ports.ts'
import { approveWith } from './tool-arguments.ts'

export const agentActors = (ports: ActorPorts): readonly ActorDefinition[] => roster.map((kind) => agentActor(kind, ports))

const agentActor = ({ name, version, capabilities }: AgentKind, ports: ActorPorts): ActorDefinition =>
  defineActor({
    name: agentTypeOf(name),
    version,
    machine: agentMachine,
    effects: agentEffects(ports),
    capabilities,
    createdByMessage: false,
    accepts: acceptsOnly({ approve: approveWith(ports.tools), deny, 'budget.add': budgetAdd, cancel }),
  })

export const agentTypeOf = (agent: string): string => `agent-${agent}`
