// Ranges
// What an interval bar shows of a candidate, and on which scale all of a decision stand. Pure.
import type { Candidate, Estimate, Learned } from './wire.ts'

const scaleStep = 0.1

/** The same scale for all: whole tenths around what anyone reaches, within 0 to 1. */
export function scaleOfAll(
  candidates: readonly Candidate[],
  pick: (candidate: Candidate) => Estimate | undefined,
): readonly [number, number] {
  const all = candidates.flatMap((one) => pick(one) ?? [])
  const from = Math.floor(Math.min(1, ...all.map(({ low }) => low)) / scaleStep) * scaleStep
  const to = Math.ceil(Math.max(0, ...all.map(({ high }) => high)) / scaleStep) * scaleStep
  return to > from ? [Math.max(0, from), to] : [0, 1]
}

/** Chosen first, then as they were ranked; those that a constraint excluded last. */
export const inRank = (candidates: readonly Candidate[], chosen: string): readonly Candidate[] =>
  candidates.toSorted(
    (one, other) =>
      Number(other.arm === chosen) - Number(one.arm === chosen) ||
      Number(one.excluded !== undefined) - Number(other.excluded !== undefined) ||
      (other.sample ?? -Infinity) - (one.sample ?? -Infinity) ||
      other.success.mean - one.success.mean,
  )

/** Running sums. */
export function cumulative(values: readonly number[]): readonly number[] {
  let sum = 0
  return values.map((value) => (sum += value))
}

export interface Matrix {
  readonly types: readonly string[]
  readonly arms: readonly string[]
  cell(arm: string, taskType: string): Learned | undefined
}

/** Those with the most outcomes first. */
export function matrixOf(learned: readonly Learned[], most: { readonly arms: number; readonly types: number }): Matrix {
  const cells = new Map(learned.map((one) => [`${one.arm} ${one.taskType}`, one]))
  const sums = (pick: (one: Learned) => string): readonly string[] => {
    const counts = new Map<string, number>()
    for (const one of learned) counts.set(pick(one), (counts.get(pick(one)) ?? 0) + one.outcomes)
    return [...counts].toSorted(([, one], [, other]) => other - one).map(([name]) => name)
  }
  return {
    arms: sums(({ arm }) => arm).slice(0, most.arms),
    types: sums(({ taskType }) => taskType).slice(0, most.types),
    cell: (arm, taskType) => cells.get(`${arm} ${taskType}`),
  }
}
