// Log filter
// Which turns the log shows: those with every word, of one event, in one state, by one way from state to state; that failed, or that moved.
// And the same by cause: all that one message from outside brought about. Pure.
import type { HistoryRow } from '../wire.ts'
import { eventText } from './history.ts'
import { leafPaths, leafText, moveText, stateText } from './state-value.ts'

export interface LogFilter {
  readonly words: string
  /** As people read it; empty: any. */
  readonly event: string
  /** The path of a state: in it, or below it. */
  readonly state: string
  /** As `wayOf` writes it. */
  readonly way: string
  readonly failedOnly: boolean
  readonly movedOnly: boolean
}

export const everything: LogFilter = { words: '', event: '', state: '', way: '', failedOnly: false, movedOnly: false }

/** A turn and the one before it, where that is known. */
export interface LogTurn {
  readonly row: HistoryRow
  readonly before: HistoryRow | undefined
}

export const withBefore = (rows: readonly HistoryRow[]): readonly LogTurn[] =>
  rows.map((row, at) => {
    const before = rows[at - 1]
    return { row, before: before && before.turn === row.turn - 1 ? before : undefined }
  })

/** `thinking → acting on done`; empty: it stayed. */
export function wayOf({ row: { state, event }, before }: LogTurn): string {
  const move = before ? moveText(before.state, state) : ''
  return move === '' ? '' : `${move} on ${eventText(event)}`
}

export function filtered(turns: readonly LogTurn[], filter: LogFilter): readonly LogTurn[] {
  const wanted = filter.words.toLowerCase().split(/\s+/).filter(Boolean)
  const { event, state, way, failedOnly, movedOnly } = filter
  return turns.filter((turn) => {
    const { row } = turn
    if (failedOnly && row.failure === undefined && !row.event.startsWith('xstate.error')) return false
    if (event !== '' && eventText(row.event) !== event) return false
    if (state !== '' && !leafPaths(row.state).some((path) => path === state || path.startsWith(`${state}.`))) return false
    if (movedOnly && row.failure === undefined && turn.before && moveText(turn.before.state, row.state) === '') return false
    if (way !== '' && wayOf(turn) !== way) return false
    return wanted.length === 0 || holdsAll(row, wanted)
  })
}

function holdsAll({ turn, event, state, from = '', failure = '', correlation = '' }: HistoryRow, words: readonly string[]): boolean {
  const text = `${turn} ${event} ${eventText(event)} ${stateText(state)} ${from} ${failure} ${correlation}`.toLowerCase()
  return words.every((word) => text.includes(word))
}

export interface Choice {
  readonly text: string
  readonly count: number
}

const choicesMax = 60

/** What there is to choose from, the most frequent first. */
export function choicesOf(turns: readonly LogTurn[]): {
  readonly events: readonly Choice[]
  readonly states: readonly Choice[]
  readonly ways: readonly Choice[]
} {
  const [events, states, ways] = [new Map<string, number>(), new Map<string, number>(), new Map<string, number>()]
  const count = (counts: Map<string, number>, text: string): void => void (text !== '' && counts.set(text, (counts.get(text) ?? 0) + 1))
  for (const turn of turns) {
    count(events, eventText(turn.row.event))
    count(ways, wayOf(turn))
    for (const path of new Set(leafPaths(turn.row.state).flatMap(prefixes))) count(states, path)
  }
  return { events: most(events), states: most(states), ways: most(ways) }
}

const prefixes = (path: string): readonly string[] => path.split('.').map((_, at, steps) => steps.slice(0, at + 1).join('.'))

const most = (counts: ReadonlyMap<string, number>): readonly Choice[] =>
  [...counts]
    .map(([text, count]) => ({ text, count }))
    .toSorted((one, other) => other.count - one.count || one.text.localeCompare(other.text))
    .slice(0, choicesMax)

export type LogLine =
  | { readonly kind: 'turn'; readonly turn: LogTurn }
  /** All that one cause brought about here, one after another. */
  | { readonly kind: 'cause'; readonly cause: string; readonly turns: number; readonly first: LogTurn; readonly last: LogTurn }

/** Turns one after another of the same cause stand below it; those that have none are the actor's own. */
export function byCause(turns: readonly LogTurn[], closed: ReadonlySet<number>): readonly LogLine[] {
  const lines: LogLine[] = []
  for (let from = 0; from < turns.length;) {
    const first = turns[from]
    if (!first) break
    let to = from
    while (to + 1 < turns.length && turns[to + 1]?.row.correlation === first.row.correlation) to++
    const group = turns.slice(from, to + 1)
    const last = group.at(-1) ?? first
    lines.push({ kind: 'cause', cause: first.row.correlation ?? '', turns: group.length, first, last })
    if (!closed.has(first.row.turn)) lines.push(...group.map((turn): LogLine => ({ kind: 'turn', turn })))
    from = to + 1
  }
  return lines
}

/** What the turn did, in one piece of text: where it went, or where it stays. */
export const movedText = ({ row: { state, failure }, before }: LogTurn): { readonly text: string; readonly stays: boolean } => {
  if (failure !== undefined) return { text: failure, stays: false }
  const move = before ? moveText(before.state, state) : leafText(state)
  return move === '' ? { text: `stays ${leafText(state)}`, stays: true } : { text: move, stays: false }
}
