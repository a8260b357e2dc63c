// Gantt
// Who worked when for a task, what was waited for, and one moment of it that can be shared.
import { useRef } from 'preact/hooks'
import { AsTable } from '../figures/as-table.tsx'
import { timeTicks } from '../figures/scale.ts'
import { useSize } from '../figures/use-size.ts'
import { durationText, offsetText, shortened } from '../format.ts'
import { agentPath } from '../place.ts'
import { workOf, type Gantt as GanttValue, type GanttRow, type Piece } from './gantt-rows.ts'
import { runScale, type RunScale } from './run-scale.ts'

const rowHeight = 28
const foot = 24
const nameWidthMax = 230
const characterPx = 6.9
const shownTextPx = 46
const right = 12
const ticksMax = 400

export interface GanttProps {
  readonly gantt: GanttValue
  /** Epoch ms; undefined: none is chosen. */
  readonly moment: number | undefined
  onMoment(at: number | undefined): void
  /** An actor as it was then. */
  onOpen(actor: string, at: number): void
}

export function Gantt({ gantt, moment, onMoment, onOpen }: GanttProps) {
  const [host, width] = useSize()
  const drawing = useRef<SVGSVGElement>(null)
  const left = Math.min(nameWidthMax, Math.round(width * 0.32))
  const scale = runScale(gantt, workOf(gantt), width - left - right)
  const x = (at: number): number => left + scale.x(at)
  const height = gantt.rows.length * rowHeight + foot
  const onClick = (event: MouseEvent): void => {
    const box = drawing.current?.getBoundingClientRect()
    if (!box || (event.target instanceof Element && event.target.closest('a, .piece'))) return
    const place = event.clientX - box.left - left
    if (place >= 0 && place <= width - left - right) onMoment(Math.round(scale.at(place)))
  }
  return (
    <div ref={host} class="gantt">
      <svg ref={drawing} width={width} height={height} role="group" aria-label={labelOf(gantt)} onClick={onClick}>
        <Axis gantt={gantt} scale={scale} left={left} height={height} />
        {gantt.rows.map((row, index) => (
          <Row key={row.actor} row={row} y={index * rowHeight} x={x} nameWidth={left} moment={moment} onOpen={onOpen} />
        ))}
        {gantt.links.map(({ from, to, begin, at }, index) => (
          <path
            key={index}
            class="critical-link"
            d={`M${x(begin)} ${from * rowHeight + rowHeight / 2}H${x(at)}V${to * rowHeight + rowHeight / 2}`}
          />
        ))}
        {moment !== undefined && <path class="moment" d={`M${x(moment)} 0V${height - foot + 6}`} />}
      </svg>
      <Slider gantt={gantt} moment={moment} onMoment={onMoment} scale={scale} width={width - left - right} />
      {gantt.left > 0 && <p class="muted">{gantt.left} more actors are not drawn.</p>}
      <AsTable
        label="What was done when"
        columns={['actor', 'what', 'kind', 'from', 'took', 'ended']}
        rows={() => gantt.rows.flatMap((row) => row.pieces.map((piece) => tableRow(row, piece, gantt.from)))}
      />
    </div>
  )
}

interface AxisProps {
  readonly gantt: GanttValue
  readonly scale: RunScale
  readonly left: number
  readonly height: number
}

const tickPx = 76

/** Written where there is room: not within what is squeezed, which says how long it is. */
function Axis({ gantt: { from, to }, scale, left, height }: AxisProps) {
  const shownMs = scale.pieces.reduce((sum, piece) => sum + (piece.squeezed ? 0 : piece.to - piece.from), 0)
  const shownPx = scale.pieces.reduce((sum, { w, squeezed }) => sum + (squeezed ? 0 : w), 0)
  const step = timeTicks(shownMs, Math.max(2, Math.floor(shownPx / tickPx)))[1] ?? shownMs
  const fixed = [from, ...scale.gaps.map((gap) => gap.to)].map((at) => ({ at, x: left + scale.x(at) }))
  const ticks = Array.from({ length: Math.min(ticksMax, Math.floor((to - from) / Math.max(1, step))) }, (_, at) => from + (at + 1) * step)
    .filter((at) => !scale.gaps.some((gap) => at >= gap.from && at <= gap.to))
    .map((at) => ({ at, x: left + scale.x(at) }))
    .filter(({ x }) => fixed.every((one) => Math.abs(one.x - x) > tickPx / 2))
  return (
    <>
      {scale.gaps.map(({ x, w, from: begin, to: end }) => (
        <g key={begin} class="squeezed">
          <rect x={left + x} y="0" width={w} height={height - foot + 4} />
          <text class="axis" x={left + x + w / 2} y={height - 6} text-anchor="middle">
            {`⋯ ${durationText(end - begin)} ⋯`}
          </text>
        </g>
      ))}
      {[...fixed, ...ticks].map(({ at, x }, index) => (
        <g key={at}>
          <path class="rule" d={`M${x} 0V${height - foot + 4}`} />
          {(index === 0 || index >= fixed.length) && (
            <text class="axis" x={x} y={height - 6} text-anchor={index === 0 ? 'start' : 'middle'}>
              {index === 0 ? '0' : tickText(at - from, step)}
            </text>
          )}
        </g>
      ))}
    </>
  )
}

