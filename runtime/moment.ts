// Moment
// An actor as it was after one of its turns, made again from its entries in the log: the state, and by taking the turn once more what happened inside it.
//
// M1. The state comes from what was committed, never from taking turns again.
// M2. What is taken again only explains: where it leads elsewhere (another version of the machine runs here), nothing is said of it.
import type { ActorId } from '../machines/address.ts'
import type { ActorEvent, EventMeta } from '../machines/message.ts'
import { nothingKept, replay, type StateImage } from './activation.ts'
import { randomOf } from './arrive.ts'
import { MomentMissing } from './errors.ts'
import { ownMeta, shownTimers } from './fork-clock.ts'
import { correlationOf, type Entry } from './record.ts'
import {
  birth,
  decode,
  describe,
  fit,
  takeTurn,
  traceOf,
  type Arrival,
  type Description,
  type Host,
  type Json,
  type Living,
} from './statechart/index.ts'
import type { Outcome, Trace } from './statechart/index.ts'
import type { Stored, StoredChild } from './statechart/stored.ts'

export interface Moment {
  readonly actor: ActorId
  readonly turn: number
  /** Epoch ms. */
  readonly at: number
  /** What time it was for the actor: a fork lives in its original's. */
  readonly ownTime: number
  readonly message: string
  readonly event: ActorEvent
  readonly from?: ActorId
  readonly stored: Stored
  /** The state for people; undefined when no version hosted here fits it. */
  readonly description?: Description
  /** Undefined for the kernel's own turns, and where M2 forbids it. */
  readonly trace?: Trace
}

/** The moment after the last of these entries: all of one actor, in order, from one with a whole state. Throws MomentMissing. */
export function momentOf(host: Host | undefined, entries: readonly Entry[]): Moment {
  const last = entries.at(-1)
  const first = entries[0]
  if (!last || !first?.snapshot)
    throw new MomentMissing(`${last?.actor ?? 'an actor'}: its turns up to ${last?.turn ?? 0} begin with none that holds a whole state`)
  const before = entries.slice(0, -1).reduce<StateImage | undefined>((image, entry) => replay(image, entry, 0), undefined)
  const after = replay(before, last, 0)
  if (!after) throw new MomentMissing(`${last.actor} has no state at turn ${last.turn}`)
  const alive = host && aliveOn(host, last.actor, after.stored)
  const trace = alive && traceAgain(alive.host, last, { before, living: alive.living })
  return {
    actor: last.actor,
    turn: last.turn,
    at: last.at,
    ownTime: after.stored.keeping.fork?.clock?.at ?? last.at,
    message: last.message,
    event: last.event,
    ...(last.from !== undefined && { from: last.from }),
    stored: after.stored,
    ...(alive && { description: { ...describe(alive.host, alive.living), timers: shownTimers(alive.living, after.stored.keeping) } }),
    ...(trace && { trace }),
  }
}

/** On whichever version hosted here the state fits. */
function aliveOn(newest: Host, actor: ActorId, { keeping: _keeping, ...chart }: Stored): { host: Host; living: Living } | undefined {
  const fitting = fit(newest, actor, chart)
  return fitting.kind === 'unfit' ? undefined : fitting
}

/** M2 */
function traceAgain(
  host: Host,
  entry: Entry,
  { before, living }: { readonly before: StateImage | undefined; readonly living: Living },
): Trace | undefined {
  const was = before && aliveOn(host, entry.actor, before.stored)?.living
  const effect = effectOf(entry, was)
  const relived = { message: entry.message, effect, timer: timerOf(entry) }
  const outcome = again(host, entry, { was, meta: ownMeta(before?.stored.keeping ?? nothingKept, metaOf(entry), relived) })
  const isSame = outcome && JSON.stringify(outcome.next.snapshot.value) === JSON.stringify(living.snapshot.value)
  return isSame ? traceOf(entry.event.type === '@init' ? undefined : was, outcome) : undefined
}

function metaOf(entry: Entry): EventMeta {
  const correlation = correlationOf(entry)
  return {
    at: entry.at,
    id: entry.message,
    random: randomOf(entry.actor, entry.turn),
    ...(entry.from !== undefined && { from: entry.from }),
    ...(correlation !== undefined && { correlation }),
  }
}

function again(
  host: Host,
  entry: Entry,
  { was, meta }: { readonly was: Living | undefined; readonly meta: EventMeta },
): Outcome | undefined {
  try {
    if (entry.event.type === '@init' && entry.snapshot) {
      const { input, parent } = entry.snapshot
      return birth(host, { address: entry.actor, input, ...(parent && { parent }) }, meta)
    }
    const arrival = was && arrivalOf(entry, was)
    return arrival && takeTurn(host, was, arrival, meta)
  } catch {
    return undefined // M2: what threw then is in the entry, as a dead letter
  }
}

const timerOf = ({ event }: Entry): string | undefined => (event.type === '@timer' ? String(event['id']) : undefined)

/** The effect whose result the entry applies. */
function effectOf({ result }: Entry, was: Living | undefined): StoredChild | undefined {
  return result === undefined ? undefined : Object.values(was?.children ?? {}).find(({ address }) => address === result)
}

function arrivalOf({ event, from, result }: Entry, was: Living): Arrival | undefined {
  if (result !== undefined) return resultOf(event, result)
  if (event.type === '@timer') {
    const id = String(event['id'])
    const timer = Object.hasOwn(was.timers, id) ? was.timers[id] : undefined
    return timer && { kind: 'timer', id, n: timer.n }
  }
  if (event.type.startsWith('@')) return undefined
  return { kind: 'event', event, ...(from !== undefined && { from }) }
}

function resultOf(event: ActorEvent, key: string): Arrival | undefined {
  const [, end, id] = /^xstate\.(done|error)\.actor\.(.*)$/s.exec(event.type) ?? []
  if (id === undefined) return undefined
  const value = (field: string): unknown => decode((event[field] ?? null) as Json)
  return { kind: 'result', id, key, result: end === 'done' ? { ok: true, output: value('output') } : { ok: false, error: value('error') } }
}
