// Stops
// Children stop one after another, the last born first, each with its own children before the next.
// Who stops them keeps the list: it tells one, waits for its answer, and tells the next. What it was stopped for itself it answers when the list is empty.
//
// O1. Every stop that asks for an answer gets one, whether there was anything to stop or not.
// O2. Parent and child speak directly, so a stop never comes before the birth.
import type { ActorId } from '../machines/address.ts'
import type { Activation } from './activation.ts'
import { draftOf, seal, sendFrom, type Cause, type Desk } from './entry.ts'
import type { Draft } from './group.ts'
import type { StoredKeeping } from './statechart/index.ts'

/** Stops children, given in the order of their birth. More than `listMax` at once stop side by side. */
export function sendStops(desk: Desk, draft: Draft, children: readonly ActorId[], keeping: StoredKeeping): StoredKeeping {
  if (children.length === 0) return keeping
  const { stopping = [] } = keeping
  if (stopping.length + children.length > listMax) {
    for (const child of children.toReversed()) sendFrom(desk, draft, child, stop(false))
    return keeping
  }
  const list = [...stopping, ...children.toReversed()]
  return stopping.length > 0 ? { ...keeping, stopping: list } : tellNext(desk, draft, list, keeping)
}

/** After the entry of a stop: its sender is answered now, or when the actor's own children have stopped (O1). */
export function answerStop(desk: Desk, draft: Draft, cause: Cause, keeping: StoredKeeping): StoredKeeping {
  const to = askedToStop(cause)
  if (to === undefined) return keeping
  if ((keeping.stopping ?? []).length > 0) return { ...keeping, stoppedFor: to }
  sendFrom(desk, draft, to, stopped)
  return keeping
}

/** For one that has nothing to stop any more (O1). */
export function answerIdleStop(desk: Desk, activation: Activation, cause: Cause): void {
  const { living, keeping, actor, turn } = activation
  if (askedToStop(cause) === undefined) return desk.outOfDate(actor, cause.event.type)
  const waits = living !== undefined && (keeping.stopping ?? []).length > 0
  const draft = draftOf(desk, activation, { ...cause, id: `${cause.id}.answer` }, waits ? turn + 1 : turn)
  const kept = answerStop(desk, draft, cause, keeping)
  seal(desk, activation, draft, living && waits ? { living, keeping: kept } : undefined)
}

/** A child has stopped, with all below it. */
export function onStopped(desk: Desk, activation: Activation, cause: Cause): void {
  const { living, keeping, turn } = activation
  const [awaited, ...list] = keeping.stopping ?? []
  if (!living || awaited === undefined || awaited !== cause.message?.from) return desk.outOfDate(activation.actor, cause.event.type)
  const draft = draftOf(desk, activation, cause, turn + 1)
  const { stopping: _list, ...kept } = keeping
  if (list.length > 0) return seal(desk, activation, draft, { living, keeping: tellNext(desk, draft, list, kept) })
  const { stoppedFor, ...free } = kept
  if (stoppedFor !== undefined) sendFrom(desk, draft, stoppedFor, stopped)
  seal(desk, activation, draft, { living, keeping: free })
}

function tellNext(desk: Desk, draft: Draft, list: readonly ActorId[], keeping: StoredKeeping): StoredKeeping {
  const [next] = list
  if (next === undefined) return keeping
  sendFrom(desk, draft, next, stop(true)) // O2
  return { ...keeping, stopping: list }
}

const stop = (answer: boolean) => ({ kind: 'stop', event: { type: '@stop', ...(answer && { answer }) } }) as const
const stopped = { kind: 'system', event: { type: '@stopped' } } as const

const askedToStop = ({ message }: Cause): ActorId | undefined =>
  message?.kind === 'stop' && message.event['answer'] === true ? message.from : undefined

const listMax = 256
