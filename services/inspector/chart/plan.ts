// Plan
// Decides how each transition of a chart is shown, before anything has a place: as a row in its state, as a line with a label, or as a line to a
// pill that names the other end.
//
// P1. Every transition is in a row, a label or a pill.
// P2. Nothing but regions is drawn in a parallel state: what would start or end in between is written into a state.
import { edgesOf, childToward, commonFrame, isInside, treeOf, type ChartEdge, type ChartTree } from './chart-tree.ts'
import type { Chart } from '../../../runtime/statechart/index.ts'
import { cutter, type Cuts } from './cut.ts'
import type { LineKind, Row } from './drawing.ts'
import { innerRow, labelRows, lineKind, stateRows } from './rows.ts'

/** An end of a transition that is written: a box of its own beside the end that is drawn. */
export interface Pill {
  readonly id: string
  readonly frame: string
  readonly rows: readonly Row[]
  /** The drawn line leaves the pill. */
  readonly starts: boolean
}

export interface Plan extends Cuts {
  readonly tree: ChartTree
  readonly rows: ReadonlyMap<string, readonly Row[]>
  readonly pills: readonly Pill[]
}

/** A line that would cross so many frames becomes a pill; in a large chart, sooner: its lines would be long. */
const crossingsMax = 2
const crossingsMaxInLarge = 1
const largeStates = 80

/** The transitions from one state to one other: they share a line and its label. */
interface Bundle {
  readonly from: string
  readonly to: string
  readonly edges: readonly ChartEdge[]
}

type Course =
  | { readonly how: 'line' }
  | { readonly how: 'row'; readonly icon: 'up' | 'down' | 'jump' | undefined }
  /** The target is named in a pill beside the source. */
  | { readonly how: 'target pill'; readonly icon: 'up' | 'jump'; readonly frame: string }
  /** The source holds the target: a pill beside the target says what leads there. */
  | { readonly how: 'source pill'; readonly frame: string }

export function planOf(chart: Chart): Plan {
  const tree = treeOf(chart)
  const rows = new Map([...tree.places.values()].map(({ node }) => [node.id, [...stateRows(node)]]))
  const pills: Pill[] = []
  const cuts = cutter(tree)
  const addPill = (pill: Omit<Pill, 'id'>): string => {
    const id = `pill ${pills.length}`
    pills.push({ id, ...pill })
    return id
  }
  for (const { node } of tree.places.values())
    if (node.type === 'compound' && node.initial !== undefined)
      cuts.line({ box: initialOf(node.id), frame: node.id }, place(tree, node.initial), { edges: [], kind: 'initial', label: [] })
  for (const { source, transition } of edgesOf(tree))
    if (transition.targets.length === 0) rows.get(source.id)?.push(innerRow(transition, source))
  for (const bundle of bundlesOf(tree)) {
    const course = courseOf(tree, bundle)
    const name = tree.places.get(bundle.to)?.node.key ?? bundle.to
    const edges = bundle.edges.map(({ transition }) => transition.id)
    const kind: LineKind = lineKind(bundle.edges.map(({ transition }) => transition))
    const label = bundle.edges.flatMap(({ transition, source }) => labelRows(transition, source))
    const [from, to] = [place(tree, bundle.from), place(tree, bundle.to)]
    switch (course.how) {
      case 'line':
        cuts.line(from, to, { edges, kind, label })
        break
      case 'row':
        for (const { transition, source } of bundle.edges)
          rows.get(bundle.from)?.push(innerRow(transition, source, course.icon && { icon: course.icon, name }))
        break
      case 'target pill': {
        const goes: Row = { text: name, icon: course.icon, title: `to ${bundle.to}`, ...(edges[0] !== undefined && { edge: edges[0] }) }
        const pill = addPill({ frame: course.frame, rows: [...label, goes], starts: false })
        cuts.line(from, { box: pill, frame: course.frame }, { edges, kind, label: [] })
        break
      }
      case 'source pill': {
        const comes: readonly Row[] = course.frame === bundle.from ? [] : [{ text: tree.place(bundle.from).node.key, icon: 'down' }]
        const pill = addPill({ frame: course.frame, rows: [...label, ...comes], starts: true })
        cuts.line({ box: pill, frame: course.frame }, to, { edges, kind, label: [] })
      }
    }
  }
  return { tree, rows, pills, pieces: cuts.pieces, ports: cuts.ports }
}

/** The id of the dot before a state's first state. */
export const initialOf = (id: string): string => `${id}#initial`

function bundlesOf(tree: ChartTree): readonly Bundle[] {
  const bundles = new Map<string, { readonly from: string; readonly to: string; readonly edges: ChartEdge[] }>()
  for (const edge of edgesOf(tree))
    for (const to of edge.transition.targets) {
      const from = edge.source.id
      const key = JSON.stringify([from, to])
      const bundle = bundles.get(key) ?? { from, to, edges: [] }
      if (!bundle.edges.includes(edge)) bundle.edges.push(edge)
      bundles.set(key, bundle)
    }
  return [...bundles.values()]
}

function courseOf(tree: ChartTree, { from, to }: Bundle): Course {
  if (from === to) return { how: 'row', icon: undefined }
  if (!tree.places.has(to)) return { how: 'row', icon: 'jump' } // a machine that is wrong is drawn as it is
  if (isInside(tree, to, from)) {
    const frame = frameInside(tree, from, to)
    return frame === undefined ? { how: 'row', icon: 'down' } : { how: 'source pill', frame }
  }
  const around = tree.place(from).parent
  const beside = around !== undefined && tree.place(around).node.type !== 'parallel' ? around : undefined // P2
  const icon = isInside(tree, from, to) ? 'up' : 'jump'
  if (icon === 'jump' && isNear(tree, from, to)) return { how: 'line' }
  return beside === undefined ? { how: 'row', icon } : { how: 'target pill', icon, frame: beside }
}

/** The outermost frame around the target, from the source inwards, that is not parallel; none when regions lead straight to the target. P2 */
function frameInside(tree: ChartTree, from: string, to: string): string | undefined {
  let frame: string | undefined = from
  while (frame !== undefined && frame !== to && tree.place(frame).node.type === 'parallel') frame = childToward(tree, frame, to)
  return frame === to ? undefined : frame
}

function isNear(tree: ChartTree, from: string, to: string): boolean {
  const common = commonFrame(tree, from, to)
  if (common === undefined || tree.place(common).node.type === 'parallel') return false // P2
  const below = tree.place(common).depth + 1
  const crossings = tree.place(from).depth - below + tree.place(to).depth - below
  return crossings <= (tree.places.size > largeStates ? crossingsMaxInLarge : crossingsMax)
}

const place = (tree: ChartTree, id: string): { readonly box: string; readonly frame: string } => ({
  box: id,
  frame: tree.places.get(id)?.parent ?? id,
})
