// Baselines: simple policies that the learner is held against.
// Sources: epsilon-greedy, R. Sutton and A. Barto 1998; UCB1, P. Auer, N. Cesa-Bianchi and P. Fischer 2002; Beta-Bernoulli Thompson sampling, S. Agrawal and N. Goyal 2012.
import { betaSample, wholeBelow, type Next } from './chance.ts'
import type { MakePlayer, Outcome, Turn } from './player.ts'

/** Successes and failures of one arm, as fractions. */
interface Tally {
  gained: number
  lost: number
}

const uniform: MakePlayer = ({ arms, next }) => ({
  choose: (turn) => ({ arm: anyOf(arms.length, turn, next), predicted: 0.5 }),
  learn: () => {},
})

const greedyExplore = 0.1

const epsilonGreedy: MakePlayer = ({ arms, next }) => {
  const tallies = arms.map(() => emptyTally())
  return {
    choose: (turn) => {
      const arm =
        next() < greedyExplore ? anyOf(arms.length, turn, next) : highest(turn, next, (index) => meanOf(tallies[index], 1), arms.length)
      return { arm, predicted: meanOf(tallies[arm], 0.5) }
    },
    learn: (outcome) => add(tallies[outcome.arm], outcome),
  }
}

const ucb1: MakePlayer = ({ arms, next }) => {
  const tallies = arms.map(() => emptyTally())
  let rounds = 0
  const bound = (index: number): number => {
    const trials = trialsOf(tallies[index])
    return trials === 0 ? Infinity : meanOf(tallies[index], 1) + Math.sqrt((2 * Math.log(rounds)) / trials)
  }
  return {
    choose: (turn) => {
      rounds++
      const arm = highest(turn, next, bound, arms.length)
      return { arm, predicted: meanOf(tallies[arm], 0.5) }
    },
    learn: (outcome) => add(tallies[outcome.arm], outcome),
  }
}

/** One Beta cell for each task type and arm, nothing shared: with a prior by price and a cap, the router in common use; without, the textbook. */
function cells(priorOf: (price: number) => Tally, trialsMax: number): MakePlayer {
  return ({ arms, taskTypes, prices, next }) => {
    const priors = prices.map(priorOf)
    const tallies = new Map(taskTypes.map((taskType) => [taskType, arms.map(() => emptyTally())]))
    const shapes = (taskType: string, arm: number): [number, number] => {
      const [tally, prior] = [tallies.get(taskType)?.[arm] ?? emptyTally(), priors[arm] ?? emptyTally()]
      return [prior.gained + tally.gained, prior.lost + tally.lost]
    }
    return {
      choose: (turn) => {
        const arm = highest(turn, next, (index) => betaSample(...shapes(turn.taskType, index), next), arms.length)
        const [gained, lost] = shapes(turn.taskType, arm)
        return { arm, predicted: gained / (gained + lost) }
      },
      learn: (outcome) => {
        const tally = tallies.get(outcome.taskType)?.[outcome.arm]
        if (trialsOf(tally) < trialsMax) add(tally, outcome)
      },
    }
  }
}

const cappedTrials = 200
const priorTrials = 10

/** The dearer, the better, it is supposed: three classes. */
function byPrice(price: number): Tally {
  const rate = price > 0.8 ? 0.7 : price > 0.15 ? 0.55 : 0.5
  return { gained: rate * priorTrials, lost: (1 - rate) * priorTrials }
}

export const baselines = {
  uniform,
  'epsilon-greedy': epsilonGreedy,
  ucb1,
  'capped cells': cells(byPrice, cappedTrials),
  'plain beta cells': cells(() => ({ gained: 1, lost: 1 }), Infinity),
} as const satisfies Record<string, MakePlayer>

const emptyTally = (): Tally => ({ gained: 0, lost: 0 })
const trialsOf = (tally: Tally = emptyTally()): number => tally.gained + tally.lost
const meanOf = (tally: Tally = emptyTally(), unknown: number): number => (trialsOf(tally) === 0 ? unknown : tally.gained / trialsOf(tally))

function add(tally: Tally | undefined, { reward }: Outcome): void {
  if (tally === undefined) return
  tally.gained += reward
  tally.lost += 1 - reward
}

/** Ties are broken by chance. */
function highest({ available }: Turn, next: Next, valueOf: (arm: number) => number, arms: number): number {
  let [best, bestValue, ties] = [-1, -Infinity, 0]
  for (let arm = 0; arm < arms; arm++) {
    if (!available[arm]) continue
    const value = valueOf(arm)
    ties = value === bestValue ? ties + 1 : 1
    if (value > bestValue || (value === bestValue && next() * ties < 1)) [best, bestValue] = [arm, value]
  }
  return best
}

function anyOf(arms: number, { available }: Turn, next: Next): number {
  const there = Array.from({ length: arms }, (_, arm) => arm).filter((arm) => available[arm])
  return there[wholeBelow(there.length, next)] ?? -1
}
