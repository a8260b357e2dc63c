// Estimates
// Beliefs as people read them: a mean and the middle 90 %.
// Of success and quality the interval is that of the mean; of cost and latency it is predictive: where the next one lies.
import { calibrated } from './calibration.ts'
import { betaBand } from './distributions.ts'
import type { Belief, MeasuredBelief } from './hierarchy.ts'
import type { SelectionModel } from './model.ts'
import type { Estimate } from './types.ts'

/** The standard normal quantile of 95 %. */
const ninety = 1.6448536

/** Beta of the same mean and variance, then calibrated: within .005. */
export function successEstimate({ mean, spread }: Belief, calibration: SelectionModel['calibration']): Estimate {
  const { low, high } = betaBand(mean, Math.max(totalLeast, 1 / spread - 1))
  return { mean: calibrated(calibration, mean), low: calibrated(calibration, low), high: calibrated(calibration, high) }
}

const totalLeast = 0.5

export function qualityEstimate({ mean, spread, variance }: MeasuredBelief): Estimate {
  const half = ninety * Math.sqrt(variance * spread)
  return { mean: unit(mean), low: unit(mean - half), high: unit(mean + half) }
}

/** Of dollars or milliseconds: log-normal, so its mean lies above its median. */
export function amountEstimate(belief: MeasuredBelief): Estimate {
  const factor = Math.exp(ninety * Math.sqrt(belief.variance * (1 + belief.spread)))
  const median = Math.exp(belief.mean)
  return { mean: median * Math.exp(belief.variance / 2), low: median / factor, high: median * factor }
}

export const meanOfLog = ({ mean, variance }: MeasuredBelief): number => Math.exp(mean + variance / 2)

const unit = (value: number): number => Math.min(1, Math.max(0, value))
