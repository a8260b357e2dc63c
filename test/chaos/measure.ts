// Measuring: a few figures from many numbers.

export const rounded = (value: number, digits = 1): number => Math.round(value * 10 ** digits) / 10 ** digits

/** The value that the share `p` of all does not exceed; 0 when there is none. */
export function percentile(values: readonly number[], p: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return rounded(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * p))] ?? 0)
}

export type Figures = Readonly<Record<string, number | string>>

/** Count, median, 99th percentile and largest of these, as figures called `<name>P50Ms` and so on. */
export const spread = (name: string, values: readonly number[]): Figures => ({
  [`${name}Count`]: values.length,
  [`${name}P50Ms`]: percentile(values, 0.5),
  [`${name}P99Ms`]: percentile(values, 0.99),
  [`${name}MaxMs`]: percentile(values, 1),
})
