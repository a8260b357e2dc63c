// Gantt
// Who worked when for a task, what was waited for, and one moment of it that can be shared.
import { useRef } from 'preact/hooks'
import { AsTable } from '../figures/as-table.tsx'
import { scaleOf, timeTicks } from '../figures/scale.ts'
import { useSize } from '../figures/use-size.ts'
import { durationText, shortened } from '../format.ts'
import { agentPath } from '../place.ts'
import type { Gantt as GanttValue, GanttRow, Piece } from './gantt-rows.ts'

const rowHeight = 28
const foot = 24
const nameWidthMax = 230
const characterPx = 6.9
const shownTextPx = 46
const right = 12

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
  const length = Math.max(1, gantt.to - gantt.from)
  const x = (at: number): number => left + scaleOf(gantt.from, gantt.to, width - left - right)(at)
  const height = gantt.rows.length * rowHeight + foot
  const onClick = (event: MouseEvent): void => {
    const box = drawing.current?.getBoundingClientRect()
    if (!box || (event.target instanceof Element && event.target.closest('a, .piece'))) return
    const share = (event.clientX - box.left - left) / (width - left - right)
    if (share >= 0 && share <= 1) onMoment(Math.round(gantt.from + share * length))
  }
  return (
    <div ref={host} class="gantt">
      <svg ref={drawing} width={width} height={height} role="group" aria-label={labelOf(gantt)} onClick={onClick}>
        {timeTicks(length, Math.max(2, Math.floor((width - left) / 90))).map((tick) => (
          <g key={tick}>
            <path class="rule" d={`M${x(gantt.from + tick)} 0V${height - foot + 4}`} />
            <text class="axis" x={x(gantt.from + tick)} y={height - 6} text-anchor={tick === 0 ? 'start' : 'middle'}>
              {tick === 0 ? '0' : durationText(tick)}
            </text>
          </g>
        ))}
        {gantt.rows.map((row, index) => (
          <Row key={row.actor} row={row} y={index * rowHeight} x={x} nameWidth={left} onOpen={onOpen} />
        ))}
        {gantt.links.map(({ from, to, at }, index) => (
          <path key={index} class="critical-link" d={`M${x(at)} ${from * rowHeight + rowHeight / 2}V${to * rowHeight + rowHeight / 2}`} />
        ))}
        {moment !== undefined && <path class="moment" d={`M${x(moment)} 0V${height - foot + 6}`} />}
      </svg>
      <Slider gantt={gantt} moment={moment} onMoment={onMoment} />
      {gantt.left > 0 && <p class="muted">{gantt.left} more actors are not drawn.</p>}
      <AsTable
        label="What was done when"
        columns={['actor', 'what', 'kind', 'from', 'took', 'ended']}
        rows={() => gantt.rows.flatMap((row) => row.pieces.map((piece) => tableRow(row, piece, gantt.from)))}
      />
    </div>
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
  durationText(piece.from - begin),
  durationText(piece.to - piece.from),
  endOf(piece),
]

interface RowProps {
  readonly row: GanttRow
  readonly y: number
  readonly x: (at: number) => number
  readonly nameWidth: number
  onOpen(actor: string, at: number): void
}

function Row({ row, y, x, nameWidth, onOpen }: RowProps) {
  const { actor, label, depth, from, to, ok, lasts, pieces, critical } = row
  const indent = Math.min(depth, 6) * 14
  return (
    <g class={`gantt-row ${critical ? 'critical' : ''}`}>
      <a href={agentPath(actor)}>
        <title>{actor}</title>
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

/** The same moment with keys. */
const Slider = ({ gantt: { from, to }, moment, onMoment }: Pick<GanttProps, 'gantt' | 'moment' | 'onMoment'>) => (
  <label class="moment-slider">
    <span>Moment</span>
    <input
      type="range"
      min={0}
      max={sliderSteps}
      value={moment === undefined ? sliderSteps : Math.round(scaleOf(from, to, sliderSteps)(moment))}
      aria-valuetext={moment === undefined ? 'the end' : `${durationText(moment - from)} after it began`}
      onInput={({ currentTarget: { value } }) => onMoment(Math.round(from + (Number(value) / sliderSteps) * (to - from)))}
    />
    <output>{moment === undefined ? 'the end' : durationText(moment - from)}</output>
  </label>
)
