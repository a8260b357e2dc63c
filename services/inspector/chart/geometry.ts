// Geometry
// What makes a drawing unreadable, as rules over one frame: the layout rejects a frame that breaks one, and tests hold whole drawings to all of them.
//
// G1. No box on a box, and none outside its frame or on its title.
// G2. No label on a box, on a label, outside its frame or on its title.
// G3. Every line has a route of horizontal and vertical pieces that ends at its two boxes, stays in its frame and goes neither through
//     a box nor along its border, where it would not be seen.
import type { End } from './cut.ts'
import type { Drawing, Label, Point, Rectangle, Size } from './drawing.ts'

export interface FrameGeometry extends Size {
  readonly id: string
  readonly headH: number
  readonly boxes: readonly (Rectangle & { readonly id: string })[]
  readonly lines: readonly LineGeometry[]
}

export interface LineGeometry {
  readonly id: string
  readonly from: End
  readonly to: End
  readonly points: readonly Point[]
  readonly label?: Rectangle
}

export type GeometryRule =
  | 'box on box'
  | 'box outside its frame'
  | 'label on box'
  | 'label on label'
  | 'label outside its frame'
  | 'line without route'
  | 'line with a loose end'
  | 'diagonal line'
  | 'line outside its frame'
  | 'line through a box'
  | 'line along a box'

export interface GeometryFault {
  readonly rule: GeometryRule
  readonly frame: string
  readonly what: string
}

/** Less than this nobody sees. */
const tolerance = 1

export function frameFaults(frame: FrameGeometry): readonly GeometryFault[] {
  const labels = frame.lines.flatMap(({ id, label }) => (label ? [{ id, ...label }] : []))
  const found: readonly (readonly [GeometryRule, readonly string[]])[] = [
    ['box on box', overlaps(frame.boxes)],
    ['box outside its frame', frame.boxes.filter((box) => !isWithin(box, frame)).map(({ id }) => id)],
    [
      'label on box',
      labels.flatMap((label) => frame.boxes.filter((box) => doOverlap(label, box)).map((box) => `${label.id} on ${box.id}`)),
    ],
    ['label on label', overlaps(labels)],
    ['label outside its frame', labels.filter((label) => !isWithin(label, frame)).map(({ id }) => id)],
    ['line without route', frame.lines.filter(({ points }) => points.length < 2).map(({ id }) => id)],
    ['line with a loose end', frame.lines.filter((line) => !isAttached(line, frame)).map(({ id }) => id)],
    ['diagonal line', frame.lines.filter(({ points }) => stretchesOf(points).some(isDiagonal)).map(({ id }) => id)],
    [
      'line outside its frame',
      frame.lines.filter(({ points }) => points.some((point) => !isWithin({ ...point, w: 0, h: 0 }, frame))).map(({ id }) => id),
    ],
    ['line through a box', touched(frame, isThrough)],
    ['line along a box', touched(frame, isAlong)],
  ]
  return found.flatMap(([rule, whats]) => whats.map((what) => ({ rule, frame: frame.id, what })))
}

/** The rules over every frame of a drawing. */
export function drawingFaults({ boxes, lines }: Drawing): readonly GeometryFault[] {
  const boxesIn = Map.groupBy(boxes, ({ parent }) => parent)
  const linesIn = Map.groupBy(lines, ({ frame }) => frame)
  return boxes
    .filter(({ open }) => open)
    .flatMap(({ id, x, y, w, h, headH }) => {
      const moved = <Place extends Point>(place: Place): Place => ({ ...place, x: place.x - x, y: place.y - y })
      return frameFaults({
        id,
        w,
        h,
        headH,
        boxes: (boxesIn.get(id) ?? []).map(moved),
        lines: (linesIn.get(id) ?? []).map(({ label, ...line }) => ({
          id: line.id,
          from: { box: line.from },
          to: { box: line.to },
          points: line.points.map(moved),
          ...(label && { label: moved<Label>(label) }),
        })),
      })
    })
}

