// Timeline parts
// What the timeline is drawn of: bands on lanes, squeezed idle time, the clock below, and marks of what operators and supervisors did.
import { clockText, durationText } from '../format.ts'
import type { HistoryRow } from '../wire.ts'
import type { Lane } from './bands.ts'
import type { Gap } from './time-scale.ts'
import { markOf } from './timeline-marks.ts'

export const topHeight = 18
export const eventsHeight = 26
export const axisHeight = 22
const charactersPx = 6.4
const ticksPx = 170
const labelPx = 92

interface LaneProps {
  readonly lane: Lane
  readonly y: number
  readonly height: number
  x(moment: number): number
}

export function LaneBands({ lane: { bands }, y, height, x }: LaneProps) {
  return (
    <g>
      {bands.map(({ from, to, text, tone }, index) => {
        const left = x(from)
        const w = Math.max(1.5, x(to) - left - 1)
        const room = Math.floor((w - 10) / charactersPx)
        return (
          <g key={index} class={`band ${tone}`}>
            <title>{`${text}: ${durationText(to - from)}`}</title>
            <rect x={left} y={y + 2} width={w} height={height - 5} rx={4} />
            {room >= text.length && (
              <text x={left + 5} y={y + height / 2 + 3}>
                {text}
              </text>
            )}
          </g>
        )
      })}
    </g>
  )
}

const gapLabelPx = 6

/** Those whose length can be written above them without touching the one before. */
export function labelled(gaps: readonly Gap[]): ReadonlySet<Gap> {
  let free = Number.NEGATIVE_INFINITY
  return new Set(
    gaps.filter(({ x, w, from, to }) => {
      const half = (durationText(to - from).length * gapLabelPx) / 2
      const middle = x + w / 2
      if (middle - half < free) return false
      free = middle + half + gapLabelPx
      return true
    }),
  )
}

interface GapProps {
  readonly gap: Gap
  readonly height: number
  readonly isLabelled: boolean
}

export const IdleGap = ({ gap: { x, w, from, to }, height, isLabelled }: GapProps) => (
  <g class="idle">
    <title>{`idle for ${durationText(to - from)}`}</title>
    <rect x={x} y={topHeight} width={w} height={height - topHeight} />
    {[0.25, 0.5, 0.75].map((share) => (
      <path key={share} d={`M${x + w * share} ${topHeight}V${height}`} />
    ))}
    {isLabelled && (
      <text x={x + w / 2} y={topHeight - 5} text-anchor="middle">
        {durationText(to - from)}
      </text>
    )}
  </g>
)

interface AxisProps {
  readonly rows: readonly HistoryRow[]
  x(moment: number): number
  readonly y: number
  readonly width: number
}

/** So many moments that no two labels touch, evenly among the turns. */
export function Axis({ rows, x, y, width }: AxisProps) {
  const count = Math.max(2, Math.floor(width / ticksPx))
  const step = Math.max(1, Math.floor((rows.length - 1) / (count - 1)))
  let free = 0
  return (
    <g class="axis" aria-hidden="true">
      {rows
        .filter((_row, index) => index % step === 0)
        .map(({ turn, at }) => {
          const left = Math.min(x(at), width - labelPx + 12)
          if (left < free) return null
          free = left + labelPx
          return (
            <text key={turn} x={left} y={y}>
              {clockText(at)}
            </text>
          )
        })}
    </g>
  )
}

const toneOfEvent = (event: string): string =>
  event.startsWith('xstate.error') ? 'bad' : event.startsWith('xstate.') || event.startsWith('@') ? '' : 'from-outside'

interface EventTickProps {
  readonly row: HistoryRow
  readonly text: string
  readonly x: number
}

/** An event, or the sign of what somebody did with the actor. */
export function EventTick({ row: { turn, at, event, failure }, text, x }: EventTickProps) {
  const mark = markOf(event)
  const title = <title>{`${mark ? mark.text : text} at turn ${turn}, ${clockText(at)}`}</title>
  const y = topHeight + 4
  if (!mark)
    return (
      <path class={`tick ${failure === undefined ? toneOfEvent(event) : 'bad'}`} d={`M${x.toFixed(1)} ${y}v14`}>
        {title}
      </path>
    )
  return (
    <g class={`sign ${mark.tone}`}>
      {title}
      <path d={`M${x.toFixed(1)} ${y - 1}l6 8l-6 8l-6 -8z`} />
      <text x={x} y={y + 10} text-anchor="middle">
        {mark.sign}
      </text>
    </g>
  )
}
