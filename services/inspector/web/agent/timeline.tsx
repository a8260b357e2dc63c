// Timeline
// A lane for each region of the state value, the events above, what ran below. Idle time is squeezed; the playhead is the shown turn.
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { Empty } from '../components/states.tsx'
import { clockText, durationText } from '../format.ts'
import { useCalm } from '../use-calm.ts'
import type { HistoryRow } from '../wire.ts'
import type { AgentView } from './view.ts'
import { callLanes, stateLanes, type Lane } from './bands.ts'
import { eventText } from './history.ts'
import { timeScale, type Gap, type TimeScale } from './time-scale.ts'

/** The newest of those that are known. */
const drawnRowsMax = 600
const nameWidth = 92
const margin = 16
const laneHeightMax = 26
const laneHeightMin = 17
const eventsHeight = 24
const topHeight = 18
const axisHeight = 22
const charactersPx = 6.4
const ticks = 5
const nowMs = 1_000
const redrawMs = 500

export function Timeline({ view: { store } }: { readonly view: AgentView }) {
  const [host, width, room] = useSize()
  const all = useCalm(store.known.rows.value, redrawMs)
  const calls = store.known.calls.value
  const root = store.known.chart.value?.chart.root
  const shown = store.shown.value
  const now = useNow(store.known.now.value?.status === 'active' && shown?.isLive !== false)
  const drawing = useMemo(() => {
    const rows = windowAround(all, shown?.isLive === false ? shown.turn : undefined)
    const [first, newest] = [rows[0], rows.at(-1)]
    if (!first || !newest) return undefined
    const last = { at: newest === all.at(-1) ? Math.max(newest.at, now) : newest.at }
    const inside = callLanes(calls, last.at).map(({ name, bands }) => ({
      name,
      bands: bands
        .filter(({ from, to }) => to >= first.at && from <= last.at)
        .map((band) => ({ ...band, from: Math.max(band.from, first.at), to: Math.min(band.to, last.at) })),
    }))
    const lanes = [...stateLanes(root, rows, last.at), ...inside.filter(({ bands }) => bands.length > 0)]
    const busy = inside.flatMap(({ bands }) => bands)
    return {
      rows,
      lanes,
      scale: timeScale([...rows.map(({ at }) => at), last.at], busy, Math.max(100, width - nameWidth - margin)),
    }
  }, [all, calls, root, width, now, shown?.isLive === false ? shown.turn : undefined])
  return (
    <div class="timeline" ref={host}>
      {drawing ? (
        <TimelineDrawing
          {...drawing}
          width={width}
          room={room}
          at={shown?.at}
          isLive={shown?.isLive !== false}
          onPick={(turn) => store.jump(turn)}
        />
      ) : (
        <Empty title="Nothing has happened yet">Its turns show here.</Empty>
      )}
    </div>
  )
}

/** The clock, as long as what it shows goes on; else the beginning of time. */
function useNow(isGoing: boolean): number {
  const [now, setNow] = useState(isGoing ? Date.now() : 0)
  useEffect(() => {
    if (!isGoing) return setNow(0)
    const timer = setInterval(() => setNow(Date.now()), nowMs)
    return () => clearInterval(timer)
  }, [isGoing])
  return now
}

/** The newest turns, or those around the shown one when it is older. */
function windowAround(rows: readonly HistoryRow[], turn: number | undefined): readonly HistoryRow[] {
  const newest = rows.slice(-drawnRowsMax)
  if (turn === undefined || (newest[0]?.turn ?? 0) <= turn) return newest
  const index = rows.findIndex((row) => row.turn >= turn)
  const from = Math.max(0, index - drawnRowsMax / 2)
  return rows.slice(from, from + drawnRowsMax)
}

interface DrawingProps {
  readonly rows: readonly HistoryRow[]
  readonly lanes: readonly Lane[]
  readonly scale: TimeScale
  readonly width: number
  readonly room: number
  readonly at: number | undefined
  readonly isLive: boolean
  onPick(turn: number): void
}

