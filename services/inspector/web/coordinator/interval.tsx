import { scaleOf } from '../figures/scale.ts'
import type { Estimate } from './wire.ts'

const width = 190
const height = 22
const edge = 6

export interface IntervalProps {
  readonly estimate: Estimate
  /** Of all that stand below one another. */
  readonly scale: readonly [number, number]
  readonly tone: 'chosen' | 'other' | 'out'
  readonly text: (value: number) => string
}

/** A mean and its middle 90 %, on the scale of all. */
export function Interval({ estimate: { mean, low, high }, scale: [from, to], tone, text }: IntervalProps) {
  const scale = scaleOf(from, to, width - 2 * edge)
  const x = (value: number): number => edge + Math.min(width - 2 * edge, Math.max(0, scale(value)))
  return (
    <span class="interval-cell">
      <svg
        class={`interval ${tone}`}
        width={width}
        height={height}
        role="img"
        aria-label={`${text(mean)}, between ${text(low)} and ${text(high)}`}
      >
        <path class="track" d={`M${edge} ${height / 2}H${width - edge}`} />
        <rect class="range" x={x(low)} y={height / 2 - 5} width={Math.max(3, x(high) - x(low))} height="10" rx="5" />
        <circle class="mean" cx={x(mean)} cy={height / 2} r="4.5" />
      </svg>
      <span class="figure-text">
        {text(mean)} <span class="muted">{`${text(low)} – ${text(high)}`}</span>
      </span>
    </span>
  )
}

const scoreWidth = 76

/** The score that was compared, where it stands among those of the others. */
export function Score({ value, all }: { readonly value: number; readonly all: readonly number[] }) {
  const [min, max] = [Math.min(...all), Math.max(...all)]
  const x = edge + (max > min ? scaleOf(min, max, scoreWidth - 2 * edge)(value) : (scoreWidth - 2 * edge) / 2)
  return (
    <span class="score">
      <svg width={scoreWidth} height="14" aria-hidden="true">
        <path class="track" d={`M${edge} 7H${scoreWidth - edge}`} />
        <path class={value === max ? 'diamond' : 'diamond other'} d={`M${x} 1.5l5 5.5l-5 5.5l-5 -5.5Z`} />
      </svg>
      <strong class="figure-text">{value.toFixed(3)}</strong>
    </span>
  )
}
