// Replay text
// A decision beside what another policy would have made of it, for people.
import type { LoggedDecision } from '../../../actors/logged-decision.ts'
import type { Replayed } from '../../policies/replayed.ts'
import { table } from '../output.ts'

export function replayText(decision: LoggedDecision, { replay, arm, agrees, error }: Replayed): string {
  const { id, candidates } = decision
  const verdict = agrees
    ? `would have taken ${decision.arm} as well`
    : `would have taken ${arm ?? 'nobody more'} instead of ${decision.arm}`
  const rows = replay.candidates.map((now, place) => {
    const then = candidates[place]
    return [
      `${now.arm === decision.arm ? 'then' : ''}${now.arm === arm ? ' now' : ''}`.trim(),
      now.arm,
      share(then?.propensity),
      share(now.propensity),
      then?.sample?.toFixed(3) ?? '',
      now.sample?.toFixed(3) ?? '',
      now.score ? `${now.score.mean.toFixed(3)} ± ${now.score.deviation.toFixed(3)}` : '',
      now.excluded ?? '',
    ]
  })
  const exact =
    error === undefined
      ? 'The policy of then is not registered, so it is not known how exact a replay is.'
      : `Replayed with the policy of then, a chance differs from the logged one by ${share(error)} at most.`
  return [
    `decision ${id}: ${replay.policyVersion} ${verdict}: ${replay.why}`,
    table(['taken', 'agent', 'chance then', 'chance now', 'sample then', 'sample now', 'drawn from', 'excluded by'], rows),
    [...replay.notes, exact].join('\n'),
  ].join('\n\n')
}

const share = (value: number | undefined): string => (value === undefined ? '' : `${Number((value * 100).toFixed(1))} %`)
