// Conclude
// From an outcome to a sealed entry: replies, supervision, messages, effects, timers, the changed state.
//
// T1. An activation changes only after its entry is sealed: an entry that is too large is thrown, and the state is as it was.
import { settleAsks } from './asks.ts'
import type { Activation } from './activation.ts'
import { describeState, draftOf, sendFrom, stateOf, type Cause, type Change, type Desk } from './entry.ts'
import { TurnTooLarge } from './errors.ts'
import type { Draft } from './group.ts'
import { tellDown, watchOthers } from './down.ts'
import { toStored, whenTold, type Outcome, type StoredParent } from './statechart/index.ts'
import { ringing } from './fork-clock.ts'
import { asFork } from './fork.ts'
import { noteOnce } from './note-once.ts'
import { noteCheckpoint } from './reset.ts'
import { answerStop, sendStops } from './stops.ts'
import { superviseEnd, tellParentToRestart } from './supervise.ts'
import { orderUndo, settleSaga } from './undo.ts'

/** Throws TurnTooLarge, and NotStorable for a state that is no data; then nothing has happened (T1). */
export function conclude(desk: Desk, activation: Activation, cause: Cause, asked: Change): void {
  const { group } = desk
  const change = asFork(activation, asked, group.now)
  const draft = draftOf(desk, activation, cause, activation.turn + 1)
  try {
    const supervised = superviseEnd(desk, activation, draft, change)
    const settled = settleAsks(desk, draft, cause, { ...change, keeping: supervised })
    const numbered = noteOnce(draft, cause, activation.keeping.asks, settled)
    if (change.outcome) carryOut(desk, activation, draft, change.outcome)
    const watching = watchOthers(desk, draft, numbered, change.outcome?.watches)
    const stopping = sendStops(desk, draft, change.outcome?.stopped ?? [], watching)
    const answered = answerStop(desk, draft, cause, stopping)
    if (change.tells) tellParentToRestart(desk, draft, change.tells, change.error)
    const told = tellDown(desk, draft, { ...change, keeping: answered })
    const noted = noteCheckpoint(activation.host, activation.living, change.living, told)
    const { keeping, undo } = settleSaga(desk, activation, draft, { ...change, keeping: noted })
    describeState(activation, draft, { ...change, keeping })
    const text = fittingText(desk, draft)
    const stateBytes = fittingState(desk, activation, draft, { text, change: { ...change, keeping } })
    const { outcome, durationMs = 0 } = change
    if (outcome) group.taken?.set(draft, { before: change.whole ? undefined : activation.living, outcome, durationMs })
    if (outcome) group.outcomes.push(outcome)
    if (outcome && change.whole) group.births.push(outcome)
    accept(desk, activation, { draft, text, stateBytes }, { ...change, keeping })
    if (change.outcome) orders(desk, activation, change.outcome, cause)
    orderUndo(desk, activation, undo, cause)
    if (change !== asked) lookAgain(desk, activation)
  } catch (error) {
    group.unsend(draft)
    throw error
  }
}

/** What a fork was given waits with it, and its time has moved. */
function lookAgain({ group }: Desk, { actor, living, keeping }: Activation): void {
  if (keeping.parked.length > 0) group.again.push(actor)
  for (const timer of living ? ringing(living, keeping) : []) group.timers.push({ actor, ...timer })
}

/** From here on the turn is part of the group. */
function accept(
  { group }: Desk,
  activation: Activation,
  { draft, text, stateBytes }: { draft: Draft; text: string; stateBytes: number },
  { living, keeping }: Change,
): void {
  const { restartDue, hold } = keeping
  const restarts = restartDue !== undefined && restartDue !== whenTold && restartDue !== activation.keeping.restartDue
  const holds = hold !== undefined && hold.until !== activation.keeping.hold?.until
  activation.living = living
  activation.written = undefined
  activation.keeping = keeping
  activation.turn = draft.turn
  activation.usedAt = group.now
  activation.stateBytes = stateBytes
  if (restarts) group.timers.push({ actor: activation.actor, id: undefined, n: 0, due: restartDue })
  if (holds) group.timers.push({ actor: activation.actor, id: undefined, n: 0, due: hold.until }) // it ends by itself (hold.ts, H2)
  group.turns++
  group.add(draft, text, stateOf(activation))
}

function fittingText({ options, group }: Desk, draft: Draft): string {
  const text = JSON.stringify(draft)
  const bytesMax = options.recordBytesMax - headroomBytes - group.itemBytes
  if (text.length * utf8BytesMax <= bytesMax) return text
  const bytes = Buffer.byteLength(text)
  if (bytes > bytesMax)
    throw new TurnTooLarge(
      `${draft.actor} turn ${draft.turn}: the entry is ${bytes} bytes, ${bytesMax} are left in a record; keep large values elsewhere and pass where they are`,
    )
  return text
}

/** The state's size, at most: what it was and what was added since. Measured only when that comes near the limit. */
function fittingState({ options }: Desk, activation: Activation, draft: Draft, { text, change }: { text: string; change: Change }): number {
  const { host, stateBytes } = activation
  const before = draft.snapshot ? 0 : stateBytes
  const coarse = before + text.length * utf8BytesMax
  if (coarse <= options.stateBytesMax / 2 || !host) return coarse
  // Only the patch adds to the state; the rest of the entry would have a large state measured every few turns.
  const atMost = draft.snapshot ? coarse : before + JSON.stringify(draft.patch ?? []).length * utf8BytesMax
  if (atMost <= options.stateBytesMax) return atMost
  const bytes = Buffer.byteLength(JSON.stringify({ ...toStored(host, change.living), keeping: change.keeping }))
  if (bytes > options.stateBytesMax)
    throw new TurnTooLarge(
      `${draft.actor} turn ${draft.turn}: the state is ${bytes} bytes, the limit is ${options.stateBytesMax}; keep large values elsewhere and hold where they are`,
    )
  return bytes
}

/** Bytes of a UTF-16 unit in UTF-8, at most. */
const utf8BytesMax = 3
/** What a record holds beside its entries. */
const headroomBytes = 32 * 1024

/** What the outcome sends, starts and emits, as the entry tells it. */
function carryOut(desk: Desk, activation: Activation, draft: Draft, outcome: Outcome): void {
  const together = activation.host?.definition.supervision.strategy !== 'one_for_one'
  for (const { id, address, input } of outcome.spawned) {
    const parent: StoredParent = { address: activation.actor, id, ...(together && { together }) }
    sendFrom(desk, draft, address, { kind: 'init', event: { type: '@init', input, parent } })
  }
  for (const { to, event } of outcome.sends) sendFrom(desk, draft, to, { event })
  if (outcome.effects.length > 0) draft.effects = outcome.effects.map(({ id, src, key }) => ({ id, src, key }))
  if (outcome.cancelled.length > 0) draft.cancelled = outcome.cancelled
  if (outcome.emits.length > 0) draft.emits = outcome.emits
}

function orders(desk: Desk, activation: Activation, outcome: Outcome, cause: Cause): void {
  const { group } = desk
  for (const effect of outcome.effects) group.effects.push({ ...effect, activation, correlation: cause.correlation, trace: cause.trace })
  for (const { id, timer } of outcome.armed) group.timers.push({ actor: activation.actor, id, n: timer.n, due: timer.due })
}
