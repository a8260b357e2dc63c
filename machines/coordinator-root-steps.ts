// Coordinator root steps
// What messages make of `main`: it merges what shards have learned and tells them what is new. Decided purely, as in coordinator-steps.ts.
import type { ActorId } from './address.ts'
import {
  blockedBy,
  circuitLimits,
  circuitsAfter,
  grantProbes,
  isSameBlocked,
  nextProbeAt,
  proberAfter,
  withProbesTaken,
} from './coordinator-circuits.ts'
import type { AgentRegister, AgentRetire, PolicySet } from './coordinator-messages.ts'
import type { CoordinatorContext, Told } from './coordinator-record.ts'
import {
  formerOf,
  hasNews,
  merge,
  policiesOf,
  register,
  retiredBy,
  retiredWith,
  rootLimits,
  tellAll,
  watermarks,
  welcome,
  withOutcomes,
  withoutArms,
  withVersion,
  type Merged,
} from './coordinator-root.ts'
import { rosterTellings, type ModelPull, type ProbeTaken, type StatisticsMerge } from './coordinator-sharing.ts'
import { nothing, type SharingMessage, type Step } from './coordinator-step.ts'
import type { CoordinatorFact } from './task-events.ts'

/** When something was asked, and by which actor. */
interface Asked {
  readonly now: number
  readonly sender: ActorId | undefined
}

export function mergeBatch(context: CoordinatorContext, batch: StatisticsMerge, now: number): Step {
  const merged = merge(context, batch)
  return merged ? rootLearns(merged, batch.outcomes, now) : { ...nothing, next: context }
}

/** After an outcome of its own: a root needs no batch. */
export const learnHere = (context: CoordinatorContext, told: Told, now: number): Step =>
  rootLearns(withOutcomes(context, [told]), [told], now)

/** After outcomes are in the model: what has changed is a fact, circuits open and close, shards are told. */
function rootLearns({ next, changes }: Merged, outcomes: readonly Told[], now: number): Step {
  const circuits = circuitsAfter(next.root.circuits, next.cards, outcomes)
  const step: Step = { ...nothing, next: { ...next, root: { ...next.root, circuits } }, facts: changedFacts(next, changes, now) }
  return tellNews(tellCircuits(step, now), now)
}

const changedFacts = (context: CoordinatorContext, changes: Merged['changes'], at: number): readonly CoordinatorFact[] =>
  changes.length === 0 ? [] : [{ type: 'model.changed', merged: watermarks(context), changes, at }]

/** R2 of coordinator-root.ts: at once after a quiet time, else when the timer rings. */
function tellNews(step: Step, now: number): Step {
  const { root } = step.next
  if (root.telling || !hasNews(root)) return step
  const inMs = root.toldAt + rootLimits.tellEveryMs - now
  if (inMs <= 0) return tellNow(step, now)
  return { ...step, next: { ...step.next, root: { ...root, telling: true } }, timers: [...step.timers, { name: 'tell', inMs }] }
}

export function passTell(context: CoordinatorContext, now: number): Step {
  return tellNow({ ...nothing, next: { ...context, root: { ...context.root, telling: false } } }, now)
}

function tellNow(step: Step, now: number): Step {
  const { root, tellings } = tellAll(step.next, now)
  return { ...step, next: { ...step.next, root }, sends: [...step.sends, ...tellings.map(({ shard: to, message }) => ({ to, message }))] }
}

/** Which circuits are open is told as soon as it changes, with leave for the probes that are due. */
function tellCircuits(step: Step, now: number): Step {
  const { next } = step
  const { circuits, names } = grantProbes(next.root.circuits, now)
  const blocked = blockedBy(circuits)
  if (names.length === 0 && isSameBlocked(blocked, next.blocked)) return { ...step, next: { ...next, root: { ...next.root, circuits } } }
  const prober = names.length > 0 ? proberAfter(next.root, next.key) : next.root.prober
  const own = prober === next.key && names.length > 0 ? Object.fromEntries(names.map((name) => [name, now + circuitLimits.grantMs])) : {}
  const due = nextProbeAt(circuits, now)
  return {
    ...step,
    next: { ...next, blocked, probes: own, root: { ...next.root, circuits, prober } },
    sends: [
      ...step.sends,
      ...Object.keys(next.root.shards).map((to) => ({
        to,
        message: { type: 'circuits.told' as const, blocked, probes: to === prober ? names : [] },
      })),
    ],
    timers: [...step.timers, { name: 'circuits', inMs: due === undefined ? undefined : Math.max(1, due - now) }],
  }
}

