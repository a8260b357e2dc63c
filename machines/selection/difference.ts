// Difference
// How far two models are apart: what a rebuilt learner is compared by.
import { own, remaining, type Cell } from './cells.ts'
import type { SelectionModel } from './model.ts'
import type { SelectionPolicy } from './types.ts'

/** The largest difference between two sums of outcomes, both as they weigh at the later time, and where it is. */
export interface Difference {
  readonly largest: number
  /** `arms/<arm>/<task type>`, `levels/<task type>`, `overall`; undefined: none differs. */
  readonly where: string | undefined
}

export function largestDifference(one: SelectionModel, other: SelectionModel, policy: Pick<SelectionPolicy, 'halfLifeMs'>): Difference {
  let found: Difference = { largest: 0, where: undefined }
  const look = (where: string, first: Cell | undefined, second: Cell | undefined) => {
    const largest = cellDifference(first, second, policy.halfLifeMs)
    if (largest > found.largest || Number.isNaN(largest)) found = { largest, where }
  }
  for (const arm of namesOf(one.arms, other.arms)) {
    const [first, second] = [own(one.arms, arm)?.cells ?? {}, own(other.arms, arm)?.cells ?? {}]
    for (const taskType of namesOf(first, second)) look(`arms/${arm}/${taskType}`, own(first, taskType), own(second, taskType))
  }
  for (const taskType of namesOf(one.levels, other.levels))
    look(`levels/${taskType}`, own(one.levels, taskType), own(other.levels, taskType))
  look('overall', one.overall, other.overall)
  return found
}

const namesOf = (one: object, other: object): ReadonlySet<string> => new Set([...Object.keys(one), ...Object.keys(other)])

function cellDifference(one: Cell | undefined, other: Cell | undefined, halfLifeMs: number | undefined): number {
  const at = Math.max(one?.at ?? 0, other?.at ?? 0)
  const [first, second] = [numbersOf(one, at, halfLifeMs), numbersOf(other, at, halfLifeMs)]
  return Math.max(...first.map((value, index) => Math.abs(value - (second[index] ?? 0))))
}

function numbersOf(cell: Cell | undefined, at: number, halfLifeMs: number | undefined): readonly number[] {
  const { gained = 0, lost = 0, quality, cost, latency } = cell ?? {}
  const moments = [quality, cost, latency].flatMap((each) => [each?.n ?? 0, each?.sum ?? 0, each?.squares ?? 0])
  const left = cell ? remaining(at - cell.at, halfLifeMs) : 0
  return [gained, lost, ...moments].map((value) => value * left)
}
