// Regions
// Lays out a parallel state: its regions fill shelves, and lines leave and reach them by straight stubs to the frame's border, of which none
// crosses a region: one that lines leave is the last on its shelf, one that they reach the first.
import type { Point, Rectangle, Size } from './drawing.ts'
import { badness, windowAspect, type Frame, type FrameBox, type FramePiece, type PlacedFrame, type PlacedPiece } from './frame.ts'

const regionGap = 14
const topGap = 8
const stubGap = 14
/** More widths than these are not tried. */
const widthsMax = 24

/** The regions come back stretched so that shelves are full: `stretched` moves the ports of what is in them. */
export function shelves(frame: Frame): PlacedFrame {
  const leaves = new Set(frame.pieces.filter(({ to }) => to.box === frame.id).map(({ from }) => from.box))
  const reached = new Set(frame.pieces.filter(({ from }) => from.box === frame.id).map(({ to }) => to.box))
  const regions = frame.boxes.map((box) => ({ ...box, h: Math.max(box.h, stubsH(frame, box)) }))
  const rows = bestRows(regions, leaves, reached).map((row) => row.toSorted((one, other) => turn(one) - turn(other)))
  function turn({ id }: FrameBox): number {
    return reached.has(id) ? 0 : leaves.has(id) ? 2 : 1
  }
  const innerW = Math.max(sizeOf(rows).w, frame.wMin - 2 * regionGap)
  const boxes = new Map<string, Rectangle>()
  let y = frame.headH + topGap
  for (const row of rows) {
    const h = Math.max(...row.map((region) => region.h))
    const spare = (innerW - rowW(row)) / row.length
    let x = regionGap
    for (const region of row) {
      boxes.set(region.id, { x, y, w: region.w + spare, h })
      x += region.w + spare + regionGap
    }
    y += h + regionGap
  }
  const size = { w: innerW + 2 * regionGap, h: y }
  return { ...size, boxes, ...stubs(frame, boxes, size) }
}

/** What was laid out in a region, after the region grew: its ports on the right stay on the border. */
export function stretched(placed: PlacedFrame, frame: Frame, { w, h }: Size): PlacedFrame {
  const out = new Set(frame.ports.filter(({ side }) => side === 'out').map(({ id }) => id))
  const pieces = frame.pieces.map(({ id, to }): readonly [string, PlacedPiece] => {
    const piece = placed.pieces.get(id) ?? { points: [] }
    if (to.box !== frame.id) return [id, piece]
    return [id, { ...piece, points: piece.points.map((point, at) => (at === piece.points.length - 1 ? { ...point, x: w } : point)) }]
  })
  const ports = [...placed.ports].map(([id, port]) => [id, out.has(id) ? { ...port, x: w } : port] as const)
  return { ...placed, w, h, ports: new Map(ports), pieces: new Map(pieces) }
}

function bestRows(
  regions: readonly FrameBox[],
  leaves: ReadonlySet<string>,
  reached: ReadonlySet<string>,
): readonly (readonly FrameBox[])[] {
  const widest = Math.max(...regions.map(({ w }) => w))
  const total = rowW(regions)
  const step = Math.ceil(regions.length / widthsMax)
  const widths = regions.map((_, at) => rowW(regions.slice(0, at + 1))).filter((w, at) => w > widest && at % step === 0)
  const tried = [widest, ...widths, total].map((width) => fill(regions, width, leaves, reached))
  return tried.toSorted((one, other) => badness(sizeOf(one), windowAspect) - badness(sizeOf(other), windowAspect))[0] ?? []
}

/** Each region goes onto the first shelf with room for it: first fit (Johnson 1973). */
function fill(
  regions: readonly FrameBox[],
  width: number,
  leaves: ReadonlySet<string>,
  reached: ReadonlySet<string>,
): readonly FrameBox[][] {
  const rows: FrameBox[][] = []
  for (const region of regions) {
    const clashes = (ids: ReadonlySet<string>, row: readonly FrameBox[]): boolean => ids.has(region.id) && row.some(({ id }) => ids.has(id))
    // What is reached and left needs its shelf alone.
    const both = (box: FrameBox): boolean => leaves.has(box.id) && reached.has(box.id)
    const row = rows.find(
      (one) =>
        rowW(one) + regionGap + region.w <= width && !clashes(leaves, one) && !clashes(reached, one) && !both(region) && !one.some(both),
    )
    if (row) row.push(region)
    else rows.push([region])
  }
  return rows
}

const rowW = (row: readonly FrameBox[]): number => row.reduce((sum, { w }) => sum + w + regionGap, -regionGap)

const sizeOf = (rows: readonly (readonly FrameBox[])[]): Size => ({
  w: Math.max(...rows.map(rowW)),
  h: rows.reduce((sum, row) => sum + Math.max(...row.map(({ h }) => h)) + regionGap, -regionGap),
})

/** Room for the stubs that start or end at the region itself, one below the other on the same side. */
const stubsH = (frame: Frame, { id, ports }: FrameBox): number => {
  const own = frame.pieces.filter(
    ({ from, to }) => (from.box === id && from.port === undefined) || (to.box === id && to.port === undefined),
  )
  return own.length === 0 ? 0 : (own.length + ports.length + 2) * stubGap
}

function stubs(frame: Frame, boxes: ReadonlyMap<string, Rectangle>, size: Size): Pick<PlacedFrame, 'ports' | 'pieces'> {
  const ports = new Map<string, Point>()
  const taken = new Map(frame.boxes.map((box) => [box.id, box.ports.map(({ y }) => y)]))
  const pieces = frame.pieces.map((piece): readonly [string, PlacedPiece] => {
    const leaving = piece.to.box === frame.id
    const end = leaving ? piece.from : piece.to
    const box = boxes.get(end.box) ?? { x: 0, y: 0, w: 0, h: 0 }
    const y = box.y + stubY(frame, piece, taken)
    const [inner, border] = [
      { x: leaving ? box.x + box.w : box.x, y },
      { x: leaving ? size.w : 0, y },
    ]
    const port = leaving ? piece.to.port : piece.from.port
    if (port !== undefined) ports.set(port, border)
    return [piece.id, { points: leaving ? [inner, border] : [border, inner] }]
  })
  return { ports, pieces: new Map(pieces) }
}

/** The height of a region's port, or the first free one beside the region itself. */
function stubY({ id: frameId, boxes }: Frame, { from, to }: FramePiece, taken: Map<string, number[]>): number {
  const end = to.box === frameId ? from : to
  const port = boxes.find(({ id }) => id === end.box)?.ports.find(({ id }) => id === end.port)
  if (port) return port.y
  const used = taken.get(end.box) ?? []
  let y = stubGap
  while (used.some((one) => Math.abs(one - y) < stubGap / 2)) y += stubGap
  used.push(y)
  return y
}
