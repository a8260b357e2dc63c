// Failure
// A turn that throws: its message becomes a dead letter, and an actor on which several messages in a row fail is restarted, or given up.
//
// V1. A turn that throws is thrown away whole: the state is the one before.
import type { ActorEvent, Message } from '../machines/message.ts'
import type { RestartCause } from '../machines/supervision.ts'
import type { Activation } from './activation.ts'
import { conclude } from './conclude.ts'
import { draftOf, fall, letterOf, ofKind, refusalTo, refuse, seal, sendFrom, type Cause, type Desk } from './entry.ts'
import { Quarantined, refusals, TroupeError } from './errors.ts'
import { asFork, withoutRecorded, withoutTimer } from './fork.ts'
import { encodeFailure, takeTurn, type Living, type StoredKeeping, type StoredParent } from './statechart/index.ts'
import { noteOnce } from './note-once.ts'
import { fateOf, reasonOf, tellParentToRestart } from './supervise.ts'

/** After a turn that threw (V1): count it; too many in a row on one state mean that the state is bad. */
export function superviseFailure(desk: Desk, activation: Activation, cause: Cause, error: unknown): void {
  const { host, living, keeping } = activation
  const letter = letterOf(error)
  if (!host || !living) return refuse(desk, activation, cause, letter)
  const failures = keeping.failures + 1
  const draft = draftOf(desk, activation, cause, activation.turn + 1)
  draft.dead = ofKind(cause, letter)
  if (cause.message?.replyTo) desk.group.reply(draft, cause.message.replyTo, refusalTo(cause.message.replyTo.id, letter))
  // What nobody can send again (a timer, a result) leaves the actor waiting for ever: its state counts as bad at once.
  const isRepeatable = cause.message !== undefined
  const kept = asFork(activation, { living, keeping: { ...withoutTaken(activation, cause), failures } }, desk.group.now).keeping
  seal(desk, activation, draft, { living, keeping: noteOnce(draft, cause, keeping.asks, kept) })
  if (kept.fork && kept.parked.length > 0) desk.group.again.push(activation.actor)
  if (isRepeatable && failures < host.definition.supervision.failingMessagesMax) return
  fail(desk, activation, cause, { as: error instanceof Quarantined ? 'kill' : 'turn', error })
}

/** A fork's turn that threw, as its original's did, has taken what was recorded for it. */
function withoutTaken({ living, keeping }: Pick<Activation, 'living' | 'keeping'>, { event, result }: Cause): StoredKeeping {
  if (event.type === '@timer') return withoutTimer(keeping, String(event['id']))
  if (result === undefined) return keeping
  const effect = Object.values(living?.children ?? {}).find(({ address }) => address === result)
  return withoutRecorded(keeping, effect)
}

/** The actor's state counts as bad: it halts, and restarts as its spec says, or is given up. */
export function fail(
  desk: Desk,
  activation: Activation,
  cause: Cause,
  { as, error }: { readonly as: RestartCause; readonly error: unknown },
): void {
  const { host, living, keeping, turn } = activation
  if (!living) return
  const fate = fateOf({ host, living, keeping, turn }, as, desk.group.now)
  const thrown = thrownBy(error)
  const ending = haltFor(desk, activation, cause, {
    keeping: fate.keeping,
    error: thrown,
    ...(fate.kind === 'told' && { parent: fate.parent }),
  })
  if (fate.kind === 'given up') tellOfEnd(desk, activation, ending, error)
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
  const parked = [...keeping.parked, message]
  const bytesMax = desk.options.recordBytesMax / 2 // the restart writes them with the first state, in one record
  if (Buffer.byteLength(JSON.stringify(parked)) > bytesMax)
    return refuse(desk, activation, cause, {
      code: refusals.parkedFull,
      cause: `${activation.actor} waits for its restart with ${bytesMax} bytes of messages, which is the limit`,
    })
  const waiting: Cause = { ...cause, event: { type: '@parked', event: { type: cause.event.type } } } // the message itself is in the state
  try {
    conclude(desk, activation, waiting, { living, keeping: { ...keeping, parked } })
  } catch (error) {
    refuse(desk, activation, cause, { ...letterOf(error), code: refusals.parkedFull })
  }
}

