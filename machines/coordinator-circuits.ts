// Coordinator circuits
// Agents and models that fail again and again are left out for a while: the root counts, every shard is told at once. Pure; a circuit itself is circuit.ts.
//
// V1. At most `circuitsMax` are kept; those that never failed go first.
// V2. When one is half-open, one shard at a time may make one decision with it. A shard that does not use its leave in `grantMs` loses it to the next.
import { circuitAfter, circuitDefaults, releaseProbe, retryAt, stateOf, takeProbe, type Circuit } from './circuit.ts'
import type { Arms, CoordinatorContext, Root, Told } from './coordinator-record.ts'
import type { Candidate } from './selection/types.ts'

export const circuitLimits = {
  /** V1 */
  circuitsMax: 200,
  /** V2 */
  grantMs: 5_000,
  /** V2: what a message may take until the root gives the leave to somebody else. */
  graceMs: 2_000,
} as const

const options = { ...circuitDefaults, buckets: 5 } as const
const granted = { ...options, probeMs: circuitLimits.grantMs + circuitLimits.graceMs } as const

type Circuits = Root['circuits']

/** The circuits after outcomes; the same object when nothing is counted. */
export function circuitsAfter(circuits: Circuits, cards: Arms, outcomes: readonly Told[]): Circuits {
  const next = new Map(Object.entries(circuits))
  let isChanged = false
  for (const told of outcomes) {
    for (const [name, ok] of countedBy(cards, told)) {
      const { at, since } = told
      next.set(name, circuitAfter(next.get(name), { ok, at, since }, options))
      isChanged = true
    }
  }
  return isChanged ? Object.fromEntries(bounded(next)) : circuits
}

/** Circuits that are not closed, with the time each is tried again. */
export function blockedBy(circuits: Circuits): Readonly<Record<string, number>> {
  const open = Object.entries(circuits).flatMap(([name, { opened }]) => (opened ? [[name, opened.until] as const] : []))
  return Object.fromEntries(open)
}

export const isSameBlocked = (one: Readonly<Record<string, number>>, other: Readonly<Record<string, number>>): boolean => {
  const names = Object.keys(one)
  return names.length === Object.keys(other).length && names.every((name) => Object.hasOwn(other, name) && one[name] === other[name])
}

/** Gives leave for the probes that are due (V2). */
export function grantProbes(circuits: Circuits, now: number): { readonly circuits: Circuits; readonly names: readonly string[] } {
  const names: string[] = []
  const next = Object.entries(circuits).map(([name, circuit]): [string, Circuit] => {
    const probing = takeProbe(circuit, now, granted)
    if (probing) names.push(name)
    return [name, probing ?? circuit]
  })
  return names.length === 0 ? { circuits, names } : { circuits: Object.fromEntries(next), names }
}

/** The leave was used: nobody else gets it until the outcome is known, or has been away for too long. */
export function withProbesTaken(circuits: Circuits, names: readonly string[], now: number): Circuits {
  const taken = names.flatMap((name): [string, Circuit][] => {
    const circuit = Object.hasOwn(circuits, name) ? circuits[name] : undefined
    const probing = circuit && takeProbe(releaseProbe(circuit), now, options)
    return probing ? [[name, probing]] : []
  })
  return taken.length === 0 ? circuits : { ...circuits, ...Object.fromEntries(taken) }
}

/** When the next probe may be made, epoch milliseconds; undefined when every circuit is closed. */
export function nextProbeAt(circuits: Circuits, now: number): number | undefined {
  const due = Object.values(circuits).flatMap((circuit) => (stateOf(circuit, now) === 'closed' ? [] : [retryAt(circuit, now) ?? now]))
  return due.length === 0 ? undefined : Math.min(...due)
}

/** The next shard in order, after the one that had the leave last; `main` when there is none. */
export function proberAfter({ shards, prober }: Root, own: string): string {
  const keys = Object.keys(shards).toSorted()
  return keys.find((key) => key > prober) ?? keys[0] ?? own
}

/** Of the probes that this coordinator may make, those that the chosen candidates are. */
export function probesOf({ probes }: CoordinatorContext, chosen: readonly Candidate[]): readonly string[] {
  const names = Object.keys(probes)
  if (names.length === 0) return names
  return names.filter((name) => chosen.some(({ arm, agent, model }) => name === arm || name === agent || name === model))
}

/** What the outcome says of which circuit: a success speaks for agent and model, a failure against the one that failed. */
function countedBy(cards: Arms, { arm, ok, failed }: Told): readonly (readonly [name: string, ok: boolean])[] {
  const card = Object.hasOwn(cards, arm) ? cards[arm]?.card : undefined
  if (!card) return []
  const { agent, model } = card
  if (failed === 'agent') return [[agent, false]]
  if (failed === 'model') return model === undefined ? [] : [[model, false]]
  if (!ok) return []
  return model === undefined ? [[agent, true]] : [[agent, true], [model, true]] // prettier-ignore
}

/** V1 */
function bounded(circuits: ReadonlyMap<string, Circuit>): readonly (readonly [string, Circuit])[] {
  const all = [...circuits]
  if (all.length <= circuitLimits.circuitsMax) return all
  const weight = ({ opened, buckets }: Circuit): number => (opened ? 2 : buckets.some(({ failed }) => failed > 0) ? 1 : 0)
  return all.toSorted(([, one], [, other]) => weight(other) - weight(one)).slice(0, circuitLimits.circuitsMax)
}
