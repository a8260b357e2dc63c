// Series
// What the fleet said of itself: what the gateway kept of the time before, and what comes live, for lines and the heat map. Pure.
//
// S1. It has an end: `samplesMax` samples of the fleet and of each worker, `workersMax` workers.
// S2. A time in which nobody listened is a hole, never a line drawn across it.
// S3. Where the gateway has told of a time, what came live then is left out: nothing is drawn twice.
import type { FleetRow, Kept, Mark, Times } from './wire.ts'

export const samplesMax = 900
const workersMax = 200
const workerSamplesMax = 90

/** What came live, the oldest first. */
export interface Series {
  readonly all: readonly FleetRow[]
  readonly workers: ReadonlyMap<string, readonly FleetRow[]>
}

export const noSeries: Series = { all: [], workers: new Map() }

export function addRows(series: Series, rows: readonly FleetRow[]): Series {
  const workers = new Map(series.workers)
  let { all } = series
  for (const row of rows) {
    const known = workers.get(row.worker)
    if (row.worker === '*') {
      if (row.at > (all.at(-1)?.at ?? 0)) all = [...all.slice(1 - samplesMax), row] // S1
    } else if (row.gone) workers.delete(row.worker)
    else if (known || workers.size < workersMax) workers.set(row.worker, [...(known ?? []).slice(1 - workerSamplesMax), row])
  }
  return { all, workers }
}

/** All that is known of the fleet, the oldest first. */
export function withKept(kept: Kept | undefined, live: readonly FleetRow[]): readonly FleetRow[] {
  const before = kept?.rows.map((row): FleetRow => ({ worker: '*', ...row })) ?? []
  const until = (before.at(-1)?.at ?? 0) + (kept?.stepMs ?? 0)
  return [...before, ...live.filter(({ at }) => at >= until)] // S3
}

/** Turns a second of a worker, as far as is known of the last minute and a half. */
export function turnsOf(kept: Kept['workers'][number] | undefined, live: readonly FleetRow[]): readonly number[] {
  const before = kept?.turns.filter((turns) => turns !== null) ?? []
  const after = live.filter(({ at }) => at > (kept?.heardAt ?? 0)).map(({ perSecond }) => perSecond?.turns ?? 0)
  return [...before, ...after].slice(-workerSamplesMax)
}

/** Each once, the oldest first. */
export const marksIn = (...all: readonly (readonly Mark[])[]): readonly Mark[] =>
  [...new Map(all.flat().map((mark) => [`${mark.at} ${mark.text}`, mark])).values()].toSorted((one, other) => one.at - other.at)

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

/** Below a millisecond nobody waits: the lowest row has all of that, and of what a clock that is a little ahead makes of it. */
const lowestBucket = 9

/** Which buckets are drawn: all that hold something, with one beyond, and at least `rowsMin`. */
export function bucketRange(all: readonly Times[], rowsMin: number): readonly [number, number] {
  const used = all.flatMap((times) => Object.keys(times).map(Number))
  const low = Math.max(lowestBucket, Math.min(10, ...used) - 1)
  return [low, Math.max(low + rowsMin - 1, ...used.map((bucket) => bucket + 1))]
}

export function countsOf(rows: readonly FleetRow[], [low, high]: readonly [number, number]): readonly number[] {
  const counts = Array.from({ length: high - low + 1 }, () => 0)
  for (const { waitTimes = {} } of rows)
    for (const [bucket, count] of Object.entries(waitTimes)) {
      const row = Math.max(0, Number(bucket) - low)
      counts[row] = (counts[row] ?? 0) + count
    }
  return counts
}

/** The bound of a bucket: `1 ms`, `33 ms`, `1.0 s`. */
export function bucketText(bucket: number): string {
  const ms = 2 ** bucket / 1_000
  if (ms < 1) return `${Math.round(ms * 1_000)} µs`
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(ms < 10_000 ? 1 : 0)} s`
}
