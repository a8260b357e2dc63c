// Which transitions of a chart a drawing leaves out: held to the machine itself, not to what the layout planned.
import type { Chart, ChartNode, ChartTransition } from '../../runtime/statechart/index.ts'
import type { Drawing, Row } from '../../services/inspector/chart/drawing.ts'

export const allTransitions = (node: ChartNode): readonly ChartTransition[] => [...node.transitions, ...node.states.flatMap(allTransitions)]
export const allStates = (node: ChartNode): readonly ChartNode[] => [node, ...node.states.flatMap(allStates)]

export interface Missing {
  /** Transitions that neither a row nor a line stands for. */
  readonly lost: readonly string[]
  /** Transitions of which nothing is written. */
  readonly unwritten: readonly string[]
  /** States without a box. */
  readonly states: readonly string[]
  /** Boxes without a line at the targets that a transition has. */
  readonly unreached: readonly string[]
}

export function missingIn(chart: Chart, { boxes, lines }: Drawing): Missing {
  const edgesIn = (rows: readonly Row[]): readonly string[] => rows.flatMap(({ edge }) => edge ?? [])
  const written = new Set([...boxes.flatMap(({ rows }) => edgesIn(rows)), ...lines.flatMap(({ label }) => edgesIn(label?.rows ?? []))])
  const lined = new Set(lines.flatMap(({ edges }) => edges))
  const drawn = new Set(boxes.map(({ id }) => id))
  const ends = new Map(lines.filter(({ arrow }) => arrow).map((line) => [line.to, line]))
  const transitions = allTransitions(chart.root)
  return {
    lost: transitions.filter(({ id }) => !written.has(id) && !lined.has(id)).map(({ id }) => id),
    // What a history state leads to at first has no event to write.
    unwritten: transitions.filter(({ id, kind }) => kind !== 'default' && !written.has(id)).map(({ id }) => id),
    states: allStates(chart.root)
      .map(({ id }) => id)
      .filter((id) => !drawn.has(id)),
    unreached: transitions
      .filter(({ id }) => lined.has(id))
      .flatMap(({ id, targets }) => (targets.some((target) => ends.has(target)) || pillFor(id) ? [] : [id])),
  }

  function pillFor(edge: string): boolean {
    return boxes.some(({ kind, rows }) => kind === 'pill' && edgesIn(rows).includes(edge))
  }
}
