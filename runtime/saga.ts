// Saga
// The steps an actor has taken with effects that can be undone, purely: which are kept, which are forgotten, which is to be undone next.
//
// S1. A step that was begun is kept until its machine is done: with its output when it succeeded, without when nobody knows whether it did its work.
// S2. Steps are undone in the reverse order of their ends, one at a time; one that cannot be undone holds those before it.
// S3. A step is in one list only, so it is undone once, however often its actor is cancelled, fails or asks.
import type { ActorDefinition } from './define-actor.ts'
import type { EffectResult } from './items.ts'
import {
  encode,
  type Json,
  type Living,
  type StoredChild,
  type StoredKeeping,
  type StoredSaga,
  type StoredStep,
} from './statechart/index.ts'

/** What the machine hears, and its watchers, when all is undone. */
export const compensatedType = 'saga.compensated'
/** What has a compensation tried again that is stuck: an event from outside, which is also what its dead letter holds. */
export const compensateAgainType = 'saga.compensate'

const nothingDone: StoredSaga = { steps: [], undoing: [] }
/** Of a final state: the machine came to nothing, and its steps are undone. */
const compensateTag = 'compensate'

/** The effect that undoes the steps of another one, as the definition holds it. */
export const compensationOf = (src: string): string => `${src}~compensate`

/** The idempotency key under which a step is undone. */
const compensationKey = ({ key }: StoredStep): string => `${key}~compensate`

/** What is being undone; undefined also while that is stuck. */
export const underWay = ({ saga }: StoredKeeping): StoredStep | undefined => (saga?.stuck ? undefined : saga?.undoing[0])

/** As an effect that runs, for those who look for such. */
export function compensationsIn(keeping: StoredKeeping): readonly (readonly [id: string, effect: StoredChild])[] {
  const step = underWay(keeping)
  if (!step) return []
  const src = compensationOf(step.src)
  const { key, input, output } = step
  return [[src, { kind: 'effect', src, address: compensationKey(step), input: { key, input, ...(output !== undefined && { output }) } }]]
}

/** A step has succeeded (S1). An output that cannot be stored is none. */
export function withResult(
  definition: ActorDefinition,
  child: StoredChild | undefined,
  keeping: StoredKeeping,
  result: EffectResult,
): StoredKeeping {
  const step = child && stepOf(definition, child)
  const output = result.ok ? jsonOf(result.output) : undefined
  if (!step || output === undefined) return keeping
  return withSaga(keeping, { steps: [...stepsOf(keeping), { ...step, output }] })
}

/** A turn of an actor: its state before and after, what it keeps after it, and whether its machine asks for compensation. */
const sagas = new WeakMap<ActorDefinition, boolean>()

/** Whether an effect of the definition has a compensation; asked in every turn. */
export function isSaga(definition: ActorDefinition): boolean {
  const known = sagas.get(definition)
  if (known !== undefined) return known
  const { effects } = definition
  const found = Object.keys(effects).some((src) => Object.hasOwn(effects, compensationOf(src)))
  sagas.set(definition, found)
  return found
}

export interface SagaTurn {
  readonly definition: ActorDefinition
  readonly before: Living | undefined
  readonly after: Living
  readonly keeping: StoredKeeping
  readonly asks: boolean
}

/** What the actor keeps of its saga after the turn. */
export function sagaAfter({ definition, before, after, keeping, asks }: SagaTurn): StoredKeeping {
  const noted = withSaga(keeping, { steps: [...stepsOf(keeping), ...leftBehind(definition, before, after, keeping)] })
  const { status } = after.snapshot
  if (asks) {
    const { checkpoint: _undone, ...kept } = undoAll(noted) // its state believes in steps that are undone now
    return kept
  }
  if (status === 'done' && !after.snapshot.hasTag(compensateTag)) return withSaga(noted, { steps: [] })
  return status !== 'active' && keeping.restartDue === undefined ? undoAll(noted) : noted
}

