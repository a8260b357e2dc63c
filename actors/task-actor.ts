// Task actor
// One task; its key is the task's id. Its children are agents.
import { createTaskMachine } from '../machines/task.machine.ts'
import { defineActor, type ActorDefinition } from '../runtime/define-actor.ts'
import { acceptsOnly, cancel, nothingElse, taskSubmit } from './accepts.ts'
import { agentTypeOf } from './agent-actors.ts'
import { profilesOf } from './agents/index.ts'
import { RosterInvalid } from './errors.ts'
import type { ActorPorts } from './ports.ts'

export function taskActor(ports: ActorPorts, agents: readonly ActorDefinition[]): ActorDefinition {
  const profiles = profilesOf(ports.tools)
  return defineActor({
    name: 'task',
    version: '1',
    machine: createTaskMachine(profiles),
    children: Object.fromEntries(profiles.map(({ name }) => [name, agentNamed(agents, name)])),
    accepts: acceptsOnly({ 'task.submit': taskSubmit, 'task.progress': nothingElse, cancel }),
  })
}

/** Throws RosterInvalid. */
export function agentNamed(agents: readonly ActorDefinition[], name: string): ActorDefinition {
  const agent = agents.find((definition) => definition.name === agentTypeOf(name))
  if (!agent) throw new RosterInvalid(`no actor type ${agentTypeOf(name)} is among ${agents.map((known) => known.name).join(', ')}`)
  return agent
}
