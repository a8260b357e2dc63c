// Cut
// Cuts a line that crosses frames into one piece a frame, at ports on their borders: then every frame can be laid out alone, its children first.
//
// C1. The pieces of a line meet at a port: where one ends the next begins.
// C2. Lines to one target leave a frame by one port, and reach it by one; out of a parallel state each region's has its own, so that it is straight.
import type { ChartTree } from './chart-tree.ts'
import type { LineKind, Row } from './drawing.ts'

/** Where a piece starts or ends: at a box, or at a port of it; the frame itself is a box too. */
export interface End {
  readonly box: string
  readonly port?: string
}

export interface Piece {
  readonly id: string
  readonly from: End
  readonly to: End
  readonly edges: string[]
  kind: LineKind
  readonly label: Row[]
  readonly arrow: boolean
}

export interface Port {
  readonly id: string
  readonly side: 'in' | 'out'
}

export interface Cuts {
  /** By the frame they are in. */
  readonly pieces: ReadonlyMap<string, readonly Piece[]>
  /** By the frame they are on. */
  readonly ports: ReadonlyMap<string, readonly Port[]>
}

interface Stop {
  readonly box: string
  /** The frame it is in. */
  readonly frame: string
}

interface Told {
  readonly edges: readonly string[]
  readonly kind: LineKind
  readonly label: readonly Row[]
}

export interface Cutter extends Cuts {
  line(from: Stop, to: Stop, told: Told): void
}

export function cutter(tree: ChartTree): Cutter {
  const pieces = new Map<string, Piece[]>()
  const ports = new Map<string, Port[]>()
  const portIds = new Map<string, string>()
  const pieceAt = new Map<string, Piece>()
  let count = 0

  const port = (frame: string, side: Port['side'], key: string): End => {
    const name = JSON.stringify([frame, side, key])
    const known = portIds.get(name)
    if (known !== undefined) return { box: frame, port: known }
    const id = `${side} ${portIds.size}`
    portIds.set(name, id)
    pushTo(ports, frame, { id, side })
    return { box: frame, port: id }
  }

  const piece = (frame: string, from: End, to: End, told: Told & { readonly arrow: boolean }): void => {
    const key = JSON.stringify([frame, from, to])
    const known = pieceAt.get(key)
    if (known) {
      known.edges.push(...told.edges.filter((edge) => !known.edges.includes(edge)))
      known.label.push(...told.label)
      if (known.kind !== told.kind) known.kind = 'event'
      return
    }
    const made: Piece = {
      id: `line ${count++}`,
      from,
      to,
      edges: [...told.edges],
      kind: told.kind,
      label: [...told.label],
      arrow: told.arrow,
    }
    pieceAt.set(key, made)
    pushTo(pieces, frame, made)
  }

  const line = (from: Stop, to: Stop, told: Told): void => {
    const [out, into] = [around(tree, from.frame), around(tree, to.frame)]
    const common = out.find((frame) => into.includes(frame)) ?? tree.chart.root.id
    const left = out.slice(0, out.indexOf(common))
    const entered = into.slice(0, into.indexOf(common)).toReversed()
    let { label } = told
    // The first frame that ELK lays out has room for the label: a parallel one has only straight stubs.
    const labelIn = (frame: string): readonly Row[] => {
      if (tree.place(frame).node.type === 'parallel') return []
      const taken = label
      label = []
      return taken
    }
    let at: End = { box: from.box }
    for (const frame of left) {
      const key = tree.place(frame).node.type === 'parallel' ? JSON.stringify([at, to.box]) : to.box // C2
      const border = port(frame, 'out', key)
      piece(frame, at, border, { ...told, label: labelIn(frame), arrow: false })
      at = border // C1
    }
    let frame = common
    for (const next of entered) {
      const border = port(next, 'in', to.box)
      piece(frame, at, border, { ...told, label: labelIn(frame), arrow: false })
      at = border
      frame = next
    }
    piece(frame, at, { box: to.box }, { ...told, label: labelIn(frame), arrow: true })
  }
  return { line, pieces, ports }
}

/** The frame and those around it, up to the root. */
const around = (tree: ChartTree, frame: string): readonly string[] => [frame, ...tree.ancestors(frame)]

function pushTo<Item>(lists: Map<string, Item[]>, key: string, item: Item): void {
  const list = lists.get(key)
  if (list) list.push(item)
  else lists.set(key, [item])
}