const labelOf = ({ rows, from, to }: GanttValue): string => {
  const waited = rows.filter(({ critical }) => critical).map(({ label }) => label)
  return `${rows.length} actors over ${durationText(to - from)}; its end waited for ${waited.join(', then ') || 'nobody'}`
}

const endOf = ({ ok, lasts }: Pick<Piece, 'ok' | 'lasts'>): string => {
  if (lasts) return 'goes on'
  return ok === false ? 'failed' : 'well'
}

const tableRow = (row: GanttRow, piece: Piece, begin: number): readonly (string | number)[] => [
  row.label,
  piece.label,
  piece.kind,
  offsetText(piece.from - begin),
  durationText(piece.to - piece.from),
  endOf(piece),
]

interface RowProps {
  readonly row: GanttRow
  readonly y: number
  readonly x: (at: number) => number
  readonly nameWidth: number
  readonly moment: number | undefined
  onOpen(actor: string, at: number): void
}

function Row({ row, y, x, nameWidth, moment, onOpen }: RowProps) {
  const { actor, label, depth, from, to, ok, lasts, pieces, critical } = row
  const indent = Math.min(depth, 6) * 14
  const openThen = (event: MouseEvent): void => {
    event.preventDefault()
    event.stopPropagation() // the router would go to the actor as it is now
    onOpen(actor, moment ?? from)
  }
  return (
    <g class={`gantt-row ${critical ? 'critical' : ''}`}>
      <a href={agentPath(actor)} onClick={moment === undefined ? undefined : openThen}>
        <title>{moment === undefined ? actor : `${actor} at the chosen moment`}</title>
        <text x={indent} y={y + rowHeight / 2} dominant-baseline="central">
          {shortened(label, Math.max(6, Math.floor((nameWidth - indent - 8) / characterPx)))}
        </text>
      </a>
      <rect
        class={`whole ${ok === false ? 'bad' : ''} ${lasts ? 'lasts' : ''}`}
        x={x(from)}
        y={y + 6}
        width={Math.max(2, x(to) - x(from))}
        height={rowHeight - 12}
        rx="4"
      >
        <title>{`${label}: ${durationText(to - from)}, ${endOf(row)}`}</title>
      </rect>
      {pieces.map((piece, index) => {
        const wide = Math.max(1.5, x(piece.to) - x(piece.from) - 0.5)
        return (
          <g
            key={index}
            class={`piece ${piece.kind} ${piece.ok === false ? 'bad' : ''} ${piece.lasts ? 'lasts' : ''}`}
            onClick={() => onOpen(actor, piece.from)}
          >
            <title>{`${piece.label}: ${durationText(piece.to - piece.from)}, ${endOf(piece)}. Opens ${label} at that moment.`}</title>
            <rect x={x(piece.from)} y={y + 8} width={wide} height={rowHeight - 16} rx="2.5" />
            {piece.kind === 'human' && wide > shownTextPx && (
              <text x={x(piece.from) + 6} y={y + rowHeight / 2} dominant-baseline="central">
                {shortened(`waits ${durationText(piece.to - piece.from)}`, Math.floor(wide / 6.2))}
              </text>
            )}
          </g>
        )
      })}
    </g>
  )
}

const sliderSteps = 1_000

interface SliderProps extends Pick<GanttProps, 'gantt' | 'moment' | 'onMoment'> {
  readonly scale: RunScale
  readonly width: number
}

/** The same moment with keys, on the same scale. */
const Slider = ({ gantt: { from }, moment, onMoment, scale, width }: SliderProps) => (
  <label class="moment-slider">
    <span>Moment</span>
    <input
      type="range"
      min={0}
      max={sliderSteps}
      value={moment === undefined ? sliderSteps : Math.round((scale.x(moment) / width) * sliderSteps)}
      aria-valuetext={moment === undefined ? 'the end' : `${offsetText(moment - from)} after it began`}
      onInput={({ currentTarget: { value } }) => onMoment(Math.round(scale.at((Number(value) / sliderSteps) * width)))}
    />
    <output>{moment === undefined ? 'the end' : offsetText(moment - from)}</output>
  </label>
)

/** Steps below a second need their milliseconds, however late. */
const tickText = (ms: number, step: number): string => (step < 1_000 ? offsetText(ms) : durationText(ms))
