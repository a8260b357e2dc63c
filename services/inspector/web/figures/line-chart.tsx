// Line chart
// A few series over the same places, with a scale on the left; what the lines mean stands in the legend beside it.
import { niceTicks, scaleOf } from './scale.ts'
import { useSize } from './use-size.ts'

export interface Series {
  readonly name: string
  readonly tone: 'accent' | 'good' | 'warn' | 'violet' | 'quiet'
  readonly values: readonly (number | undefined)[]
}

export interface LineChartProps {
  readonly label: string
  readonly series: readonly Series[]
  /** Written below the first and the last place. */
  readonly ends: readonly [string, string]
  readonly height?: number
  readonly max?: number
  readonly text?: (value: number) => string
}

const left = 40
const foot = 20
const top = 8
const right = 8

export function LineChart({ label, series, ends, height = 170, max: given, text = String }: LineChartProps) {
  const [host, width] = useSize()
  const all = series.flatMap(({ values }) => values.filter((value) => value !== undefined))
  const max = given ?? Math.max(1e-9, ...all) * 1.08
  const count = Math.max(2, ...series.map(({ values }) => values.length))
  const x = (at: number): number => left + scaleOf(0, count - 1, width - left - right)(at)
  const y = (value: number): number => height - foot - scaleOf(0, max, height - foot - top)(value)
  return (
    <div ref={host} class="line-chart">
      <svg width={width} height={height} role="img" aria-label={label}>
        {niceTicks(max, 5).map((tick) => (
          <g key={tick}>
            <path class="rule" d={`M${left} ${y(tick)}H${width - right}`} />
            <text class="axis" x={left - 6} y={y(tick)} text-anchor="end" dominant-baseline="central">
              {text(tick)}
            </text>
          </g>
        ))}
        {series.map(({ name, tone, values }) => (
          <path key={name} class={`series ${tone}`} d={pathOf(values, x, y)} />
        ))}
        <text class="axis" x={left} y={height - 5}>
          {ends[0]}
        </text>
        <text class="axis" x={width - right} y={height - 5} text-anchor="end">
          {ends[1]}
        </text>
      </svg>
    </div>
  )
}

/** A place without a value is a hole, not a zero; a single place is a dot. */
function pathOf(values: readonly (number | undefined)[], x: (at: number) => number, y: (value: number) => number): string {
  let path = ''
  let isOpen = false
  for (const [at, value] of values.entries()) {
    if (value !== undefined) path += `${isOpen ? 'L' : 'M'}${x(at).toFixed(1)} ${y(value).toFixed(1)}${isOpen ? '' : 'h.1'}`
    isOpen = value !== undefined
  }
  return path
}

export const Legend = ({ series }: { readonly series: readonly Pick<Series, 'name' | 'tone'>[] }) => (
  <ul class="legend">
    {series.map(({ name, tone }) => (
      <li key={name}>
        <span class={`swatch line ${tone}`} aria-hidden="true" />
        {name}
      </li>
    ))}
  </ul>
)
