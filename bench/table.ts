// The figures as a table for people.
import type { Figure } from './measure.ts'

export function table(figures: readonly Figure[]): string {
  const head = ['bench', 'profile', 'in flight', 'per second', 'p50 ms', 'p99 ms', 'ratio', 'to', 'more']
  const rows = figures.map(({ bench, profile, inFlight, perSecond, p50Ms, p99Ms, ratio, to, ...more }) => [
    bench,
    profile,
    inFlight,
    perSecond,
    p50Ms,
    p99Ms,
    ratio ?? '',
    to ?? '',
    Object.entries(more)
      .map(([name, value]) => `${name} ${String(value)}`)
      .join(', '),
  ])
  return columns(
    [head, ...rows].map((row) => row.map(String)),
    (column) => column > 1 && column < 7,
  )
}

/** Rows of cells, one below the other; `isNumber` says which columns stand to the right. */
export function columns(rows: readonly (readonly string[])[], isNumber: (column: number) => boolean): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows
    .map((row) =>
      row
        .map((cell, column) => (isNumber(column) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
