// Timeline
// A lane for each region of the state value, the events above, what ran and who was waited for below. Idle time is squeezed; the playhead is the shown turn.
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { Button } from '../components/button.tsx'
import { Empty } from '../components/states.tsx'
import { nowMs as presentMs } from '../offline/source.ts'
import { useCalm } from '../use-calm.ts'
import type { HistoryRow } from '../wire.ts'
import type { AgentView } from './view.ts'
import { callLanes, personLane, stateLanes, type Lane } from './bands.ts'
import { eventText } from './history.ts'
import { timeScale, type TimeScale } from './time-scale.ts'
import { eventChoices, eventsShown, type EventChoice } from './timeline-marks.ts'
import { Axis, axisHeight, EventTick, eventsHeight, IdleGap, labelled, LaneBands, topHeight } from './timeline-parts.tsx'

/** The newest of those that are known. */
const drawnRowsMax = 600
const nameWidth = 92
const margin = 16
/** So that the first event is whole. */
const inset = 8
const laneHeightMax = 26
const laneHeightMin = 17
const toolsHeight = 32
const nowMs = 1_000
const redrawMs = 500
const zoomMax = 32

export function Timeline({ view: { store } }: { readonly view: AgentView }) {
  const [host, width, room] = useSize()
  const [zoom, setZoom] = useState(1)
  const [events, setEvents] = useState<EventChoice>('all')
  const drawing = useDrawing(store, Math.max(100, width - nameWidth - margin - inset) * zoom)
  const shown = store.shown.value
  return (
    <div class="timeline" ref={host}>
      <div class="timeline-tools">
        <select
          class="field"
          aria-label="Events on the timeline"
          value={events}
          onChange={({ currentTarget }) => setEvents(eventChoices.find(([id]) => id === currentTarget.value)?.[0] ?? 'all')}
        >
          {eventChoices.map(([id, text]) => (
            <option key={id} value={id}>
              {text}
            </option>
          ))}
        </select>
        <Button kind="ghost" icon="minus" label="Show more time" disabled={zoom <= 1} onClick={() => setZoom(zoom / 2)} />
        <Button kind="ghost" icon="plus" label="Show less time, larger" disabled={zoom >= zoomMax} onClick={() => setZoom(zoom * 2)} />
        {zoom > 1 && (
          <Button kind="ghost" onClick={() => setZoom(1)}>
            {zoom}×
          </Button>
        )}
      </div>
      {drawing ? (
        <TimelineDrawing
          {...drawing}
          shownRows={eventsShown(drawing.rows, events)}
          room={room - toolsHeight}
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

interface Drawing {
  readonly rows: readonly HistoryRow[]
  readonly lanes: readonly Lane[]
  readonly scale: TimeScale
  readonly width: number
}

function useDrawing({ known, shown: { value: shown } }: AgentView['store'], width: number): Drawing | undefined {
  const all = useCalm(known.rows.value, redrawMs)
  const calls = known.calls.value
  const root = known.chart.value?.chart.root
  const now = useNow(known.now.value?.status === 'active' && shown?.isLive !== false)
  const around = shown?.isLive === false ? shown.turn : undefined
  return useMemo(() => {
    const rows = windowAround(all, around)
    const [first, newest] = [rows[0], rows.at(-1)]
    if (!first || !newest) return undefined
    const until = newest === all.at(-1) ? Math.max(newest.at, now) : newest.at
    const inside = [personLane(root, rows, until), ...callLanes(calls, until)]
      .map(({ name, bands }) => ({
        name,
        bands: bands
          .filter(({ from, to }) => to >= first.at && from <= until)
          .map((band) => ({ ...band, from: Math.max(band.from, first.at), to: Math.min(band.to, until) })),
      }))
      .filter(({ bands }) => bands.length > 0)
    const regions = stateLanes(root, rows, until)
    const busy = inside.flatMap(({ name, bands }) => (name === 'person' ? [] : bands))
    return {
      rows,
      lanes: [...regions.filter(isMoving), ...inside, ...regions.filter((lane) => !isMoving(lane))],
      scale: timeScale([...rows.map(({ at }) => at), until], busy, width),
      width,
    }
  }, [all, calls, root, width, now, around])
}

/** A region that never moved says little, and stands below what did. */
const isMoving = ({ bands }: Lane): boolean => bands.length > 1

/** The clock, as long as what it shows goes on; else the beginning of time. */
function useNow(isGoing: boolean): number {
  const [now, setNow] = useState(isGoing ? presentMs() : 0)
  useEffect(() => {
    if (!isGoing) return setNow(0)
    const timer = setInterval(() => setNow(presentMs()), nowMs)
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

interface DrawingProps extends Drawing {
  /** Those that have a tick. */
  readonly shownRows: readonly HistoryRow[]
  readonly room: number
  readonly at: number | undefined
  readonly isLive: boolean
  onPick(turn: number): void
}

function TimelineDrawing({ rows, shownRows, lanes, scale, width, room, at, isLive, onPick }: DrawingProps) {
  const scroller = useRef<HTMLDivElement>(null)
  const free = Math.floor((room - topHeight - eventsHeight - axisHeight) / Math.max(1, lanes.length))
  const laneHeight = Math.min(laneHeightMax, Math.max(laneHeightMin, free))
  const yOf = (index: number): number => topHeight + eventsHeight + index * laneHeight
  const height = yOf(lanes.length) + axisHeight
  const x = (moment: number): number => inset + scale.x(moment)
  const written = labelled(scale.gaps)
  const head = at === undefined ? undefined : x(at)
  useEffect(() => keepInSight(scroller.current, head), [head, width])
  const pick = (event: PointerEvent): void => {
    if (event.buttons !== 1 && event.type !== 'pointerdown') return
    if (!(event.currentTarget instanceof Element)) return
    const wanted = event.clientX - event.currentTarget.getBoundingClientRect().left
    onPick(nearest(rows, (row) => Math.abs(x(row.at) - wanted)))
  }
  return (
    <div class="timeline-drawing">
      <svg width={nameWidth} height={height} aria-hidden="true">
        {['events', ...lanes.map(({ name }) => name)].map((name, index) => (
          <text key={name} class="lane-name" x={8} y={index === 0 ? topHeight + 15 : yOf(index - 1) + laneHeight / 2 + 3}>
            {name}
          </text>
        ))}
      </svg>
      <div class="timeline-scroll" ref={scroller}>
        <svg
          width={width + inset + margin}
          height={height}
          role="img"
          aria-label={`Timeline of ${rows.length} turns in ${lanes.map(({ name }) => name).join(', ')}; the slider above moves through it`}
          onPointerDown={pick}
          onPointerMove={pick}
        >
          {scale.gaps.map((gap) => (
            <IdleGap key={gap.from} gap={{ ...gap, x: inset + gap.x }} height={height - axisHeight} isLabelled={written.has(gap)} />
          ))}
          {lanes.map((lane, index) => (
            <LaneBands key={lane.name} lane={lane} y={yOf(index)} height={laneHeight} x={x} />
          ))}
          {shownRows.map((row) => (
            <EventTick key={row.turn} row={row} text={eventText(row.event)} x={x(row.at)} />
          ))}
          <Axis rows={rows} x={x} y={height - 7} width={width} />
          {head !== undefined && (
            <path class={`playhead ${isLive ? 'live' : ''}`} d={`M${head.toFixed(1)} ${topHeight - 8}V${height - axisHeight}`} />
          )}
          {head !== undefined && !isLive && (
            <path class="playhead-flag" d={`M${(head - 5).toFixed(1)} ${topHeight - 10}h10v6l-5 5l-5 -5z`} />
          )}
        </svg>
      </div>
    </div>
  )
}

function keepInSight(element: HTMLElement | null, x: number | undefined): void {
  if (!element || x === undefined) return
  const { scrollLeft, clientWidth } = element
  if (x < scrollLeft + margin || x > scrollLeft + clientWidth - margin) element.scrollLeft = x - clientWidth / 2
}

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
