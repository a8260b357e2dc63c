// Icons of a chart, on a grid of twelve; each is stroked with its own colour.
import type { BoxKind, Icon } from './drawing.ts'

export type IconName =
  | Exclude<Icon, 'event' | 'default'>
  | 'event'
  | `state-${Extract<BoxKind, 'atomic' | 'compound' | 'parallel' | 'final' | 'history'>}`

const clock = 'M6 1.6a4.4 4.4 0 1 0 0 8.8 4.4 4.4 0 0 0 0-8.8M6 3.6V6l1.7 1'

export const icons: Readonly<Record<IconName, string>> = {
  invoke: 'M6.8 1 2.6 7h3L5 11l4.4-6.2H6.3z',
  entry: 'M1.5 6h5M4.6 3.8 6.8 6 4.6 8.2M9.5 2v8',
  exit: 'M2.5 2v8M5 6h5.5M8.4 3.8 10.6 6 8.4 8.2',
  guard: 'M6 2 10 6 6 10 2 6z',
  up: 'M6 10V2M3 5l3-3 3 3',
  down: 'M6 2v8M3 7l3 3 3-3',
  jump: 'M3.2 8.8 9 3M4.6 3H9v4.4',
  self: 'M9.6 4.2A4 4 0 1 0 10 6.6M9.8 1.8v2.6H7.2',
  event: 'M2 6h6M5.8 3.6 8.4 6 5.8 8.4',
  wildcard: 'M6 2v8M2.5 4l7 4M9.5 4l-7 4',
  always: 'M2 3l3 3-3 3M6 3l3 3-3 3',
  after: clock,
  done: 'M2.2 6.3 4.8 9l5-6',
  error: 'M3 3l6 6M9 3l-6 6',
  snapshot: 'M1 6s2-3.2 5-3.2S11 6 11 6 9 9.2 6 9.2 1 6 1 6',
  'state-atomic': 'M6 3.2a2.8 2.8 0 1 0 0 5.6 2.8 2.8 0 0 0 0-5.6',
  'state-compound': 'M2 2.5h5.5V8H2zM4.5 8v2H10V5H7.5',
  'state-parallel': 'M2 2.2h8v3H2zM2 6.8h8v3H2z',
  'state-final': 'M6 2a4 4 0 1 0 0 8 4 4 0 0 0 0-8M6 4.4a1.6 1.6 0 1 0 0 3.2 1.6 1.6 0 0 0 0-3.2',
  'state-history': clock,
}
