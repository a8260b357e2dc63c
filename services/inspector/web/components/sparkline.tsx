/** A line of a few numbers; what they say is in its label. Where a number is missing the line is broken. */
export function Sparkline(props: {
  readonly values: readonly (number | undefined)[]
  readonly label: string
  readonly w?: number
  readonly h?: number
  readonly tone?: 'accent' | 'good' | 'warn' | 'bad'
  readonly max?: number
  /** Places of values at which something changed. */
  readonly marks?: readonly number[]
}) {
  const { values, label, w = 120, h = 28, tone = 'accent', marks = [] } = props
  const max = props.max ?? Math.max(1e-9, ...values.filter((value) => value !== undefined)) * 1.1
  const last = Math.max(1, values.length - 1)
  const x = (at: number): string => ((at / last) * w).toFixed(1)
  const runs = runsOf(values).map((run) =>
    run.map(({ at, value }) => `${x(at)} ${(h - 2 - (Math.min(value, max) / max) * (h - 4)).toFixed(1)}`),
  )
  return (
    <svg
      class={`sparkline ${tone}`}
      viewBox={`0 0 ${w} ${h}`}
      width={w}
      height={h}
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
    >
      {runs.map((points, index) => {
        const [first = '', end = ''] = [points[0], points.at(-1)]
        const line = points.length === 1 ? `M${first}h${(w / last).toFixed(1)}` : `M${points.join('L')}`
        return (
          <g key={index}>
            <path class="area" d={`${line}L${end.split(' ')[0] ?? ''} ${h}L${first.split(' ')[0] ?? ''} ${h}Z`} />
            <path class="line" d={line} />
          </g>
        )
      })}
      {marks
        .filter((at) => at >= 0 && at <= last)
        .map((at) => (
          <path key={at} class="mark-line" d={`M${x(at)} 0V${h}`} />
        ))}
    </svg>
  )
}

interface Point {
  readonly at: number
  readonly value: number
}

function runsOf(values: readonly (number | undefined)[]): readonly (readonly Point[])[] {
  const runs: Point[][] = []
  values.forEach((value, at) => {
    if (value === undefined) return
    const run = values[at - 1] === undefined ? undefined : runs.at(-1)
    if (run) run.push({ at, value })
    else runs.push([{ at, value }])
  })
  return runs
}
