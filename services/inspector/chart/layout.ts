// Layout
// A place for everything in a chart: one small run of ELK for each state that holds states, from the inside out, along the cuts at their borders.
// Pure: the same chart gives the same drawing, on any machine.
//
// L1. It never refuses: what ELK cannot draw soundly one way is tried more carefully, and in the end in a plain column.
// L2. A frame that breaks a rule of geometry.ts is not taken.
// L3. It is bounded: a chart with too many states is folded before it is laid out.
import type { Chart } from '../../../runtime/statechart/index.ts'
import { boxesOf, type Boxes } from './boxes.ts'
import { column } from './column.ts'
import type { Box, Drawing, Line, Point, Rectangle, Size } from './drawing.ts'
import { ladder, layered, ways, type Direction, type LayoutOptions } from './elk.ts'
import { foldedTo } from './fold.ts'
import { badness, isShapely, windowAspect, type Frame, type PlacedFrame } from './frame.ts'
import { frameFaults } from './geometry.ts'
import { planOf, type Plan } from './plan.ts'
import { shelves, stretched } from './regions.ts'
import { labelSize } from './rows.ts'

/** More states than this are not drawn at once: the innermost are folded away. */
export const drawnStatesMax = 1_500
/** ELK's time grows faster than a frame: a larger one goes to the column at once. */
const layeredMax = 600
const margin = 24
const severalTriesMax = 120
const slenderAspect = 0.8

export function layoutChart(given: Chart): Drawing {
  const chart = foldedTo(given, drawnStatesMax) // L3
  const plan = planOf(chart)
  const boxes = boxesOf(plan)
  const { frames, fallbacks } = bestLaid(plan, boxes)
  const drawn: Box[] = []
  const lines: Line[] = []
  const put = (id: string, at: Rectangle): void => {
    const box = boxes.boxes.get(id)
    if (box) drawn.push({ ...box, ...rounded(at) })
    const placed = frames.get(id)
    if (!placed) return
    lines.push(...linesIn(plan, id, placed, at))
    for (const child of boxes.inside.get(id) ?? []) {
      const inner = placed.boxes.get(child)
      if (inner) put(child, { ...inner, x: at.x + inner.x, y: at.y + inner.y })
    }
  }
  const root = frames.get(chart.root.id) ?? boxes.boxes.get(chart.root.id) ?? { w: 0, h: 0 }
  put(chart.root.id, { x: margin, y: margin, w: root.w, h: root.h })
  const size = rounded({ x: 0, y: 0, w: root.w + 2 * margin, h: root.h + 2 * margin })
  return { id: chart.id, machineHash: chart.hash, w: size.w, h: size.h, boxes: drawn, lines, fallbacks }
}

interface Laid {
  /** By the state that is the frame; everything relative to it. */
  readonly frames: ReadonlyMap<string, PlacedFrame>
  readonly fallbacks: number
}

/** Frames of a window's shape do not always add up to one: a chart of usual size is also tried with slender ones, and in several ways. */
function bestLaid(plan: Plan, boxes: Boxes): Laid {
  const isLarge = boxes.boxes.size > severalTriesMax
  const aspects = isLarge ? [windowAspect] : [windowAspect, slenderAspect]
  const rootOf = ({ frames }: Laid): Size => frames.get(plan.tree.chart.root.id) ?? { w: 1, h: 1 }
  const runs: Runs = { waysMax: isLarge ? 1 : ways.length, sound: new Map() }
  const tried = aspects.map((aspect) => layFrames(plan, boxes, { aspect, runs }))
  const [best] = tried.toSorted((one, other) => badness(rootOf(one), windowAspect) - badness(rootOf(other), windowAspect))
  return best ?? { frames: new Map(), fallbacks: 0 }
}

/** From the innermost frame to the root. */
function layFrames(plan: Plan, boxes: Boxes, { aspect, runs }: { readonly aspect: number; readonly runs: Runs }): Laid {
  const frames = new Map<string, PlacedFrame>()
  const tasks = new Map<string, Frame>()
  let fallbacks = 0
  for (const id of [...boxes.inside.keys()].toReversed()) {
    const frame = frameOf(id, plan, boxes, frames)
    tasks.set(id, frame)
    if (plan.tree.place(id).node.type !== 'parallel') {
      const { placed, rung } = place(frame, id === plan.tree.chart.root.id ? windowAspect : aspect, runs)
      if (rung > 0) fallbacks++
      frames.set(id, placed)
      continue
    }
    const placed = shelves(frame)
    frames.set(id, placed)
    for (const [region, size] of placed.boxes) {
      const [inner, task] = [frames.get(region), tasks.get(region)]
      if (inner && task) frames.set(region, stretched(inner, task, size))
    }
  }
  return { frames, fallbacks }
}

