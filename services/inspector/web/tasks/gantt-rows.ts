// Gantt rows
// The run of a task as lines of a drawing: one an actor, below whom it works for, with what it did in it. Pure.
import type { Run, Span, WorkKind } from './wire.ts'

export interface Piece {
  readonly label: string
  readonly kind: WorkKind
  readonly from: number
  readonly to: number
  readonly ok: boolean | undefined
  /** It goes on. */
  readonly lasts: boolean
}

export interface GanttRow {
  readonly actor: string
  readonly label: string
  readonly depth: number
  readonly from: number
  readonly to: number
  readonly ok: boolean | undefined
  readonly lasts: boolean
  readonly pieces: readonly Piece[]
  readonly critical: boolean
}

/** From one row to the next that was waited for. */
export interface Link {
  readonly from: number
  readonly to: number
  /** When the former ended, or the latter began before that. */
  readonly begin: number
  readonly at: number
}

export interface Gantt {
  readonly rows: readonly GanttRow[]
  readonly links: readonly Link[]
  readonly from: number
  readonly to: number
  /** Actors that are not drawn. */
  readonly left: number
}

const rowsMax = 80

export function ganttOf({ spans, critical }: Pick<Run, 'spans' | 'critical'>, now: number): Gantt {
  const lines = spans.filter(({ kind }) => kind === 'task' || kind === 'agent')
  const ordered = inOrder(lines)
  const work = Map.groupBy(spans, ({ actor }) => actor)
  const all = ordered.map(({ span, depth }): GanttRow => {
    const { actor, label, from, to = now, ok } = span
    const pieces = (work.get(actor) ?? []).flatMap((one) => pieceOf(one, now))
    return { actor, label, depth, from, to, ok, lasts: span.to === undefined, pieces, critical: critical.includes(actor) }
  })
  const rows = all.slice(0, rowsMax)
  const from = Math.min(...spans.map((span) => span.from))
  const to = Math.max(...spans.map((span) => span.to ?? now))
  return {
    rows,
    links: linksOf(rows, critical),
    from: Number.isFinite(from) ? from : now,
    to: Number.isFinite(to) ? to : now,
    left: all.length - rows.length,
  }
}

const pieceOf = ({ kind, label, from, to, ok }: Span, now: number): Piece[] =>
  kind === 'task' || kind === 'agent' ? [] : [{ label, kind, from, to: to ?? now, ok, lasts: to === undefined }]

interface Placed {
  readonly span: Span
  readonly depth: number
}

/** Those who work for someone right below them, in the order they began; who works for nobody that is known stands at the end. */
function inOrder(lines: readonly Span[]): readonly Placed[] {
  const here = new Set(lines.map(({ actor }) => actor))
  const below = Map.groupBy(lines, ({ actor, parent }) => (parent !== undefined && parent !== actor && here.has(parent) ? parent : ''))
  const placed: Placed[] = []
  const seen = new Set<string>()
  const walk = (span: Span, depth: number): void => {
    if (seen.has(span.actor)) return
    seen.add(span.actor)
    placed.push({ span, depth })
    for (const child of below.get(span.actor) ?? []) walk(child, depth + 1)
  }
  for (const root of below.get('') ?? []) walk(root, 0)
  for (const span of lines) walk(span, 0)
  return placed
}

function linksOf(rows: readonly GanttRow[], critical: readonly string[]): readonly Link[] {
  const at = new Map(rows.map(({ actor }, index) => [actor, index]))
  const path = critical.flatMap((actor) => at.get(actor) ?? [])
  return path.flatMap((to, index) => {
    const from = path[index - 1]
    const [before, row] = [from === undefined ? undefined : rows[from], rows[to]]
    if (from === undefined || !before || !row || from === to) return []
    return [{ from, to, begin: Math.min(before.to, row.from), at: row.from }]
  })
}

/** When anything was at work: waiting in a queue counts, but not while a person was waited for. */
export const workOf = ({ rows }: Pick<Gantt, 'rows'>): readonly Piece[] =>
  rows.flatMap(({ pieces }) => {
    const human = pieces.filter(({ kind }) => kind === 'human')
    const isPause = (piece: Piece): boolean =>
      piece.kind === 'human' || (piece.kind === 'queue' && human.some(({ from, to }) => from < piece.to && to > piece.from))
    return pieces.filter((piece) => !isPause(piece))
  })
