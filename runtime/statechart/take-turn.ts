// Take a turn
// One message to completion: whether it still counts, the machine's transition, and what follows from it.
//
// T1. What is out of date gives undefined: a timer that was cancelled or replaced, a former child, a repeated result, an actor that has ended.
// T2. An actor behaves the same whether it stayed in memory or came back from its stored form.
import type { AnyMachineSnapshot } from 'xstate'
import type { ActorId } from '../../machines/address.ts'
import { withMeta, type ActorEvent, type EventMeta } from '../../machines/message.ts'
import { TurnFailed } from '../errors.ts'
import { decode, encodeFailure, storable } from './codec.ts'
import { interpret, type Run } from './interpret.ts'
import { childRefs, settled } from './restore.ts'
import type { Collected } from './scope.ts'
import type { Json, StoredChild } from './stored.ts'
import type { Arrival, Birth, Host, Living, Outcome } from './turn.ts'

/**
 * The outcome of one arrival; undefined when it is out of date (T1). The given actor is never changed.
 * Throws `TurnFailed` for whatever the machine throws.
 */
export function takeTurn(host: Host, living: Living, arrival: Arrival, meta: EventMeta): Outcome | undefined {
  if (living.snapshot.status !== 'active') return undefined
  switch (arrival.kind) {
    case 'event':
      return takeEvent(host, living, arrival, meta)
    case 'timer':
      return takeTimer(host, living, arrival, meta)
    case 'result':
      return takeResult(host, living, arrival, meta)
    case 'stop':
      return step(host, living, { type: 'xstate.stop' }, meta)
  }
}

/** The actor's first state. The facts are on its init event, so entry actions know the time. Throws `TurnFailed`. */
export function birth(host: Host, { address, input, parent, counter = 0 }: Birth, meta: EventMeta): Outcome {
  const unborn = { address, children: {}, timers: {}, counter, ...(parent && { parent }) }
  return attempt(`${address}: its birth`, () => {
    const collected = host.scope.run(unborn, meta, (scope) => {
      const snapshot: AnyMachineSnapshot = host.machine.getInitialSnapshot(scope, decode(input))
      // XState catches what the first state throws; nothing else makes it an error.
      if (snapshot.status === 'error') throw snapshot.error
      return snapshot
    })
    return conclude({ host, before: unborn, meta }, collected, { address, input, ...(parent && { parent }) })
  })
}

/** What the parent is told of an actor that failed and is not restarted; undefined without a parent. `error` is by default the snapshot's own. */
export function errorNotice(
  living: Living,
  error: unknown = living.snapshot.error,
): { readonly to: ActorId; readonly event: ActorEvent } | undefined {
  const { parent } = living
  return (
    parent && { to: parent.address, event: { type: `xstate.error.actor.${parent.id}`, error: encodeFailure(error), actorId: parent.id } }
  )
}

const endNotice = /^xstate\.(?:done|error)\.actor\.(.*)$/s

function takeEvent(host: Host, living: Living, { event, from }: Arrival & { kind: 'event' }, meta: EventMeta): Outcome | undefined {
  if (!event.type.startsWith('xstate.')) return step(host, living, revive(event), meta)
  const id = endNotice.exec(event.type)?.[1]
  const child = id === undefined ? undefined : living.children[id]
  if (id === undefined || !child || child.ended || child.address !== from) return undefined // T1
  return step(host, withEnded(living, id, child), revive(event), meta)
}

function takeTimer(host: Host, living: Living, { id, n }: Arrival & { kind: 'timer' }, meta: EventMeta): Outcome | undefined {
  const timer = living.timers[id]
  if (timer?.n !== n) return undefined // T1
  const { [id]: _fired, ...timers } = living.timers
  const next = { ...living, timers }
  if (timer.to === living.address) return step(host, next, revive(timer.event), meta)
  return {
    ...quietOutcome,
    next: { ...next, stamp: host.stamp },
    handled: true,
    sends: [{ to: timer.to, event: timer.event as unknown as ActorEvent }],
  }
}

function takeResult(host: Host, living: Living, { id, key, result }: Arrival & { kind: 'result' }, meta: EventMeta): Outcome | undefined {
  const child = living.children[id]
  if (!child || child.ended || child.address !== key) return undefined // T1
  return step(host, withEnded(living, id, child), endOf(id, result), meta)
}

/** What cannot be stored is no output: the machine hears of a failed effect. */
function endOf(id: string, result: (Arrival & { kind: 'result' })['result']): ActorEvent {
  const end = storable(result.ok ? result.output : result.error)
  return result.ok && end.ok
    ? { type: `xstate.done.actor.${id}`, output: end.value, actorId: id }
    : { type: `xstate.error.actor.${id}`, error: end.ok ? end.value : end.error, actorId: id }
}

const withEnded = (living: Living, id: string, child: StoredChild): Living => {
  const { input: _input, ...rest } = child
  return { ...living, children: { ...living.children, [id]: { ...rest, ended: true } } }
}

const revive = (event: ActorEvent | Json): ActorEvent => decode(event as Json) as ActorEvent

function step(host: Host, living: Living, event: ActorEvent, meta: EventMeta): Outcome {
  return attempt(`${living.address}: event '${event.type}' in state ${JSON.stringify(living.snapshot.value)}`, () => {
    const given = withMeta(event, meta)
    const collected = host.scope.run(living, meta, (scope) => host.machine.transition(living.snapshot, given, scope))
    return conclude({ host, before: living, meta }, collected, living)
  })
}

function attempt(what: string, take: () => Outcome): Outcome {
  try {
    return take()
  } catch (cause) {
    throw new TurnFailed(`${what}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
  }
}

type Lasting = Pick<Living, 'address' | 'input' | 'parent'>

function conclude(run: Run, collected: Collected, { address, input, parent }: Lasting): Outcome {
  const { actions, taken, guards } = collected
  const { host, before } = run
  const lasting = { address, stamp: host.stamp, input, ...(parent && { parent }) }
  const snapshot = settled(collected.snapshot, before.snapshot) // T2
  const active = snapshot.status === 'active'
  const handled = taken.length > 0 || !active
  if (actions.length === 0 && active) {
    const next = { ...lasting, snapshot, children: before.children, timers: before.timers, counter: collected.counter }
    return { ...quietOutcome, next, handled, taken, guards }
  }
  const { children, timers, counter, ...asked } = interpret(run, collected)
  const armed = Object.entries(timers).flatMap(([id, timer]) => (timer.n >= collected.counter ? [{ id, timer }] : []))
  const next = { ...lasting, snapshot: withChildren(snapshot, before.snapshot, children), children, timers, counter }
  return { ...asked, next, handled, armed, taken, guards }
}

/** XState's created `Actor` objects hold on to much and are not there after a restore (T2): the snapshot keeps plain references. */
function withChildren(
  snapshot: AnyMachineSnapshot,
  before: AnyMachineSnapshot | undefined,
  children: Readonly<Record<string, StoredChild>>,
): AnyMachineSnapshot {
  if (snapshot.children === before?.children && snapshot.status === 'active') return snapshot
  return { ...snapshot, children: childRefs(children, before?.children) }
}

/** Nothing asked for, nothing told. */
export const quietOutcome = {
  sends: [],
  watches: [],
  spawned: [],
  stopped: [],
  effects: [],
  cancelled: [],
  armed: [],
  emits: [],
  replies: [],
  logs: [],
  taken: [],
  guards: [],
} as const
