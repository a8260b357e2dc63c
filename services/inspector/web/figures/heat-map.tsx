// Heat map
// How often something fell between two bounds, over time: a column a span of time, a row a bucket, the darkest the most.
import { useSize } from './use-size.ts'

export interface HeatMapProps {
  readonly label: string
  /** The lowest first: what is written beside it, and whether it is. */
  readonly rows: readonly { readonly title: string; readonly written: boolean }[]
  /** The oldest first; each a count by row. */
  readonly columns: readonly (readonly number[])[]
  /** What is written below a column. */
  readonly ticks: readonly { readonly column: number; readonly text: string }[]
  /** Said where there is nothing to draw. */
  readonly none: string
  /** The oldest first. Where they stand close together only the latest is written. */
  readonly marks?: readonly { readonly column: number; readonly text: string; readonly title?: string }[]
}

const left = 58
const rowHeight = 18
const foot = 20

export function HeatMap({ label, rows, columns, ticks, none, marks = [] }: HeatMapProps) {
  const [host, width] = useSize()
  const max = Math.max(1, ...columns.flat())
  const cell = Math.max(1, (width - left - 6) / Math.max(1, columns.length))
  const bottom = rows.length * rowHeight
  const x = (column: number): number => left + column * cell
  const spoken = writtenOf(marks.map(({ column }) => x(column)))
  const y = (row: number): number => bottom - (row + 1) * rowHeight
  return (
    <div ref={host} class="heat-map">
      <svg width={width} height={bottom + foot + (marks.length > 0 ? 14 : 0)} role="img" aria-label={label}>
        {rows.map(({ title, written }, row) => (
          <g key={row}>
            <path class="rule" d={`M${left} ${y(row) + rowHeight - 0.5}H${width - 6}`} />
            {written && (
              <text class="axis" x={left - 8} y={y(row) + rowHeight} text-anchor="end" dominant-baseline="central">
                {title}
              </text>
            )}
          </g>
        ))}
        {columns.map((counts, column) =>
          counts.map((count, row) =>
            count > 0 ? (
              <rect
                key={`${column}.${row}`}
                x={x(column) + 0.5}
                y={y(row) + 0.5}
                width={Math.max(1, cell - 1)}
                height={rowHeight - 1}
                rx="1.5"
                class={`heat-${levelOf(count, max)}`}
              />
            ) : null,
          ),
        )}
        {columns.every((counts) => counts.every((count) => count === 0)) && (
          <text class="nothing-drawn" x={(left + width) / 2} y={bottom / 2} text-anchor="middle">
            {none}
          </text>
        )}
        {ticks.map(({ column, text }) => (
          <text key={text} class="axis" x={x(column)} y={bottom + 14} text-anchor={column === 0 ? 'start' : 'middle'}>
            {text}
          </text>
        ))}
        {marks.map(({ column, text, title }, index) => (
          <g key={index} class="mark">
            <path d={`M${x(column)} 0V${bottom + 18}`}>
              <title>{title ?? text}</title>
            </path>
            {spoken.has(index) && (
              <text
                x={x(column) + (column > columns.length / 2 ? -4 : 4)}
                y={bottom + 28}
                text-anchor={column > columns.length / 2 ? 'end' : 'start'}
              >
                {text}
              </text>
            )}
          </g>
        ))}
      </svg>
    </div>
  )
}

const markWidth = 170

/** Which marks have room for their words, the latest before the others. */
function writtenOf(xs: readonly number[]): ReadonlySet<number> {
  const written: number[] = []
  for (const [index, x] of [...xs.entries()].toReversed())
    if (written.every((other) => Math.abs((xs[other] ?? 0) - x) >= markWidth)) written.push(index)
  return new Set(written)
}

const levels = 6

/** By the square root: few are seen beside many. */
const levelOf = (count: number, max: number): number => Math.max(1, Math.ceil(Math.sqrt(count / max) * levels))
