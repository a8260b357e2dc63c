// Outline items
// The lines of the outline, as far as it is open: a state, then its transitions, then the states in it. Pure.
import { edgeName } from '../chart/edge-name.ts'
import type { ChartTree } from '../chart/tree.ts'

export interface OutlineItem {
  readonly id: string
  readonly level: number
  readonly text: string
  /** Undefined: there is nothing in it. */
  readonly isOpen?: boolean
  /** It is a transition. */
  readonly edge?: string
  readonly targets?: readonly string[]
}

export function outlineOf(tree: ChartTree, opened: ReadonlySet<string>): readonly OutlineItem[] {
  const items: OutlineItem[] = []
  const put = (id: string, level: number): void => {
    const { node } = tree.places.get(id) ?? {}
    if (!node) return
    const hasMore = node.transitions.length + node.states.length > 0
    const isOpen = opened.has(id)
    const kind = node.type === 'atomic' || node.type === 'compound' ? '' : ` (${node.type})`
    items.push({ id, level, text: `${node.key}${kind}`, ...(hasMore && { isOpen }) })
    if (!isOpen) return
    for (const { id: edge, guard, targets } of node.transitions) {
      const name = edgeName(tree, edge)
      items.push({ id: edge, level: level + 1, text: guard === undefined ? name : `${name} [${guard}]`, edge, targets })
    }
    for (const child of node.states) put(child.id, level + 1)
  }
  put(tree.root, 1)
  return items
}
