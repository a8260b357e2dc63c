// Coordinator machine
// Knows the agents of a tenant, chooses some for each execution, and learns from the outcomes. Choosing is selection.ts, what each message makes of a
// coordinator is coordinator-steps.ts; here is who takes which message. `main` is the root: it keeps agents and policies, merges what all have learned and
// decides too when it is asked. Shards only decide, with what the root told them; one that has just begun decides with the roster it was born with.
//
// C1. An agent that does not meet every constraint is never chosen.
// C2. A decision is settled once: the first report counts, later ones are counted as repeated and change nothing.
// C3. Decisions without an outcome are censored at the horizon, the oldest of too many at once: that teaches nothing and is told.
// C4. Every choice is a fact with its candidates, every outcome one with all that was learned from it: the model can be made again from the log.
// C5. Nobody waits for anybody: a shard decides and learns whether or not the root answers.
import { enqueueActions, sendTo, setup } from 'xstate'
import { actorId, type Address } from './address.ts'
import { refTo, reply, type ReplyEmitted } from './authoring.ts'
import {
  coordinatorKey,
  coordinatorType,
  type AgentChoose,
  type AgentPredict,
  type AgentRegister,
  type AgentRetire,
  type CoordinatorExplain,
  type OutcomeReport,
  type OutcomeWithdraw,
  type PolicySet,
} from './coordinator-messages.ts'
import { predictFor, type Moment } from './coordinator-decide.ts'
import { explain, statsOf } from './coordinator-stats.ts'
import { isRoot, newCoordinator, type CoordinatorContext } from './coordinator-record.ts'
import * as root from './coordinator-root-steps.ts'
import type { SharingMessage, Step } from './coordinator-step.ts'
import * as steps from './coordinator-steps.ts'
import { metaOf, senderOf, timeOf } from './message.ts'
import type { AgentCard, SelectionPolicy } from './selection/types.ts'
import type { CoordinatorFact } from './task-events.ts'

export type CoordinatorEvent =
  | AgentRegister
  | AgentRetire
  | AgentChoose
  | AgentPredict
  | OutcomeReport
  | OutcomeWithdraw
  | PolicySet
  | CoordinatorExplain
  | { readonly type: 'coordinator.stats' }
  | { readonly type: 'cancel'; readonly reason?: string }
  | SharingMessage
  /** Its own timers. */
  | { readonly type: 'timer.horizon' | 'timer.tell' | 'timer.circuits' }

export interface CoordinatorOptions {
  /** In force until another one is set. Default `policyDefaults`. */
  readonly policy?: SelectionPolicy
}

/** What only one of the two takes. */
const ofRoot = {
  'model.pull': { actions: 'take' },
  'statistics.merge': { actions: 'take' },
  'probe.taken': { actions: 'take' },
  'timer.tell': { actions: 'take' },
  'timer.circuits': { actions: 'take' },
} as const
const ofShard = {
  'model.told': { actions: 'take' },
  'roster.told': { actions: 'take' },
  'policies.told': { actions: 'take' },
  'circuits.told': { actions: 'take' },
} as const

