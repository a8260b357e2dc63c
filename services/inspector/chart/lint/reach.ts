// Reach
// Which states of a chart can be entered at all, and which can finish, whatever guards say: a guard that is never true is not seen.
import type { ChartNode, ChartTransition } from '../../../../runtime/statechart/index.ts'
import type { ChartTree } from '../chart-tree.ts'

/** By the rules of entering: a target with all that holds it, every region of a parallel state, the first state of a compound one. */
export function reachable(tree: ChartTree): ReadonlySet<string> {
  const reached = new Set<string>()
  const waiting: string[] = [tree.chart.root.id]
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    if (reached.has(id) || !tree.places.has(id)) continue
    reached.add(id)
    const { node, parent } = tree.place(id)
    if (parent !== undefined) waiting.push(parent)
    if (node.type === 'parallel') waiting.push(...node.states.filter(({ type }) => type !== 'history').map((state) => state.id))
    // Reached by a transition into its inside, its first state may never be entered; that is not told apart here.
    if (node.initial !== undefined) waiting.push(node.initial)
    for (const transition of node.transitions) if (mayFire(node, transition)) waiting.push(...transition.targets)
  }
  return reached
}

/** Of a transition on `done` of the state itself: whether anything ever ends it. */
const mayFire = (node: ChartNode, transition: ChartTransition): boolean => !isDoneOf(node, transition) || unfinished(node).length === 0

export const isDoneOf = ({ id }: ChartNode, { event }: ChartTransition): boolean => event === `xstate.done.state.${id}`

/** What keeps a state from finishing: itself when it has no final state, or the regions that have none. */
export function unfinished(node: ChartNode): readonly ChartNode[] {
  if (node.type !== 'parallel') return canFinish(node) ? [] : [node]
  return node.states.filter((region) => region.type !== 'history' && !canFinish(region))
}

const canFinish = (node: ChartNode): boolean =>
  node.type === 'parallel' ? unfinished(node).length === 0 : node.type === 'final' || node.states.some(({ type }) => type === 'final')
