// Replay
// What another policy would have chosen in a decision that was logged: the same agents, the same beliefs, the same chance. Nothing is changed by asking.
//
// R1. Beliefs are those of the log: their means, and their spreads as the logged intervals have them. What a policy would have had an agent believed
//     otherwise (its half-life, its shrinkage, its features, its detection of changes) is not replayed.
// R2. What the log does not hold is said (`notes`), or nothing is replayed and it is said why.
// R3. A decision replayed with its own policy is what was decided, but for the log's rounding and for what the notes name: `replayError` measures it.
import type { Beliefs, MeasuredBelief } from './hierarchy.ts'
import { chancesOf, drawFrom, type Contender } from './chances.ts'
import { emptyModel } from './model.ts'
import { generator } from './distributions.ts'
import { ratesOf, scoreOf } from './score.ts'
import type { Score } from './best.ts'
import type { ArmId, Candidate, Estimate, SelectionPolicy, SelectionRequest } from './types.ts'
import { whyChosen } from './why.ts'

/** Of a logged decision, what a replay goes by. */
export interface ReplayedLog {
  readonly taskType: string
  readonly random: number | undefined
  readonly candidates: readonly Candidate[]
  /** How many candidates were not logged, by what excluded them; `eligible`: nothing did. */
  readonly others: Readonly<Record<string, number>>
  readonly request: Partial<Pick<SelectionRequest, 'weights' | 'deadlineMs' | 'budgetUsd' | 'count'>>
}

export interface ReplayedCandidate {
  readonly arm: ArmId
  /** What is drawn from; absent as `sample` is. */
  readonly score?: Score
  /** The score that was drawn, and compared. */
  readonly sample?: number
  /** Of being chosen first; absent: a constraint excluded it then, and does so still. */
  readonly propensity?: number
  readonly excluded?: string
}

export type Replay =
  | {
      readonly ok: true
      readonly policyVersion: string
      /** Best first. */
      readonly chosen: readonly ArmId[]
      readonly why: string
      /** In the order of the log. */
      readonly candidates: readonly ReplayedCandidate[]
      readonly notes: readonly string[]
    }
  | { readonly ok: false; readonly reason: string }

export function replayDecision(log: ReplayedLog, policy: SelectionPolicy): Replay {
  const { random, request } = log
  const eligible = eligibleOf(log)
  const fault = faultOf(log, policy)
  if (fault !== undefined || random === undefined) return { ok: false, reason: fault ?? noRandom } // R2
  const contenders = contendersOf(eligible, log, policy)
  const chances = chancesOf(contenders, policy)
  const count = request.count ?? 1
  const draw = drawFrom(chances, { explore: policy.explore, ranks: count > 1 }, generator(random))
  const chosen = distinct(draw.order, eligible, count)
  const drawn = new Map(
    eligible.map(({ arm }, place) => {
      const [score, sample, propensity] = [chances.scores[place], draw.samples[place], chances.propensities[place]]
      return [
        arm,
        { arm, ...(score && { score }), ...(sample !== undefined && { sample }), ...(propensity !== undefined && { propensity }) },
      ]
    }),
  )
  const [first] = chosen
  const isPinned = first !== undefined && policy.mode.kind === 'pinned' && isNamed(first, policy.mode.arm)
  return {
    ok: true,
    policyVersion: policy.version,
    chosen: chosen.map(({ arm }) => arm),
    why: first ? whyChosen(first, { explored: draw.explored, isPinned, eligible }) : '',
    candidates: log.candidates.map(({ arm, excluded }) => drawn.get(arm) ?? { arm, ...(excluded !== undefined && { excluded }) }),
    notes: notesOf(log, policy, eligible),
  }
}

/** R3: the largest difference between a logged propensity and that of a replay with the policy of then. Undefined: none was logged. */
export function replayError(log: Pick<ReplayedLog, 'candidates'>, replay: Replay): number | undefined {
  if (!replay.ok) return undefined
  const differences = log.candidates.flatMap(({ arm, propensity }) => {
    const again = replay.candidates.find((one) => one.arm === arm)?.propensity
    return propensity === undefined || again === undefined ? [] : [Math.abs(propensity - again)]
  })
  return differences.length === 0 ? undefined : Math.max(...differences)
}

/** By name, as they were when it was decided: chance falls on them in this order. */
const eligibleOf = ({ candidates }: Pick<ReplayedLog, 'candidates'>): readonly Candidate[] =>
  candidates.filter(({ excluded }) => excluded === undefined).toSorted((one, other) => (one.arm < other.arm ? -1 : 1))