/** `roster`: the agents that every coordinator knows from its birth; more may register. */
export const createCoordinatorMachine = (roster: readonly AgentCard[], { policy }: CoordinatorOptions = {}) =>
  setup({
    types: {
      context: {} as CoordinatorContext,
      input: {} as Address,
      events: {} as CoordinatorEvent,
      emitted: {} as CoordinatorFact | ReplyEmitted,
    },
    guards: { isRoot: ({ context }) => isRoot(context) },
    actions: {
      take: enqueueActions(({ context, event, enqueue }) => {
        const { next, facts, sends, timers, answer, reply: said } = stepOf(context, event)
        if (next !== context) enqueue.assign(next)
        for (const fact of facts) enqueue.emit(fact)
        for (const { to, message } of sends) enqueue(sendTo(refTo(actorId(context.tenant, coordinatorType, to)), message))
        for (const { name, inMs } of timers) {
          if (inMs === undefined) enqueue.cancel(name)
          else enqueue.raise({ type: `timer.${name}` }, { id: name, delay: inMs })
        }
        const sender = senderOf(event)
        if (answer && sender) enqueue(sendTo(refTo(sender), answer))
        else if (answer ?? said) enqueue(reply(() => answer ?? said))
      }),
      tellPrediction: reply(({ context, event }: Given) =>
        event.type === 'agent.predict' ? predictFor(context, event, momentOf(event)) : undefined,
      ),
      tellExplanation: reply(({ context, event }: Given) => (event.type === 'coordinator.explain' ? explain(context, event) : undefined)),
      tellStats: reply(({ context }: Given) => statsOf(context)),
    },
  }).createMachine({
    id: 'coordinator',
    context: ({ input }) => newCoordinator(input, roster, policy),
    initial: 'beginning',
    on: {
      'agent.choose': { actions: 'take' },
      'agent.predict': { actions: 'tellPrediction' },
      'outcome.report': { actions: 'take' },
      'outcome.withdraw': { actions: 'take' },
      'coordinator.stats': { actions: 'tellStats' },
      'coordinator.explain': { actions: 'tellExplanation' },
      'agent.register': { actions: 'take' },
      'agent.retire': { actions: 'take' },
      'policy.set': { actions: 'take' },
      'timer.horizon': { actions: 'take' },
      cancel: { description: 'Nothing to cancel: a tenant always has its coordinator.' },
    },
    states: {
      beginning: {
        always: [{ guard: 'isRoot', target: 'root' }, { target: 'shard' }],
      },
      root: {
        description: 'main: keeps agents and policies, merges what all have learned.',
        entry: 'take',
        on: ofRoot,
      },
      shard: {
        description: 'Decides with what the root told it.',
        entry: 'take',
        on: ofShard,
      },
    },
  })

/** What a message makes of it; the very first event begins it. */
function stepOf(context: CoordinatorContext, event: CoordinatorEvent): Step {
  const { now } = momentOf(event)
  switch (event.type) {
    case 'agent.choose':
      return steps.choose(context, event, momentOf(event))
    case 'outcome.report':
      return steps.report(context, event, now)
    case 'outcome.withdraw':
      return steps.withdraw(context, event, now)
    case 'agent.register':
    case 'agent.retire':
    case 'policy.set':
      return context.key === coordinatorKey ? ruled(context, event) : steps.refuseNotMain(context, event.type)
    case 'model.pull':
      return root.pull(context, event)
    case 'statistics.merge':
      return root.mergeBatch(context, event, now)
    case 'probe.taken':
      return root.hearProbe(context, event, now)
    case 'model.told':
      return steps.hear(context, event)
    case 'roster.told':
      return steps.hearRoster(context, event)
    case 'policies.told':
      return steps.hearPolicies(context, event, now)
    case 'circuits.told':
      return steps.hearCircuits(context, event, now)
    case 'timer.horizon':
      return steps.passHorizon(context, now)
    case 'timer.tell':
      return root.passTell(context, now)
    case 'timer.circuits':
      return root.passCircuits(context, now)
    default:
      return steps.begin(context, now)
  }
}

function ruled(context: CoordinatorContext, event: Extract<CoordinatorEvent, AgentRegister | AgentRetire | PolicySet>): Step {
  switch (event.type) {
    case 'agent.register':
      return root.registerAgent(context, event, { now: timeOf(event), sender: senderOf(event) })
    case 'agent.retire':
      return root.retireAgent(context, event)
    case 'policy.set':
      return steps.rewatched(context, root.setPolicies(context, event, timeOf(event)), timeOf(event))
  }
}

interface Given {
  readonly context: CoordinatorContext
  readonly event: CoordinatorEvent
}

const momentOf = (event: CoordinatorEvent): Moment => ({ now: timeOf(event), random: metaOf(event)?.random ?? 0 })
