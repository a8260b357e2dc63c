// Group restart
// A supervisor that restarts its children together (one_for_all, rest_for_one): the plan is in its state, each step is a message and its answer.
//
// Q1. A step is sent in the entry that takes the answer before it, so a plan goes on where it stood, whoever owns the supervisor.
// Q2. Every child answers every step, whatever it is in: a plan never waits for one that is gone.
import type { ActorId } from '../machines/address.ts'
import { affectedBy, answered, joined, nextStep, planFor, starting, type RestartPlan } from '../machines/restart-plan.ts'
import { directiveFor, recentRestarts, type SupervisionSpec } from '../machines/supervision.ts'
import type { Activation } from './activation.ts'
import { arrive } from './arrive.ts'
import { draftOf, seal, sendFrom, type Cause, type Desk } from './entry.ts'
import { endInstead, haltFor } from './failure.ts'
import { restart } from './restart.ts'
import { sendStops } from './stops.ts'
import { whenTold, type Living, type StoredKeeping } from './statechart/index.ts'
import { spread } from './supervise.ts'

/** The supervisor hears that a child has failed and waits. */
export function onChildFailed(desk: Desk, activation: Activation, cause: Cause): void {
  const { host, living, keeping, turn } = activation
  const failed = cause.message?.from
  if (!host || !living || !failed) return desk.outOfDate(activation.actor, '@failed')
  const children = childrenOf(living)
  if (living.snapshot.status !== 'active' || !children.includes(failed)) return desk.outOfDate(activation.actor, '@failed') // it is stopped already
  const { supervision } = host.definition
  const affected = affectedBy(failed, children, supervision.strategy)
  if (keeping.plan && keeping.plan.phase !== 'starting')
    return go(desk, activation, cause, { ...keeping, plan: joined(keeping.plan, affected) })
  const { now } = desk.group
  const earlier = recentRestarts(supervision, keeping.groupRestarts ?? [], now)
  if (directiveFor({ ...supervision, restart: 'transient' }, earlier, now, spread(turn)).kind === 'escalate')
    return giveUp(desk, activation, cause, { failed, affected })
  const plan = keeping.plan ? joined(keeping.plan, affected) : planFor(affected)
  go(desk, activation, cause, { ...keeping, plan, groupRestarts: [...earlier, { at: now, cause: 'turn' }] })
}

/** A child answers a step of the plan. */
export function onChildAnswer(desk: Desk, activation: Activation, cause: Cause, what: 'halted' | 'started'): void {
  const { living, keeping } = activation
  const child = cause.message?.from
  const plan = keeping.plan && child && answered(keeping.plan, child, what)
  if (!living || !plan || plan === keeping.plan) return desk.outOfDate(activation.actor, cause.event.type)
  go(desk, activation, cause, { ...keeping, plan })
}

/** The wait before the children start is over. */
export function startChildren(desk: Desk, activation: Activation, plan: RestartPlan): void {
  const { actor, turn, keeping } = activation
  go(
    desk,
    activation,
    { id: `${actor}.plan.${turn + 1}`, event: { type: '@restart-children' }, correlation: keeping.correlation },
    { ...keeping, plan: starting(plan) },
  )
}

/** Puts the plan's next step into the log and, after the commit, on its way (Q1). */
function go(desk: Desk, activation: Activation, cause: Cause, { plan: before, ...keeping }: Planning): void {
  const { host, living, actor, turn } = activation
  if (!host || !living) return
  const children = childrenOf(living)
  const { plan, step } = nextStep(before, (child) => children.includes(child))
  const draft = draftOf(desk, activation, cause, turn + 1)
  if (step.kind === 'tell') {
    const isTemporary = host.definition.children[srcOf(living, step.child)]?.supervision.restart === 'temporary'
    const type = step.what === 'halt' ? '@halt' : '@start'
    sendFrom(desk, draft, step.child, { kind: 'system', event: { type, ...(isTemporary && { end: true }) } })
  }
  if (step.kind === 'done') return seal(desk, activation, draft, { living, keeping })
  if (step.kind === 'tell' || plan.due !== undefined) return seal(desk, activation, draft, { living, keeping: { ...keeping, plan } })
  const due = desk.group.now + backoffOf(host.definition.supervision, keeping, { now: desk.group.now, turn })
  seal(desk, activation, draft, { living, keeping: { ...keeping, plan: { ...plan, due } } })
  desk.group.timers.push({ actor, id: undefined, n: 0, due })
}

