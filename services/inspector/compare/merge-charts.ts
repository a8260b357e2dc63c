// Merge charts
// Two versions of one machine as one chart, in which each state and transition of either is once, with what became of it. Pure.
//
// G1. Every state and every transition of both charts is in the merged one exactly once.
// G2. What both have is shown as b has it, under b's id; what only a has stands where it stood.
import type { Chart, ChartNode, ChartTransition } from '../../../runtime/statechart/index.ts'
import { edgesOf, treeOf, type ChartTree } from '../chart/chart-tree.ts'
import { edgeChanges, stateChanges, type Change } from './changes.ts'
import { matchCharts, type Matches } from './match-charts.ts'

/** A state or a transition of the merged chart. */
export interface MergedPart {
  readonly id: string
  /** Its id in a; left out: only b has it. */
  readonly a?: string
  readonly b?: string
  /** What differs, of one that both have. */
  readonly changes: readonly Change[]
}

export interface MergedChart {
  readonly chart: Chart
  readonly states: readonly MergedPart[]
  readonly edges: readonly MergedPart[]
}

export function mergeCharts(a: Chart, b: Chart): MergedChart {
  const [treeA, treeB] = [treeOf(a), treeOf(b)]
  const matches = matchCharts(treeA, treeB)
  const ids = idsOf(treeA, treeB, matches)
  const root = merged({ treeA, treeB, matches, ids }, b.root)
  const chart: Chart = { id: b.id, hash: a.hash === b.hash ? b.hash : `${a.hash}-${b.hash}`, root }
  const tree = treeOf(chart)
  const [stateOfA, edgeOfA] = [inverse(ids.state), inverse(ids.edge)]
  const sides = { treeA, treeB, matches }
  return {
    chart,
    states: [...tree.places.keys()].map((id) => {
      const [inA, inB] = [matches.states.toA.get(id) ?? stateOfA.get(id), treeB.places.has(id) ? id : undefined]
      return part(id, inA, inB, (one, other) => stateChanges(sides, one, other))
    }),
    edges: edgesOf(tree).map(({ transition: { id } }) => {
      const inB = edgesIn(treeB).has(id) ? id : undefined
      return part(id, matches.edges.toA.get(id) ?? edgeOfA.get(id), inB, (one, other) => edgeChanges(sides, one, other))
    }),
  }
}

const part = (
  id: string,
  a: string | undefined,
  b: string | undefined,
  changes: (a: string, b: string) => readonly Change[],
): MergedPart => ({
  id,
  ...(a !== undefined && { a }),
  ...(b !== undefined && { b }),
  changes: a !== undefined && b !== undefined ? changes(a, b) : [],
})

/** In the merged chart, of what only a has, by its id in a. */
interface Ids {
  readonly state: ReadonlyMap<string, string>
  readonly edge: ReadonlyMap<string, string>
}

/** Its own id, unless b has another part under it. */
function idsOf(treeA: ChartTree, treeB: ChartTree, { states, edges }: Matches): Ids {
  const named = (own: Iterable<string>, isMatched: (id: string) => boolean, others: Iterable<string>): ReadonlyMap<string, string> => {
    const taken = new Set(others)
    const names = new Map<string, string>()
    for (const id of own) {
      if (isMatched(id)) continue
      let name = id
      while (taken.has(name)) name = `${name} of a`
      taken.add(name)
      names.set(id, name)
    }
    return names
  }
  return {
    state: named(treeA.places.keys(), (id) => states.toB.has(id), treeB.places.keys()),
    edge: named(edgesIn(treeA), (id) => edges.toB.has(id), edgesIn(treeB)),
  }
}

const edgeIds = new WeakMap<ChartTree, ReadonlySet<string>>()

function edgesIn(tree: ChartTree): ReadonlySet<string> {
  const known = edgeIds.get(tree) ?? new Set(edgesOf(tree).map(({ transition }) => transition.id))
  edgeIds.set(tree, known)
  return known
}

interface Merging {
  readonly treeA: ChartTree
  readonly treeB: ChartTree
  readonly matches: Matches
  readonly ids: Ids
}

/** A state of b with what a has beside it; or, of a, one that b has not (G1, G2). */
function merged(merging: Merging, node: ChartNode): ChartNode {
  const { treeA, matches, ids } = merging
  const inA = matches.states.toA.get(node.id)
  const was = inA === undefined ? undefined : treeA.place(inA).node
  const states = childrenOf(merging, node, was)
  const gone = (was?.transitions ?? []).filter(({ id }) => ids.edge.has(id)).map((transition) => ofA(merging, transition))
  const isLeaf = node.type === 'atomic' || node.type === 'final' || node.type === 'history'
  const initial = node.initial ?? (was?.initial === undefined ? undefined : imageOf(merging, was.initial))
  return {
    ...node,
    type: isLeaf && states.length > 0 ? (was?.type === 'parallel' ? 'parallel' : 'compound') : node.type,
    ...(initial !== undefined && states.length > 0 && { initial }),
    delays: [...node.delays, ...(was?.delays ?? []).filter(({ event }) => !node.delays.some((delay) => delay.event === event))],
    transitions: [...node.transitions, ...gone],
    states,
  }
}

/** One of a that b has not, and all in it that b has not either. */
function leftOver(merging: Merging, node: ChartNode): ChartNode {
  return {
    ...node,
    id: imageOf(merging, node.id),
    ...(node.initial !== undefined && { initial: imageOf(merging, node.initial) }),
    transitions: node.transitions.map((transition) => ofA(merging, transition)),
    states: node.states.flatMap((child) => (merging.ids.state.has(child.id) ? [leftOver(merging, child)] : [])),
  }
}

/** What only a has stands behind the one it stood behind. */
function childrenOf(merging: Merging, node: ChartNode, was: ChartNode | undefined): readonly ChartNode[] {
  const { matches, ids } = merging
  const children = node.states.map((child) => merged(merging, child))
  let behind = -1
  for (const child of was?.states ?? []) {
    if (ids.state.has(child.id)) children.splice(++behind, 0, leftOver(merging, child))
    else {
      const at = children.findIndex(({ id }) => id === matches.states.toB.get(child.id))
      behind = at < 0 ? behind : at // it may stand elsewhere now
    }
  }
  return children
}

const ofA = (merging: Merging, transition: ChartTransition): ChartTransition => ({
  ...transition,
  id: merging.ids.edge.get(transition.id) ?? transition.id,
  targets: transition.targets.map((id) => imageOf(merging, id)),
})

const imageOf = ({ matches, ids }: Merging, id: string): string => matches.states.toB.get(id) ?? ids.state.get(id) ?? id

const inverse = (map: ReadonlyMap<string, string>): ReadonlyMap<string, string> => new Map([...map].map(([from, to]) => [to, from]))
