// Calibration
// What was predicted beside what came: on the line, predictions can be taken at their word.
import { Panel } from '../components/panel.tsx'
import { Empty } from '../components/states.tsx'
import { AsTable } from '../figures/as-table.tsx'
import { scaleOf } from '../figures/scale.ts'
import { countText, percentText } from '../format.ts'
import type { Bin, CoordinatorSummary } from './wire.ts'

const size = 190
const top = 12
const left = 34
const foot = 30
const radiusMax = 11

export const Calibration = ({
  calibration: { outcomes, brier, ece, bins },
}: {
  readonly calibration: CoordinatorSummary['calibration']
}) => (
  <Panel title="Calibration" beside={<span class="muted figure-text">{`last ${countText(outcomes)} outcomes`}</span>}>
    <div class="panel-body">
      {outcomes === 0 ? (
        <Empty title="No outcome yet">Once tasks have ended, what was predicted of them is compared with what came.</Empty>
      ) : (
        <>
          <div class="calibration-plot">
            <Plot bins={bins} />
            <dl class="pairs">
              <dt>Brier score</dt>
              <dd>{brier.toFixed(3)}</dd>
              <dt>off on average</dt>
              <dd>{percentText(ece)}</dd>
            </dl>
          </div>
          <AsTable
            label="Predicted and came"
            columns={['predicted', 'came', 'outcomes']}
            rows={() => bins.filter(({ n }) => n > 0).map(({ n, predicted, outcome }) => [percentText(predicted), percentText(outcome), n])}
          />
        </>
      )}
    </div>
  </Panel>
)

function Plot({ bins }: { readonly bins: readonly Bin[] }) {
  const most = Math.max(1, ...bins.map(({ n }) => n))
  const scale = scaleOf(0, 1, size - 10)
  const x = (value: number): number => left + scale(value)
  const y = (value: number): number => top + size - 10 - scale(value)
  return (
    <svg
      class="calibration"
      width={left + size + 14}
      height={top + size + foot - 8}
      role="img"
      aria-label="Share that succeeded, by what was predicted; the table below has the same"
    >
      {[0, 0.5, 1].map((tick) => (
        <g key={tick}>
          <path class="rule" d={`M${x(0)} ${y(tick)}H${x(1)}M${x(tick)} ${y(0)}V${y(1)}`} />
          <text class="axis" x={left - 6} y={y(tick)} text-anchor="end" dominant-baseline="central">
            {tick}
          </text>
          <text class="axis" x={x(tick)} y={y(0) + 14} text-anchor="middle">
            {tick}
          </text>
        </g>
      ))}
      <text class="axis" x={x(0.5)} y={y(0) + 27} text-anchor="middle">
        predicted
      </text>
      <path class="ideal" d={`M${x(0)} ${y(0)}L${x(1)} ${y(1)}`} />
      {bins
        .filter(({ n }) => n > 0)
        .map(({ n, predicted, outcome }, index) => (
          <circle key={index} class="bin" cx={x(predicted)} cy={y(outcome)} r={3 + Math.sqrt(n / most) * (radiusMax - 3)}>
            <title>{`${n} outcomes: predicted ${percentText(predicted)}, came ${percentText(outcome)}`}</title>
          </circle>
        ))}
    </svg>
  )
}