function TimelineDrawing({ rows, lanes, scale, width, room, at, isLive, onPick }: DrawingProps) {
  const laneHeight = Math.min(
    laneHeightMax,
    Math.max(laneHeightMin, Math.floor((room - topHeight - eventsHeight - axisHeight) / Math.max(1, lanes.length))),
  )
  const height = topHeight + eventsHeight + lanes.length * laneHeight + axisHeight
  const x = (moment: number): number => nameWidth + scale.x(moment)
  const pick = (event: PointerEvent): void => {
    if (event.buttons !== 1 && event.type !== 'pointerdown') return
    if (!(event.currentTarget instanceof Element)) return
    const wanted = event.clientX - event.currentTarget.getBoundingClientRect().left
    onPick(nearest(rows, (row) => Math.abs(x(row.at) - wanted)))
  }
  return (
    <svg
      width={width}
      height={height}
      role="img"
      aria-label={`Timeline of ${rows.length} turns in ${lanes.map(({ name }) => name).join(', ')}; the slider above moves through it`}
      onPointerDown={pick}
      onPointerMove={pick}
    >
      {scale.gaps.map((gap) => (
        <IdleGap key={gap.from} gap={gap} height={height - axisHeight} />
      ))}
      <text class="lane-name" x={8} y={topHeight + 15}>
        events
      </text>
      {rows.map(({ turn, at: when, event, failure }) => (
        <path
          key={turn}
          class={`tick ${failure === undefined ? toneOfEvent(event) : 'bad'}`}
          d={`M${x(when).toFixed(1)} ${topHeight + 4}v14`}
        >
          <title>{`${eventText(event)} at turn ${turn}, ${clockText(when)}`}</title>
        </path>
      ))}
      {lanes.map((lane, index) => (
        <LaneBands key={lane.name} lane={lane} y={topHeight + eventsHeight + index * laneHeight} height={laneHeight} x={x} />
      ))}
      <Axis rows={rows} x={x} y={height - 7} width={width} />
      {at !== undefined && (
        <path class={`playhead ${isLive ? 'live' : ''}`} d={`M${x(at).toFixed(1)} ${topHeight - 8}V${height - axisHeight}`} />
      )}
      {at !== undefined && !isLive && <path class="playhead-flag" d={`M${(x(at) - 5).toFixed(1)} ${topHeight - 10}h10v6l-5 5l-5 -5z`} />}
    </svg>
  )
}

function LaneBands({
  lane: { name, bands },
  y,
  height,
  x,
}: {
  readonly lane: Lane
  readonly y: number
  readonly height: number
  x(moment: number): number
}) {
  return (
    <g>
      <text class="lane-name" x={8} y={y + height / 2 + 3}>
        {name}
      </text>
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

const IdleGap = ({ gap: { x, w, from, to }, height }: { readonly gap: Gap; readonly height: number }) => (
  <g class="idle">
    <title>{`idle for ${durationText(to - from)}`}</title>
    <rect x={nameWidth + x} y={topHeight} width={w} height={height - topHeight} />
    {[0.25, 0.5, 0.75].map((share) => (
      <path key={share} d={`M${nameWidth + x + w * share} ${topHeight}V${height}`} />
    ))}
    {w >= 24 && (
      <text x={nameWidth + x + w / 2} y={topHeight - 5} text-anchor="middle">
        {durationText(to - from)}
      </text>
    )}
  </g>
)

function Axis({
  rows,
  x,
  y,
  width,
}: {
  readonly rows: readonly HistoryRow[]
  x(moment: number): number
  readonly y: number
  readonly width: number
}) {
  const step = Math.max(1, Math.floor((rows.length - 1) / (ticks - 1)))
  const marked = rows.filter((_row, index) => index % step === 0)
  let free = 0
  return (
    <g class="axis" aria-hidden="true">
      {marked.map(({ turn, at }) => {
        const left = Math.min(x(at), width - 80)
        if (left < free) return null
        free = left + 92
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

function nearest(rows: readonly HistoryRow[], distance: (row: HistoryRow) => number): number {
  let [best, least] = [rows.at(-1)?.turn ?? 1, Number.POSITIVE_INFINITY]
  for (const row of rows) {
    const one = distance(row)
    if (one < least) [best, least] = [row.turn, one]
  }
  return best
}

export function useSize(): readonly [{ current: HTMLDivElement | null }, number, number] {
  const host = useRef<HTMLDivElement>(null)
  const [size, setSize] = useState({ w: 900, h: 200 })
  useEffect(() => {
    if (!host.current) return undefined
    const observer = new ResizeObserver(([entry]) => {
      const { width = 0, height = 0 } = entry?.contentRect ?? {}
      setSize({ w: Math.max(240, Math.floor(width)), h: Math.floor(height) })
    })
    observer.observe(host.current)
    return () => observer.disconnect()
  }, [])
  return [host, size.w, size.h]
}
