// Chart tree
// A chart with its nodes by id, each with its parent and depth: what layout, lint and exports walk.
import type { Chart, ChartNode, ChartTransition } from '../../../runtime/statechart/index.ts'

export interface ChartPlace {
  readonly node: ChartNode
  readonly parent?: string
  readonly depth: number
}

export interface ChartTree {
  readonly chart: Chart
  /** Parents before children, in document order. */
  readonly places: ReadonlyMap<string, ChartPlace>
  place(id: string): ChartPlace
  /** From the parent up to the root. */
  ancestors(id: string): readonly string[]
}

export interface ChartEdge {
  readonly source: ChartNode
  readonly transition: ChartTransition
}

export function treeOf(chart: Chart): ChartTree {
  const places = new Map<string, ChartPlace>()
  const visit = (node: ChartNode, depth: number, parent?: string): void => {
    places.set(node.id, { node, depth, ...(parent !== undefined && { parent }) })
    for (const child of node.states) visit(child, depth + 1, node.id)
  }
  visit(chart.root, 0)
  const place = (id: string): ChartPlace => {
    const found = places.get(id)
    if (!found) throw new Error(`chart ${chart.id} has no state '${id}'`)
    return found
  }
  const ancestors = (id: string): readonly string[] => {
    const { parent } = place(id)
    return parent === undefined ? [] : [parent, ...ancestors(parent)]
  }
  return { chart, places, place, ancestors }
}

/** Every transition with its source, in document order. */
export const edgesOf = ({ places }: ChartTree): readonly ChartEdge[] =>
  [...places.values()].flatMap(({ node }) => node.transitions.map((transition) => ({ source: node, transition })))

/** The nearest state that holds both, neither of them itself unless it is the root; undefined when one is the root. */
export function commonFrame(tree: ChartTree, one: string, other: string): string | undefined {
  const line = new Set(tree.ancestors(one))
  return tree.ancestors(other).find((id) => line.has(id))
}

/** The child of `frame` that is the state or holds it. */
export const childToward = (tree: ChartTree, frame: string, id: string): string | undefined =>
  [id, ...tree.ancestors(id)].find((one) => tree.place(one).parent === frame)

export const isInside = (tree: ChartTree, id: string, frame: string): boolean => tree.ancestors(id).includes(frame)

/** The states that a state value means, outer ones first; what the chart does not have is left out. */
export function activeStates(root: ChartNode, value: unknown): ReadonlySet<string> {
  const active = new Set<string>()
  const enter = (node: ChartNode, inside: unknown): void => {
    active.add(node.id)
    if (typeof inside === 'string') {
      const child = node.states.find(({ key }) => key === inside)
      if (child) enter(child, undefined)
    } else if (typeof inside === 'object' && inside !== null) {
      const values = new Map<string, unknown>(Object.entries(inside))
      for (const child of node.states) if (values.has(child.key)) enter(child, values.get(child.key))
    }
  }
  if (value !== undefined && value !== null) enter(root, value)
  return active
}
