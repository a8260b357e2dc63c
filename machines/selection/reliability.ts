// Reliability
// How good predicted probabilities were: Brier score (G. W. Brier 1950), expected calibration error (M. P. Naeini et al. 2015), and the table behind it.
import { binOf, calibrationBins } from './calibration.ts'

export interface Forecast {
  readonly predicted: number
  /** 0 to 1. */
  readonly outcome: number
}

export interface ReliabilityBin {
  readonly n: number
  readonly predicted: number
  readonly outcome: number
}

export interface Reliability {
  /** Mean squared difference; lower is better, 0.25 is what always saying one half gets on a coin. */
  readonly brier: number
  /** Mean distance of predicted from observed share over ten bins, weighted by how many fell in. */
  readonly ece: number
  readonly n: number
  /** Empty ones are left out. */
  readonly bins: readonly ReliabilityBin[]
}

export function reliabilityOf(forecasts: readonly Forecast[]): Reliability {
  const sums = Array.from({ length: calibrationBins }, () => ({ n: 0, predicted: 0, outcome: 0 }))
  let squares = 0
  for (const { predicted, outcome } of forecasts) {
    squares += (predicted - outcome) ** 2
    const bin = sums[binOf(predicted)]
    if (!bin) continue
    bin.n++
    bin.predicted += predicted
    bin.outcome += outcome
  }
  const n = forecasts.length
  const ece = sums.reduce((sum, bin) => sum + Math.abs(bin.predicted - bin.outcome), 0) / Math.max(1, n)
  const bins = sums.filter((bin) => bin.n > 0).map((bin) => ({ n: bin.n, predicted: bin.predicted / bin.n, outcome: bin.outcome / bin.n }))
  return { brier: squares / Math.max(1, n), ece, n, bins }
}
