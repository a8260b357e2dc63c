// Task actor
// One task; its key is the task's id. Its children are agents.
import { agentSource, createTaskMachine } from '../machines/task.machine.ts'
import { defineActor, type ActorDefinition } from '../runtime/define-actor.ts'
import { acceptsOnly, cancel, nothingElse, taskAnswer, taskDeny, taskSubmit } from './accepts.ts'
import { agentTypeOf } from './agent-actors.ts'
import { profilesOf } from './agents/index.ts'
import { RosterInvalid } from './errors.ts'
import type { ActorPorts } from './ports.ts'
import { taskEffects } from './task-effects.ts'

export function taskActor(ports: ActorPorts, agents: readonly ActorDefinition[]): ActorDefinition {
  const profiles = profilesOf(ports.tools)
  const tools = [...ports.tools].map(([name, { needsApproval }]) => ({ name, needsApproval }))
  return defineActor({
    name: 'task',
    version: '2',
    machine: createTaskMachine({ profiles, tools }),
    effects: taskEffects(ports),
    children: Object.fromEntries(profiles.map(({ name }) => [agentSource(name), agentNamed(agents, name)])),
    accepts: acceptsOnly({
      'task.submit': taskSubmit,
      'task.progress': nothingElse,
      'task.approve': nothingElse,
      'task.answer': taskAnswer,
      'task.deny': taskDeny,
      cancel,
    }),
  })
}

/** Throws RosterInvalid. */
export function agentNamed(agents: readonly ActorDefinition[], name: string): ActorDefinition {
  const agent = agents.find((definition) => definition.name === agentTypeOf(name))
  if (!agent) throw new RosterInvalid(`no actor type ${agentTypeOf(name)} is among ${agents.map((known) => known.name).join(', ')}`)
  return agent
}
