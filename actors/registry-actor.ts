// Registry actors
// The buckets of a tenant's agents, and its skills. What a definition may name, kinds, tools and models, is what the main job is composed of.
import { createRegistryMachine } from '../machines/registry.machine.ts'
import { registryType, type RegistryKnown } from '../machines/registry.ts'
import { createSkillsMachine } from '../machines/skills.machine.ts'
import { skillsType } from '../machines/skills.ts'
import { defineActor, type ActorDefinition } from '../runtime/define-actor.ts'
import {
  acceptsOnly,
  agentDefine,
  agentDescribe,
  agentsDefine,
  agentWithdraw,
  cancel,
  skillNamed,
  skillSet,
  skillsList,
} from './accepts.ts'
import { roster } from './agents/index.ts'
import type { ActorPorts } from './ports.ts'

export const registryActors = (ports: Pick<ActorPorts, 'tools' | 'models'>): readonly ActorDefinition[] => {
  const known: RegistryKnown = { kinds: roster, tools: [...ports.tools.keys()], models: ports.models }
  return [registryActor(known), skillsActor(known)]
}

const registryActor = (known: RegistryKnown): ActorDefinition =>
  defineActor({
    name: registryType,
    version: '1',
    machine: createRegistryMachine(known),
    supervision: { restart: 'permanent' },
    accepts: acceptsOnly({
      'agent.define': agentDefine,
      'agents.define': agentsDefine,
      'agent.disable': agentWithdraw,
      'agent.enable': agentDescribe,
      'agent.retire': agentWithdraw,
      'agent.describe': agentDescribe,
      cancel,
    }),
  })

const skillsActor = (known: RegistryKnown): ActorDefinition =>
  defineActor({
    name: skillsType,
    version: '1',
    machine: createSkillsMachine(known),
    supervision: { restart: 'permanent' },
    accepts: acceptsOnly({
      'skill.set': skillSet,
      'skill.remove': skillNamed,
      'skill.describe': skillNamed,
      'skills.list': skillsList,
      cancel,
    }),
  })
