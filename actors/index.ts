// Actors
// Every actor type of the main job, in one list: what a worker hosts.
import type { ActorDefinition } from '../runtime/define-actor.ts'
import { agentActors } from './agent-actors.ts'
import { budgetActor } from './budget-actor.ts'
import { conversationActor } from './conversation-actor.ts'
import { coordinatorActor } from './coordinator-actor.ts'
import { lessonsActor } from './lessons-actor.ts'
import { memoryActor } from './memory-actor.ts'
import type { ActorPorts } from './ports.ts'
import { registryActors } from './registry-actor.ts'
import { scheduleActor } from './schedule-actor.ts'
import { taskActor } from './task-actor.ts'

/** Throws RosterInvalid when an agent names a tool that `ports.tools` does not hold. */
export function troupeActors(ports: ActorPorts): ActorDefinition[] {
  const agents = agentActors(ports)
  const actors = [
    coordinatorActor(),
    taskActor(ports, agents),
    conversationActor(ports, agents),
    memoryActor(ports),
    lessonsActor(ports),
    budgetActor(ports),
    ...registryActors(ports),
    ...agents,
  ]
  return [...actors, scheduleActor(actors)]
}

export { scheduleActor }
