// Supervise
// What becomes of an actor that fails or ends, by its spec (machines/supervision.ts), kept in its own state so that any owner goes on with it.
//
// V2. Restarts are counted and awaited in the log: a new owner restarts no sooner and no more often.
import { directiveFor, recentRestarts, tallyOf, type RestartCause } from '../machines/supervision.ts'
import type { Activation } from './activation.ts'
import { fall, sendFrom, type Change, type Desk } from './entry.ts'
import type { Draft } from './group.ts'
import { encodeFailure, errorNotice, whenTold, type Host, type Living, type StoredKeeping, type StoredParent } from './statechart/index.ts'

/** After a failure: the actor restarts at its time, when its parent tells it, or not at all. `keeping` is what it keeps meanwhile. */
export type Fate =
  | { readonly kind: 'restarts'; readonly keeping: StoredKeeping }
  | { readonly kind: 'told'; readonly keeping: StoredKeeping; readonly parent: StoredParent }
  | { readonly kind: 'given up'; readonly keeping: StoredKeeping }

/** One that fails: what it is, and what it keeps. */
export interface Failing {
  readonly host: Host | undefined
  readonly living: Living
  readonly keeping: StoredKeeping
  readonly turn: number
}

export function fateOf({ host, living, keeping, turn }: Failing, cause: RestartCause, now: number): Fate {
  const kept = { ...keeping, failures: 0 }
  const spec = host?.definition.supervision
  if (!spec || (spec.reset === 'stop' && cause === 'turn')) return { kind: 'given up', keeping: kept }
  const { parent } = living
  if (parent?.together && spec.restart !== 'temporary')
    return { kind: 'told', parent, keeping: { ...kept, restartDue: whenTold, restartCause: cause } }
  const directive = directiveFor(spec, keeping.restarts, now, spread(turn))
  if (directive.kind === 'escalate') return { kind: 'given up', keeping: kept }
  return { kind: 'restarts', keeping: { ...kept, restartDue: now + directive.afterMs, restartCause: cause } }
}

/** After a turn that ended the actor: whether it starts again, and who is told if not. */
export function superviseEnd(desk: Desk, activation: Activation, draft: Draft, { living, keeping }: Change): StoredKeeping {
  const { host, turn } = activation
  const { status, error } = living.snapshot
  if (!host || status === 'active' || status === 'stopped' || keeping.restartDue !== undefined) return keeping
  if (status === 'done' && host.definition.supervision.restart !== 'permanent') return keeping
  const fate = fateOf({ host, living, keeping, turn }, 'end', desk.group.now)
  const reason = error ?? new Error(`${activation.actor} was done, and is not started again after ${tallyOf(keeping.restarts)}`)
  if (fate.kind === 'told') tellParentToRestart(desk, draft, fate.parent, reason)
  if (fate.kind !== 'given up') return fate.keeping
  const notice = errorNotice(living, reason)
  if (notice) sendFrom(desk, draft, notice.to, notice)
  else fall(desk, activation, draft, reasonOf(reason))
  return keeping
}

/** A child whose parent restarts its children together says that it has failed, and waits. */
export function tellParentToRestart(desk: Desk, draft: Draft, parent: StoredParent, error: unknown): void {
  sendFrom(desk, draft, parent.address, { kind: 'system', event: { type: '@failed', id: parent.id, error: encodeFailure(error) } })
}

/** What an actor keeps through its restart. */
export function keepingThroughRestart({ host, keeping }: Activation, now: number): StoredKeeping {
  const { restartDue: _due, restartCause: cause, plan: _plan, ...kept } = keeping
  const earlier = host ? recentRestarts(host.definition.supervision, keeping.restarts, now) : keeping.restarts
  return { ...kept, restarts: cause ? [...earlier, { at: now, cause }] : earlier, failures: 0 } // V2
}

/** When the actor's own restart or that of its children is due, or a hold ends. */
export function restartsDue({ restartDue, plan, hold }: StoredKeeping): readonly number[] {
  const dues = [restartDue, plan?.due, hold?.until]
  return dues.filter((due) => due !== undefined && due !== whenTold) as readonly number[]
}

/** Spreads restarts that fall together; the turn decides it, so that a replay waits as long. */
export const spread = (turn: number): number => ((turn * 2_654_435_761) >>> 0) / 2 ** 32

export const reasonOf = (error: unknown): string => (error instanceof Error ? `${error.name}: ${error.message}` : String(error))
