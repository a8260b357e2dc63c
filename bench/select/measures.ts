// Measures: what a run comes to. docs/selection.md defines each.
import { reliabilityOf } from '../../machines/selection/reliability.ts'
import type { Played } from './play.ts'
import type { World } from './world.ts'

export interface RunFigures {
  readonly reward: number
  readonly uniform: number
  readonly bestSingle: number
  /** What the best single costs. */
  readonly bestSinglePrice: number
  readonly bestPerTask: number
  readonly oracle: number
  /** Mean reward of the first 500 rounds. */
  readonly early: number
  readonly brier: number
  readonly ece: number
  /** Mean price, as a share of the dearest. */
  readonly cost: number
  /** The highest mean price of any 500 rounds in a row, the first 1,000 rounds aside. */
  readonly costPeak: number
  /** Mean reward of each of 20 equal parts. */
  readonly curve: readonly number[]
  /** Rounds after half time until the mean of 300 is back at 90 % of the best per task. */
  readonly recovered: number
  /** Rounds after half time until the best arm has half of the share that is its due. */
  readonly found: number
}

const earlyRounds = 500
const curveParts = 20

export function figuresOf(world: World, played: readonly Played[]): RunFigures {
  const { uniform, bestSingle, bestPerTask, oracle } = world.hindsight
  const settled = played.slice(earlyRounds)
  const { brier, ece } = reliabilityOf(settled.map(({ predicted, reward }) => ({ predicted, outcome: reward })))
  const rewards = played.map(({ reward }) => reward)
  return {
    reward: mean(rewards),
    uniform,
    bestSingle,
    bestSinglePrice: world.prices[world.best] ?? 0,
    bestPerTask,
    oracle,
    early: mean(rewards.slice(0, earlyRounds)),
    brier,
    ece,
    cost: mean(played.map(({ cost }) => cost)),
    costPeak: costPeak(played),
    curve: Array.from({ length: curveParts }, (_, part) => mean(partOf(rewards, part))),
    recovered: recovered(world, rewards),
    found: found(world, played),
  }
}

const peakRounds = 500
const peakFrom = 1_000

function costPeak(played: readonly Played[]): number {
  let [sum, peak] = [0, 0]
  for (const [index, { cost }] of played.entries()) {
    sum += cost - (played[index - peakRounds]?.cost ?? 0)
    if (index >= peakFrom - 1) peak = Math.max(peak, sum / peakRounds)
  }
  return peak
}

const recoveryWindow = 300
const recoveryShare = 0.9

function recovered({ half, hindsight }: World, rewards: readonly number[]): number {
  const later = rewards.slice(half)
  let sum = 0
  for (const [index, reward] of later.entries()) {
    sum += reward - (later[index - recoveryWindow] ?? 0)
    if (index >= recoveryWindow - 1 && sum / recoveryWindow >= recoveryShare * hindsight.bestPerTaskLater) return index + 1
  }
  return later.length
}

const foundWindow = 100
const foundShare = 0.5

function found({ half, best, hindsight }: World, played: readonly Played[]): number {
  const later = played.slice(half).map(({ arm }) => (arm === best ? 1 : 0))
  let count = 0
  for (const [index, chosen] of later.entries()) {
    count += chosen - (later[index - foundWindow] ?? 0)
    if (count >= foundShare * hindsight.bestShareLater * foundWindow) return index + 1
  }
  return later.length
}

const partOf = (values: readonly number[], part: number): readonly number[] =>
  values.slice(Math.round((part * values.length) / curveParts), Math.round(((part + 1) * values.length) / curveParts))

export const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length

/** The standard error of a mean. */
export function errorOf(values: readonly number[]): number {
  const middle = mean(values)
  const squares = values.reduce((sum, value) => sum + (value - middle) ** 2, 0)
  return Math.sqrt(squares / Math.max(1, values.length - 1) / values.length)
}