export function passCircuits(context: CoordinatorContext, now: number): Step {
  const step = tellCircuits({ ...nothing, next: context }, now)
  if (step.timers.length > 0) return step
  const due = nextProbeAt(step.next.root.circuits, now)
  return due === undefined ? step : { ...step, timers: [{ name: 'circuits', inMs: Math.max(1, due - now) }] }
}

export function probeTaken(step: Step, names: readonly string[], now: number): Step {
  const circuits = withProbesTaken(step.next.root.circuits, names, now)
  const due = nextProbeAt(circuits, now)
  const timers = due === undefined ? [] : [{ name: 'circuits' as const, inMs: Math.max(1, due - now) }]
  return { ...step, next: { ...step.next, root: { ...step.next.root, circuits } }, timers: [...step.timers, ...timers] }
}

export const hearProbe = (context: CoordinatorContext, { names }: ProbeTaken, now: number): Step =>
  probeTaken({ ...nothing, next: context }, names, now)

export function pull(context: CoordinatorContext, asked: ModelPull): Step {
  const { root, tellings } = welcome(context, asked)
  const { shard: to } = asked
  const { cards, policies, blocked } = context
  const messages: readonly SharingMessage[] = [
    { type: 'policies.told', policies },
    ...rosterTellings(cards, rootLimits.partCharactersMax),
    { type: 'circuits.told', blocked, probes: [] },
    ...tellings.map(({ message }) => message),
  ]
  return { ...nothing, next: { ...context, root }, sends: messages.map((message) => ({ to, message })) }
}

export function registerAgent(context: CoordinatorContext, asked: AgentRegister, { now, sender }: Asked): Step {
  const found = register(context, asked)
  const { agent, version, model } = asked
  const about = { type: 'agent.registration' as const, agent, version, ...(model !== undefined && { model }) }
  if (!found.ok) {
    const { code, reason } = found
    return { ...nothing, next: context, ...(sender ? { answer: { ...about, ok: false, code, reason } } : { reply: found }) }
  }
  const { arm, entry, cards, armCharacters } = found
  const { [arm]: _, ...retired } = context.root.retired ?? {}
  const root = { ...context.root, armCharacters, retired }
  const { next, changes } = withVersion({ ...context, cards, root }, formerOf(context, arm), entry.card, now)
  const step: Step = {
    next,
    facts: [registeredFact(entry.card), ...changedFacts(next, changes, now)],
    sends: toShards(context, { type: 'roster.told', arms: { [arm]: entry }, retired: [] }),
    ...(sender ? { answer: { ...about, ok: true } } : { reply: { ok: true } }),
    timers: [],
  }
  return tellNews(step, now)
}

/** Who is not there any more is retired already. */
export function retireAgent(context: CoordinatorContext, asked: AgentRetire): Step {
  const retired = retiredBy(context, asked)
  if (retired.length === 0) return { ...nothing, next: context, reply: { ok: true, repeated: true } }
  const { cards, armCharacters } = withoutArms(context, retired)
  const { agent, model } = asked
  return {
    next: { ...context, cards, root: { ...context.root, armCharacters, retired: retiredWith(context, retired) } },
    facts: [{ type: 'agent.retired', agent, ...(model !== undefined && { model }) }],
    sends: toShards(context, { type: 'roster.told', arms: {}, retired }),
    reply: { ok: true },
    timers: [],
  }
}

export function setPolicies(context: CoordinatorContext, asked: PolicySet, now: number): Step {
  const read = policiesOf(asked)
  if (!read.ok) return { ...nothing, next: context, reply: read }
  const { policies } = read
  return {
    ...nothing,
    next: { ...context, policies },
    facts: [{ type: 'policies.set', policies, merged: watermarks(context), at: now }],
    sends: toShards(context, { type: 'policies.told', policies }),
    reply: { ok: true },
  }
}

const toShards = ({ root }: CoordinatorContext, message: SharingMessage): Step['sends'] =>
  Object.keys(root.shards).map((to) => ({ to, message }))

export function registeredFact({
  agent,
  version,
  model,
  taskTypes,
  capabilities,
}: CoordinatorContext['cards'][string]['card']): CoordinatorFact {
  return { type: 'agent.registered', agent, version, ...(model !== undefined && { model }), taskTypes, capabilities }
}
