// Goals: G1 to G10, each with what is measured, over all seeds, and what it should come to. docs/selection.md says the same in words.
import { fixedTargets, type Estimate, type Target } from './evaluate.ts'
import type { CaseName } from './jobs.ts'
import { mean, type RunFigures } from './measures.ts'

export const goalNames = ['G1', 'G2', 'G3', 'G4', 'G5', 'G6', 'G7', 'G8', 'G9', 'G10'] as const
export type GoalName = (typeof goalNames)[number]

/** What one learner did in all that was played. */
export interface Results {
  runs(name: CaseName): readonly RunFigures[]
  readonly logs: readonly (readonly Estimate[])[]
  /** Of the learner merged from three and the single one, by seed. */
  readonly mergeDifferences: readonly number[]
  decisionUs(arms: number): number
}

export interface Check {
  readonly goal: GoalName
  readonly what: string
  readonly unit: 'percent' | 'rate' | 'rounds' | 'us' | 'number'
  readonly least?: number
  readonly most?: number
  readonly needs: readonly (CaseName | 'evaluate' | 'merge' | 'timing')[]
  measure(results: Results): number
}

const share = (runs: readonly RunFigures[]): number => mean(runs.map(({ reward, bestPerTask }) => reward / bestPerTask))
const rewardOf = (runs: readonly RunFigures[]): number => mean(runs.map(({ reward }) => reward))

/** What may be spent a decision, as a share of the dearest: cases of jobs.ts. */
const paces = [
  ['pace .25', 0.25],
  ['pace .4', 0.4],
  ['pace .5', 0.5],
  ['pace .6', 0.6],
  ['pace .75', 0.75],
] as const satisfies readonly (readonly [CaseName, number])[]

/** Of the worst pace and seed. */
const overshoot = (of: Results): number => Math.max(...paces.flatMap(([name, pace]) => of.runs(name).map(({ cost }) => cost / pace - 1)))

function rootMeanSquare(of: Results, target: Target): number {
  const found = of.logs.flatMap((log) => log.filter((one) => one.target === target && one.estimator === 'doubly-robust'))
  return found.some(({ off }) => off === undefined) ? Infinity : Math.sqrt(mean(found.map(({ off = 0 }) => off ** 2)))
}

export const checks: readonly Check[] = [
  {
    goal: 'G1',
    what: 'reward as a share of the best per task',
    unit: 'percent',
    least: 0.95,
    needs: ['plain'],
    measure: (of) => share(of.runs('plain')),
  },
  {
    goal: 'G1',
    what: 'seeds above the best single in hindsight',
    unit: 'percent',
    least: 0.8,
    needs: ['plain'],
    measure: (of) => mean(of.runs('plain').map(({ reward, bestSingle }) => (reward > bestSingle ? 1 : 0))),
  },
  {
    goal: 'G2',
    what: 'reward of the first 500 rounds',
    unit: 'rate',
    least: 0.57,
    needs: ['plain'],
    measure: (of) => mean(of.runs('plain').map(({ early }) => early)),
  },
  {
    goal: 'G3',
    what: 'reward lost when outcomes come 200 rounds late',
    unit: 'rate',
    most: 0.01,
    needs: ['plain', 'delay 200'],
    measure: (of) => rewardOf(of.runs('plain')) - rewardOf(of.runs('delay 200')),
  },
  {
    goal: 'G3',
    what: 'share of the best per task when they come 1,000 late',
    unit: 'percent',
    least: 0.915,
    needs: ['delay 1000'],
    measure: (of) => share(of.runs('delay 1000')),
  },
  {
    goal: 'G4',
    what: 'share of the best per task when the best arm drops',
    unit: 'percent',
    least: 0.92,
    needs: ['drift'],
    measure: (of) => share(of.runs('drift')),
  },
  {
    goal: 'G4',
    what: 'rounds until it is back at 90 %',
    unit: 'rounds',
    most: 500,
    needs: ['drift'],
    measure: (of) => mean(of.runs('drift').map(({ recovered }) => recovered)),
  },
  {
    goal: 'G5',
    what: 'share of the best per task when the best arm comes late',
    unit: 'percent',
    least: 0.93,
    needs: ['newcomer'],
    measure: (of) => share(of.runs('newcomer')),
  },
  {
    goal: 'G5',
    what: 'rounds until it is found',
    unit: 'rounds',
    most: 350,
    needs: ['newcomer'],
    measure: (of) => mean(of.runs('newcomer').map(({ found }) => found)),
  },
  {
    goal: 'G6',
    what: "success, over the best single's",
    unit: 'percent',
    least: 1,
    needs: ['cost'],
    measure: (of) => mean(of.runs('cost').map(({ reward, bestSingle }) => reward / bestSingle)),
  },
  {
    goal: 'G6',
    what: "price, over the best single's",
    unit: 'percent',
    most: 0.6,
    needs: ['cost'],
    measure: (of) => mean(of.runs('cost').map(({ cost, bestSinglePrice }) => cost / bestSinglePrice)),
  },
  {
    goal: 'G7',
    what: 'spent above the budget: worst of 5 budgets and all seeds',
    unit: 'percent',
    most: 0.02,
    needs: paces.map(([name]) => name),
    measure: overshoot,
  },
  {
    goal: 'G8',
    what: 'Brier score of the predicted success',
    unit: 'rate',
    most: 0.165,
    needs: ['plain'],
    measure: (of) => mean(of.runs('plain').map(({ brier }) => brier)),
  },
  {
    goal: 'G8',
    what: 'expected calibration error',
    unit: 'rate',
    most: 0.02,
    needs: ['plain'],
    measure: (of) => mean(of.runs('plain').map(({ ece }) => ece)),
  },
  {
    goal: 'G9',
    what: 'a decision among 9 agents, on this machine',
    unit: 'us',
    most: 10,
    needs: ['timing'],
    measure: (of) => of.decisionUs(9),
  },
  {
    goal: 'G9',
    what: 'a decision among 100 agents, on this machine',
    unit: 'us',
    most: 100,
    needs: ['timing'],
    measure: (of) => of.decisionUs(100),
  },
  ...fixedTargets.map((target): Check => ({
    goal: 'G10',
    what: `RMSE of the doubly robust value of: ${target}`,
    unit: 'rate',
    most: 0.02,
    needs: ['evaluate'],
    measure: (of) => rootMeanSquare(of, target),
  })),
  {
    goal: 'G10',
    what: 'largest difference of a learner merged from three',
    unit: 'number',
    most: 1e-9,
    needs: ['merge'],
    measure: (of) => Math.max(...of.mergeDifferences),
  },
]

export const isMet = ({ least = -Infinity, most = Infinity }: Check, value: number): boolean => value >= least && value <= most
