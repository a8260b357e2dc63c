// Conversation actor
// One chat; its key is the chat's id. A researcher answers.
import { createConversationMachine } from '../machines/conversation.machine.ts'
import { defineActor, type ActorDefinition } from '../runtime/define-actor.ts'
import { acceptsOnly, cancel, messageAdd, nothingElse } from './accepts.ts'
import { profileOf } from './agents/index.ts'
import { researcher } from './agents/researcher.ts'
import type { ActorPorts } from './ports.ts'
import { agentNamed } from './task-actor.ts'

export const conversationActor = (ports: ActorPorts, agents: readonly ActorDefinition[]): ActorDefinition =>
  defineActor({
    name: 'conversation',
    version: '1',
    machine: createConversationMachine(profileOf(researcher, ports.tools)),
    children: { answerer: agentNamed(agents, researcher.name) },
    accepts: acceptsOnly({ 'message.add': messageAdd, 'conversation.read': nothingElse, cancel }),
  })
