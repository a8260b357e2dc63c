// Log filter
// The turns that hold every word: in the event, the state, who sent it, or how it failed. Pure.
import type { HistoryRow } from '../wire.ts'
import { eventText } from './history.ts'
import { stateText } from './state-value.ts'

export function filtered(rows: readonly HistoryRow[], words: string): readonly HistoryRow[] {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean)
  if (wanted.length === 0) return rows
  return rows.filter(({ turn, event, state, from = '', failure = '' }) => {
    const text = `${turn} ${event} ${eventText(event)} ${stateText(state)} ${from} ${failure}`.toLowerCase()
    return wanted.every((word) => text.includes(word))
  })
}
