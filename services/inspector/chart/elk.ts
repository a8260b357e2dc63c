// ELK
// The door to elkjs: one run of its `layered` algorithm (Sugiyama, Tagawa, Toda 1981; as in Schulze, Spönemann, von Hanxleden 2014 with ports)
// over one frame. Calls its computing part directly: that is synchronous, where its own door waits on timers twice a call.
//
// Frames are never nested in a run: with `hierarchyHandling: INCLUDE_CHILDREN` and model order it fails (eclipse-elk/elk issue 1182).
import { Worker } from 'elkjs/lib/elk-worker.min.js'
import type { ElkExtendedEdge, ElkNode, LayoutOptions } from 'elkjs/lib/elk-api.js'
import type { Point, Rectangle } from './drawing.ts'
import { gap, type Frame, type FrameBox, type FramePiece, type PlacedFrame, type PlacedPiece } from './frame.ts'

export type { LayoutOptions } from 'elkjs/lib/elk-api.js'
export type Direction = 'RIGHT' | 'DOWN'

/** The places of one run; undefined when ELK cannot do it. `careful` takes away options that are known to break on odd graphs. */
export function layered(frame: Frame, direction: Direction, careful: LayoutOptions): PlacedFrame | undefined {
  const graph: ElkNode = {
    id: 'around', // ports are for inner nodes only
    layoutOptions: { 'elk.algorithm': 'box', 'elk.hierarchyHandling': 'SEPARATE_CHILDREN' },
    children: [nodeOf(frame, direction, { ...optionsFor(direction), ...careful })],
  }
  const placed = run(graph)?.children?.[0]
  return placed && placesIn(placed, frame)
}

/**
 * Ways to the same picture, of which the one of the better shape is taken. The simplex of Gansner and others (1993) places boxes more
 * closely than Brandes and Köpf (2001), whose lines are straighter.
 */
export const ways: readonly LayoutOptions[] = [
  {},
  { 'elk.layered.nodePlacement.strategy': 'NETWORK_SIMPLEX' },
  { 'elk.layered.nodePlacement.strategy': 'NETWORK_SIMPLEX', 'elk.layered.cycleBreaking.strategy': 'GREEDY_MODEL_ORDER' },
]

/** From the best pictures to the safest. */
export const ladder: readonly LayoutOptions[] = (() => {
  const compact = { 'elk.layered.compaction.postCompaction.strategy': 'NONE' }
  const ordered = { ...compact, 'elk.layered.considerModelOrder.strategy': 'NONE', 'elk.layered.cycleBreaking.strategy': 'GREEDY' }
  const simple = { 'elk.layered.nodePlacement.strategy': 'SIMPLE', 'elk.layered.crossingMinimization.greedySwitch.type': 'OFF' }
  return [{}, compact, ordered, { ...ordered, ...simple }]
})()

const optionsFor = (direction: Direction): LayoutOptions => ({
  'elk.algorithm': 'layered',
  'elk.direction': direction,
  'elk.edgeRouting': 'ORTHOGONAL',
  'elk.layered.considerModelOrder.strategy': 'NODES_AND_EDGES',
  'elk.layered.cycleBreaking.strategy': 'DEPTH_FIRST',
  'elk.layered.crossingMinimization.greedySwitch.type': 'TWO_SIDED',
  'elk.layered.nodePlacement.strategy': 'BRANDES_KOEPF',
  'elk.layered.nodePlacement.bk.fixedAlignment': 'NONE',
  'elk.layered.nodePlacement.favorStraightEdges': 'true',
  'elk.layered.compaction.postCompaction.strategy': 'EDGE_LENGTH',
  'elk.layered.spacing.nodeNodeBetweenLayers': '20',
  'elk.layered.spacing.edgeNodeBetweenLayers': '12',
  'elk.layered.spacing.edgeEdgeBetweenLayers': '10',
  'elk.spacing.nodeNode': '20',
  'elk.spacing.edgeNode': '13',
  'elk.spacing.edgeEdge': '10',
  'elk.spacing.portPort': '13',
  'elk.spacing.portsSurrounding': '[top=18,left=18,bottom=18,right=18]',
  'elk.spacing.edgeLabel': '4',
  'elk.spacing.labelLabel': '6',
  'elk.spacing.labelNode': '6',
  'elk.spacing.componentComponent': '20',
  'elk.separateConnectedComponents': 'true',
  'elk.aspectRatio': '1.55',
  'elk.layered.edgeLabels.centerLabelPlacementStrategy': 'MEDIAN_LAYER',
  'elk.layered.thoroughness': '4',
})

