// Fold
// A chart in which some states hide what is in them: their transitions stay, those of the hidden states start and end at them.
import type { Chart, ChartNode, ChartTransition } from '../../../runtime/statechart/index.ts'
import { treeOf } from './chart-tree.ts'

/** In the `meta` of a folded state: how many states it hides. */
export const foldedKey = 'chart.folded'

/** What stays inside a folded state is not drawn; what leaves it is. */
export function fold(chart: Chart, ids: Iterable<string>): Chart {
  const tree = treeOf(chart)
  const folded = new Set(ids)
  const shownAs = new Map<string, string>()
  for (const { node, parent } of tree.places.values()) {
    const above = parent === undefined ? undefined : shownAs.get(parent)
    const isHidden = parent !== undefined && above !== undefined && (folded.has(above) || above !== parent)
    shownAs.set(node.id, isHidden ? above : node.id)
  }
  const moved = (transition: ChartTransition): ChartTransition => ({
    ...transition,
    targets: [...new Set(transition.targets.map((target) => shownAs.get(target) ?? target))],
  })
  const show = (node: ChartNode): ChartNode => {
    if (!folded.has(node.id) || node.states.length === 0) {
      return { ...node, ...movedInitial(node, shownAs), transitions: node.transitions.map(moved), states: node.states.map(show) }
    }
    const hidden = statesIn(node)
    const leaving = hidden
      .flatMap(({ transitions }) => transitions.map(moved))
      .filter(({ targets }) => targets.some((target) => target !== node.id))
    const { initial: _initial, initialActions: _actions, ...rest } = node
    const meta = { [foldedKey]: hidden.length }
    return { ...rest, type: 'atomic', meta, transitions: [...node.transitions.map(moved), ...leaving], states: [] }
  }
  return { ...chart, root: show(chart.root) }
}

/** The chart itself, or with its innermost states folded until at most so many are left. */
export function foldedTo(chart: Chart, statesMax: number): Chart {
  const tree = treeOf(chart)
  if (tree.places.size <= statesMax) return chart
  const deepest = [...tree.places.values()]
    .filter(({ node, parent }) => node.states.length > 0 && parent !== undefined)
    .toSorted((one, other) => other.depth - one.depth)
  const folded: string[] = []
  let left = tree.places.size
  for (const { node } of deepest) {
    if (left <= statesMax) break
    folded.push(node.id)
    // Those that are folded in it already count as one each.
    left -= node.states.length
  }
  return fold(chart, folded)
}

const movedInitial = ({ initial }: ChartNode, shownAs: ReadonlyMap<string, string>): Pick<ChartNode, 'initial'> =>
  initial === undefined ? {} : { initial: shownAs.get(initial) ?? initial }

const statesIn = (node: ChartNode): readonly ChartNode[] => node.states.flatMap((state) => [state, ...statesIn(state)])
