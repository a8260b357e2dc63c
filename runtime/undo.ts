// Undo
// A saga's steps undone, in the log: what each turn adds to it, what becomes of each result, and another try of what is stuck.
//
// U1. The next compensation is ordered in the entry that holds the result of the one before.
// U2. One that has failed for good stays where it is, and is a dead letter: nothing is dropped, and redriving the letter tries it again.
import { answerAsk } from './asks.ts'
import type { Activation } from './activation.ts'
import { draftOf, letterOf, seal, sendFrom, type Cause, type Change, type Desk } from './entry.ts'
import { refusals } from './errors.ts'
import type { Draft, EffectOrder } from './group.ts'
import type { EffectResult } from './items.ts'
import { noteOnce } from './note-once.ts'
import {
  compensateAgainType,
  compensatedType,
  compensationsIn,
  isSaga,
  markCheckpoint,
  sagaAfter,
  underWay,
  withoutFirst,
  withoutStuck,
  withStuck,
} from './saga.ts'
import type { StoredKeeping } from './statechart/index.ts'

type Undo = Pick<EffectOrder, 'id' | 'src' | 'key' | 'input'>

/** What the actor keeps of its saga after a turn, and the compensation that begins with it, which the entry tells. */
export function settleSaga(
  desk: Desk,
  activation: Activation,
  draft: Draft,
  { living, keeping, outcome }: Change,
): { readonly keeping: StoredKeeping; readonly undo: Undo | undefined } {
  const { host, living: before, keeping: former } = activation
  const asks = outcome?.compensates ?? false
  if (!host || (!isSaga(host.definition) && !asks && !keeping.saga)) return { keeping, undo: undefined }
  const after = sagaAfter({ definition: host.definition, before, after: living, keeping, asks })
  if (asks && !after.saga?.undoing.length) tellCompensated(desk, activation, draft, living.snapshot.status)
  const undo = underWay(former) ? undefined : undoIn(after) // one that is under way is ordered already
  tellUndo(draft, undo)
  return { keeping: markCheckpoint(former, after), undo }
}

/** After the entry is sealed. */
export function orderUndo({ group }: Desk, activation: Activation, undo: Undo | undefined, { correlation, trace }: Cause): void {
  if (undo) group.effects.push({ ...undo, activation, correlation: correlation ?? activation.keeping.correlation, trace })
}

/** The key is that of the compensation under way. */
export const isUndone = ({ keeping }: Activation, key: string): boolean => undoIn(keeping)?.key === key

/** The result of the compensation under way: the next one begins (U1), or all are done, or this one is stuck (U2). */
export function onUndone(desk: Desk, activation: Activation, result: EffectResult, cause: Cause): void {
  const { living, keeping } = activation
  if (!living) return
  const draft = draftOf(desk, activation, cause, activation.turn + 1)
  if (!result.ok) return onStuck(desk, activation, draft, { error: result.error, cause })
  const rest = withoutFirst(keeping)
  const undo = undoIn(rest)
  tellUndo(draft, undo)
  if (!undo) tellCompensated(desk, activation, draft, living.snapshot.status)
  seal(desk, activation, draft, { living, keeping: rest })
  orderUndo(desk, activation, undo, cause)
}

/** The event has the kernel try again what is stuck, and is not for the machine. */
export const triesAgain = ({ keeping }: Activation, { type }: Cause['event']): boolean =>
  type === compensateAgainType && keeping.saga?.stuck !== undefined

export function undoAgain(desk: Desk, activation: Activation, cause: Cause): void {
  const { living, keeping } = activation
  if (!living) return
  const draft = draftOf(desk, activation, cause, activation.turn + 1)
  const tried = withoutStuck(keeping)
  const undo = undoIn(tried)
  tellUndo(draft, undo)
  if (cause.message?.replyTo) answerAsk(desk.group, draft, cause.message.replyTo, { compensating: undo?.key })
  seal(desk, activation, draft, { living, keeping: noteOnce(draft, cause, keeping.asks, tried) })
  orderUndo(desk, activation, undo, cause)
}

/** U2. The letter has an entry of its own: its event is what a redrive sends. */
function onStuck(desk: Desk, activation: Activation, draft: Draft, { error, cause }: { error: unknown; cause: Cause }): void {
  const { living, keeping, actor } = activation
  const step = underWay(keeping)
  if (!living || !step) return
  const found = letterOf(error)
  const stuck = { cause: found.cause, at: desk.group.now }
  draft.emits = [{ type: 'saga.stuck', src: step.src, key: step.key, cause: found.cause }]
  seal(desk, activation, draft, { living, keeping: withStuck(keeping, stuck) })
  const retry: Cause = {
    id: `${cause.id}.${activation.turn}.stuck`,
    event: { type: compensateAgainType, step: step.key },
    correlation: cause.correlation,
  }
  const letter = draftOf(desk, activation, retry, activation.turn)
  letter.dead = {
    ...found,
    code: refusals.compensationFailed,
    cause: `${actor}: undoing step '${step.src}' (${step.key}): ${found.cause}`,
  }
  seal(desk, activation, letter, undefined)
}

function undoIn(keeping: StoredKeeping): Undo | undefined {
  const [found] = compensationsIn(keeping)
  if (!found) return undefined
  const [id, { src, address, input = null }] = found
  return { id, src, key: address, input }
}

function tellUndo(draft: Draft, undo: Undo | undefined): void {
  if (undo) draft.effects = [...(draft.effects ?? []), { id: undo.id, src: undo.src, key: undo.key }]
}

/** Watchers hear it, and the machine if it still lives. */
function tellCompensated(desk: Desk, { actor }: Activation, draft: Draft, status: string): void {
  draft.emits = [...(draft.emits ?? []), { type: compensatedType }]
  if (status === 'active') sendFrom(desk, draft, actor, { kind: 'system', event: { type: '@compensated' } })
}
