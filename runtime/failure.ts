// Failure
// A turn that throws: its message becomes a dead letter, and an actor on which several messages in a row fail is restarted, or given up.
//
// V1. A turn that throws is thrown away whole: the state is the one before.
import type { ActorEvent, Message } from '../machines/message.ts'
import type { Activation } from './activation.ts'
import { conclude } from './conclude.ts'
import { draftOf, letterOf, refusalTo, refuse, seal, sendFrom, type Cause, type Desk } from './entry.ts'
import { refusals, TroupeError } from './errors.ts'
import { encodeFailure, takeTurn, type StoredKeeping } from './statechart/index.ts'
import { decide, reasonOf } from './supervise.ts'

/** After a turn that threw (V1): count it; too many in a row on one state mean that the state is bad. */
export function superviseFailure(desk: Desk, activation: Activation, cause: Cause, error: unknown): void {
  const { host, living, keeping } = activation
  const letter = letterOf(error)
  if (!host || !living) return refuse(desk, activation, cause, letter)
  const failures = keeping.failures + 1
  const draft = draftOf(desk, activation, cause, activation.turn + 1)
  draft.dead = letter
  if (cause.message?.replyTo) desk.group.reply(draft, cause.message.replyTo, refusalTo(cause.message.replyTo.id, letter))
  // What nobody can send again (a timer, a result) leaves the actor waiting for ever: its state counts as bad at once.
  const isRepeatable = cause.message !== undefined
  if (isRepeatable && failures < host.definition.supervision.failingMessagesMax)
    return seal(desk, activation, draft, { living, keeping: { ...keeping, failures } })
  const directive = decide(activation, desk.group.now)
  seal(desk, activation, draft, { living, keeping: { ...keeping, failures } })
  if (directive.kind === 'escalate') return giveUp(desk, activation, { cause, error })
  halt(desk, activation, cause, { ...keeping, failures: 0, restartDue: desk.group.now + directive.afterMs })
}

/** A message for an actor that waits for its restart: kept in order, up to a limit. */
export function parkMessage(desk: Desk, activation: Activation, cause: Cause, message: Message): void {
  const { living, keeping } = activation
  if (!living) return
  if (keeping.parked.length >= desk.options.parkedMax)
    return refuse(desk, activation, cause, {
      code: refusals.parkedFull,
      cause: `${activation.actor} waits for its restart with ${keeping.parked.length} messages already`,
    })
  const draft = draftOf(desk, activation, { ...cause, event: { type: '@parked', event: cause.event } }, activation.turn + 1)
  seal(desk, activation, draft, { living, keeping: { ...keeping, parked: [...keeping.parked, message] } })
}

/** No restart is left: the actor stops with its children, and its parent hears why. */
function giveUp(desk: Desk, activation: Activation, { cause, error }: { cause: Cause; error: unknown }): void {
  const ending = halt(desk, activation, cause, activation.keeping)
  const draft = draftOf(desk, activation, ending, activation.turn)
  const parent = activation.living?.parent
  const thrown = thrownBy(error)
  if (parent) sendFrom(desk, draft, parent.address, failedChild(parent.id, thrown))
  else draft.dead = { code: refusals.actorFailed, cause: reasonOf(thrown) }
  seal(desk, activation, draft, undefined)
}

/** Stops an actor whose state is bad, and with it its children and effects; what it keeps says whether it starts again. */
function halt(desk: Desk, activation: Activation, cause: Cause, keeping: StoredKeeping): Cause {
  const { host, living } = activation
  const ending: Cause = { id: `${cause.id}.halt`, event: { type: '@halt' }, correlation: cause.correlation }
  const outcome = host && living && takeTurn(host, living, { kind: 'stop' }, { at: desk.group.now, id: ending.id, random: 0 })
  if (outcome) conclude(desk, activation, ending, { living: outcome.next, keeping, outcome })
  return ending
}

/** What a parent hears of a child that has failed for good: XState's own event for it. */
export const failedChild = (id: string, error: unknown): { readonly event: ActorEvent } => ({
  event: { type: `xstate.error.actor.${id}`, error: encodeFailure(error), actorId: id },
})

/** What the machine's own code threw, without the kernel's wrapping. */
const thrownBy = (error: unknown): unknown => (error instanceof TroupeError && error.cause !== undefined ? error.cause : error)