function nodeOf(frame: Frame, direction: Direction, options: LayoutOptions): ElkNode {
  const { id, wMin, headH, boxes, pieces, ports } = frame
  const anchored = anchors(frame, direction)
  return {
    id,
    layoutOptions: {
      ...options,
      'elk.padding': `[top=${headH + gap.top},left=${gap.side},bottom=${gap.bottom},right=${gap.side}]`,
      'elk.portConstraints': 'FIXED_SIDE',
      'elk.nodeSize.constraints': 'MINIMUM_SIZE',
      'elk.nodeSize.minimum': `(${wMin},${headH + gap.top + gap.bottom})`,
    },
    ports: ports.map((port) => ({
      id: port.id,
      width: 0,
      height: 0,
      layoutOptions: { 'elk.port.side': port.side === 'in' ? 'WEST' : 'EAST' },
    })),
    children: boxes.map((box) => ({
      id: box.id,
      width: box.w,
      height: box.h,
      ports: [...box.ports, ...(anchored.get(box.id) ?? [])].map((port) => ({ id: port.id, x: port.x, y: port.y, width: 0, height: 0 })),
      layoutOptions: {
        ...(box.ports.length > 0 && { 'elk.portConstraints': 'FIXED_POS' }),
        ...(box.first && { 'elk.layered.layering.layerConstraint': 'FIRST' }),
      },
    })),
    edges: pieces.map((piece) => edgeOf(piece, anchored)),
  }
}

const edgeOf = ({ id, from, to, label, initial }: FramePiece, anchored: Anchors): ElkExtendedEdge => ({
  id,
  sources: [from.port ?? (anchored.has(from.box) ? anchorId(id, 'from') : from.box)],
  targets: [to.port ?? (anchored.has(to.box) ? anchorId(id, 'to') : to.box)],
  layoutOptions: initial ? { 'elk.layered.priority.direction': '10', 'elk.layered.priority.straightness': '10' } : {},
  ...(label && {
    labels: [
      {
        id: `label of ${id}`,
        text: 'label', // one without a text is left out
        width: label.w,
        height: label.h,
        layoutOptions: { 'elk.edgeLabels.inline': 'true', 'elk.edgeLabels.placement': 'CENTER' },
      },
    ],
  }),
})

type Anchors = ReadonlyMap<string, readonly (Point & { readonly id: string })[]>

const anchorId = (piece: string, side: 'from' | 'to'): string => `${side} of ${piece}`

/**
 * The ports of a frame inside this one are where its own layout put them, and ELK puts every other end at the corner of such a box:
 * here these ends get places of their own, spread over the side where lines come or leave.
 */
function anchors({ boxes, pieces }: Frame, direction: Direction): Anchors {
  return new Map(
    boxes
      .filter(({ ports }) => ports.length > 0)
      .map((box) => {
        const coming = pieces.filter(({ to }) => to.box === box.id && to.port === undefined).map(({ id }) => anchorId(id, 'to'))
        const leaving = pieces.filter(({ from }) => from.box === box.id && from.port === undefined).map(({ id }) => anchorId(id, 'from'))
        return [
          box.id,
          [
            ...spread(box, coming, direction === 'RIGHT' ? 'left' : 'top'),
            ...spread(box, leaving, direction === 'RIGHT' ? 'right' : 'bottom'),
          ],
        ]
      }),
  )
}

