// Scale
// Numbers onto a line of pixels, and the round values that are written beside it. Pure.

/** From `from` onto 0 and `to` onto `length`; a range of nothing is all at 0. */
export const scaleOf =
  (from: number, to: number, length: number) =>
  (value: number): number =>
    to > from ? ((value - from) / (to - from)) * length : 0

const steps = [1, 2, 5, 10]

/** Round values from 0 to `max`, at most `countMax` and 0 among them (P. Heckbert's nice numbers, Graphics Gems, 1990). */
export function niceTicks(max: number, countMax: number): readonly number[] {
  if (!(max > 0) || countMax < 2) return [0]
  const rough = max / (countMax - 1)
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = power * (steps.find((one) => one * power >= rough * (1 - 1e-9)) ?? 10)
  return Array.from({ length: Math.floor(max / step + 1e-9) + 1 }, (_, at) => at * step)
}

const niceMs = [
  1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000, 1_800_000, 3_600_000,
  7_200_000, 21_600_000, 86_400_000,
]

/** The same for a length of time: people count it in sixties. */
export function timeTicks(lengthMs: number, countMax: number): readonly number[] {
  if (!(lengthMs > 0) || countMax < 2) return [0]
  const rough = lengthMs / (countMax - 1)
  const step = niceMs.find((one) => one >= rough) ?? rough
  return Array.from({ length: Math.floor(lengthMs / step) + 1 }, (_, at) => at * step)
}
