// Score
// What arms are compared by: success and quality as weighed, less cost and latency as shares of the request's limits or of the policy's scales,
// less the pacer's price. A sum of independent beliefs, so its variance is the sum of theirs.
import { costLeastUsd, latencyLeastMs } from './cells.ts'
import { meanOfLog } from './estimates.ts'
import type { Beliefs, MeasuredBelief } from './hierarchy.ts'
import type { Score } from './best.ts'
import type { SelectionModel } from './model.ts'
import type { SelectionPolicy, SelectionRequest, Weights } from './types.ts'

/** What one unit of each belief takes away or adds. */
export interface Rates {
  readonly weights: Weights
  readonly perUsd: number
  readonly perMs: number
}

/** A limit below what is told apart counts as that much: as a share of almost nothing a cost would be no finite number. */
export function ratesOf(model: SelectionModel, request: SelectionRequest, policy: SelectionPolicy): Rates {
  const weights = request.weights ? { ...policy.weights, ...request.weights } : policy.weights
  const paced = policy.paceUsd === undefined ? 0 : (model.pace?.price ?? 0) / policy.paceUsd
  const costScale = request.budgetUsd ? Math.max(costLeastUsd, request.budgetUsd) : policy.costScaleUsd
  const latencyScale = request.deadlineMs ? Math.max(latencyLeastMs, request.deadlineMs) : policy.latencyScaleMs
  return { weights, perUsd: weights.cost / costScale + paced, perMs: weights.latency / latencyScale }
}

/** Below this the belief in an arm that never succeeded would be too sure to try it again. */
const outcomeVarianceLeast = 0.1
const deviationLeast = 1e-6

export function scoreOf(beliefs: Beliefs, rates: Rates): Score {
  const { success, quality, cost, latency } = beliefs
  const successVariance = Math.max(outcomeVarianceLeast, success.mean * (1 - success.mean)) * success.spread
  const { mean, variance } = measuredScore({ quality, cost, latency }, rates)
  const total = rates.weights.success ** 2 * successVariance + variance
  return { mean: rates.weights.success * success.mean + mean, deviation: Math.max(deviationLeast, Math.sqrt(total)) }
}

/** Everything but success. What nothing is known of counts for nothing. */
export function measuredScore({ quality, cost, latency }: Pick<Beliefs, 'quality' | 'cost' | 'latency'>, rates: Rates) {
  let [mean, variance] = [0, 0]
  if (quality && rates.weights.quality > 0) {
    mean += rates.weights.quality * quality.mean
    variance += rates.weights.quality ** 2 * quality.variance * quality.spread
  }
  const spent = cost && rates.perUsd > 0 ? rates.perUsd * meanOfLog(cost) : 0
  const waited = latency && rates.perMs > 0 ? rates.perMs * meanOfLog(latency) : 0
  return { mean: mean - spent - waited, variance: variance + amountVariance(spent, cost) + amountVariance(waited, latency) }
}

/** Of a mean amount whose logarithm is believed: the delta method. */
const amountVariance = (amount: number, belief: MeasuredBelief | undefined): number =>
  belief ? amount * amount * belief.variance * belief.spread : 0
