// Tree
// A chart made ready for questions: which states are active for a state value, what leads where, what lies in what. Pure.
import { activeStates } from '../../chart/chart-tree.ts'
import type { Chart, ChartNode, ChartTransition, Drawing } from '../wire.ts'

export interface TreePlace {
  readonly node: ChartNode
  readonly parent?: string
  readonly depth: number
}

export interface TreeEdge {
  readonly transition: ChartTransition
  readonly source: string
}

export interface ChartTree {
  readonly root: string
  /** In the order of the chart, parents first. */
  readonly places: ReadonlyMap<string, TreePlace>
  readonly edges: ReadonlyMap<string, TreeEdge>
  /** By target. */
  readonly into: ReadonlyMap<string, readonly TreeEdge[]>
}

export interface DrawnChart {
  readonly chart: Chart
  readonly drawing: Drawing
  readonly tree: ChartTree
}

export function treeOf({ root }: Pick<Chart, 'root'>): ChartTree {
  const places = new Map<string, TreePlace>()
  const edges = new Map<string, TreeEdge>()
  const into = new Map<string, TreeEdge[]>()
  const put = (node: ChartNode, depth: number, parent?: string): void => {
    places.set(node.id, { node, depth, ...(parent !== undefined && { parent }) })
    for (const transition of node.transitions) {
      const edge = { transition, source: node.id }
      edges.set(transition.id, edge)
      for (const target of transition.targets) into.set(target, [...(into.get(target) ?? []), edge])
    }
    for (const child of node.states) put(child, depth + 1, node.id)
  }
  put(root, 0)
  return { root: root.id, places, edges, into }
}

/** The states a state value means, outer ones first; what the chart does not have is left out. */
export function activeIn(tree: ChartTree, value: unknown): ReadonlySet<string> {
  const root = tree.places.get(tree.root)
  return root ? activeStates(root.node, value) : new Set()
}

/** Those that hold no other active state. */
export const leavesOf = (tree: ChartTree, active: ReadonlySet<string>): readonly string[] =>
  [...active].filter((id) => !tree.places.get(id)?.node.states.some((child) => active.has(child.id)))

export function ancestorsOf(tree: ChartTree, id: string): readonly string[] {
  const found: string[] = []
  for (let parent = tree.places.get(id)?.parent; parent !== undefined; parent = tree.places.get(parent)?.parent) found.push(parent)
  return found
}

/** Without the machine's own name. */
export function pathText(tree: ChartTree, id: string): string {
  const keys = [id, ...ancestorsOf(tree, id)].flatMap((one) => tree.places.get(one)?.node.key ?? one)
  return keys.length === 1 ? keys.join('') : keys.slice(0, -1).toReversed().join('.')
}

export type Step = 'ArrowRight' | 'ArrowLeft' | 'ArrowUp' | 'ArrowDown'

/** Where an arrow leads: along a transition, back along one, to a sibling; with Alt into a state and out of it. */
export function walk(tree: ChartTree, from: string, step: Step, alt = false): string | undefined {
  const place = tree.places.get(from)
  if (!place) return tree.root
  const { node, parent } = place
  const first = node.initial ?? node.states[0]?.id
  if (step === 'ArrowRight') {
    if (alt) return first
    return node.transitions.flatMap(({ targets }) => targets).find((target) => target !== from) ?? first
  }
  if (step === 'ArrowLeft') {
    if (alt) return parent
    return tree.into.get(from)?.find(({ source }) => source !== from)?.source ?? parent
  }
  const siblings = (parent === undefined ? [] : (tree.places.get(parent)?.node.states ?? [])).map(({ id }) => id)
  const by = step === 'ArrowDown' ? 1 : siblings.length - 1
  return siblings[(siblings.indexOf(from) + by) % siblings.length]
}