const noRandom = 'the log does not hold the number that all its chance came from'

function faultOf(log: ReplayedLog, { mode }: SelectionPolicy): string | undefined {
  if (log.random === undefined) return noRandom
  if (eligibleOf(log).length === 0) return 'the log does not hold its candidates'
  if (mode.kind === 'linucb')
    return 'LinUCB decides by sums of its own, which the log does not hold; `troupe policy evaluate` plays all of the log again'
  return undefined
}

function contendersOf(eligible: readonly Candidate[], log: ReplayedLog, policy: SelectionPolicy): readonly Contender[] {
  const { weights, deadlineMs, budgetUsd } = log.request
  const asked = {
    taskType: log.taskType,
    needs: [],
    exclude: [],
    now: 0,
    random: 0,
    ...(weights && { weights }),
    ...(deadlineMs !== undefined && { deadlineMs }),
    ...(budgetUsd !== undefined && { budgetUsd }),
  }
  const rates = ratesOf(emptyModel(), asked, policy)
  const { mode } = policy
  return eligible.map((one) => {
    const score = scoreOf(beliefsIn(one), rates)
    return { score, armTrials: one.trials, isPinned: mode.kind === 'pinned' && isNamed(one, mode.arm), bound: score.mean }
  })
}

const isNamed = ({ arm, agent }: Pick<Candidate, 'arm' | 'agent'>, name: string): boolean => arm === name || agent === name

/** The standard normal's 95 % quantile: the middle 90 % lie within it. */
const ninety = 1.6448536
const varianceLeast = 1e-9

/** R1: estimates.ts backwards. */
function beliefsIn({ trials, success, quality, costUsd, latencyMs }: Candidate): Beliefs {
  const { mean } = success
  const deviation = halfOf(success)
  return {
    trials,
    armTrials: trials,
    success: { mean, spread: deviation ** 2 / Math.max(varianceLeast, mean * (1 - mean)) },
    quality: quality && { mean: quality.mean, variance: halfOf(quality) ** 2, spread: 1 },
    cost: costUsd && amountIn(costUsd),
    latency: latencyMs && amountIn(latencyMs),
  }
}

const halfOf = ({ low, high }: Estimate): number => (high - low) / 2 / ninety

/** Log-normal: its median is the middle of its interval by factors, and its mean lies above by half the variance. */
function amountIn({ mean, low, high }: Estimate): MeasuredBelief | undefined {
  if (!(low > 0 && high >= low && mean > 0)) return undefined
  const median = Math.sqrt(low * high)
  const variance = Math.max(varianceLeast, 2 * Math.log(Math.max(1, mean / median)))
  const whole = (Math.log(high / median) / ninety) ** 2
  return { mean: Math.log(median), variance, spread: Math.max(0, whole / variance - 1) }
}

function distinct(order: readonly number[], eligible: readonly Candidate[], count: number): readonly Candidate[] {
  const chosen: Candidate[] = []
  for (const place of order) {
    const one = eligible[place]
    if (one && !chosen.some(({ agent }) => agent === one.agent)) chosen.push(one)
    if (chosen.length === count) break
  }
  return chosen
}

const eligibleOthers = 'eligible'
const newcomerTrials = 10

/** R2 */
function notesOf({ others }: ReplayedLog, policy: SelectionPolicy, eligible: readonly Candidate[]): readonly string[] {
  const unlogged = Object.hasOwn(others, eligibleOthers) ? (others[eligibleOthers] ?? 0) : 0
  const news = eligible.filter(({ trials }) => trials < newcomerTrials).length
  return [
    'Beliefs are those recorded then: a half-life, a shrinkage, features or a detection of changes of its own would have led to others.',
    ...(unlogged > 0 ? [`${unlogged} more agents that could be chosen were not logged: chances are among those that were.`] : []),
    ...(policy.paceUsd === undefined ? [] : ['What its pacer would have charged at that moment is not in the log: it counts as nothing.']),
    ...(news > 0 && news < eligible.length
      ? ['Who counts as new is judged by the outcomes of this type of task alone: those of other types are not in the log.']
      : []),
    ...(policy.mode.kind === 'pinned' && !eligible.some((one) => policy.mode.kind === 'pinned' && isNamed(one, policy.mode.arm))
      ? ['The agent it is pinned to could not be chosen: chance decides among the others.']
      : []),
  ]
}
