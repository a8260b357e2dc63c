// Distributions
// The few numbers of probability theory that choosing needs, and the generator of chance. Exact ones for reference, tables where they are asked for thousands of times a second.
// Sources: generator: mulberry32 (T. Ettinger 2017). Incomplete beta function: Lentz's continued fraction, DLMF 8.17.22.
// Normal quantile: P. J. Acklam 2003, relative error 1.2e-9.
//
// N1. Tables are computed once, when first needed, and depend on nothing.

const uint32 = 2 ** 32

/** mulberry32: 32 bits of state, numbers in (0, 1), enough for the few draws of one choice. */
export function generator(random: number): () => number {
  let state = Math.floor(random * uint32) >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return (((mixed ^ (mixed >>> 14)) >>> 0) + 0.5) / uint32
  }
}

/** Beyond this many standard deviations nothing is counted: 1e-9 of the probability. */
const normalEnd = 6
const normalStep = 1 / 64
let normalTable: Float64Array | undefined

/** The share of the standard normal distribution below `z`, interpolated: within 1e-5. */
export function normalShare(z: number): number {
  if (z <= -normalEnd) return 0
  if (z >= normalEnd) return 1
  normalTable ??= makeNormalTable() // N1
  const place = (z + normalEnd) / normalStep
  const index = Math.trunc(place)
  const low = normalTable[index] ?? 0
  return low + ((normalTable[index + 1] ?? 1) - low) * (place - index)
}

/** The shares below `count` points of even distance, the first at `z`, written from `start` on. */
export function fillNormalShares(shares: Float64Array, at: { start: number; count: number; z: number; step: number }): void {
  const table = (normalTable ??= makeNormalTable()) // N1
  const last = table.length - 1
  const stride = at.step / normalStep
  let place = (at.z + normalEnd) / normalStep
  for (let point = at.start; point < at.start + at.count; point++, place += stride) {
    if (place <= 0) shares[point] = 0
    else if (place >= last) shares[point] = 1
    else {
      const index = place | 0
      const low = table[index] ?? 0
      shares[point] = low + ((table[index + 1] ?? 1) - low) * (place - index)
    }
  }
}

/** Simpson's rule over each step. */
function makeNormalTable(): Float64Array {
  const density = (z: number) => Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)
  const table = new Float64Array(Math.round((2 * normalEnd) / normalStep) + 1)
  for (let index = 1; index < table.length; index++) {
    const z = (index - 1) * normalStep - normalEnd
    const area = (normalStep / 6) * (density(z) + 4 * density(z + normalStep / 2) + density(z + normalStep))
    table[index] = (table[index - 1] ?? 0) + area
  }
  return table
}

const tail = 0.02425

/** Acklam's rational approximations: one for the middle, one for both tails. */
export function normalQuantile(probability: number): number {
  if (probability <= 0) return -Infinity
  if (probability >= 1) return Infinity
  if (probability < tail) return tailQuantile(Math.sqrt(-2 * Math.log(probability)))
  if (probability > 1 - tail) return -tailQuantile(Math.sqrt(-2 * Math.log(1 - probability)))
  const q = probability - 0.5
  const r = q * q
  const above =
    ((((-39.69683028665376 * r + 220.9460984245205) * r - 275.9285104469687) * r + 138.357751867269) * r - 30.66479806614716) * r
  const below =
    ((((-54.47609879822406 * r + 161.5858368580409) * r - 155.6989798598866) * r + 66.80131188771972) * r - 13.28068155288572) * r
  return ((above + 2.506628277459239) * q) / (below + 1)
}

function tailQuantile(q: number): number {
  const above =
    ((((-0.007784894002430293 * q - 0.3223964580411365) * q - 2.400758277161838) * q - 2.549732539343734) * q + 4.374664141464968) * q
  const below = (((0.007784695709041462 * q + 0.3224671290700398) * q + 2.445134137142996) * q + 3.754408661907416) * q
  return (above + 2.938163982698783) / (below + 1)
}

export interface Band {
  readonly low: number
  readonly high: number
}

