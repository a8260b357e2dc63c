// Coordinator sharing
// How shards and the root learn from each other: a shard sends what came of its decisions in batches, the root merges them and tells the others
// what has changed. Pure: contexts and messages in, contexts and messages out. Who merges is coordinator-root.ts.
//
// B1. An outcome is merged once: batches are numbered in each life of a shard, and a number is merged once.
// B2. What a shard knows is what the root told it and its own outcomes that the root had not merged by then: nothing is counted twice or lost.
// B3. A batch leaves at once when none is on its way, else when the one before is merged or when it is full: the root sets the pace.
import { put } from './coordinator-parts.ts'
import { learningOf, type Arms, type CoordinatorContext, type Policies, type Shared, type Told } from './coordinator-record.ts'
import { learn, type SelectionModel } from './selection.ts'
import type { ArmId } from './selection/types.ts'

export const sharingLimits = {
  /** B3: outcomes in one batch. */
  batchMax: 200,
  /** Outcomes that are remembered until the root has merged them. Beyond it the oldest of those in flight is forgotten here, and known again once it is merged. */
  unmergedMax: 400,
} as const

/** A shard that has begun asks for all there is. */
export interface ModelPull {
  readonly type: 'model.pull'
  readonly shard: string
  readonly life: string
}

export interface StatisticsMerge {
  readonly type: 'statistics.merge'
  readonly shard: string
  readonly life: string
  /** The number of the batch, from 1. */
  readonly n: number
  readonly outcomes: readonly Told[]
}

/** From the root: entries as they are there, once batches up to `merged` of this shard are in them. */
export interface ModelTold {
  readonly type: 'model.told'
  readonly life: string
  readonly merged: number
  readonly part: SelectionModel
}

/** From the root: arms that are new or other than before, and those that are no more. */
export interface RosterTold {
  readonly type: 'roster.told'
  /** Those that the shard knew before are no more. */
  readonly anew?: true
  readonly arms: Arms
  readonly retired: readonly ArmId[]
}

export interface PoliciesTold {
  readonly type: 'policies.told'
  readonly policies: Policies
}

/** All circuits that are not closed; of those in `probes` one decision of this shard may be the probe. */
export interface CircuitsTold {
  readonly type: 'circuits.told'
  readonly blocked: Readonly<Record<string, number>>
  readonly probes: readonly string[]
}

/** From a shard: its decision is the probe of these circuits. */
export interface ProbeTaken {
  readonly type: 'probe.taken'
  readonly shard: string
  readonly names: readonly string[]
}

/** The context of a shard after an outcome of its own. */
export function withOwn(context: CoordinatorContext, told: Told): CoordinatorContext {
  const kept = context.shared.unmerged.length < sharingLimits.unmergedMax ? context.shared : withoutOldest(context.shared)
  return { ...context, shared: { ...kept, unmerged: [...kept.unmerged, told] } }
}

/** What a coordinator was seen to know last: of so many outcomes on top of a base. */
interface View {
  readonly base: SelectionModel
  readonly policies: Policies
  readonly unmerged: readonly Told[]
  readonly model: SelectionModel
}

/** The latest view of each coordinator, the one looked at last at the end. A view that is not in here is made again, and is the same. */
const views = new Map<string, View>()
const viewsMax = 64

/**
 * What a coordinator knows: what the root told, and on top of it its own outcomes in their order (B2). It is made when it is asked for, of the
 * view before if that is its beginning. Kept in the state, every outcome would write its sums into the log, which has the outcome itself already.
 */
export function viewOf({ tenant, key, model: base, shared: { unmerged }, policies }: CoordinatorContext): SelectionModel {
  if (unmerged.length === 0) return base
  const name = `${tenant}/${key}`
  const known = views.get(name)
  const learning = learningOf(policies)
  const isBeginning = known?.base === base && known.policies === policies && beginsWith(unmerged, known.unmerged)
  let model = isBeginning ? known.model : base
  for (let at = isBeginning ? known.unmerged.length : 0; at < unmerged.length; at++) {
    const told = unmerged[at]
    if (told) model = learn(model, told, learning)
  }
  remember(name, { base, policies, unmerged, model })
  return model
}

/** Lists only lose at the front and gain at the end, so two objects tell. */
const beginsWith = (list: readonly Told[], beginning: readonly Told[]): boolean =>
  list.length >= beginning.length && list[0] === beginning[0] && list[beginning.length - 1] === beginning.at(-1)

function remember(name: string, view: View): void {
  views.delete(name)
  views.set(name, view)
  const [oldest] = views.keys()
  if (views.size > viewsMax && oldest !== undefined) views.delete(oldest)
}

/** The next batch, if it is time for one (B3). */
export function nextBatch(context: CoordinatorContext): { readonly shared: Shared; readonly message: StatisticsMerge } | undefined {
  const { key, life, shared: before } = context
  const sent = sentOf(before)
  const waiting = before.unmerged.length - sent
  if (waiting === 0 || (before.inFlight.length > 0 && waiting < sharingLimits.batchMax)) return undefined
  const outcomes = before.unmerged.slice(sent, sent + sharingLimits.batchMax)
  const n = before.batch + 1
  const next: Shared = { ...before, batch: n, inFlight: [...before.inFlight, { n, count: outcomes.length }] }
  return { shared: next, message: { type: 'statistics.merge', shard: key, life, n, outcomes } }
}

/** What the root told replaces what was known; what it has merged is no longer on top of it (B2). */
export function heard(context: CoordinatorContext, { life, merged, part }: ModelTold): CoordinatorContext {
  if (life !== context.life) return context // it was for the life before
  const { inFlight, unmerged } = context.shared
  const gone = inFlight.filter(({ n }) => n <= merged).reduce((sum, { count }) => sum + count, 0)
  const after = { ...context.shared, inFlight: inFlight.filter(({ n }) => n > merged), unmerged: unmerged.slice(gone) }
  return { ...context, model: put(context.model, part), shared: after }
}

/** Those on their way come first in the list. */
const sentOf = ({ inFlight }: Shared): number => inFlight.reduce((sum, { count }) => sum + count, 0)

/** The oldest batch: it is on its way, so only this shard's own memory of it is lost, for as long as that takes. */
function withoutOldest(shared: Shared): Shared {
  const oldest = shared.inFlight.find(({ count }) => count > 0)
  if (!oldest) return shared
  const inFlight = shared.inFlight.map((batch) => (batch === oldest ? { ...batch, count: 0 } : batch))
  return { ...shared, inFlight, unmerged: shared.unmerged.slice(oldest.count) }
}

/** Messages of arms, each within a size that a record has room for. */
export function rosterTellings(arms: Arms, charactersMax: number): readonly RosterTold[] {
  const pieces: [ArmId, Arms[ArmId]][][] = [[]]
  let characters = 0
  for (const [arm, entry] of Object.entries(arms)) {
    const size = JSON.stringify(entry).length
    if (characters > 0 && characters + size > charactersMax) {
      pieces.push([])
      characters = 0
    }
    pieces.at(-1)?.push([arm, entry])
    characters += size
  }
  return pieces.map((piece, at) => ({ type: 'roster.told', ...(at === 0 && { anew: true }), arms: Object.fromEntries(piece), retired: [] }))
}

/** The arms of a shard after what it was told. */
export function withRoster(arms: Arms, { anew, arms: told, retired }: RosterTold): Arms {
  const gone = new Set(retired)
  const kept = anew ? [] : Object.entries(arms).filter(([arm]) => !gone.has(arm))
  return { ...Object.fromEntries(kept), ...told }
}
