// Timeline marks
// Turns that are no event of the machine's own: what operators did with the actor, and what its supervisor did. And which events the timeline shows. Pure.
import type { HistoryRow } from '../wire.ts'

export interface TimelineMark {
  readonly sign: string
  readonly text: string
  readonly tone: 'warn' | 'bad' | 'accent'
}

const marks: ReadonlyMap<string, TimelineMark> = new Map([
  ['@init', { sign: 'b', text: 'born', tone: 'accent' }],
  ['@fork', { sign: 'f', text: 'forked', tone: 'accent' }],
  ['@hold', { sign: 'h', text: 'held', tone: 'warn' }],
  ['@step', { sign: 's', text: 'stepped', tone: 'warn' }],
  ['@release', { sign: 'r', text: 'released', tone: 'warn' }],
  ['@breakpoints', { sign: '•', text: 'breakpoints were set', tone: 'warn' }],
  ['@restart', { sign: '↻', text: 'restarted', tone: 'bad' }],
  ['@stop', { sign: 'x', text: 'stopped', tone: 'bad' }],
])

export const markOf = (event: string): TimelineMark | undefined => marks.get(event)

export const eventChoices = [
  ['all', 'all events'],
  ['outside', 'from outside'],
  ['moved', 'that moved it'],
  ['trouble', 'failures and marks'],
] as const
export type EventChoice = (typeof eventChoices)[number][0]

/** Of turns in order. */
export function eventsShown(rows: readonly HistoryRow[], choice: EventChoice): readonly HistoryRow[] {
  switch (choice) {
    case 'all':
      return rows
    case 'outside':
      return rows.filter(({ event }) => !event.startsWith('xstate.') && !event.startsWith('@'))
    case 'moved':
      return rows.filter(({ state }, at) => JSON.stringify(state) !== JSON.stringify(rows[at - 1]?.state))
    case 'trouble':
      return rows.filter(({ event, failure }) => failure !== undefined || event.startsWith('xstate.error') || markOf(event) !== undefined)
  }
}
