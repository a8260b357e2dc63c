// Coordinator steps
// What each message makes of a coordinator, decided purely: its context and the message in, the next context and all that follows from it out.
import { circuitLimits, probesOf } from './coordinator-circuits.ts'
import { decideFor, idOf, type Moment } from './coordinator-decide.ts'
import { coordinatorKey, coordinatorRefusals, type AgentChoose, type OutcomeReport, type OutcomeWithdraw } from './coordinator-messages.ts'
import { censor, oldestOf, withoutOpen, type Numbered } from './coordinator-open.ts'
import { isRoot, type CoordinatorContext, type Told } from './coordinator-record.ts'
import { learnHere, probeTaken, registeredFact } from './coordinator-root-steps.ts'
import { findOpen, refusalOf, settle } from './coordinator-settle.ts'
import {
  heard,
  nextBatch,
  withOwn,
  withRoster,
  type CircuitsTold,
  type ModelTold,
  type PoliciesTold,
  type ProbeTaken,
  type RosterTold,
} from './coordinator-sharing.ts'
import { nothing, type Step } from './coordinator-step.ts'
import type { CoordinatorFact } from './task-events.ts'

/** A coordinator begins: a shard asks for all there is. */
export function begin(context: CoordinatorContext, now: number): Step {
  const next = { ...context, life: now.toString(36) }
  const { key, life } = next
  if (!isRoot(next)) return { ...nothing, next, sends: [{ to: coordinatorKey, message: { type: 'model.pull', shard: key, life } }] }
  const facts = Object.values(context.cards).map(({ card }) => registeredFact(card))
  const armCharacters = JSON.stringify(Object.values(context.cards)).length
  return { ...nothing, next: { ...next, root: { ...next.root, armCharacters } }, facts }
}

export function choose(context: CoordinatorContext, asked: AgentChoose, moment: Moment): Step {
  const { answer, made } = decideFor(context, asked, moment)
  if (!made) return { ...nothing, next: context, answer }
  const { counts } = context
  const taken = probesOf(context, made.chosen)
  const next: CoordinatorContext = {
    ...context,
    open: made.open,
    counts: { ...counts, decided: counts.decided + made.chosen.length, censored: counts.censored + made.censored.length },
    ...(taken.length > 0 && { probes: without(context.probes, taken) }),
  }
  const crowded = 'too many decisions were open: the oldest is not waited for any more'
  const facts = [made.fact, ...made.censored.map((one) => censoredFact(context, one, { at: moment.now, why: crowded }))]
  return probing({ ...nothing, ...watched(next, moment.now), facts, answer }, taken, moment.now)
}

/** Nobody else is to make this probe: the root hears of it. */
function probing(step: Step, names: readonly string[], now: number): Step {
  if (names.length === 0) return step
  if (isRoot(step.next)) return probeTaken(step, names, now)
  const message: ProbeTaken = { type: 'probe.taken', shard: step.next.key, names }
  return { ...step, sends: [...step.sends, { to: coordinatorKey, message }] }
}

/** The timer for decisions without an outcome runs while there are any. */
function watched(context: CoordinatorContext, now: number): Pick<Step, 'next' | 'timers'> {
  const oldest = context.watching ? undefined : oldestOf(context.open)
  if (!oldest) return { next: context, timers: [] }
  const inMs = Math.max(0, oldest.decision.at + context.policies.live.horizonMs - now)
  return { next: { ...context, watching: true }, timers: [{ name: 'horizon', inMs }] }
}

export function passHorizon(context: CoordinatorContext, now: number): Step {
  const { horizonMs } = context.policies.live
  const { open, censored } = censor(context.open, ({ at }) => at + horizonMs <= now)
  const counts = { ...context.counts, censored: context.counts.censored + censored.length }
  const why = `no outcome came within ${horizonMs} ms`
  const facts = censored.map((one) => censoredFact(context, one, { at: now, why }))
  return { ...nothing, ...watched({ ...context, open, counts, watching: false }, now), facts }
}

