// Compare runs
// Two runs of one actor type on one chart: where they part, what each came to in every state and on every transition, and what differs at the end.
// A fork is compared with its original from where it begins.
import { parseActorId, type ActorId } from '../../../machines/address.ts'
import { rebase } from '../../../machines/fork.ts'
import { redact } from '../../../machines/redact.ts'
import type { Host } from '../../../runtime/statechart/index.ts'
import { turnSpan } from '../../history/read-turns.ts'
import { treeOf } from '../chart/chart-tree.ts'
import { activeIn, valueText } from './active.ts'
import { edgeIn, edgeTitle } from './changes.ts'
import { compareMachines, versionsOf, type ComparedPart, type HostedVersion, type MachineComparison } from './compare-machines.ts'
import { contextDifferences, type ContextDifferences } from './context.ts'
import type { MergedPart } from './merge-charts.ts'
import { partingOf, type Parting, type PartingSide } from './divergence.ts'
import { RunsNotComparable } from './errors.ts'
import { loadRun, type LoadedRun, type RunSource } from './load-run.ts'
import { relationOf, type RunEnd, type Relation } from './relation.ts'
import { noStats, tallyOf, type Stats, type Tally } from './tally.ts'

export interface RunName {
  readonly actor: ActorId
  /** Up to this turn; undefined: to the last one. */
  readonly turn?: number | undefined
}

export interface RunSummary {
  readonly actor: ActorId
  /** Compared are the turns after this one … */
  readonly after: number
  /** … up to this one. */
  readonly to: number
  readonly isCut: boolean
  readonly value: unknown
  readonly status: string
  readonly version: string
  readonly hash: string
  /** The chart is that of another version: this build does not host its own. */
  readonly isForeign: boolean
  readonly untold?: string
  readonly total: Tally['total']
}

export interface RunPart {
  readonly id: string
  readonly kind: ComparedPart['kind']
  readonly title: string
  readonly a: Stats
  readonly b: Stats
  /** Who was there; `neither`: nobody. */
  readonly who: 'only-a' | 'only-b' | 'both' | 'neither'
}

export interface RunComparison {
  readonly type: string
  readonly a: RunSummary
  readonly b: RunSummary
  readonly relation: Relation
  readonly parting: Parting
  readonly machine: MachineComparison
  readonly parts: readonly RunPart[]
  readonly context: ContextDifferences
}

export interface CompareSource extends RunSource {
  readonly hosts: ReadonlyMap<string, Host>
}

/** Throws `RunsNotComparable`, and what `Past.at` throws for the last turn of each. */
export async function compareRuns(source: CompareSource, a: RunName, b: RunName): Promise<RunComparison> {
  const type = commonType(a.actor, b.actor)
  const host = source.hosts.get(type)
  if (!host) throw new RunsNotComparable(`comparing ${a.actor} with ${b.actor}: this build has no machine '${type}' to draw them on`)
  const [endA, endB] = await Promise.all([endOf(source, a), endOf(source, b)])
  const relation = relationOf(endA, endB)
  const versions = versionsOf(host)
  const load = (end: RunEnd, after: number): Promise<Side> => sideOf(source, { end, after, versions, as: a.actor })
  const [sideA, sideB] = await Promise.all([load(endA, relation.afterA), load(endB, relation.afterB)])
  const machine = compareMachines(sideA.run.chart, sideB.run.chart)
  return {
    type,
    a: sideA.summary,
    b: sideB.summary,
    relation,
    parting: partingOf(partingSide(sideA, machine, 'a'), partingSide(sideB, machine, 'b')),
    machine,
    parts: machine.parts.map((part) => runPart(part, sideA.tally, sideB.tally)),
    context: contextDifferences(redact(endA.stored.context), redact(rebase(endB.stored.context, b.actor, a.actor))),
  }
}

function commonType(a: ActorId, b: ActorId): string {
  const [one, other] = [parseActorId(a)?.type, parseActorId(b)?.type]
  if (one !== undefined && one === other) return one
  throw new RunsNotComparable(`comparing ${a} with ${b}: they are of the types ${one} and ${other}; compare two actors of one type`)
}

/** The history's last turn, unless one is named. */
async function endOf({ past, database }: RunSource, { actor, turn }: RunName): Promise<RunEnd> {
  const last = turn ?? (await turnSpan(database, actor))?.last ?? 1
  const { moment } = await past.at(actor, last)
  return { actor, turn: last, stored: moment.stored }
}

interface Side {
  readonly run: LoadedRun
  readonly tally: Tally
  readonly summary: RunSummary
}

interface SideWish {
  readonly end: RunEnd
  readonly after: number
  readonly versions: readonly HostedVersion[]
  readonly as: ActorId
}

async function sideOf(source: RunSource, { end, after, versions, as }: SideWish): Promise<Side> {
  const { actor, turn, stored } = end
  const { version, hash } = stored.definition
  const own = versions.find((one) => one.hash === hash)
  const hosted = own ?? versions[0]
  if (!hosted) throw new RunsNotComparable(`comparing ${actor}: this build hosts no version of its type`)
  const { chart, host } = hosted
  const run = await loadRun(source, { actor, after, to: turn, host, chart, as })
  const tally = tallyOf(treeOf(chart), run)
  return {
    run,
    tally,
    summary: {
      actor,
      after,
      to: run.last,
      isCut: run.isCut,
      value: stored.value,
      status: stored.status,
      version,
      hash,
      isForeign: own === undefined,
      ...(run.untold !== undefined && { untold: run.untold }),
      total: tally.total,
    },
  }
}

function partingSide({ run }: Side, { merged, counts }: MachineComparison, side: 'a' | 'b'): PartingSide {
  const tree = treeOf(run.chart)
  const isOneVersion = counts.added + counts.removed + counts.changed === 0
  const inMerged = (parts: readonly MergedPart[]): ReadonlyMap<string, string> =>
    new Map(parts.flatMap((part) => (part[side] === undefined ? [] : [[part[side], part.id]])))
  const [states, edges] = [inMerged(merged.states), inMerged(merged.edges)]
  const statesText = (value: unknown): string =>
    [...activeIn(tree.chart.root, value)]
      .map((id) => states.get(id) ?? `${side} ${id}`)
      .toSorted()
      .join(' ')
  return {
    turns: run.turns,
    ...(run.start && { start: run.start }),
    commonEdge: (id) => edges.get(id) ?? `${side} ${id}`,
    commonValue: isOneVersion ? valueText : statesText,
    edgeText: (id) => {
      const edge = edgeIn(tree, id)
      return edge ? edgeTitle(tree, edge) : id
    },
  }
}

function runPart({ id, kind, title, a, b }: ComparedPart, ofA: Tally, ofB: Tally): RunPart {
  const stats = (tally: Tally, own: string | undefined): Stats =>
    (own === undefined ? undefined : (kind === 'state' ? tally.states : tally.edges).get(own)) ?? noStats
  const [one, other] = [stats(ofA, a), stats(ofB, b)]
  const [isInA, isInB] = [one, other].map(({ visits, ms }) => visits > 0 || ms > 0)
  return { id, kind, title, a: one, b: other, who: isInA ? (isInB ? 'both' : 'only-a') : isInB ? 'only-b' : 'neither' }
}
