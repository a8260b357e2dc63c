// Column
// The last way to lay out a frame, for what ELK cannot: it is plain, and it always works. The boxes stand in one column; each line has a channel of
// its own above them, where its label is, and lanes of its own down either side. Lines cross lines, and nothing else.
import type { Point, Rectangle } from './drawing.ts'
import type { End } from './cut.ts'
import { gap, type Frame, type PlacedFrame, type PlacedPiece } from './frame.ts'

const laneGap = 14
const channelGap = 10
const boxGap = 26

export function column(frame: Frame): PlacedFrame {
  const { boxes, pieces, headH, wMin } = frame
  const lanesW = (pieces.length + 1) * laneGap
  const left = gap.side + lanesW
  const innerW = Math.max(0, ...boxes.map(({ w }) => w), ...pieces.map(({ label }) => label?.w ?? 0))
  const w = Math.max(wMin, left + innerW + lanesW + gap.side)
  const channels: number[] = []
  let y = headH + gap.top
  for (const { label } of pieces) {
    const h = Math.max(label?.h ?? 0, channelGap)
    channels.push(y + h / 2)
    y += h + channelGap
  }
  const placed = new Map<string, Rectangle>()
  for (const box of boxes) {
    placed.set(box.id, { x: left, y: y + boxGap / 2, w: box.w, h: box.h })
    y += box.h + boxGap
  }
  const ports = new Map<string, Point>()
  const anchors = anchorsOf(frame, placed)
  const routed = pieces.map(({ id, from, to, label }, at): readonly [string, PlacedPiece] => {
    const [channel = 0, lane] = [channels[at], (at + 1) * laneGap]
    const start = anchors(id, 'from', from)
    const end = anchors(id, 'to', to)
    const entered = portAt(frame, from, { x: 0, y: channel }, ports)
    const left1 = portAt(frame, to, { x: w, y: channel }, ports)
    const rightLane = left + innerW + lane
    const before: readonly Point[] = start
      ? [start, { x: rightLane, y: start.y }, { x: rightLane, y: channel }]
      : [
          { x: 0, y: entered.y },
          { x: gap.side / 2, y: entered.y },
          { x: gap.side / 2, y: channel },
        ]
    const after: readonly Point[] = end
      ? [{ x: gap.side + lane - laneGap / 2, y: channel }, { x: gap.side + lane - laneGap / 2, y: end.y }, end]
      : [
          { x: w - gap.side / 2, y: channel },
          { x: w - gap.side / 2, y: left1.y },
          { x: w, y: left1.y },
        ]
    const place = label && { label: { x: left + (innerW - label.w) / 2, y: channel - label.h / 2, ...label } }
    return [id, { points: [...before, ...after], ...place }]
  })
  return { w, h: y + gap.bottom, boxes: placed, ports, pieces: new Map(routed) }
}

/** A port of the frame lies where its first line needs it. */
function portAt(frame: Frame, end: End, fallback: Point, ports: Map<string, Point>): Point {
  if (end.box !== frame.id || end.port === undefined) return fallback
  const known = ports.get(end.port)
  if (known) return known
  ports.set(end.port, fallback)
  return fallback
}

/** Where on a box a line ends: at its port, or at a place of its own on the side where lines leave (right) or come (left). */
function anchorsOf({ id: frameId, boxes, pieces }: Frame, placed: ReadonlyMap<string, Rectangle>) {
  const leaving = Map.groupBy(pieces, ({ from }) => from.box)
  const coming = Map.groupBy(pieces, ({ to }) => to.box)
  const portsOf = new Map(boxes.map((box) => [box.id, new Map(box.ports.map((port) => [port.id, port]))]))
  return (piece: string, side: 'from' | 'to', end: End): Point | undefined => {
    const box = placed.get(end.box)
    if (!box || end.box === frameId) return undefined
    const port = end.port === undefined ? undefined : portsOf.get(end.box)?.get(end.port)
    if (port) return { x: box.x + port.x, y: box.y + port.y }
    const all = (side === 'from' ? leaving : coming).get(end.box) ?? []
    const at = all.findIndex(({ id }) => id === piece) + 1
    return { x: side === 'from' ? box.x + box.w : box.x, y: box.y + (box.h * at) / (all.length + 1) }
  }
}
