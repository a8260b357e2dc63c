// Heat marks
// The fleet's heat as a chart shows it: a glow by a figure of each state, and figures beside states and transitions. Pure.
import type { Mark, Marks } from '../chart/mark.ts'
import { countText, durationText, plural } from '../format.ts'
import type { EdgeHeat, MachineHeat, StateHeat } from './wire.ts'

/** What states glow by. */
export type HeatBy = 'actors' | 'time'

export const heatBys = ['actors', 'time'] as const

/** How warm a state is where only those are that are done: it can be seen, and is warmer than nothing. */
const faint = 0.05

export const glowOf = ({ states }: MachineHeat, by: HeatBy): ReadonlyMap<string, number> =>
  new Map(states.flatMap((state) => (figureOf(state, by) > 0 ? [[state.state, warmthOf(state, by)]] : [])))

const warmthOf = (state: StateHeat, by: HeatBy): number => (by === 'actors' ? state.active || faint : state.totalMs)

/** Beside those of `others`, the findings. */
export function heatMarks({ states, edges }: MachineHeat, by: HeatBy, others: Marks): Marks {
  const marks = new Map<string, readonly Mark[]>([...others].map(([id, mark]) => [id, [mark].flat()]))
  const add = (id: string, ...more: readonly Mark[]): void => void (more.length > 0 && marks.set(id, [...(marks.get(id) ?? []), ...more]))
  for (const state of states) if (figureOf(state, by) > 0) add(state.state, stateMark(state, by))
  for (const edge of edges) add(edge.edge, ...edgeMarks(edge))
  return marks
}

const figureOf = ({ actors, totalMs }: StateHeat, by: HeatBy): number => (by === 'actors' ? actors : totalMs)

const stateMark = (state: StateHeat, by: HeatBy): Mark => ({
  tone: 'hot',
  text: by === 'actors' ? countText(state.actors) : durationText(state.p50Ms ?? 0),
  note: stateText(state),
})

export const stateText = ({ actors, active, visits, p50Ms, p95Ms }: StateHeat): string =>
  [
    `${plural(active, 'active actor')} now${actors > active ? `, ${countText(actors - active)} done` : ''}`,
    ...(p50Ms === undefined || p95Ms === undefined
      ? []
      : [`half of ${plural(visits, 'visit')} took up to ${durationText(p50Ms)}, 95 % up to ${durationText(p95Ms)}`]),
  ].join('; ')

const edgeMarks = ({ taken, failed }: EdgeHeat): readonly Mark[] => [
  ...(taken > 0 ? [{ tone: 'hot' as const, text: countText(taken), note: `taken ${plural(taken, 'time')}` }] : []),
  ...(failed > 0 ? [{ tone: 'removed' as const, text: `${countText(failed)}×`, note: `failed ${plural(failed, 'time')}` }] : []),
]
