// Registry machine
// One bucket of a tenant's agents: keeps their definitions, has the coordinator know the active ones, and says what became of each change.
// What and why is registry-plan.ts; this gives it the events and does what it says.
import { cancel, enqueueActions, sendTo, setup } from 'xstate'
import { actorId, type Address } from './address.ts'
import { refTo, replyLater, type ReplyEmitted } from './authoring.ts'
import { coordinatorKey, type AgentRegistration } from './coordinator-messages.ts'
import { metaOf, timeOf } from './message.ts'
import {
  defineAgents,
  describeAgent,
  emptyRegistry,
  enableAgent,
  goOn,
  noteRegistration,
  skillsAnswered,
  withdrawAgent,
  type Call,
  type RegistryContext,
  type Step,
} from './registry-plan.ts'
import { registryLimits, type RegistryCommand, type RegistryFact, type RegistryKnown } from './registry.ts'
import { skillsOf, type SkillsFound } from './skills.ts'

export type RegistryEvent =
  | RegistryCommand
  /** From the coordinator. */
  | AgentRegistration
  /** From the skills. */
  | SkillsFound
  | { readonly type: 'cancel'; readonly reason?: string }
  /** Its own timers. */
  | { readonly type: 'batch.skillsLate'; readonly batch: string }
  | { readonly type: 'batch.goOn'; readonly batch: string }

/** `known`: the kinds, tools and models that an agent may name. */
export const createRegistryMachine = (known: RegistryKnown) =>
  setup({
    types: {
      context: {} as RegistryContext,
      input: {} as Address,
      events: {} as RegistryEvent,
      emitted: {} as RegistryFact | ReplyEmitted,
    },
    actions: {
      takeStep: enqueueActions(({ context, event, enqueue }) => {
        const step = stepOf(context, event, known)
        const tenant = context.address.slice(0, context.address.indexOf('/'))
        enqueue.assign(step.next)
        for (const fact of step.facts) enqueue.emit(fact)
        for (const told of step.toCoordinator) enqueue(sendTo(refTo(actorId(tenant, 'coordinator', coordinatorKey)), told))
        for (const told of step.toSkills) enqueue(sendTo(refTo(skillsOf(tenant)), told))
        for (const { message, value } of step.replies) enqueue(replyLater(message, value))
        for (const batch of step.heard) enqueue(cancel(`late-${batch}`))
        for (const batch of step.waits)
          enqueue.raise({ type: 'batch.skillsLate', batch }, { id: `late-${batch}`, delay: registryLimits.skillsMs })
        for (const batch of step.goOn) enqueue.raise({ type: 'batch.goOn', batch }, { id: `on-${batch}`, delay: 0 })
      }),
    },
  }).createMachine({
    id: 'registry',
    context: ({ input: { tenant, type, key } }) => emptyRegistry(actorId(tenant, type, key)),
    initial: 'ready',
    states: {
      ready: {
        on: {
          'agent.define': { actions: 'takeStep' },
          'agents.define': { actions: 'takeStep' },
          'agent.disable': { actions: 'takeStep' },
          'agent.enable': { actions: 'takeStep' },
          'agent.retire': { actions: 'takeStep' },
          'agent.describe': { actions: 'takeStep' },
          'agent.registration': { actions: 'takeStep' },
          'skills.found': { actions: 'takeStep' },
          'batch.skillsLate': { actions: 'takeStep' },
          'batch.goOn': { actions: 'takeStep' },
          cancel: { description: 'Nothing to cancel: agents are retired one by one.' },
        },
      },
    },
  })

function stepOf(context: RegistryContext, event: RegistryEvent, known: RegistryKnown): Step {
  const call: Call = { message: metaOf(event)?.id ?? '', now: timeOf(event) }
  switch (event.type) {
    case 'agent.define':
      return defineAgents(context, { items: [event], single: true, known }, call)
    case 'agents.define':
      return defineAgents(context, { items: event.items, single: false, known }, call)
    case 'agent.enable':
      return enableAgent(context, event.name, call)
    case 'agent.disable':
      return withdrawAgent(context, { ...event, status: 'disabled' }, call)
    case 'agent.retire':
      return withdrawAgent(context, { ...event, status: 'retired' }, call)
    case 'agent.describe':
      return describeAgent(context, event.name, call)
    case 'agent.registration':
      return noteRegistration(context, event)
    case 'skills.found':
      return skillsAnswered(context, event.batch, event.skills, call.now)
    case 'batch.skillsLate':
      return skillsAnswered(context, event.batch, undefined, call.now)
    case 'batch.goOn':
      return goOn(context, event.batch, call.now)
    case 'cancel':
      throw new Error('cancel takes no step')
  }
}
