// Explain text
// Candidates and decisions for people: what was known of each agent, what decided, what came of it.
import { surpriseOf, type LoggedDecision } from '../../../actors/logged-decision.ts'
import type { Candidate, Estimate } from '../../../machines/selection/types.ts'
import { durationText, fields, table, timeText } from '../output.ts'

/** All decisions of one task. */
export function decisionsText(decisions: readonly LoggedDecision[]): string {
  const [first] = decisions
  if (!first) return ''
  const times = decisions.length === 1 ? 'one decision' : `${decisions.length} decisions`
  return [`task ${first.tenant}/task/${first.taskId}: ${first.taskType}, ${times}`, ...decisions.map(decisionText)].join('\n\n')
}

function decisionText(decision: LoggedDecision): string {
  const { id, arm, shard, madeAt, policyVersion, propensity, rank, candidates, others, shadow } = decision
  const facts = fields({
    decision: [id, shard && `by coordinator ${shard}`, `at ${timeText(madeAt)}`].filter(Boolean).join(' '),
    policy: policyVersion,
    asked: askedText(decision),
    chosen: `${arm}${rank > 1 ? `, number ${rank} of its team` : ''}${propensity === undefined ? '' : `, with probability ${share(propensity)}${rank > 1 ? ' of being the first' : ''}`}`,
    why: decision.why,
    shadow: shadow === undefined ? undefined : shadow === arm ? `${shadow}, as well` : `would have taken ${shadow}`,
    'came of it': outcomeText(decision),
  })
  // Those chosen together were chosen from the same candidates, which the first of them shows.
  return rank > 1 ? facts : `${facts}\n\n${candidatesTable(candidates, arm)}${othersText(others)}`
}

function askedText({ request, features }: LoggedDecision): string | undefined {
  const { needs = [], exclude = [], only, deadlineMs, budgetUsd, weights, similar, count } = request
  const parts = [
    needs.length > 0 && `needs ${needs.join(', ')}`,
    exclude.length > 0 && `not ${exclude.join(', ')}`,
    only !== undefined && `only ${only}`,
    deadlineMs !== undefined && `within ${durationText(deadlineMs)}`,
    budgetUsd !== undefined && `for ${usd(budgetUsd)} at most`,
    weights && `weights ${pairs(weights)}`,
    features && `features ${pairs(features)}`,
    similar && `remembered of ${Object.keys(similar).join(', ')}`,
    count !== undefined && count > 1 && `${count} agents`,
  ].filter((part) => part !== false && part !== undefined)
  return parts.length === 0 ? undefined : parts.join('; ')
}

/** One line an arm; the best scores of a decision first, those of a prediction in its order, which is by score as well. */
export function candidatesTable(candidates: readonly Candidate[], chosen?: string): string {
  const isSampled = candidates.some(({ sample }) => sample !== undefined)
  const rows = (isSampled ? ranked(candidates) : candidates).map(
    ({ arm, trials, success, quality, costUsd, latencyMs, sample, propensity, excluded }) => [
      arm === chosen ? '→' : '',
      arm,
      String(Number(trials.toFixed(1))),
      interval(success, percent),
      interval(quality, percent),
      interval(costUsd, usd),
      interval(latencyMs, durationText),
      ...(isSampled ? [sample === undefined ? '' : sample.toFixed(3), propensity === undefined ? '' : share(propensity)] : []),
      excluded ?? '',
    ],
  )
  const sampled = isSampled ? ['sample', 'propensity'] : []
  return table(['', 'agent', 'trials', 'success (90 %)', 'quality', 'cost', 'duration', ...sampled, 'excluded by'], rows)
}

const ranked = (candidates: readonly Candidate[]): readonly Candidate[] =>
  candidates.toSorted((one, other) => (rankOf(one) === rankOf(other) ? 0 : rankOf(other) - rankOf(one)))

const rankOf = ({ sample = -Infinity }: Candidate): number => sample

export const othersText = (others: Readonly<Record<string, number>>): string => {
  const more = Object.entries(others).map(([why, count]) => `${count} ${why}`)
  return more.length === 0 ? '' : `\nand not shown: ${more.join(', ')}`
}

function outcomeText({ outcome, censored, candidates, arm }: LoggedDecision): string {
  if (!outcome) return censored === undefined ? 'nothing yet' : `nothing that teaches: ${censored}`
  const { ok, reward, quality, costUsd, latencyMs, at } = outcome
  const expected = candidates.find((one) => one.arm === arm)
  const bits = surpriseOf(outcome)
  const parts = [
    `${ok ? 'succeeded' : 'failed'} at ${timeText(at)}`,
    `reward ${Number(reward.toFixed(3))}${outcome.predicted === undefined ? '' : `, ${percent(outcome.predicted)} predicted`}`,
    quality !== undefined && `quality ${percent(quality)}${besides(quality, expected?.quality, percent)}`,
    costUsd !== undefined && `cost ${usd(costUsd)}${besides(costUsd, expected?.costUsd, usd)}`,
    latencyMs !== undefined && `took ${durationText(latencyMs)}${besides(latencyMs, expected?.latencyMs, durationText)}`,
    bits !== undefined && `surprise ${bits.toFixed(2)} bits`,
  ]
  return parts.filter((part) => part !== false).join('; ')
}

function besides(value: number, predicted: Estimate | undefined, show: (value: number) => string): string {
  if (!predicted) return ''
  const place = value < predicted.low ? 'below' : value > predicted.high ? 'above' : 'within'
  return ` (${place} ${show(predicted.low)} to ${show(predicted.high)})`
}

const interval = (estimate: Estimate | undefined, show: (value: number) => string): string =>
  estimate ? `${show(estimate.mean)} (${show(estimate.low)} to ${show(estimate.high)})` : ''

const percent = (value: number): string => `${Math.round(value * 100)} %`
const share = (value: number): string => `${Number((value * 100).toFixed(1))} %`
const usd = (value: number): string => `$${value === 0 ? '0' : value < 0.01 ? value.toPrecision(2) : value.toFixed(value < 1 ? 3 : 2)}`
const pairs = (values: object): string =>
  Object.entries(values)
    .map(([name, value]) => `${name}=${String(value)}`)
    .join(' ')
