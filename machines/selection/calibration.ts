// Calibration
// Whether what was predicted came true: sums per bin of the predicted success, and the correction that follows from them.
// Histogram binning with shrinkage (B. Zadrozny and C. Elkan 2001), made monotone by pooling adjacent violators (M. Ayer et al. 1955)
// and joined by straight lines, so that a better arm never looks worse because it fell into another bin.
//
// B1. Sums only, as in model.ts: additive, and each bin halves with time.
// B2. The correction is increasing, stays in [0, 1], and is none where nothing was observed.
import type { Observation } from './types.ts'

export const calibrationBins = 10
/** How many outcomes a bin needs for half of what they say to count. */
const shrinkage = 50

export interface CalibrationBin {
  readonly n: number
  /** Sum of what was predicted, before any correction. */
  readonly predicted: number
  readonly gained: number
  readonly at: number
}

export type Calibration = readonly CalibrationBin[]

const emptyBin: CalibrationBin = { n: 0, predicted: 0, gained: 0, at: 0 }
export const emptyCalibration: Calibration = Array.from({ length: calibrationBins }, () => emptyBin)

/** What was predicted before correction is what can be corrected; where only the corrected figure is known, that is taken. */
export function addToCalibration(calibration: Calibration, observation: Observation, halfLifeMs: number | undefined): Calibration {
  const predicted = observation.raw ?? observation.predicted
  if (predicted === undefined) return calibration
  const outcome: CalibrationBin = { n: 1, predicted, gained: observation.success, at: observation.at }
  const place = binOf(predicted)
  return calibration.map((bin, index) => (index === place ? addBins(bin, outcome, halfLifeMs) : bin))
}

export const mergeCalibrations = (one: Calibration, other: Calibration, halfLifeMs: number | undefined): Calibration =>
  one.map((bin, index) => addBins(bin, other[index] ?? emptyBin, halfLifeMs))

export const binOf = (predicted: number): number => Math.min(calibrationBins - 1, Math.max(0, Math.floor(predicted * calibrationBins)))

/** B1 */
function addBins(one: CalibrationBin, other: CalibrationBin, halfLifeMs: number | undefined): CalibrationBin {
  if (one.n === 0 || other.n === 0) return one.n === 0 ? other : one
  const at = Math.max(one.at, other.at)
  const [w, v] = [weightAt(at, one, halfLifeMs), weightAt(at, other, halfLifeMs)]
  return { n: one.n * w + other.n * v, predicted: one.predicted * w + other.predicted * v, gained: one.gained * w + other.gained * v, at }
}

const weightAt = (at: number, bin: CalibrationBin, halfLifeMs: number | undefined): number =>
  halfLifeMs === undefined ? 1 : 2 ** ((bin.at - at) / halfLifeMs)

const corrections = new WeakMap<Calibration, readonly number[]>()

/** B2: what a predicted success becomes. */
export function calibrated(calibration: Calibration, predicted: number): number {
  let knots = corrections.get(calibration)
  if (!knots) corrections.set(calibration, (knots = knotsOf(calibration)))
  const place = Math.min(1, Math.max(0, predicted)) * calibrationBins
  const index = Math.min(calibrationBins - 1, Math.trunc(place))
  const low = knots[index] ?? 0
  return low + ((knots[index + 1] ?? 1) - low) * (place - index)
}

/** The corrected value at each edge between bins: the mean of the corrections on both sides. */
function knotsOf(calibration: Calibration): readonly number[] {
  const knots: number[] = []
  for (let edge = 0; edge <= calibrationBins; edge++) {
    const shift = (shiftOf(calibration[edge - 1]) + shiftOf(calibration[edge])) / 2
    knots.push(Math.min(1, Math.max(0, edge / calibrationBins + shift)))
  }
  return poolViolators(knots)
}

const shiftOf = (bin: CalibrationBin | undefined): number => (bin ? (bin.gained - bin.predicted) / (bin.n + shrinkage) : 0)

/** The increasing sequence nearest in squares. */
export function poolViolators(values: readonly number[]): readonly number[] {
  if (values.every((value, index) => index === 0 || value >= (values[index - 1] ?? 0))) return values
  const blocks: { sum: number; count: number }[] = []
  for (const value of values) {
    let block = { sum: value, count: 1 }
    for (let last = blocks.at(-1); last && last.sum / last.count > block.sum / block.count; last = blocks.at(-1)) {
      block = { sum: last.sum + block.sum, count: last.count + block.count }
      blocks.pop()
    }
    blocks.push(block)
  }
  return blocks.flatMap(({ sum, count }) => Array.from({ length: count }, () => sum / count))
}