type Planning = StoredKeeping & { readonly plan: RestartPlan }

function backoffOf(spec: SupervisionSpec, { groupRestarts = [] }: StoredKeeping, { now, turn }: { now: number; turn: number }): number {
  const directive = directiveFor({ ...spec, restart: 'transient' }, groupRestarts.slice(1), now, spread(turn))
  return directive.kind === 'restart' ? directive.afterMs : 0
}

/** Too many restarts of the children: those affected stop, and each is an error event for the supervisor's machine, the failed one first. */
function giveUp(
  desk: Desk,
  activation: Activation,
  cause: Cause,
  { failed, affected }: { failed: ActorId; affected: readonly ActorId[] },
): void {
  const { plan, ...keeping } = activation.keeping
  const { living } = activation
  if (!living) return
  const doomed = [failed, ...[...affected, ...(plan?.children ?? [])].filter((child) => child !== failed)]
  const draft = draftOf(desk, activation, { ...cause, id: `${cause.id}.stop` }, activation.turn + 1)
  const inOrder = childrenOf(living).filter((child) => doomed.includes(child))
  seal(desk, activation, draft, { living, keeping: sendStops(desk, draft, inOrder, keeping) })
  const { error } = cause.event as { error?: unknown }
  for (const child of new Set(doomed)) {
    const id = Object.entries(activation.living?.children ?? {}).find(([, { address, ended }]) => address === child && !ended)?.[0]
    if (id === undefined) continue
    const event = { type: `xstate.error.actor.${id}`, error, actorId: id }
    arrive(desk, activation, { kind: 'event', event, from: child }, { ...cause, id: `${cause.id}.${id}`, event })
  }
}

/** As a child: halts, for good or until it is told to start, and says so (Q2). */
export function onHalt(desk: Desk, activation: Activation, cause: Cause): void {
  const { living, keeping } = activation
  const { end } = cause.event as { end?: true }
  const waits = keeping.restartDue !== undefined
  if (living && end && (waits || living.snapshot.status === 'active')) {
    if (waits) endInstead(desk, activation, cause, keeping)
    else arrive(desk, activation, { kind: 'stop' }, cause)
  } else if (living && waits) {
    const draft = draftOf(desk, activation, cause, activation.turn + 1)
    seal(desk, activation, draft, { living, keeping: { ...keeping, restartDue: whenTold } })
  } else if (living?.snapshot.status === 'active')
    haltFor(desk, activation, cause, { keeping: { ...keeping, failures: 0, restartDue: whenTold } })
  answer(desk, activation, cause, '@halted')
}

/** As a child: starts again, and says so (Q2). A start that fails says `@failed` instead. */
export function onStart(desk: Desk, activation: Activation, cause: Cause): void {
  if (activation.keeping.restartDue === whenTold) {
    restart(desk, activation)
    if (activation.keeping.parked.length > 0) desk.group.again.push(activation.actor)
  }
  if (activation.keeping.restartDue === undefined) answer(desk, activation, cause, '@started')
}

function answer(desk: Desk, activation: Activation, cause: Cause, type: '@halted' | '@started'): void {
  const supervisor = cause.message?.from
  if (supervisor === undefined) return
  const draft = draftOf(desk, activation, { id: `${cause.id}.answer`, event: { type }, correlation: cause.correlation }, activation.turn)
  sendFrom(desk, draft, supervisor, { kind: 'system', event: { type } })
  seal(desk, activation, draft, undefined)
}

/** The living children in the order of their birth: each address ends in a number that only grows. */
function childrenOf({ children }: Living): readonly ActorId[] {
  const actors = Object.values(children).filter(({ kind, ended }) => kind === 'actor' && !ended)
  return actors.map(({ address }) => address as ActorId).toSorted((one, other) => bornAs(one) - bornAs(other))
}

const bornAs = (address: string): number => Number(/\.(\d+)$/.exec(address)?.[1] ?? 0)

const srcOf = ({ children }: Living, address: ActorId): string =>
  Object.values(children).find((child) => child.address === address)?.src ?? ''