/** The middle 90 % of a Beta distribution with this mean that is worth `total` outcomes, interpolated: within .005. */
export function betaBand(mean: number, total: number): Band {
  betaTable ??= makeBetaTable() // N1
  const across = clamp(Math.asin(Math.sqrt(clamp(mean, 0, 1))) / betaAngle, 0, betaColumns - 1)
  const down = clamp((Math.log(total) - betaLogLeast) / betaLogStep, 0, betaRows - 1)
  return { low: bilinear(betaTable.low, across, down), high: bilinear(betaTable.high, across, down) }
}

const betaColumns = 65
const betaRows = 41
const betaAngle = Math.PI / 2 / (betaColumns - 1)
const betaLogLeast = Math.log(0.5)
const betaLogStep = Math.log(2 ** 0.5)
let betaTable: { readonly low: Float64Array; readonly high: Float64Array } | undefined

function makeBetaTable() {
  const low = new Float64Array(betaColumns * betaRows)
  const high = new Float64Array(betaColumns * betaRows).fill(1)
  for (let row = 0; row < betaRows; row++) {
    const total = Math.exp(betaLogLeast + row * betaLogStep)
    low[row * betaColumns + betaColumns - 1] = 1
    high[row * betaColumns] = 0
    for (let column = 1; column < betaColumns - 1; column++) {
      const mean = Math.sin(column * betaAngle) ** 2
      const quantile = betaQuantile(0.05, mean * total, (1 - mean) * total)
      low[row * betaColumns + column] = quantile
      high[row * betaColumns + betaColumns - 1 - column] = 1 - quantile // the mirror image has the other end
    }
  }
  return { low, high }
}

function bilinear(table: Float64Array, across: number, down: number): number {
  const column = Math.min(Math.trunc(across), betaColumns - 2)
  const row = Math.min(Math.trunc(down), betaRows - 2)
  const [x, y] = [across - column, down - row]
  const at = row * betaColumns + column
  const upper = (table[at] ?? 0) * (1 - x) + (table[at + 1] ?? 0) * x
  const lower = (table[at + betaColumns] ?? 0) * (1 - x) + (table[at + betaColumns + 1] ?? 0) * x
  return upper * (1 - y) + lower * y
}

const clamp = (value: number, least: number, most: number): number => Math.min(most, Math.max(least, value))

const bisections = 40

/** The value below which Beta(alpha, beta) lies with the given probability, to 1e-12. */
export function betaQuantile(probability: number, alpha: number, beta: number): number {
  let low = 0
  let high = 1
  for (let step = 0; step < bisections; step++) {
    const middle = (low + high) / 2
    if (betaShare(middle, alpha, beta) < probability) low = middle
    else high = middle
  }
  return (low + high) / 2
}

/** The regularised incomplete beta function I_x(a, b), by its continued fraction on the side where that converges fast. */
export function betaShare(x: number, a: number, b: number): number {
  if (x <= 0) return 0
  if (x >= 1) return 1
  const front = Math.exp(a * Math.log(x) + b * Math.log(1 - x) + logGamma(a + b) - logGamma(a) - logGamma(b))
  return x < (a + 1) / (a + b + 2) ? (front * betaFraction(x, a, b)) / a : 1 - (front * betaFraction(1 - x, b, a)) / b
}

const fractionTermsMax = 1_000
const tiny = 1e-300

function betaFraction(x: number, a: number, b: number): number {
  let c = 1
  let d = 1 / nonZero(1 - ((a + b) * x) / (a + 1))
  let value = d
  for (let m = 1; m <= fractionTermsMax; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m))
    d = 1 / nonZero(1 + even * d)
    c = nonZero(1 + even / c)
    value *= d * c
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1))
    d = 1 / nonZero(1 + odd * d)
    c = nonZero(1 + odd / c)
    value *= d * c
    if (Math.abs(d * c - 1) < 1e-12) break
  }
  return value
}

const nonZero = (value: number): number => (Math.abs(value) < tiny ? tiny : value)

/** Stirling's series after shifting the argument above 10: exact to 1e-13 for positive arguments. */
function logGamma(x: number): number {
  let shift = 0
  let z = x
  while (z < 10) shift += Math.log(z++)
  const inverse = 1 / z ** 2
  const series = (1 / 12 - inverse * (1 / 360 - inverse * (1 / 1260 - inverse / 1680))) / z
  return (z - 0.5) * Math.log(z) - z + Math.log(2 * Math.PI) / 2 + series - shift
}
