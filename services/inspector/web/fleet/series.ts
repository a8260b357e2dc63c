// Series
// What the fleet said of itself in the last while, second by second, for lines and the heat map. Pure.
//
// S1. It has an end: `samplesMax` samples of the fleet and of each worker, `workersMax` workers, `marksMax` marks.
// S2. A time in which nobody listened is a hole, never a line drawn across it.
import type { FleetRow, Times } from './wire.ts'

export const samplesMax = 900
const workersMax = 200
const workerSamplesMax = 60
const marksMax = 20
const restingMs = 12_000

export interface Mark {
  readonly at: number
  readonly text: string
}

export interface Series {
  /** The oldest first. */
  readonly all: readonly FleetRow[]
  readonly workers: ReadonlyMap<string, readonly FleetRow[]>
  /** Workers that came or went. */
  readonly marks: readonly Mark[]
}

export const noSeries: Series = { all: [], workers: new Map(), marks: [] }

export function addRows(series: Series, rows: readonly FleetRow[]): Series {
  const workers = new Map(series.workers)
  let { all, marks } = series
  for (const row of rows) {
    if (row.worker === '*') {
      if (row.at > (all.at(-1)?.at ?? 0)) all = [...all.slice(1 - samplesMax), row] // S1
      continue
    }
    const known = workers.get(row.worker)
    if (row.gone) marks = withMark(marks, { at: row.at, text: `${row.worker} went` })
    // A worker that rests speaks every ten seconds only: those first heard within that time were there before.
    else if (!known && row.at - (all[0]?.at ?? row.at) > restingMs) marks = withMark(marks, { at: row.at, text: `${row.worker} came` })
    if (row.gone) workers.delete(row.worker)
    else if (known || workers.size < workersMax) workers.set(row.worker, [...(known ?? []).slice(1 - workerSamplesMax), row])
  }
  return { all, workers, marks }
}

const withMark = (marks: readonly Mark[], mark: Mark): readonly Mark[] => [...marks.slice(1 - marksMax), mark]

export interface Window {
  readonly columns: number
  readonly columnMs: number
}

/** Samples by the column they fall into, the last one ending at `now`; a column in which nobody listened is empty (S2). */
export function columnsOf(all: readonly FleetRow[], { columns, columnMs }: Window, now: number): readonly (readonly FleetRow[])[] {
  const found: FleetRow[][] = Array.from({ length: columns }, () => [])
  for (const row of all) found[columnAt(row.at, { columns, columnMs }, now)]?.push(row)
  return found
}

/** Columns begin at whole multiples of their length: they do not flicker as time goes on. */
export const columnAt = (at: number, { columns, columnMs }: Window, now: number): number =>
  columns - 1 - (Math.floor(now / columnMs) - Math.floor(at / columnMs))

/** The mean of a figure in each column. */
export const lineOf = (
  columns: readonly (readonly FleetRow[])[],
  figure: (row: FleetRow) => number | undefined,
): readonly (number | undefined)[] =>
  columns.map((rows) => {
    const values = rows.map(figure).filter((value) => value !== undefined)
    return values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0) / values.length
  })

/** Which buckets are drawn: all that hold something, with one beyond, and at least `rowsMin`. */
export function bucketRange(all: readonly Times[], rowsMin: number): readonly [number, number] {
  const used = all.flatMap((times) => Object.keys(times).map(Number))
  const low = Math.max(0, Math.min(10, ...used) - 1)
  return [low, Math.max(low + rowsMin - 1, ...used.map((bucket) => bucket + 1))]
}

export function countsOf(rows: readonly FleetRow[], [low, high]: readonly [number, number]): readonly number[] {
  return Array.from({ length: high - low + 1 }, (_, at) => rows.reduce((sum, { waitTimes }) => sum + (waitTimes?.[low + at] ?? 0), 0))
}

/** The bound of a bucket: `1 ms`, `33 ms`, `1.0 s`. */
export function bucketText(bucket: number): string {
  const ms = 2 ** bucket / 1_000
  if (ms < 1) return `${Math.round(ms * 1_000)} µs`
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(ms < 10_000 ? 1 : 0)} s`
}
