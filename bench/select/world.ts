// World
// One seed's way through the score matrix: in which order the tasks come, what arms and task types are called, and what befalls them on the way.
//
// W1. Names and order of arms and task types are shuffled by the seed: a policy can know nothing of them beforehand.
// W2. The same seed and scenario give the same world to every policy.
import { generator, shuffled } from './chance.ts'
import type { Matrix } from './matrix.ts'

export interface Scenario {
  /** Outcomes are known so many rounds later, on average: exponentially distributed. */
  readonly delayRounds: number
  /** At half time the best arm loses 70 % of its successes, chosen by the task. */
  readonly drift: boolean
  /** The best arm comes at half time only. */
  readonly newcomer: boolean
}

export interface Round {
  readonly taskType: string
  /** What each arm would get for this task. Only the loop that plays looks at it. */
  readonly scores: readonly number[]
  /** By arm. */
  readonly available: readonly boolean[]
}

export interface Hindsight {
  readonly uniform: number
  readonly bestSingle: number
  /** The best arm of each task type; where something befalls the arms, of each task type in either half. */
  readonly bestPerTask: number
  /** The same of the second half alone. */
  readonly bestPerTaskLater: number
  readonly oracle: number
  /** How often the best arm is the best of its task type in the second half. */
  readonly bestShareLater: number
}

export interface World {
  readonly seed: number
  readonly scenario: Scenario
  readonly arms: readonly string[]
  readonly taskTypes: readonly string[]
  /** By arm, as a share of the dearest. */
  readonly prices: readonly number[]
  readonly rounds: readonly Round[]
  /** The first round of the second half. */
  readonly half: number
  /** The best arm over all tasks: the one that something befalls. */
  readonly best: number
  readonly hindsight: Hindsight
}

const successesLeft = 0.3

export function makeWorld(matrix: Matrix, scenario: Scenario, seed: number): World {
  const next = generator(seed)
  const order = shuffled([...matrix.arms.keys()], next) // W1
  const typeNames = shuffled(
    matrix.taskTypes.map((_, index) => `type-${index}`),
    next,
  )
  const half = matrix.rows.length >> 1
  const everybody = order.map(() => true)
  const best = order.indexOf(bestOf(totalsOf(matrix.rows.map(({ scores }) => ({ scores, available: everybody })))))
  const withoutBest = order.map((_, arm) => arm !== best)
  const rounds = shuffled(matrix.rows, next).map(({ taskType, scores }, index): Round => {
    const own = order.map((arm) => scores[arm] ?? 0)
    const kept = next() < successesLeft // drawn in every world, so that all scenarios of a seed have one order (W2)
    if (scenario.drift && index >= half && !kept) own[best] = 0
    return { taskType: typeNames[taskType] ?? '', scores: own, available: scenario.newcomer && index < half ? withoutBest : everybody }
  })
  return {
    seed,
    scenario,
    arms: order.map((_, index) => `agent-${index}`),
    taskTypes: typeNames,
    prices: order.map((arm) => matrix.prices[arm] ?? 0),
    rounds,
    half,
    best,
    hindsight: hindsightOf({ rounds, half, best, scenario }),
  }
}

function hindsightOf({ rounds, half, best, scenario }: Pick<World, 'rounds' | 'half' | 'best' | 'scenario'>): Hindsight {
  const later = rounds.slice(half)
  const ofLater = bestPerTask(later)
  const changes = scenario.drift || scenario.newcomer
  return {
    uniform: mean(rounds.map((round) => mean(eligible(round)))),
    bestSingle: Math.max(...totalsOf(rounds)) / rounds.length,
    bestPerTask: (changes ? bestPerTask(rounds.slice(0, half)).total + ofLater.total : bestPerTask(rounds).total) / rounds.length,
    bestPerTaskLater: ofLater.total / later.length,
    oracle: mean(rounds.map((round) => Math.max(...eligible(round)))),
    bestShareLater: mean(later.map(({ taskType }) => (ofLater.arms.get(taskType) === best ? 1 : 0))),
  }
}

/** What the best arm of each task type gets in all, and which it is. */
function bestPerTask(rounds: readonly Round[]): { readonly total: number; readonly arms: ReadonlyMap<string, number> } {
  const byType = Map.groupBy(rounds, ({ taskType }) => taskType)
  const arms = new Map<string, number>()
  let total = 0
  for (const [taskType, own] of byType) {
    const totals = totalsOf(own)
    arms.set(taskType, bestOf(totals))
    total += Math.max(...totals)
  }
  return { total, arms }
}

/** By arm; what an arm would get while it is not there does not count. */
function totalsOf(rounds: readonly Pick<Round, 'scores' | 'available'>[]): number[] {
  const totals: number[] = rounds[0]?.scores.map(() => 0) ?? []
  for (const { scores, available } of rounds)
    for (const [arm, score] of scores.entries()) totals[arm] = (totals[arm] ?? 0) + (available[arm] ? score : 0)
  return totals
}

/** The best arm of each task type over all rounds. */
export const armsPerTask = (rounds: readonly Round[]): ReadonlyMap<string, number> => bestPerTask(rounds).arms

const bestOf = (totals: readonly number[]): number => totals.indexOf(Math.max(...totals))
const eligible = ({ scores, available }: Round): number[] => scores.filter((_, arm) => available[arm])
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length
