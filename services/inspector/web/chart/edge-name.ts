import { eventText } from '../../chart/rows.ts'
import type { ChartTree } from './tree.ts'

/** What takes a transition, as the chart writes it: `done think`, not the name that XState gives an invoke without one. */
export function edgeName(tree: ChartTree, edge: string): string {
  const { transition, source } = tree.edges.get(edge) ?? {}
  const node = source === undefined ? undefined : tree.places.get(source)?.node
  if (!transition || !node) return edge
  const { kind, label } = transition
  const text = eventText(transition, node)
  const isOfChild = kind === 'done' || kind === 'error' || kind === 'snapshot'
  return kind === 'after' || (isOfChild && text !== label) ? `${kind} ${text}` : text
}
