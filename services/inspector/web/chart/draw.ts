// Draw
// A drawing as nested SVG, made once; afterwards only classes change. Each frame holds its lines, the states in it and the labels.
import type { Box, Drawing, Line, Point } from '../wire.ts'
import { drawInitial, drawLabel, drawState } from './draw-state.ts'
import { linePath, tipPath } from './path.ts'
import { svg, svgText } from './svg-node.ts'

export interface Frame {
  readonly box: Box
  readonly node: SVGGElement
  readonly inside: SVGGElement
  /** Its name, large, for when it is too small to show what is in it. */
  readonly card: SVGTextElement
}

export interface Drawn {
  readonly world: SVGGElement
  readonly boxes: ReadonlyMap<string, Box>
  readonly states: ReadonlyMap<string, SVGGElement>
  readonly frames: readonly Frame[]
  /** Everything that shows a transition: lines, labels, rows in its state. */
  readonly edges: ReadonlyMap<string, readonly SVGGElement[]>
  /** Of each transition, its pieces in order: what a comet runs along. */
  readonly paths: ReadonlyMap<string, readonly SVGPathElement[]>
  /** Of transitions without a label: where a sign on their line stands. */
  readonly middles: ReadonlyMap<string, Point>
  /** Comets and rings. */
  readonly effects: SVGGElement
}

export function draw(drawing: Drawing): Drawn {
  const boxes = new Map(drawing.boxes.map((box) => [box.id, box]))
  const states = new Map<string, SVGGElement>()
  const frames = new Map<string, Frame>()
  const edges = new Map<string, SVGGElement[]>()
  const paths = new Map<string, SVGPathElement[]>()
  const middles = new Map<string, Point>()
  const effects = svg('g', { 'aria-hidden': 'true' })
  const world = svg('g', { class: 'world' })
  for (const box of drawing.boxes) {
    const into = (box.parent === undefined ? undefined : frames.get(box.parent)?.inside) ?? world
    into.append(nodeOf(box, { states, frames, edges }))
  }
  for (const line of drawing.lines) {
    addLine(line, frames.get(line.frame), { edges, paths })
    if (!line.label) for (const edge of line.edges) middles.set(edge, middleOf(line.points))
  }
  world.append(effects)
  return { world, boxes, states, frames: [...frames.values()], edges, paths, middles, effects }
}

interface Made {
  readonly states: Map<string, SVGGElement>
  readonly frames: Map<string, Frame>
  readonly edges: Map<string, SVGGElement[]>
}

function nodeOf(box: Box, { states, frames, edges }: Made): SVGElement {
  if (box.kind === 'initial') return drawInitial(box)
  if (box.kind === 'pill') {
    const pill = drawLabel(box, 'pill')
    for (const { edge } of box.rows) if (edge !== undefined) addPart(edges, edge, pill)
    return pill
  }
  const node = drawState(box)
  states.set(box.id, node)
  for (const row of node.querySelectorAll<SVGGElement>(':scope > .rows > [data-edge]')) addPart(edges, row.dataset['edge'] ?? '', row)
  if (!box.open) return node
  const inside = svg('g', { class: 'inside' }, svg('g', { class: 'lines', 'aria-hidden': 'true' }))
  const card = svgText(box.title, {
    class: 'card',
    x: box.x + box.w / 2,
    y: box.y + box.h / 2,
    'text-anchor': 'middle',
    'aria-hidden': 'true',
  })
  node.append(inside, card)
  frames.set(box.id, { box, node, inside, card })
  return node
}

function addLine(
  { points, kind, arrow, edges: of, label }: Line,
  frame: Frame | undefined,
  { edges, paths }: { readonly edges: Map<string, SVGGElement[]>; readonly paths: Map<string, SVGPathElement[]> },
): void {
  const end = points.at(-1)
  if (!frame || !end) return
  const path = svg('path', { class: 'line', d: linePath(points, arrow) })
  const tip = arrow ? svg('path', { class: 'tip', d: tipPath(points) }) : svg('circle', { class: 'port', cx: end.x, cy: end.y, r: 2.4 })
  const line = svg('g', { class: `edge ${kind}` }, path, tip)
  frame.inside.firstElementChild?.append(line)
  const said = label && drawLabel(label, kind)
  if (said) {
    said.dataset['edges'] = JSON.stringify(of)
    frame.inside.append(said)
  }
  for (const edge of of) {
    addPart(edges, edge, line)
    if (said) addPart(edges, edge, said)
    paths.set(edge, [...(paths.get(edge) ?? []), path])
  }
}

const addPart = (edges: Map<string, SVGGElement[]>, edge: string, part: SVGGElement): void => {
  const parts = edges.get(edge)
  if (parts) parts.push(part)
  else edges.set(edge, [part])
}

/** Of its middle piece. */
function middleOf(points: readonly Point[]): Point {
  const at = Math.floor((points.length - 1) / 2)
  const [one = { x: 0, y: 0 }, other = one] = points.slice(at, at + 2)
  return { x: (one.x + other.x) / 2, y: (one.y + other.y) / 2 }
}
