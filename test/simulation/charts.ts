// Charts
// Random statecharts in the fleet, and the comparison of what became of each with one fold of its turns in memory, never stored and never restored.
import { isDeepStrictEqual } from 'node:util'
import { fromPromise, type AnyStateMachine } from 'xstate'
import { parseActorId, type ActorId } from '../../machines/address.ts'
import type { EventMeta } from '../../machines/message.ts'
import { defineActor, type ActorDefinition, type ActorSpec, type EffectRun } from '../../runtime/define-actor.ts'
import type { Entry } from '../../runtime/record.ts'
import {
  birth,
  decode,
  fromStored,
  prepare,
  takeTurn,
  toStored,
  type Arrival,
  type Host,
  type Json,
  type Living,
  type Stored,
} from '../../runtime/statechart/index.ts'
import type { End } from '../../runtime/testing/scenario.ts'
import type { Place } from '../../runtime/testing/truth.ts'
import { kid, randomMachine } from '../runtime/statechart/random-machine.ts'

/** Seeds of machines that come to rest: no delay leads back to itself without an event from outside. */
export const chartSeeds = [125, 206, 87, 22, 59, 184, 191, 209] as const

export const chartType = (seed: number): string => `chart${seed}`
const machines = new Map(
  chartSeeds.map(
    (seed) =>
      [
        seed,
        randomMachine(
          seed,
          fromPromise<number, undefined>(() => Promise.reject(new Error('not run'))),
        ),
      ] as const,
  ),
)

/** `work` runs the effect that some charts invoke. */
export function chartActors(work: EffectRun<undefined, number>): readonly ActorDefinition[] {
  // What such a machine invokes is known to its seed only.
  const define = (spec: object): ActorDefinition => defineActor({ version: '1', ...spec } as unknown as ActorSpec<AnyStateMachine>)
  const kidActor = define({ name: 'chartkid', machine: kid, createdByMessage: false })
  return [...machines].map(([seed, machine]) => define({ name: chartType(seed), machine, effects: { work }, children: { kid: kidActor } }))
}

/** Every turn of every chart leads where the fold says. */
export function* chartFaults({ truth }: End): Iterable<string> {
  const turns = new Map<ActorId, Place[]>()
  for (const place of truth.places) {
    const type = parseActorId(place.entry.actor)?.type ?? ''
    if (!/^chart\d+$/.test(type) || !(place.entry.snapshot ?? place.entry.patch)) continue
    const known = turns.get(place.entry.actor)
    if (known) known.push(place)
    else turns.set(place.entry.actor, [place])
  }
  for (const [actor, places] of turns) yield* foldFaults(actor, places)
}

function* foldFaults(actor: ActorId, places: readonly Place[]): Iterable<string> {
  const host = hostOf(actor)
  let living: Living | undefined
  for (const { entry, after } of places) {
    if (!after) return
    living = folded(host, living, entry, after)
    const { keeping: _keeping, ...chart } = after
    const found: unknown = JSON.parse(JSON.stringify(toStored(host, living)))
    if (isDeepStrictEqual(found, chart)) continue
    return yield `${actor} turn ${entry.turn} (${entry.event.type}): the log says ${JSON.stringify(chart)}, its turns one after the other ${JSON.stringify(found)}`
  }
}

/** A birth begins the fold; a restart, whose input only the kernel knows, begins it again. */
function folded(host: Host, living: Living | undefined, entry: Entry, after: Stored): Living {
  const meta: EventMeta = { at: entry.at, id: entry.message, random: 0, ...(entry.from && { from: entry.from }) }
  if (entry.event.type === '@init') return birth(host, { address: entry.actor, input: after.input }, meta).next
  if (entry.snapshot || !living) return fromStored(host, entry.actor, after)
  return entry.event.type.startsWith('@') && entry.event.type !== '@timer'
    ? living // parked, unparked: only the supervisor's memory changes
    : (takeTurn(host, living, arrivalOf(entry), meta)?.next ?? living)
}

function arrivalOf({ event, from, message, result }: Entry): Arrival {
  if (event.type === '@timer') return { kind: 'timer', id: String(event['id']), n: Number(message.split('.').at(-1)) }
  if (result === undefined) return { kind: 'event', event, ...(from && { from }) }
  const [, how, id = ''] = /^xstate\.(done|error)\.actor\.(.+)$/.exec(event.type) ?? []
  const value = (name: string): unknown => decode(event[name] as Json)
  return {
    kind: 'result',
    id,
    key: result,
    result: how === 'done' ? { ok: true, output: value('output') } : { ok: false, error: value('error') },
  }
}

const definitions = new Map(chartActors(() => Promise.reject(new Error('not run'))).map((definition) => [definition.name, definition]))

function hostOf(actor: ActorId): Host {
  const definition = definitions.get(parseActorId(actor)?.type ?? '')
  if (!definition) throw new Error(`${actor} is no chart`)
  return prepare(definition)
}
