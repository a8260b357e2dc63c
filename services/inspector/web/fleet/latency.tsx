// Latency
// How long messages waited from being stored to being committed, as a heat map over time, with what changed in the fleet meanwhile.
import { Panel } from '../components/panel.tsx'
import { AsTable } from '../figures/as-table.tsx'
import { HeatMap } from '../figures/heat-map.tsx'
import { clockText, durationText } from '../format.ts'
import { bucketRange, bucketText, columnAt, countsOf, type Window } from './series.ts'
import type { FleetRow, Mark } from './wire.ts'

const rowsMin = 10
const ticksMax = 5

export interface LatencyProps {
  readonly columns: readonly (readonly FleetRow[])[]
  readonly window: Window
  readonly now: number
  readonly marks: readonly Mark[]
  /** When the gateway began to listen. */
  readonly since?: number
}

export function Latency({ columns, window, now, marks, since }: LatencyProps) {
  const range = bucketRange(
    columns.flat().flatMap(({ waitTimes }) => (waitTimes ? [waitTimes] : [])),
    rowsMin,
  )
  const [low, high] = range
  const counted = columns.map((rows) => countsOf(rows, range))
  const last = columns.flat().findLast(({ waitMs }) => waitMs)?.waitMs
  const startOf = (column: number): number => (Math.floor(now / window.columnMs) - (window.columns - 1 - column)) * window.columnMs
  const every = Math.ceil(window.columns / ticksMax)
  const ticks = counted.flatMap((_, column) => (column % every === 0 ? [{ column, text: clockText(startOf(column), { ms: false }) }] : []))
  const shown = marks
    .map(({ at, text, detail }) => ({
      column: columnAt(at, window, now),
      text,
      title: `${clockText(at, { ms: false })} ${text}: ${detail}`,
    }))
    .filter(({ column }) => column >= 0 && column < window.columns)
  const rows = Array.from({ length: high - low + 1 }, (_, at) => ({ title: bucketText(low + at), written: at % 2 === 1 }))
  const isBegun = since !== undefined && since > startOf(0)
  return (
    <Panel
      title="How long messages wait"
      beside={
        last && (
          <span class="muted figure-text">{`p50 ${durationText(last.p50)} · p95 ${durationText(last.p95)} · p99 ${durationText(last.p99)}`}</span>
        )
      }
    >
      <div class="panel-body">
        <HeatMap
          label="Messages by how long they waited, over time; the table below has the same"
          rows={rows}
          none="No message came in this time"
          columns={counted}
          ticks={ticks}
          marks={shown}
        />
        {isBegun && (
          <p class="calm-line">This gateway listens since {clockText(since, { ms: false })}; where nobody did, nothing is drawn.</p>
        )}
        <AsTable
          label="How long messages waited"
          columns={['from', 'p50', 'p95', 'p99', 'messages', 'what changed']}
          rows={() =>
            columns
              .flatMap((samples, column) => {
                const found = samples.findLast(({ waitMs }) => waitMs)?.waitMs
                const changed = shown.filter((mark) => mark.column === column).map(({ text }) => text)
                if (!found && changed.length === 0) return []
                const times = [found?.p50, found?.p95, found?.p99].map((ms) => (ms === undefined ? '–' : durationText(ms)))
                const count = counted[column]?.reduce((sum, one) => sum + one, 0) ?? 0
                return [[clockText(startOf(column), { ms: false }), ...times, count, changed.join(', ')]]
              })
              .toReversed()
          }
        />
      </div>
    </Panel>
  )
}
