// Latency
// How long messages waited from being stored to being committed, as a heat map over time.
import { Panel } from '../components/panel.tsx'
import { AsTable } from '../figures/as-table.tsx'
import { HeatMap } from '../figures/heat-map.tsx'
import { clockText, durationText } from '../format.ts'
import { bucketRange, bucketText, columnAt, countsOf, type Mark, type Window } from './series.ts'
import type { FleetRow } from './wire.ts'

const rowsMin = 10
const ticksMax = 5

export interface LatencyProps {
  readonly columns: readonly (readonly FleetRow[])[]
  readonly window: Window
  readonly now: number
  readonly marks: readonly Mark[]
}

export function Latency({ columns, window, now, marks }: LatencyProps) {
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
    .map(({ at, text }) => ({ column: columnAt(at, window, now), text }))
    .filter(({ column }) => column >= 0 && column < window.columns)
  const rows = Array.from({ length: high - low + 1 }, (_, at) => ({ title: bucketText(low + at), written: at % 2 === 1 }))
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
          none="No message came since you look"
          columns={counted}
          ticks={ticks}
          marks={shown}
        />
        <AsTable
          label="How long messages waited"
          columns={['from', 'p50', 'p95', 'p99', 'messages']}
          rows={() =>
            columns
              .flatMap((samples, column) => {
                const found = samples.findLast(({ waitMs }) => waitMs)?.waitMs
                const count = counted[column]?.reduce((sum, one) => sum + one, 0) ?? 0
                if (!found) return []
                return [
                  [
                    clockText(startOf(column), { ms: false }),
                    durationText(found.p50),
                    durationText(found.p95),
                    durationText(found.p99),
                    count,
                  ],
                ]
              })
              .toReversed()
          }
        />
      </div>
    </Panel>
  )
}