/** Takes the first message that waited out of what the actor keeps. */
export function unparkFirst(desk: Desk, activation: Activation): Message | undefined {
  const { living, keeping } = activation
  const [message, ...parked] = keeping.parked
  if (!living || !message) return undefined
  const cause: Cause = { id: `${message.id}.unparked`, event: { type: '@unparked' }, correlation: message.correlation }
  seal(desk, activation, draftOf(desk, activation, cause, activation.turn + 1), { living, keeping: { ...keeping, parked } })
  return message
}

/** A restart whose first state threw: it counts; the next one is awaited, or none is left. */
export function superviseStillbirth(
  desk: Desk,
  activation: Activation,
  cause: Cause,
  { error, keeping }: { readonly error: unknown; readonly keeping: StoredKeeping },
): void {
  const { living, actor } = activation
  if (!living) return
  const fate = fateOf({ ...activation, living, keeping }, 'turn', desk.group.now)
  const due = fate.keeping.restartDue ?? desk.group.now
  const draft = draftOf(desk, activation, cause, activation.turn + 1)
  draft.dead = letterOf(error)
  if (fate.kind === 'told') tellParentToRestart(desk, draft, fate.parent, thrownBy(error))
  seal(desk, activation, draft, { living, keeping: { ...fate.keeping, restartDue: due } })
  if (fate.kind === 'restarts') desk.group.timers.push({ actor, id: undefined, n: 0, due })
  if (fate.kind === 'given up') tellOfEnd(desk, activation, endInstead(desk, activation, cause, keeping), error)
}

/** Ends an actor that was to be restarted; who still asks is answered. */
export function endInstead(desk: Desk, activation: Activation, cause: Cause, keeping: StoredKeeping): Cause {
  const { living, actor } = activation
  const { restartDue: _due, restartCause: _cause, ...kept } = keeping
  const ending: Cause = { id: `${cause.id}.end`, event: { type: '@end' }, correlation: cause.correlation }
  if (!living) return ending
  const snapshot = { ...living.snapshot, status: 'stopped' } as Living['snapshot']
  conclude(desk, activation, ending, { living: { ...living, snapshot }, keeping: kept })
  if (kept.parked.length > 0) desk.group.again.push(actor)
  return ending
}

function tellOfEnd(desk: Desk, activation: Activation, ending: Cause, error: unknown): void {
  const draft = draftOf(desk, activation, ending, activation.turn)
  const parent = activation.living?.parent
  const thrown = thrownBy(error)
  if (parent) sendFrom(desk, draft, parent.address, failedChild(parent.id, thrown))
  else fall(desk, activation, draft, reasonOf(thrown))
  seal(desk, activation, draft, undefined)
}

/** Stops an actor whose state is bad, and with it its children and effects; what it keeps says whether it starts again. */
export function haltFor(
  desk: Desk,
  activation: Activation,
  cause: Cause,
  { keeping, error, parent }: { readonly keeping: StoredKeeping; readonly error?: unknown; readonly parent?: StoredParent },
): Cause {
  const { host, living } = activation
  const ending: Cause = { id: `${cause.id}.halt`, event: { type: '@halt' }, correlation: cause.correlation }
  const outcome = host && living && takeTurn(host, living, { kind: 'stop' }, { at: desk.group.now, id: ending.id, random: 0 })
  if (outcome) conclude(desk, activation, ending, { living: outcome.next, keeping, outcome, error, ...(parent && { tells: parent }) })
  return ending
}

/** What a parent hears of a child that has failed for good: XState's own event for it. */
export const failedChild = (id: string, error: unknown): { readonly event: ActorEvent } => ({
  event: { type: `xstate.error.actor.${id}`, error: encodeFailure(error), actorId: id },
})

/** What the machine's own code threw, without the kernel's wrapping. */
const thrownBy = (error: unknown): unknown => (error instanceof TroupeError && error.cause !== undefined ? error.cause : error)
