// Best of several
// How likely each of several independent normal scores is to be the highest, and a draw of them all in which a given one is.
//
// Thompson's rule (1933) takes the arm whose drawn score is the highest. Instead of drawing and then estimating how likely that draw was,
// the likelihoods are computed and the arm is drawn from exactly them: the logged propensity is exact whatever the error of the computation.
// That error, against the rule itself, is .002 on average and .03 at most where deviations differ up to forty times: the integral runs over `cells` cells,
// each score's density being flat within one.
// Two thirds of the cells are as fine as the score that is known best needs them, the others reach up to the end of the widest one.
//
// All arrays but the large one are plain on purpose: typed arrays lie outside the young heap, and one decision would make a dozen.
//
// T1. Shares are at least 0 and add up to 1.
// T2. In the draw the winner's score is the highest: what people are shown is what decided.
import { fillNormalShares, normalQuantile, normalShare } from './distributions.ts'

export interface Score {
  readonly mean: number
  /** Standard deviation, positive. */
  readonly deviation: number
}

const fine = 20
const cells = 30
const points = cells + 1
/** Deviations from the mean within which a score is taken to lie. */
const reach = 3.5

export interface BestShares {
  readonly shares: readonly number[]
  /** The row of each score that can be the best, by its place; -1: it cannot. */
  readonly rows: readonly number[]
  /** The chance of each score below each point, row by row. */
  readonly below: Float64Array
  /** The chance that all scores lie below, cell by cell. */
  readonly all: readonly number[]
  readonly grid: Grid
}

interface Grid {
  readonly low: number
  readonly fineWidth: number
  readonly coarseWidth: number
}

export function bestShares(scores: readonly Score[]): BestShares {
  const grid = gridOf(scores)
  const { low, fineWidth, coarseWidth } = grid
  const { rows, contenders } = rowsOf(scores, low)
  const below = new Float64Array(contenders * points)
  const all = Array.from(ones)
  for (let index = 0; index < scores.length; index++) {
    const [row = -1, score] = [rows[index], scores[index]]
    if (row < 0 || !score) continue
    const { mean, deviation } = score
    const start = row * points
    const turn = (low + fine * fineWidth - mean) / deviation
    fillNormalShares(below, { start, count: fine, z: (low - mean) / deviation, step: fineWidth / deviation })
    fillNormalShares(below, { start: start + fine, count: points - fine, z: turn, step: coarseWidth / deviation })
    for (let cell = 0; cell < cells; cell++) all[cell] = (all[cell] ?? 0) * middle(below, start + cell)
  }
  return { shares: sharesOf(rows, below, all), rows, below, all, grid }
}

const ones: readonly number[] = Array.from({ length: cells }, () => 1)

function rowsOf(scores: readonly Score[], low: number): { readonly rows: readonly number[]; readonly contenders: number } {
  let contenders = 0
  const rows = scores.map(({ mean, deviation }) => (mean + reach * deviation >= low ? contenders++ : -1))
  return { rows, contenders }
}

/** From where the highest score must lie above, over the reach of the score that says so, to the end of all. */
function gridOf(scores: readonly Score[]): Grid {
  let [low, turn, high] = [-Infinity, -Infinity, -Infinity]
  for (const { mean, deviation } of scores) {
    if (mean - reach * deviation > low) [low, turn] = [mean - reach * deviation, mean + reach * deviation]
    high = Math.max(high, mean + reach * deviation)
  }
  return { low, fineWidth: (turn - low) / fine, coarseWidth: (high - turn) / (cells - fine) }
}

const middle = (below: Float64Array, point: number): number => ((below[point] ?? 0) + (below[point + 1] ?? 0)) / 2

function sharesOf(rows: readonly number[], below: Float64Array, all: readonly number[]): readonly number[] {
  const shares: number[] = []
  let sum = 0
  for (let index = 0; index < rows.length; index++) {
    const row = rows[index] ?? -1
    let share = 0
    for (let cell = 0; row >= 0 && cell < cells; cell++) share += winningIn(below, all, row * points, cell)
    shares.push(share)
    sum += share
  }
  for (let index = 0; index < shares.length; index++) shares[index] = (shares[index] ?? 0) / sum // T1
  return shares
}

/** The chance that this score is the highest and lies in the cell. */
function winningIn(below: Float64Array, all: readonly number[], start: number, cell: number): number {
  const own = middle(below, start + cell)
  return own > 0 ? (((below[start + cell + 1] ?? 0) - (below[start + cell] ?? 0)) * (all[cell] ?? 0)) / own : 0
}

/** T2: draws of all scores, given that `winner` has the highest. */
export function drawGivenBest(scores: readonly Score[], best: BestShares, winner: number, next: () => number): readonly number[] {
  const highest = drawHighest(best, winner, next)
  return scores.map(({ mean, deviation }, index) => {
    if (index === winner) return highest
    const share = Math.max(leastShare, next() * normalShare((highest - mean) / deviation))
    return Math.min(highest, mean + deviation * normalQuantile(share))
  })
}

/** The normal quantile is finite from here on. */
const leastShare = 1e-12

function drawHighest({ rows, below, all, grid }: BestShares, winner: number, next: () => number): number {
  const start = Math.max(0, rows[winner] ?? 0) * points
  let total = 0
  for (let cell = 0; cell < cells; cell++) total += winningIn(below, all, start, cell)
  let rest = next() * total
  let cell = 0
  for (; cell < cells - 1; cell++) {
    const share = winningIn(below, all, start, cell)
    if (rest < share) break
    rest -= share
  }
  const place = cell + next()
  return grid.low + Math.min(place, fine) * grid.fineWidth + Math.max(0, place - fine) * grid.coarseWidth
}

export const drawFreely = (scores: readonly Score[], next: () => number): readonly number[] =>
  scores.map(({ mean, deviation }) => mean + deviation * normalQuantile(next()))
