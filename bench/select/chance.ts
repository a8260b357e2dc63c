// Chance of a benchmark run: everything random comes from one seed, so that a run can be made again.
// Sources: the generator is mulberry32 (T. Ettinger 2017); shuffling, R. Fisher and F. Yates 1938; gamma draws, G. Marsaglia and W. W. Tsang 2000.

/** Numbers in (0, 1). */
export type Next = () => number

const uint32 = 2 ** 32

export function generator(seed: number): Next {
  let state = Math.imul(seed, 0x9e3779b1) >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return (((mixed ^ (mixed >>> 14)) >>> 0) + 0.5) / uint32
  }
}

export const wholeBelow = (limit: number, next: Next): number => Math.floor(next() * limit)

export function shuffled<Item>(items: readonly Item[], next: Next): Item[] {
  const keyed = [...items]
  const result: Item[] = []
  while (keyed.length > 0) {
    const [taken] = keyed.splice(wholeBelow(keyed.length, next), 1)
    if (taken !== undefined) result.push(taken)
  }
  return result
}

export const exponential = (mean: number, next: Next): number => -Math.log(next()) * mean

/** Beta(a, b) = X / (X + Y) with X ~ Gamma(a), Y ~ Gamma(b). */
export function betaSample(alpha: number, beta: number, next: Next): number {
  const x = gammaSample(alpha, next)
  return x / (x + gammaSample(beta, next))
}

function gammaSample(shape: number, next: Next): number {
  if (shape < 1) return gammaSample(shape + 1, next) * next() ** (1 / shape)
  const d = shape - 1 / 3
  const c = 1 / Math.sqrt(9 * d)
  for (;;) {
    const normal = Math.sqrt(-2 * Math.log(next())) * Math.cos(2 * Math.PI * next())
    const v = (1 + c * normal) ** 3
    if (v > 0 && Math.log(next()) < normal ** 2 / 2 + d - d * v + d * Math.log(v)) return d * v
  }
}
