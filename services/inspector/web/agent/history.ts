// History
// The turns of an actor that the page knows, in order, without a second of any. Pure.
import type { HistoryRow, Transition } from '../wire.ts'

/** More than this is not kept: the oldest go, and can be asked for again. */
export const rowsMax = 20_000

/** What the history says is taken over what was seen live: it knows the worker. */
export function merged(known: readonly HistoryRow[], found: readonly HistoryRow[]): readonly HistoryRow[] {
  const last = known.at(-1)
  const fresh = found.toSorted((one, other) => one.turn - other.turn)
  const [first] = fresh
  if (!first) return known
  if (!last || first.turn > last.turn) return [...known, ...fresh].slice(-rowsMax)
  const byTurn = new Map(known.map((row) => [row.turn, row]))
  for (const row of fresh) byTurn.set(row.turn, { ...byTurn.get(row.turn), ...row })
  return [...byTurn.values()].toSorted((one, other) => one.turn - other.turn).slice(-rowsMax)
}

export const rowOf = ({ turn, at, event, value, dead, detail }: Transition): HistoryRow => ({
  turn,
  at,
  event,
  state: value,
  ...(dead && { failure: dead.code }),
  ...(detail?.from !== undefined && { from: detail.from }),
  ...(detail?.correlation !== undefined && { correlation: detail.correlation }),
})

/** The row of a turn, by halves. */
export function rowAt(rows: readonly HistoryRow[], turn: number): HistoryRow | undefined {
  let [low, high] = [0, rows.length - 1]
  while (low <= high) {
    const middle = (low + high) >> 1
    const row = rows[middle]
    if (!row || row.turn === turn) return row
    if (row.turn < turn) low = middle + 1
    else high = middle - 1
  }
  return undefined
}

/** XState's own events in the words of the chart: `done model`, `after 5000`. */
export function eventText(type: string): string {
  const [, end, id] = /^xstate\.(done|error|snapshot)\.(?:actor|state)\.(.*)$/s.exec(type) ?? []
  // What an author has not named, XState calls by its place in a state: the state's own name says it.
  if (id !== undefined) return `${end} ${/^\d+\./.test(id) ? id.slice(id.lastIndexOf('.') + 1) : id}`
  const [, delay] = /^xstate\.after\.([^.]+)\./.exec(type) ?? []
  return delay === undefined ? type : `after ${delay}`
}
