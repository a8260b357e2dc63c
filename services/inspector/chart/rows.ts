// Rows
// What is written on a chart: the lines of a state, of a transition's label, and how long a delay is.
import type { ChartNode, ChartTransition } from '../../../runtime/statechart/index.ts'
import type { Label, LineKind, Row, Size } from './drawing.ts'
import { shortened, widthOf } from './measure.ts'

const textCharactersMax = 44
export const rowH = 18
export const labelRowH = 15
export const labelPadding = { x: 8, y: 4 }
export const iconW = 15

/** What a state does by itself, before the events that keep it where it is. */
export const stateRows = ({ invokes, entry, exit, initialActions = [] }: ChartNode): readonly Row[] => [
  ...invokes.map(({ id, src }) => row(src === id || isGivenId(id) ? src : `${src} as ${id}`, 'invoke', `invokes ${src} as ${id}`)),
  ...entry.map((action) => row(action, 'entry', `on entry: ${action}`)),
  ...initialActions.map((action) => row(action, 'entry', `on the way to its first state: ${action}`)),
  ...exit.map((action) => row(action, 'exit', `on exit: ${action}`)),
]

/** A transition written into its state. */
export function innerRow(
  transition: ChartTransition,
  node: ChartNode,
  to?: { readonly icon: 'up' | 'down' | 'jump'; readonly name: string },
): Row {
  const { guard, targets } = transition
  const name = eventText(transition, node)
  const icon = targets.length > 0 && !to ? 'self' : transition.kind
  const arrows = { up: '↑', down: '↓', jump: '↗' }
  const text = `${name}${guard === undefined ? '' : ` [${guard}]`}${to ? ` ${arrows[to.icon]} ${to.name}` : ''}`
  return { ...row(text, icon, sentence(transition)), edge: transition.id }
}

/** The lines of a label: the event, and below it the guard; a guarded `always` is its guard. */
export function labelRows(transition: ChartTransition, node: ChartNode): readonly Row[] {
  const { id: edge, kind, guard } = transition
  if (kind === 'default') return []
  const title = sentence(transition)
  const guardRow = guard === undefined ? [] : [{ ...row(guard, 'guard', title), edge }]
  if (kind === 'always' && guard !== undefined) return guardRow
  return [{ ...row(eventText(transition, node), kind, title), edge }, ...guardRow]
}

export function labelSize(rows: readonly Row[]): Size {
  const widths = rows.map(({ text, icon }) => widthOf(text, 'label') + (hasIcon(icon) ? iconW : 0))
  return { w: Math.ceil(Math.max(0, ...widths)) + 2 * labelPadding.x, h: rows.length * labelRowH + 2 * labelPadding.y }
}

export const labelOf = (rows: readonly Row[]): Label | undefined =>
  rows.length === 0 ? undefined : { x: 0, y: 0, ...labelSize(rows), rows }

/** An event says what it is by being written; everything else has a sign. */
export const hasIcon = (icon: Row['icon']): boolean => icon !== undefined && icon !== 'event'

export const lineKind = (transitions: readonly ChartTransition[]): LineKind => {
  const kinds = new Set(transitions.map(({ kind }) => kind))
  const [kind = 'event'] = kinds
  return kinds.size === 1 ? kind : 'event'
}

export function eventText({ kind, event, label }: ChartTransition, { delays, invokes }: ChartNode): string {
  const childNamed = (prefix: string): string => {
    const id = label.slice(prefix.length)
    return isGivenId(id) ? (invokes.find((invoke) => invoke.id === id)?.src ?? id) : id
  }
  switch (kind) {
    case 'after': {
      const delay = delays.find((one) => one.event === event)
      return delay ? delayText(delay) : label
    }
    case 'done':
      return label === 'done' ? label : childNamed('done ')
    case 'error':
      return childNamed('error ')
    case 'snapshot':
      return childNamed('snapshot ')
    case 'wildcard':
      return 'any event'
    default:
      return label
  }
}

/** What XState calls an invoke whose author has not: its place in the state, and the state. */
const isGivenId = (id: string): boolean => /^\d+\./.test(id)

const delayText = ({ delay, ms }: ChartNode['delays'][number]): string =>
  ms === undefined ? delay : Number.isNaN(Number(delay)) ? `${delay} (${durationText(ms)})` : durationText(ms)

const units = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
] as const

/** The largest unit that gives at most two decimals: `1.5 s`, `2 min`, `250 ms`. */
export function durationText(ms: number): string {
  const [unit, size] = units.find(([, one]) => ms >= one && Number.isInteger((ms / one) * 100)) ?? ['ms', 1]
  return `${ms / size} ${unit}`
}

function sentence({ label, guard, actions, description }: ChartTransition): string {
  const parts = [
    label,
    ...(guard === undefined ? [] : [`if ${guard}`]),
    ...(actions.length === 0 ? [] : [`does ${actions.join(', ')}`]),
    ...(description === undefined ? [] : [description]),
  ]
  return parts.join('; ')
}

const row = (text: string, icon: NonNullable<Row['icon']>, title: string): Row => ({
  text: shortened(text, textCharactersMax),
  icon,
  title,
})
