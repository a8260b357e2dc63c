// Active
// The states that a state value of XState means, the outer ones first; what the chart has not is left out. Pure.
import type { ChartNode } from '../../../runtime/statechart/index.ts'

export function activeIn(root: ChartNode, value: unknown): ReadonlySet<string> {
  const active = new Set<string>()
  const enter = (node: ChartNode, inside: unknown): void => {
    active.add(node.id)
    const values = new Map<string, unknown>(
      typeof inside === 'string' ? [[inside, undefined]] : isRecord(inside) ? Object.entries(inside) : [],
    )
    for (const child of node.states) if (values.has(child.key)) enter(child, values.get(child.key))
  }
  if (value !== undefined && value !== null) enter(root, value)
  return active
}

const isRecord = (value: unknown): value is object => typeof value === 'object' && value !== null

/** `working.acting`; of a parallel state each region: `left.on · right.off`. */
export const valueText = (value: unknown): string => leaves(value).join(' · ')

function leaves(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value]
  if (!isRecord(value)) return []
  return Object.entries(value).flatMap(([key, inside]) => {
    const below = leaves(inside)
    return below.length === 0 ? [key] : below.map((path) => `${key}.${path}`)
  })
}
