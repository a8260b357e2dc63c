// Coordinator record
// What a coordinator keeps. `main` and the shards are one machine; what only one of them has is in `root` and `shared`.
import type { Circuit } from './circuit.ts'
import type { AgentProgram, PolicySet } from './coordinator-messages.ts'
import { noneOpen, type OpenDecisions } from './coordinator-open.ts'
import type { CellNames } from './coordinator-parts.ts'
import { emptyModel, policyDefaults, type SelectionModel } from './selection.ts'
import { armOf, type AgentCard, type ArmId, type Observation, type SelectionPolicy } from './selection/types.ts'

/** An arm: its card and, of a registered agent, how it runs. */
export interface Arm {
  readonly card: AgentCard
  readonly program?: AgentProgram
}

export type Arms = Readonly<Record<ArmId, Arm>>
export type Policies = Omit<PolicySet, 'type'>

export interface Counts {
  /** Of this life: the last decision's number. */
  readonly decided: number
  /** Of this life: the last outcome's number. */
  readonly settled: number
  readonly repeated: number
  readonly censored: number
  readonly withdrawn: number
  /** Outcomes of decisions that were censored. */
  readonly late: number
  readonly unknown: number
  readonly invalid: number
}

/** An observation on its way to the root, with what circuits are told by. */
export interface Told extends Observation {
  readonly ok: boolean
  readonly failed?: 'agent' | 'model'
  /** When it was decided. */
  readonly since: number
}

/** What a shard has learned and the root has not yet said to have merged. */
export interface Shared {
  /** The last batch sent. */
  readonly batch: number
  /** Batches on their way, oldest first, with the number of observations in each. */
  readonly inFlight: readonly { readonly n: number; readonly count: number }[]
  /** Those in flight first, then those still to be sent. */
  readonly unmerged: readonly Told[]
}

/** What the root knows of a shard. */
export interface ShardMark {
  readonly life: string
  /** The last batch merged, and the last one said to be. */
  readonly merged: number
  readonly told: number
  /** Outcomes merged. */
  readonly outcomes: number
}

export interface Root {
  readonly shards: Readonly<Record<string, ShardMark>>
  /** Cells that changed since shards were last told. */
  readonly fresh: CellNames
  readonly toldAt: number
  /** Whether the timer to tell runs. */
  readonly telling: boolean
  /** By agent or model. */
  readonly circuits: Readonly<Record<string, Circuit>>
  /** The shard that was last let make a probe. */
  readonly prober: string
  /** Characters of JSON of the arms. */
  readonly armCharacters: number
  /** The versions of arms that are no more, the last one at the end: should they come back. Absent: there is none. */
  readonly retired?: Readonly<Record<ArmId, string>>
}

export interface CoordinatorContext {
  readonly tenant: string
  /** `main`, or the shard. */
  readonly key: string
  /** Says apart the decisions of a coordinator that had to begin anew. */
  readonly life: string
  readonly cards: Arms
  readonly policies: Policies
  /** Of the root all that is known; of a shard what the root told it. */
  readonly model: SelectionModel
  /** Circuits that are not closed, by agent or model, with the time each may be tried again. */
  readonly blocked: Readonly<Record<string, number>>
  /** Of them, those of which one decision here may be the probe, and until when. */
  readonly probes: Readonly<Record<string, number>>
  readonly open: OpenDecisions
  /** Whether the timer for decisions without an outcome runs. */
  readonly watching: boolean
  readonly counts: Counts
  readonly shared: Shared
  readonly root: Root
}

const nothingCounted: Counts = { decided: 0, settled: 0, repeated: 0, censored: 0, withdrawn: 0, late: 0, unknown: 0, invalid: 0 }
const nothingShared: Shared = { batch: 0, inFlight: [], unmerged: [] }
const newRoot: Root = { shards: {}, fresh: {}, toldAt: 0, telling: false, circuits: {}, prober: '', armCharacters: 0 }

export interface Birthplace {
  readonly tenant: string
  readonly key: string
}

export const newCoordinator = (
  { tenant, key }: Birthplace,
  roster: readonly AgentCard[],
  live: SelectionPolicy = policyDefaults,
): CoordinatorContext => ({
  tenant,
  key,
  life: '',
  cards: Object.fromEntries(roster.map((card) => [armOf(card), { card }])),
  policies: { live },
  model: emptyModel(),
  blocked: {},
  probes: {},
  open: noneOpen,
  watching: false,
  counts: nothingCounted,
  shared: nothingShared,
  root: newRoot,
})

export const isRoot = ({ key }: Pick<CoordinatorContext, 'key'>): boolean => !/^s\d{1,2}$/.test(key)

/** What learning depends on: the live policy forgets, and all features are kept that any policy in force looks at. */
export function learningOf({ live, canary, shadow }: Policies): Pick<SelectionPolicy, 'halfLifeMs' | 'features'> {
  const more = [...(canary?.policy.features ?? []), ...(shadow?.features ?? [])]
  return more.length === 0 ? live : { halfLifeMs: live.halfLifeMs, features: [...new Set([...live.features, ...more])] }
}
