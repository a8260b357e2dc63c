// Regret
// What the latest decisions gave up to learn, by what was believed then, and what would have been given up had chance alone chosen.
import { Panel } from '../components/panel.tsx'
import { Empty } from '../components/states.tsx'
import { AsTable } from '../figures/as-table.tsx'
import { Legend, LineChart, type Series } from '../figures/line-chart.tsx'
import { clockText, timeText } from '../format.ts'
import { cumulative } from './ranges.ts'
import type { CoordinatorSummary } from './wire.ts'

export function Regret({ passed }: Pick<CoordinatorSummary, 'passed'>) {
  const given = passed.map((one) => one.given)
  const sums = cumulative(given)
  const even = cumulative(passed.map((one) => one.even ?? 0))
  const series: readonly Series[] = [
    { name: 'this policy', tone: 'good', values: sums },
    { name: 'chance alone', tone: 'quiet', values: even },
  ]
  const [first, last] = [passed[0], passed.at(-1)]
  return (
    <Panel title="Given up to learn" beside={<Legend series={series} />}>
      <div class="panel-body">
        {!first || !last ? (
          <Empty title="No decision yet">A decision that takes another agent than the one believed best gives a little up, to learn.</Empty>
        ) : (
          <>
            <LineChart
              label={`Expected successes given up over the last ${passed.length} decisions: ${sums.at(-1)?.toFixed(2) ?? 0} in all`}
              series={series}
              ends={[timeText(first.at, Date.now()), timeText(last.at, Date.now())]}
              text={(value) => String(Number(value.toPrecision(3)))}
            />
            <p class="muted small">Expected successes, summed over the last {passed.length} decisions: a line that flattens has learned.</p>
            <AsTable
              label="Given up by decision"
              columns={['at', 'given up', 'in all', 'by chance alone']}
              rows={() =>
                passed
                  .map(({ at, given: one }, index) => [
                    clockText(at),
                    one.toFixed(4),
                    (sums[index] ?? 0).toFixed(3),
                    (even[index] ?? 0).toFixed(3),
                  ])
                  .toReversed()
              }
            />
          </>
        )}
      </div>
    </Panel>
  )
}
