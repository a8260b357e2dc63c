// Order
// The order in which a frame's states are handed to the layout: as a story is told, from the first state along its transitions, failures last.
// ELK keeps the given order where it can, so this is what puts the happy path first.
import type { ChartTransition, TransitionKind } from '../../../runtime/statechart/index.ts'
import { childToward, type ChartTree } from './chart-tree.ts'

/** Breadth first over the transitions that lead from one child to another, whatever depth they start and end at. */
export function storyOrder(tree: ChartTree, frame: string): readonly string[] {
  const { node } = tree.place(frame)
  const children = node.states.map(({ id }) => id)
  if (node.type === 'parallel') return children
  const order = new Set<string>()
  const waiting = [
    ...nextOf(tree, frame, node.initial === undefined ? [] : [node.initial]),
    ...nextOf(tree, frame, targetsFrom(tree, frame, false)),
  ]
  for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) {
    if (order.has(id)) continue
    order.add(id)
    waiting.push(...nextOf(tree, frame, targetsFrom(tree, id, true)))
  }
  return [...order, ...children.filter((id) => !order.has(id))]
}

const nextOf = (tree: ChartTree, frame: string, targets: readonly string[]): readonly string[] =>
  targets.flatMap((target) => childToward(tree, frame, target) ?? [])

/** Where the transitions of a state lead, with those of the states in it: success before delays before failure. */
function targetsFrom(tree: ChartTree, id: string, inside: boolean): readonly string[] {
  const { node } = tree.place(id)
  const own = (given: readonly ChartTransition[]): readonly ChartTransition[] =>
    given.toSorted((one, other) => rank(one.kind) - rank(other.kind))
  const below = inside ? node.states.flatMap((child) => targetsFrom(tree, child.id, true)) : []
  return [...own(node.transitions).flatMap(({ targets }) => targets), ...below].filter((target) => tree.places.has(target))
}

const rank = (kind: TransitionKind): number => (kind === 'error' ? 2 : kind === 'after' ? 1 : 0)
