// Compare machines
// Two versions of one machine: the merged chart, and what became of each state and transition. Pure.
import { chartOf, earlierVersions, prepare, type Chart, type Host } from '../../../runtime/statechart/index.ts'
import { edgesOf, treeOf, type ChartEdge, type ChartTree } from '../chart/chart-tree.ts'
import { edgeTitle, pathOf } from './changes.ts'
import { VersionNotHosted } from './errors.ts'
import { mergeCharts, type MergedChart, type MergedPart } from './merge-charts.ts'

export type PartTone = 'added' | 'removed' | 'changed' | 'same'

export interface ComparedPart extends MergedPart {
  readonly kind: 'state' | 'transition'
  readonly tone: PartTone
  /** For people: `working.thinking`, or `thinking, done think → acting`. */
  readonly title: string
}

/** A version of a machine, as its definition says. */
export interface MachineVersion {
  readonly version: string
  readonly hash: string
}

export interface MachineComparison {
  readonly merged: MergedChart
  /** All parts, in the order of the merged chart: states, then transitions. */
  readonly parts: readonly ComparedPart[]
  readonly counts: Readonly<Record<PartTone, number>>
}

export function compareMachines(a: Chart, b: Chart): MachineComparison {
  const merged = mergeCharts(a, b)
  const tree = treeOf(merged.chart)
  const edges = new Map<string, ChartEdge>(edgesOf(tree).map((edge) => [edge.transition.id, edge]))
  const parts = [
    ...merged.states.map((part) => comparedPart('state', part, pathOf(tree, part.id))),
    ...merged.edges.map((part) => comparedPart('transition', part, titleOf(tree, edges.get(part.id), part.id))),
  ]
  const counts = { added: 0, removed: 0, changed: 0, same: 0 }
  for (const { tone } of parts) counts[tone]++
  return { merged, parts, counts }
}

const titleOf = (tree: ChartTree, edge: ChartEdge | undefined, id: string): string => (edge ? edgeTitle(tree, edge) : id)

const comparedPart = (kind: ComparedPart['kind'], part: MergedPart, title: string): ComparedPart => ({
  ...part,
  kind,
  title,
  tone: toneOf(part),
})

function toneOf({ a, b, changes }: MergedPart): PartTone {
  if (a === undefined) return 'added'
  if (b === undefined) return 'removed'
  return changes.length > 0 ? 'changed' : 'same'
}

export interface HostedVersion extends MachineVersion {
  readonly chart: Chart
  /** What takes its turns. */
  readonly host: Host
}

/** Of a type, the newest first. */
export const versionsOf = (newest: Host): readonly HostedVersion[] =>
  [newest, ...earlierVersions(newest.definition).map(prepare)].map((host) => ({
    version: host.stamp.version,
    hash: host.stamp.hash,
    chart: chartOf(host.definition.machine),
    host,
  }))

/** The two that are meant, by hash or version: `to` is the newest and `from` the one before it, unless they are named. Throws `VersionNotHosted`. */
export function versionPair<Version extends MachineVersion>(
  type: string,
  versions: readonly Version[],
  { from, to }: { readonly from?: string | undefined; readonly to?: string | undefined },
): readonly [from: Version, to: Version] {
  const named = (name: string): Version => {
    const found = versions.find(({ hash }) => hash === name) ?? versions.find(({ version }) => version === name)
    if (found) return found
    const known = versions.map(({ version, hash }) => `${version} (${hash})`).join(', ')
    throw new VersionNotHosted(`comparing versions of ${type}: this build hosts none with the hash or version '${name}'; it has ${known}`)
  }
  const later = to === undefined ? versions[0] : named(to)
  const earlier = from === undefined ? versions[versions.findIndex((one) => one === later) + 1] : named(from)
  if (later && earlier) return [earlier, later]
  throw new VersionNotHosted(
    `comparing versions of ${type}: this build hosts none before ${later?.version ?? to}; name one with from, or give its definition as \`previous\``,
  )
}
