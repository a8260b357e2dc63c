// Replay answer
// A decision before and after: who would have been taken and why, every agent's chance then and now, and what the log lacks.
import { Badge } from '../components/badge.tsx'
import { percentText } from '../format.ts'
import type { Replayed } from './wire.ts'

const percent = (value: number): string => percentText(Math.round(value * 1_000) / 1_000)

export const ReplayAnswer = ({ answer }: { readonly answer: Replayed }) => (
  <div role="status">
    <Verdict answer={answer} />
    <BeforeAfter answer={answer} />
    <ul class="muted small panel-foot plain-list">
      {answer.notes.map((note) => (
        <li key={note}>{note}</li>
      ))}
      <li>
        {answer.error === undefined
          ? 'The policy of then is not registered, so it is not known how exact a replay is.'
          : `Replayed with the policy of then, a chance differs from the logged one by ${percent(answer.error)} at most.`}
      </li>
    </ul>
  </div>
)

const Verdict = ({ answer: { agrees, before, after, policyVersion } }: { readonly answer: Replayed }) => (
  <p class="panel-body replay-verdict">
    {agrees ? (
      <>
        <Badge tone="good">the same</Badge> {policyVersion} would have taken <strong>{before.arm}</strong> as well: {after.why}
      </>
    ) : (
      <>
        <Badge tone="warn">another one</Badge> {policyVersion} would have taken <strong>{after.arm ?? 'nobody more'}</strong> instead of{' '}
        <strong>{before.arm}</strong>: {after.why}
      </>
    )}
  </p>
)

type ReplayedCandidate = Replayed['candidates'][number]

const BeforeAfter = ({ answer: { before, after, policyVersion, candidates } }: { readonly answer: Replayed }) => (
  <div class="table-scroll" tabIndex={0} role="region" aria-label="Before and after">
    <table class="table candidates">
      <thead>
        <tr>
          <th scope="col">agent</th>
          <th scope="col">chance then</th>
          <th scope="col">chance with {policyVersion}</th>
          <th scope="col" class="number">
            sample then
          </th>
          <th scope="col" class="number">
            sample
          </th>
          <th scope="col">drawn from</th>
          <th scope="col">note</th>
        </tr>
      </thead>
      <tbody>
        {candidates
          .toSorted((one, other) => (other.after.propensity ?? -1) - (one.after.propensity ?? -1))
          .map((one) => (
            <Row key={one.arm} one={one} then={before.arm} now={after.arm} />
          ))}
      </tbody>
    </table>
  </div>
)

interface RowProps {
  readonly one: ReplayedCandidate
  readonly then: string
  readonly now: string | undefined
}

const Row = ({ one: { arm, before, after, excluded }, then, now }: RowProps) => (
  <tr class={excluded === undefined ? (arm === now ? 'chosen' : 'other') : 'out'}>
    <th scope="row">{arm}</th>
    <td>
      <Chance value={before.propensity} />
    </td>
    <td>
      <Chance value={after.propensity} was={before.propensity} />
    </td>
    <td class="number">{before.sample?.toFixed(3) ?? '–'}</td>
    <td class="number">{after.sample?.toFixed(3) ?? '–'}</td>
    <td class="figure-text">{after.score ? `${after.score.mean.toFixed(3)} ± ${after.score.deviation.toFixed(3)}` : '–'}</td>
    <td>
      <span class="chips">
        {arm === then && <Badge>taken then</Badge>}
        {arm === now && <Badge tone="good">taken now</Badge>}
        {excluded !== undefined && <Badge>{excluded}</Badge>}
      </span>
    </td>
  </tr>
)

const barWidth = 90

function Chance({ value, was }: { readonly value: number | undefined; readonly was?: number | undefined }) {
  if (value === undefined) return <span class="muted">–</span>
  return (
    <span class="score">
      <svg width={barWidth} height="10" aria-hidden="true">
        <rect class="chance-track" width={barWidth} height="10" rx="3" />
        <rect class="chance" width={Math.max(1, value * barWidth)} height="10" rx="3" />
        {was !== undefined && <path class="chance-was" d={`M${Math.min(barWidth - 1, was * barWidth)} 0V10`} />}
      </svg>
      <span class="figure-text">{percent(value)}</span>
    </span>
  )
}