const titleLine = 17
const anchorGap = 14

/** On the left from the title on downwards, on the right from the middle on, past the ports that are there; on top and below evenly. */
function spread(
  { w, h, ports }: FrameBox,
  ids: readonly string[],
  side: 'left' | 'right' | 'top' | 'bottom',
): readonly (Point & { readonly id: string })[] {
  if (side === 'top' || side === 'bottom')
    return ids.map((id, at) => ({ id, x: (w * (at + 1)) / (ids.length + 1), y: side === 'top' ? 0 : h }))
  const x = side === 'left' ? 0 : w
  const taken = ports.filter((port) => Math.abs(port.x - x) < 1).map(({ y }) => y)
  return ids.map((id) => {
    let y = side === 'left' ? titleLine : Math.max(titleLine, h / 2)
    while (y < h - anchorGap && taken.some((one) => Math.abs(one - y) < anchorGap)) y += anchorGap
    taken.push(y)
    return { id, x, y }
  })
}

function placesIn(placed: ElkNode, frame: Frame): PlacedFrame | undefined {
  const edges = new Map((placed.edges ?? []).map((edge) => [edge.id, edge]))
  const pieces = frame.pieces.map(({ id }) => [id, placedPiece(edges.get(id))] as const)
  if (pieces.some(([, piece]) => piece.points.length < 2)) return undefined
  return {
    w: placed.width ?? 0,
    h: placed.height ?? 0,
    boxes: new Map((placed.children ?? []).map((child) => [child.id, rectangleOf(child)])),
    ports: new Map((placed.ports ?? []).map(({ id, x = 0, y = 0 }) => [id, { x, y }])),
    pieces: new Map(pieces),
  }
}

function placedPiece(edge: ElkExtendedEdge | undefined): PlacedPiece {
  const section = edge?.sections?.[0]
  const label = edge?.labels?.[0]
  const points = section ? [section.startPoint, ...(section.bendPoints ?? []), section.endPoint] : []
  return { points: withoutDoubles(points), ...(label && { label: rectangleOf(label) }) }
}

/** Points that lie on the straight line between their neighbours say nothing. */
function withoutDoubles(points: readonly Point[]): readonly Point[] {
  const kept: Point[] = []
  for (const { x, y } of points) {
    const [before, last] = [kept.at(-2), kept.at(-1)]
    if (last && Math.abs(last.x - x) < 0.01 && Math.abs(last.y - y) < 0.01) continue
    if (before && last && ((before.x === last.x && last.x === x) || (before.y === last.y && last.y === y))) kept.pop()
    kept.push({ x, y })
  }
  const [only] = kept
  return kept.length === 1 && only ? [only, only] : kept
}

const rectangleOf = ({ x = 0, y = 0, width = 0, height = 0 }: { x?: number; y?: number; width?: number; height?: number }): Rectangle => ({
  x,
  y,
  w: width,
  h: height,
})

let worker: Worker | undefined

function run(graph: ElkNode): ElkNode | undefined {
  worker ??= registered()
  let answer: { readonly data?: unknown; readonly error?: unknown } = {}
  listen(worker, (data) => (answer = data as typeof answer)) // what its dispatcher answers
  worker.dispatcher.saveDispatch({ data: { id: 1, cmd: 'layout', graph, layoutOptions: {}, options: {} } })
  return answer.error === undefined ? (answer.data as ElkNode) : undefined
}

function registered(): Worker {
  const made = new Worker()
  listen(made, () => {})
  made.dispatcher.saveDispatch({ data: { id: 0, cmd: 'register', algorithms: ['layered'] } })
  return made
}

/** It has this one place for a listener, and tells it before the call returns. */
const listen = (to: Worker, told: (data: unknown) => void): Worker =>
  Object.assign(to, { onmessage: (message: { data: unknown }) => told(message.data) })
