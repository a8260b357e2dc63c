// Surroundings
// What belongs to a look at states: where their transitions lead and come from, and what is written on the way. Pure.
import type { Drawing, Rectangle } from '../wire.ts'
import { edgesAt } from './lamps.ts'
import type { ChartTree } from './tree.ts'

/** Of a frame only its title counts: what is in it may be large. */
export function surroundingsOf({ boxes, lines }: Drawing, tree: ChartTree, ids: readonly string[]): readonly Rectangle[] {
  const edges = new Set(ids.flatMap((id) => edgesAt(tree, id)))
  const ends = new Set(lines.filter((line) => line.edges.some((edge) => edges.has(edge))).flatMap(({ from, to }) => [from, to]))
  const near = boxes.filter(({ id, parent }) => ends.has(id) && parent !== undefined && !ids.includes(id))
  const labels = lines.flatMap((line) => (line.label && line.edges.some((edge) => edges.has(edge)) ? [line.label] : []))
  return [...near.map((box) => (box.open ? { ...box, h: box.headH, w: Math.min(box.w, titleW) } : box)), ...labels]
}

const titleW = 160

/** Where a transition is written, else where it begins. */
export function edgePlace({ boxes, lines }: Drawing, edge: string): Rectangle | undefined {
  const line = lines.find(({ edges, label }) => label && edges.includes(edge)) ?? lines.find(({ edges }) => edges.includes(edge))
  const [start] = line?.points ?? []
  return line?.label ?? boxes.find(({ rows }) => rows.some((row) => row.edge === edge)) ?? (start && { ...start, w: 1, h: 1 })
}