function frameOf(id: string, plan: Plan, { boxes, inside }: Boxes, frames: ReadonlyMap<string, PlacedFrame>): Frame {
  const starts = new Set(plan.pills.filter(({ starts: does }) => does).map((pill) => pill.id))
  const own = boxes.get(id)
  return {
    id,
    wMin: own?.w ?? 0,
    headH: own?.headH ?? 0,
    ports: plan.ports.get(id) ?? [],
    boxes: (inside.get(id) ?? []).map((child) => {
      const placed = frames.get(child)
      const { w = 0, h = 0 } = placed ?? boxes.get(child) ?? {}
      const ports = [...(placed?.ports ?? [])].map(([port, at]) => ({ id: port, ...at }))
      return { id: child, w, h, ports, first: boxes.get(child)?.kind === 'initial' || starts.has(child) }
    }),
    pieces: (plan.pieces.get(id) ?? []).map((piece) => ({
      id: piece.id,
      from: piece.from,
      to: piece.to,
      initial: piece.kind === 'initial',
      ...(piece.label.length > 0 && { label: labelSize(piece.label) }),
    })),
  }
}

interface Sound {
  readonly placed: PlacedFrame
  /** How far down the ladder it went. */
  readonly rung: number
}

interface Runs {
  /** Of the ways of elk.ts, so many are tried. */
  readonly waysMax: number
  /** What was tried already, by frame and direction: innermost frames are the same in every try. */
  readonly sound: Map<string, readonly Sound[]>
}

/** L1 */
function place(frame: Frame, aspect: number, runs: Runs): Sound {
  const across = soundOnes(frame, 'RIGHT', runs)
  const tried = across.some(({ placed }) => isShapely(placed, aspect)) ? across : [...across, ...soundOnes(frame, 'DOWN', runs)]
  const [best] = tried.toSorted((one, other) => badness(one.placed, aspect) - badness(other.placed, aspect))
  return best ?? { placed: column(frame), rung: ladder.length }
}

function soundOnes(frame: Frame, direction: Direction, runs: Runs): readonly Sound[] {
  if (frame.boxes.length + frame.pieces.length > layeredMax) return []
  const key = JSON.stringify([direction, frame])
  const known = runs.sound.get(key)
  if (known) return known
  const sound = ways.slice(0, runs.waysMax).flatMap((way) => runDown(frame, direction, way) ?? [])
  runs.sound.set(key, sound)
  return sound
}

/** L2 */
function runDown(frame: Frame, direction: Direction, way: LayoutOptions): Sound | undefined {
  for (const [rung, careful] of ladder.entries()) {
    const placed = layered(frame, direction, { ...way, ...careful })
    if (placed && isSound(frame, placed)) return { placed, rung }
  }
  return undefined
}

const isSound = (frame: Frame, { w, h, boxes, pieces }: PlacedFrame): boolean =>
  frameFaults({
    id: frame.id,
    headH: frame.headH,
    w,
    h,
    boxes: [...boxes].map(([id, box]) => ({ id, ...box })),
    lines: frame.pieces.map((piece) => ({ id: piece.id, from: piece.from, to: piece.to, points: [], ...pieces.get(piece.id) })),
  }).length === 0

function linesIn(plan: Plan, frame: string, placed: PlacedFrame, { x, y }: Point): readonly Line[] {
  return (plan.pieces.get(frame) ?? []).map(({ id, from, to, edges, kind, arrow, label: rows }) => {
    const { points = [], label } = placed.pieces.get(id) ?? {}
    return {
      id,
      frame,
      from: from.box,
      to: to.box,
      edges,
      kind,
      arrow,
      points: points.map((point) => ({ x: round(x + point.x), y: round(y + point.y) })),
      ...(label && { label: { ...rounded({ ...label, x: x + label.x, y: y + label.y }), rows } }),
    }
  })
}

const round = (value: number): number => Math.round(value * 10) / 10
const rounded = ({ x, y, w, h }: Rectangle): Rectangle => ({ x: round(x), y: round(y), w: round(w), h: round(h) })
