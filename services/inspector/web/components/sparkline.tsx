/** A line of a few numbers; what they say is in its label. */
export function Sparkline(props: {
  readonly values: readonly number[]
  readonly label: string
  readonly w?: number
  readonly h?: number
  readonly tone?: 'accent' | 'good' | 'warn' | 'bad'
  readonly max?: number
}) {
  const { values, label, w = 120, h = 28, tone = 'accent' } = props
  const max = props.max ?? Math.max(1e-9, ...values) * 1.1
  const last = Math.max(1, values.length - 1)
  const points = values.map((value, at) => `${((at / last) * w).toFixed(1)} ${(h - 2 - (Math.min(value, max) / max) * (h - 4)).toFixed(1)}`)
  const line = points.length === 0 ? '' : `M${points.join('L')}`
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
      {line !== '' && <path class="area" d={`${line}L${w} ${h}L0 ${h}Z`} />}
      <path class="line" d={line} />
    </svg>
  )
}