const doOverlap = (one: Rectangle, other: Rectangle): boolean =>
  one.x + tolerance < other.x + other.w &&
  other.x + tolerance < one.x + one.w &&
  one.y + tolerance < other.y + other.h &&
  other.y + tolerance < one.y + one.h

/** Sorted by their left edges, so that only neighbours are compared. */
function overlaps(given: readonly (Rectangle & { readonly id: string })[]): readonly string[] {
  const sorted = given.toSorted((one, other) => one.x - other.x)
  return sorted.flatMap((one, at) => {
    const end = sorted.findIndex((other, place) => place > at && other.x >= one.x + one.w)
    return sorted
      .slice(at + 1, end === -1 ? undefined : end)
      .filter((other) => doOverlap(one, other))
      .map((other) => `${one.id} on ${other.id}`)
  })
}

const isWithin = ({ x, y, w, h }: Rectangle, frame: Size & { readonly headH: number }): boolean =>
  x >= -tolerance && y >= frame.headH - tolerance && x + w <= frame.w + tolerance && y + h <= frame.h + tolerance

type Stretch = readonly [Point, Point]

const stretchesOf = (points: readonly Point[]): readonly Stretch[] =>
  points.slice(1).flatMap((point, at) => {
    const before = points[at]
    return before ? [[before, point] as const] : []
  })

const isDiagonal = ([one, other]: Stretch): boolean => Math.abs(one.x - other.x) > tolerance && Math.abs(one.y - other.y) > tolerance

/** Lines may touch the boxes they go through at most by so much, which is their stroke. */
const touch = 2

const isThrough = ([one, other]: Stretch, { x, y, w, h }: Rectangle): boolean =>
  Math.max(one.x, other.x) > x + touch &&
  Math.min(one.x, other.x) < x + w - touch &&
  Math.max(one.y, other.y) > y + touch &&
  Math.min(one.y, other.y) < y + h - touch

const nearBorder = 4
const alongMin = 12

/** It runs beside a border and as good as on it. */
function isAlong([one, other]: Stretch, { x, y, w, h }: Rectangle): boolean {
  const isBeside = (at: number, low: number, high: number): boolean => [low, high].some((border) => Math.abs(at - border) < nearBorder)
  const shared = (low: number, high: number, from: number, to: number): number =>
    Math.min(high, Math.max(from, to)) - Math.max(low, Math.min(from, to))
  const isUpright = Math.abs(one.x - other.x) < tolerance
  return isUpright
    ? isBeside(one.x, x, x + w) && shared(y, y + h, one.y, other.y) > alongMin
    : isBeside(one.y, y, y + h) && shared(x, x + w, one.x, other.x) > alongMin
}

const touched = ({ lines, boxes }: FrameGeometry, does: (stretch: Stretch, box: Rectangle) => boolean): readonly string[] =>
  lines.flatMap(({ id, points }) => {
    const stretches = stretchesOf(points)
    return boxes.filter((box) => stretches.some((stretch) => does(stretch, box))).map((box) => `${id} and ${box.id}`)
  })

function isAttached({ from, to, points }: LineGeometry, frame: FrameGeometry): boolean {
  const borderOf = (id: string): Rectangle | undefined =>
    id === frame.id ? { x: 0, y: 0, w: frame.w, h: frame.h } : frame.boxes.find((box) => box.id === id)
  const [start, end] = [points[0], points.at(-1)]
  const [left, reached] = [borderOf(from.box), borderOf(to.box)]
  return (
    start !== undefined &&
    end !== undefined &&
    left !== undefined &&
    reached !== undefined &&
    isOnBorder(start, left) &&
    isOnBorder(end, reached)
  )
}

function isOnBorder({ x, y }: Point, { x: left, y: top, w, h }: Rectangle): boolean {
  const near = (one: number, other: number): boolean => Math.abs(one - other) <= tolerance
  const inX = x >= left - tolerance && x <= left + w + tolerance
  const inY = y >= top - tolerance && y <= top + h + tolerance
  return inX && inY && (near(x, left) || near(x, left + w) || near(y, top) || near(y, top + h))
}
