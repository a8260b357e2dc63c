// Restart plan
// How a supervisor restarts several of its children, decided purely: which ones, and what comes after each answer.
// It is data in the supervisor's state, so whoever owns the supervisor goes on with it where it stood.
//
// P1. Children halt one after another, the last born first; none starts before all have halted.
// P2. They start one after another, the first born first.
// P3. A child that is gone meanwhile is passed over.
import type { ActorId } from './address.ts'
import type { SupervisionSpec } from './supervision.ts'

export interface RestartPlan {
  readonly phase: 'halting' | 'waiting' | 'starting'
  /** In the order of their birth. */
  readonly children: readonly ActorId[]
  /** The child that is to answer next. */
  readonly at: number
  /** Epoch ms when the start begins, once all have halted. */
  readonly due?: number
}

/** What the supervisor says next: to whom, and what. `done` ends the plan. */
export type PlanStep =
  | { readonly kind: 'tell'; readonly child: ActorId; readonly what: 'halt' | 'start' }
  | { readonly kind: 'wait' }
  | { readonly kind: 'done' }

/** The children that restart when one of them fails; the given ones are alive and in the order of their birth. */
export function affectedBy(failed: ActorId, children: readonly ActorId[], strategy: SupervisionSpec['strategy']): readonly ActorId[] {
  const at = children.indexOf(failed)
  if (strategy === 'one_for_all') return children
  return strategy === 'rest_for_one' && at >= 0 ? children.slice(at) : [failed]
}

export const planFor = (children: readonly ActorId[]): RestartPlan => ({ phase: 'halting', children, at: children.length - 1 })

/**
 * The plan once another child has failed. While children halt, one that is part of the plan changes nothing, and one born before them joins in front;
 * when they start already, all that are affected begin anew.
 */
export function joined(plan: RestartPlan, affected: readonly ActorId[]): RestartPlan {
  if (plan.phase === 'starting') return planFor(affected.length > plan.children.length ? affected : plan.children)
  const before = affected.filter((child) => !plan.children.includes(child))
  if (before.length === 0) return plan
  const children = [...before, ...plan.children]
  return plan.phase === 'halting'
    ? { ...plan, children, at: plan.at + before.length }
    : { phase: 'halting', children, at: before.length - 1 }
}

/** What comes next in a plan (P1, P2), passing over who is gone (P3). */
export function nextStep(plan: RestartPlan, lives: (child: ActorId) => boolean): { readonly plan: RestartPlan; readonly step: PlanStep } {
  const { phase, children } = plan
  if (phase === 'waiting') return { plan, step: { kind: 'wait' } }
  let { at } = plan
  const by = phase === 'halting' ? -1 : 1
  for (let child = children[at]; child !== undefined; child = children[(at += by)])
    if (lives(child)) return { plan: { ...plan, at }, step: { kind: 'tell', child, what: phase === 'halting' ? 'halt' : 'start' } }
  if (phase === 'halting') return { plan: { phase: 'waiting', children, at: 0 }, step: { kind: 'wait' } }
  return { plan: { ...plan, at }, step: { kind: 'done' } }
}

/** The plan after a child's answer; the same when it is not the answer that is awaited. */
export function answered(plan: RestartPlan, child: ActorId, what: 'halted' | 'started'): RestartPlan {
  const awaited = plan.phase === 'halting' ? 'halted' : plan.phase === 'starting' ? 'started' : undefined
  if (what !== awaited || plan.children[plan.at] !== child) return plan
  return { ...plan, at: plan.at + (plan.phase === 'halting' ? -1 : 1) }
}

/** The wait is over. */
export const starting = ({ children }: RestartPlan): RestartPlan => ({ phase: 'starting', children, at: 0 })