export function report(context: CoordinatorContext, outcome: OutcomeReport, now: number): Step {
  const settled = settle(context, outcome, now)
  const { counts } = settled
  if (settled.kind === 'refused') return { ...nothing, next: { ...context, counts }, reply: settled.reply }
  const { decision, observation, fact, open } = settled
  const { ok, failed } = outcome
  const told: Told = { ...observation, ok, ...(failed && { failed }), since: decision.at }
  const next = { ...context, open, counts }
  const step = isRoot(next) ? learnHere(next, told, now) : shardLearns(withOwn(next, told))
  return { ...step, facts: [fact, ...step.facts], reply: { ok: true } }
}

function shardLearns(context: CoordinatorContext): Step {
  const batch = nextBatch(context)
  if (!batch) return { ...nothing, next: context }
  return { ...nothing, next: { ...context, shared: batch.shared }, sends: [{ to: coordinatorKey, message: batch.message }] }
}

export function withdraw(context: CoordinatorContext, { decisionId }: OutcomeWithdraw, now: number): Step {
  const found = findOpen(context, decisionId)
  switch (found.kind) {
    case 'open': {
      const counts = { ...context.counts, withdrawn: context.counts.withdrawn + 1 }
      const fact: CoordinatorFact = { type: 'decision.withdrawn', decisionId, taskId: found.decision.taskId, at: now }
      return { ...nothing, next: { ...context, open: withoutOpen(context.open, found.n), counts }, facts: [fact], reply: { ok: true } }
    }
    case 'repeated':
    case 'late':
      return { ...nothing, next: context, reply: { ok: true, repeated: true } }
    case 'unknown':
      return { ...nothing, next: context, reply: refusalOf('decisionUnknown', found.reason) }
  }
}

export function hear(context: CoordinatorContext, told: ModelTold): Step {
  return shardLearns(heard(context, told))
}

export const hearRoster = (context: CoordinatorContext, told: RosterTold): Step => ({
  ...nothing,
  next: { ...context, cards: withRoster(context.cards, told) },
})

export const hearPolicies = (context: CoordinatorContext, { policies }: PoliciesTold, now: number): Step =>
  rewatched(context, { ...nothing, next: { ...context, policies } }, now)

/** With another horizon the timer is set anew: a shorter one would else begin only where the former one ends. */
export function rewatched(before: CoordinatorContext, step: Step, now: number): Step {
  const { next } = step
  if (!next.watching || next.policies.live.horizonMs === before.policies.live.horizonMs) return step
  const again = watched({ ...next, watching: false }, now)
  return { ...step, next: again.next, timers: [...step.timers, ...again.timers] }
}

export function hearCircuits(context: CoordinatorContext, { blocked, probes }: CircuitsTold, now: number): Step {
  const leave = Object.fromEntries(probes.map((name) => [name, now + circuitLimits.grantMs]))
  const kept = Object.fromEntries(Object.entries(context.probes).filter(([name]) => Object.hasOwn(blocked, name)))
  return { ...nothing, next: { ...context, blocked, probes: { ...kept, ...leave } } }
}

export const refuseNotMain = (context: CoordinatorContext, type: string): Step => ({
  ...nothing,
  next: context,
  reply: {
    ok: false,
    code: coordinatorRefusals.notMain,
    reason: `${type} is for ${context.tenant}/coordinator/${coordinatorKey}; ${context.key} only decides`,
  },
})

const censoredFact = (
  context: CoordinatorContext,
  { n, decision: { taskId } }: Numbered,
  { at, why }: { readonly at: number; readonly why: string },
): CoordinatorFact => ({ type: 'decision.censored', decisionId: idOf(context, n), taskId, at, why })

const without = <Value>(record: Readonly<Record<string, Value>>, names: readonly string[]): Readonly<Record<string, Value>> =>
  Object.fromEntries(Object.entries(record).filter(([name]) => !names.includes(name)))
