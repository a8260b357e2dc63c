// Boxes
// The size of everything a plan draws, and what lies in which frame in which order. A frame's own size comes from what is laid out in it.
import { initialOf, type Pill, type Plan } from './plan.ts'
import type { Box, BoxKind, Row, Size } from './drawing.ts'
import { foldedKey } from './fold.ts'
import { widthOf } from './measure.ts'
import { storyOrder } from './order.ts'
import { iconW, labelSize, rowH } from './rows.ts'
import type { ChartPlace } from './chart-tree.ts'

/** A box that has no place yet. */
export type SizedBox = Omit<Box, 'x' | 'y'>

export interface Boxes {
  readonly boxes: ReadonlyMap<string, SizedBox>
  /** By frame, in the order the layout is to keep. */
  readonly inside: ReadonlyMap<string, readonly string[]>
}

export const titleH = 34
export const padding = 11
const rowsPadding = 10
const leafWMin = 84
const frameWMin = 120
const historySide = 28
const initialSide = 11
export const tagPadding = 16
const tagGap = 5

export function boxesOf(plan: Plan): Boxes {
  const { tree } = plan
  const boxes = new Map<string, SizedBox>()
  const inside = new Map<string, readonly string[]>()
  const pillsIn = Map.groupBy(plan.pills, ({ frame }) => frame)
  for (const place of tree.places.values()) {
    const { node } = place
    boxes.set(node.id, stateBox(place, plan))
    if (node.states.length === 0) continue
    const pills = pillsIn.get(node.id) ?? []
    for (const pill of pills) boxes.set(pill.id, pillBox(pill, place.depth + 1))
    const hasInitial = node.type === 'compound' && node.initial !== undefined
    if (hasInitial) boxes.set(initialOf(node.id), initialBox(place))
    inside.set(node.id, [
      ...(hasInitial ? [initialOf(node.id)] : []),
      ...pills.filter(({ starts }) => starts).map(({ id }) => id),
      ...storyOrder(tree, node.id),
      ...pills.filter(({ starts }) => !starts).map(({ id }) => id),
    ])
  }
  return { boxes, inside }
}

function stateBox({ node, parent, depth }: ChartPlace, plan: Plan): SizedBox {
  const rows = plan.rows.get(node.id) ?? []
  const open = node.states.length > 0
  const hidden = hiddenIn(node.meta)
  const dot = node.type === 'history' && rows.length === 0
  const title = dot ? (node.history === 'deep' ? 'H*' : 'H') : node.key
  const headH = dot ? historySide : titleH + (rows.length === 0 ? 0 : rows.length * rowH + rowsPadding)
  return {
    id: node.id,
    kind: node.type,
    ...(parent !== undefined && { parent }),
    depth,
    title,
    rows,
    tags: node.tags,
    ...(dot ? { w: historySide, h: historySide } : { w: widthOfState(title, node.tags, rows, open), h: headH }),
    headH,
    open,
    region: parent !== undefined && plan.tree.place(parent).node.type === 'parallel',
    ...(node.history === 'deep' && { deep: true }),
    ...(node.description !== undefined && { description: node.description }),
    ...(hidden > 0 && { hidden }),
  }
}

function widthOfState(title: string, tags: readonly string[], rows: readonly Row[], open: boolean): number {
  const tagsW = tags.reduce((sum, tag) => sum + widthOf(tag, 'label') + tagPadding + tagGap, 0)
  const titleW = widthOf(title, 'title') + iconW + 4 + tagsW
  const rowsW = Math.max(0, ...rows.map(({ text }) => widthOf(text, 'row') + iconW + 4))
  return Math.ceil(Math.max(open ? frameWMin : leafWMin, titleW + 2 * padding, rowsW + 2 * padding))
}

const plainBox = (id: string, kind: BoxKind, parent: string, depth: number): SizedBox => ({
  id,
  kind,
  parent,
  depth,
  title: '',
  rows: [],
  tags: [],
  w: initialSide,
  h: initialSide,
  headH: 0,
  open: false,
  region: false,
})

const initialBox = ({ node, depth }: ChartPlace): SizedBox => plainBox(initialOf(node.id), 'initial', node.id, depth + 1)

function pillBox({ id, frame, rows }: Pill, depth: number): SizedBox {
  const size: Size = labelSize(rows)
  return { ...plainBox(id, 'pill', frame, depth), rows, ...size, headH: size.h }
}

/** Of a state whose inside is folded away: fold.ts says so in its meta. */
function hiddenIn(meta: unknown): number {
  const hidden = typeof meta === 'object' && meta !== null && foldedKey in meta ? meta[foldedKey] : undefined
  return typeof hidden === 'number' ? hidden : 0
}