/** At a checkpoint: a reset to it believes in the steps so far, and in no other. */
export function markCheckpoint(before: StoredKeeping, keeping: StoredKeeping): StoredKeeping {
  if (keeping.checkpoint === before.checkpoint || !keeping.saga) return keeping
  return withSaga(keeping, { checkpoint: keeping.saga.steps.length })
}

/** The actor starts again: what its state does not know of is undone. What runs again at its checkpoint does so under its key, and is the same step. */
export function sagaThroughRestart(keeping: StoredKeeping, checkpoint: Living | undefined): StoredKeeping {
  const { saga } = keeping
  if (!saga) return keeping
  if (!checkpoint) return undoAll(keeping)
  const again = new Set(Object.values(checkpoint.children).map(({ address }) => address))
  const kept = saga.checkpoint ?? 0
  const undone = saga.steps.slice(kept).filter(({ key }) => !again.has(key))
  return withSaga(keeping, { steps: saga.steps.slice(0, kept), undoing: [...saga.undoing, ...undone.toReversed()] })
}

/** The step that was being undone is. */
export const withoutFirst = (keeping: StoredKeeping): StoredKeeping => {
  const { undoing, steps } = keeping.saga ?? nothingDone
  return withSaga(keeping, { steps, undoing: undoing.slice(1) })
}

/** Undoing has failed for good: it is not tried again by itself. */
export const withStuck = (keeping: StoredKeeping, stuck: NonNullable<StoredSaga['stuck']>): StoredKeeping => withSaga(keeping, { stuck })

/** It is to be tried again. */
export function withoutStuck(keeping: StoredKeeping): StoredKeeping {
  const { stuck: _stuck, ...saga } = keeping.saga ?? nothingDone
  return { ...keeping, saga }
}

/** For people: the names of the effects, in order. */
export const describeSaga = ({ steps, undoing, stuck }: StoredSaga): object => ({
  steps: steps.map(({ src }) => src),
  compensating: undoing.map(({ src }) => src),
  ...(stuck && { stuck }),
})

const stepsOf = ({ saga }: StoredKeeping): readonly StoredStep[] => (saga ?? nothingDone).steps

/** S2, S3. Those that were to be undone already come first. */
function undoAll(keeping: StoredKeeping): StoredKeeping {
  const { saga } = keeping
  if (!saga || saga.steps.length === 0) return keeping
  return withSaga(keeping, { steps: [], undoing: [...saga.undoing, ...saga.steps.toReversed()] })
}

/** Steps that were begun and do not run any more, beside the one whose result is applied: left, failed, or stopped with their actor (S1). */
function leftBehind(definition: ActorDefinition, before: Living | undefined, after: Living, keeping: StoredKeeping): readonly StoredStep[] {
  const known = new Set(stepsOf(keeping).map(({ key }) => key))
  const runs = new Set(Object.values(after.children).flatMap(({ address, ended }) => (ended ? [] : [address])))
  return Object.values(before?.children ?? {}).flatMap((child) => {
    const step = child.ended || runs.has(child.address) || known.has(child.address) ? undefined : stepOf(definition, child)
    return step ? [step] : []
  })
}

function stepOf({ effects }: ActorDefinition, { kind, src, address, input = null }: StoredChild): StoredStep | undefined {
  return kind === 'effect' && Object.hasOwn(effects, compensationOf(src)) ? { src, key: address, input } : undefined
}

/** Nothing is kept of a saga without a step. */
function withSaga({ saga = nothingDone, ...keeping }: StoredKeeping, change: Partial<StoredSaga>): StoredKeeping {
  const { checkpoint = 0, ...next } = { ...saga, ...change }
  if (next.steps.length === 0 && next.undoing.length === 0) return keeping
  const known = Math.min(checkpoint, next.steps.length)
  return { ...keeping, saga: { ...next, ...(known > 0 && { checkpoint: known }) } }
}

function jsonOf(value: unknown): Json | undefined {
  try {
    return encode(value)
  } catch {
    return undefined // the machine is told that it cannot be stored
  }
}
