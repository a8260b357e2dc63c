// Column statistics
// What can be said of a column of text values, exactly, without I/O.

export type ColumnStatistics =
  | { readonly kind: 'number'; readonly counts: Counts; readonly numbers: NumberStatistics; readonly values: Float64Array }
  | { readonly kind: 'date' | 'boolean' | 'text' | 'empty'; readonly counts: Counts; readonly frequent: readonly Frequent[] }

export interface Counts {
  readonly present: number
  readonly missing: number
  readonly distinct: number
  /** Present values that are numbers; less than all of them makes the column text. */
  readonly numeric: number
}

export interface NumberStatistics {
  readonly min: number
  readonly firstQuartile: number
  readonly median: number
  readonly thirdQuartile: number
  readonly max: number
  readonly mean: number
  /** Of a sample (n - 1); 0 for a single value. */
  readonly deviation: number
}

export interface Frequent {
  readonly value: string
  readonly count: number
}

const frequentMax = 5

export function columnStatistics(values: readonly string[]): ColumnStatistics {
  const frequencies = new Map<string, number>()
  const numbers = new Float64Array(values.length).fill(Number.NaN)
  let [present, numeric] = [0, 0]
  for (const [at, raw] of values.entries()) {
    const value = raw.trim()
    if (isMissing(value)) continue
    present += 1
    frequencies.set(value, (frequencies.get(value) ?? 0) + 1)
    const number = parseNumber(value)
    if (number === undefined) continue
    numeric += 1
    numbers[at] = number
  }
  const counts = { present, missing: values.length - present, distinct: frequencies.size, numeric }
  if (present > 0 && numeric === present) return { kind: 'number', counts, numbers: numberStatistics(numbers), values: numbers }
  return { kind: kindOf([...frequencies.keys()]), counts, frequent: mostFrequent(frequencies) }
}

/** Plain decimal numbers. Not hexadecimal, and not 007: that is an identifier. */
export function parseNumber(text: string): number | undefined {
  const value = text.trim()
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,3})?$/i.test(value) || /^[+-]?0\d/.test(value)) return undefined
  const number = Number(value)
  return Number.isFinite(number) ? number : undefined
}

/** Pearson's correlation over the rows where both are numbers; undefined where one does not vary or fewer than three rows have both. */
export function correlation(left: Float64Array, right: Float64Array): number | undefined {
  let [count, leftMean, rightMean, leftSquares, rightSquares, products] = [0, 0, 0, 0, 0, 0]
  for (const [at, x] of left.entries()) {
    const y = right[at] ?? Number.NaN
    if (Number.isNaN(x) || Number.isNaN(y)) continue
    count += 1
    const [leftOff, rightOff] = [x - leftMean, y - rightMean]
    leftMean += leftOff / count
    rightMean += rightOff / count
    leftSquares += leftOff * (x - leftMean)
    rightSquares += rightOff * (y - rightMean)
    products += leftOff * (y - rightMean)
  }
  if (count < 3 || leftSquares === 0 || rightSquares === 0) return undefined
  return products / Math.sqrt(leftSquares * rightSquares)
}

const isMissing = (value: string): boolean => /^(|na|n\/a|nan|null|none|-)$/i.test(value)

function numberStatistics(values: Float64Array): NumberStatistics {
  const sorted = values.filter((value) => !Number.isNaN(value)).toSorted()
  let [count, mean, squares] = [0, 0, 0]
  for (const value of sorted) {
    count += 1
    const off = value - mean
    mean += off / count
    squares += off * (value - mean)
  }
  return {
    min: quantile(sorted, 0),
    firstQuartile: quantile(sorted, 0.25),
    median: quantile(sorted, 0.5),
    thirdQuartile: quantile(sorted, 0.75),
    max: quantile(sorted, 1),
    mean,
    deviation: count < 2 ? 0 : Math.sqrt(squares / (count - 1)),
  }
}

/** Between two values, the straight line: what spreadsheets, numpy and R do by default. */
function quantile(sorted: Float64Array, share: number): number {
  const place = (sorted.length - 1) * share
  const [below, above] = [sorted[Math.floor(place)] ?? Number.NaN, sorted[Math.ceil(place)] ?? Number.NaN]
  return below + (above - below) * (place - Math.floor(place))
}

function kindOf(values: readonly string[]): 'date' | 'boolean' | 'text' | 'empty' {
  if (values.length === 0) return 'empty'
  if (values.every((value) => /^(true|false|yes|no)$/i.test(value))) return 'boolean'
  return values.every((value) => /^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}\S*)?$/.test(value)) ? 'date' : 'text'
}

function mostFrequent(frequencies: ReadonlyMap<string, number>): readonly Frequent[] {
  return [...frequencies]
    .map(([value, count]) => ({ value, count }))
    .toSorted((left, right) => right.count - left.count)
    .slice(0, frequentMax)
}
