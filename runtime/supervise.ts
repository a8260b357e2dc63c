// Supervise
// What becomes of an actor that fails or ends, by its spec (machines/supervision.ts), kept in its own state so that any owner goes on with it.
//
// V2. Restarts are counted and awaited in the log: a new owner restarts no sooner and no more often.
import { directiveFor, recentRestarts, type Directive } from '../machines/supervision.ts'
import type { Activation } from './activation.ts'
import { sendFrom, type Change, type Desk } from './entry.ts'
import { refusals } from './errors.ts'
import type { Draft } from './group.ts'
import { errorNotice, type StoredKeeping } from './statechart/index.ts'

/** After a turn that ended the actor: whether it starts again, and who is told if not. */
export function superviseEnd(desk: Desk, activation: Activation, draft: Draft, { living, keeping }: Change): StoredKeeping {
  const { host } = activation
  const { status } = living.snapshot
  if (!host || status === 'active' || status === 'stopped' || keeping.restartDue !== undefined) return keeping
  if (status === 'done' && host.definition.supervision.restart !== 'permanent') return keeping
  const directive = decide({ ...activation, keeping }, desk.group.now)
  if (directive.kind === 'restart') return { ...keeping, restartDue: desk.group.now + directive.afterMs }
  const notice = errorNotice(living)
  if (notice) sendFrom(desk, draft, notice.to, notice)
  else draft.dead = { code: refusals.actorFailed, cause: reasonOf(living.snapshot.error) }
  return keeping
}

/** What an actor keeps through its restart. */
export function keepingThroughRestart({ host, keeping }: Activation, now: number): StoredKeeping {
  const { restartDue: _due, ...kept } = keeping
  const earlier = host ? recentRestarts(host.definition.supervision, keeping.restarts, now) : keeping.restarts
  return { ...kept, restarts: [...earlier, now], failures: 0 } // V2
}

export const decide = (activation: Activation, now: number): Directive =>
  activation.host
    ? directiveFor(activation.host.definition.supervision, activation.keeping.restarts, now, spread(activation.turn))
    : { kind: 'escalate' }

/** Spreads restarts that fall together; the turn decides it, so that a replay waits as long. */
const spread = (turn: number): number => ((turn * 2_654_435_761) >>> 0) / 2 ** 32

export const reasonOf = (error: unknown): string => (error instanceof Error ? `${error.name}: ${error.message}` : String(error))
