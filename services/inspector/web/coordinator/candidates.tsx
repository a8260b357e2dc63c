// Candidates
// Every agent as it was seen when it was decided: what was believed of it, the sample that was compared, the constraint that excluded it.
import { Badge } from '../components/badge.tsx'
import { countText, durationText, percentText, usdText } from '../format.ts'
import { Interval, Score } from './interval.tsx'
import { inRank, scaleOfAll } from './ranges.ts'
import type { Candidate, Estimate } from './wire.ts'

/** Fewer outcomes than this is little to go by. */
const fewTrials = 5
const percent = (value: number): string => percentText(Math.round(value * 100) / 100)

export interface CandidatesProps {
  readonly candidates: readonly Candidate[]
  /** Undefined: nothing was decided, only predicted. */
  readonly chosen?: string
  readonly shadow?: string | undefined
  readonly label: string
}

export function Candidates({ candidates, chosen = '', shadow, label }: CandidatesProps) {
  const ranked = inRank(candidates, chosen)
  const samples = candidates.flatMap(({ sample }) => sample ?? [])
  const has = (pick: (candidate: Candidate) => Estimate | undefined): boolean => candidates.some((one) => pick(one) !== undefined)
  const [quality, cost, latency] = [has((one) => one.quality), has((one) => one.costUsd), has((one) => one.latencyMs)]
  const scale = scaleOfAll(candidates, ({ success }) => success)
  return (
    <div class="table-scroll" tabIndex={0} role="region" aria-label={label}>
      <table class="table candidates">
        <thead>
          <tr>
            <th scope="col">agent</th>
            <th scope="col">
              success <span class="muted">{`on ${percent(scale[0])} to ${percent(scale[1])}`}</span>
            </th>
            {quality && <th scope="col">quality</th>}
            {cost && <th scope="col">cost</th>}
            {latency && <th scope="col">takes</th>}
            {samples.length > 0 && <th scope="col">score</th>}
            <th scope="col" class="number">
              propensity
            </th>
            <th scope="col" class="number">
              outcomes
            </th>
            <th scope="col">note</th>
          </tr>
        </thead>
        <tbody>
          {ranked.map((one) => {
            const tone = one.excluded === undefined ? (one.arm === chosen ? 'chosen' : 'other') : 'out'
            return (
              <tr key={one.arm} aria-selected={one.arm === chosen} class={tone}>
                <th scope="row">{one.arm}</th>
                <td>
                  <Interval estimate={one.success} scale={scale} tone={tone} text={percent} />
                </td>
                {quality && <td>{spread(one.quality, percent)}</td>}
                {cost && <td>{spread(one.costUsd, usdText)}</td>}
                {latency && <td>{spread(one.latencyMs, durationText)}</td>}
                {samples.length > 0 && <td>{one.sample === undefined ? '–' : <Score value={one.sample} all={samples} />}</td>}
                <td class="number">{one.propensity === undefined ? '–' : percentText(one.propensity)}</td>
                <td class="number">{countText(Math.round(one.trials * 10) / 10)}</td>
                <td>
                  <Note one={one} chosen={chosen} shadow={shadow} />
                </td>
              </tr>
            )
          })}
        </tbody>
      </table>
    </div>
  )
}

const spread = (estimate: Estimate | undefined, text: (value: number) => string) =>
  estimate === undefined ? (
    <span class="muted">–</span>
  ) : (
    <span class="figure-text">
      {text(estimate.mean)} {estimate.high > 0 && <span class="muted">{`± ${text((estimate.high - estimate.low) / 2)}`}</span>}
    </span>
  )

const Note = ({ one, chosen, shadow }: { readonly one: Candidate; readonly chosen: string; readonly shadow: string | undefined }) => (
  <span class="chips">
    {one.arm === chosen && <Badge tone="good">chosen</Badge>}
    {one.excluded !== undefined && <Badge>{one.excluded}</Badge>}
    {one.excluded === undefined && one.trials < fewTrials && <Badge tone="violet">little known</Badge>}
    {one.arm === shadow && <Badge tone="accent">shadow’s choice</Badge>}
  </span>
)
