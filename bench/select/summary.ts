// Summary: the runs of all seeds as the figures that are printed.
import { estimators, targets, type Estimate, type Estimator, type Target } from './evaluate.ts'
import { checks, isMet, type Check, type GoalName, type Results } from './goals.ts'
import type { LearnerName } from './learner.ts'
import { errorOf, mean, type RunFigures } from './measures.ts'

/** A policy in the plain case; a policy of hindsight has no more than a reward and a price. */
export interface PolicyLine {
  readonly policy: string
  readonly reward: number
  /** Standard error over seeds. */
  readonly error?: number
  readonly ofBestPerTask: number
  readonly early?: number
  readonly brier?: number
  readonly ece?: number
  readonly cost?: number
}

export function policyLine(policy: string, runs: readonly RunFigures[]): PolicyLine {
  const of = (figure: (run: RunFigures) => number): number => mean(runs.map(figure))
  return {
    policy,
    reward: of(({ reward }) => reward),
    error: errorOf(runs.map(({ reward }) => reward)),
    ofBestPerTask: of(({ reward, bestPerTask }) => reward / bestPerTask),
    early: of(({ early }) => early),
    brier: of(({ brier }) => brier),
    ece: of(({ ece }) => ece),
    cost: of(({ cost }) => cost),
  }
}

export function hindsightLines(runs: readonly RunFigures[]): readonly PolicyLine[] {
  const line = (policy: string, figure: (run: RunFigures) => number): PolicyLine => {
    const reward = mean(runs.map(figure))
    return { policy, reward, ofBestPerTask: reward / mean(runs.map(({ bestPerTask }) => bestPerTask)) }
  }
  return [
    line('best single in hindsight', ({ bestSingle }) => bestSingle),
    line('best per task in hindsight', ({ bestPerTask }) => bestPerTask),
    line('oracle', ({ oracle }) => oracle),
  ]
}

export interface GoalLine extends Pick<Check, 'goal' | 'what' | 'unit' | 'least' | 'most'> {
  readonly values: Readonly<Record<string, number>>
  readonly met: Readonly<Record<string, boolean>>
}

export function goalLines(wanted: readonly GoalName[], results: ReadonlyMap<LearnerName, Results>): readonly GoalLine[] {
  return checks
    .filter(({ goal }) => wanted.includes(goal))
    .map((check) => {
      const measured = [...results].map(([name, own]) => [name, check.measure(own)] as const)
      const { goal, what, unit, least, most } = check
      return {
        goal,
        what,
        unit,
        ...(least !== undefined && { least }),
        ...(most !== undefined && { most }),
        values: Object.fromEntries(measured),
        met: Object.fromEntries(measured.map(([name, value]) => [name, isMet(check, value)])),
      }
    })
}

export interface EvaluationLine {
  readonly target: Target
  readonly estimator: Estimator
  readonly logs: number
  readonly refused: number
  readonly bias: number
  /** Root of the mean squared difference from the truth. */
  readonly rmse: number
  /** How many of the 90 % intervals held the truth; replay has none. */
  readonly covered: number | undefined
  /** Effective decisions a log that was not refused, on average. */
  readonly effective: number
}

export function evaluationLines(logs: readonly (readonly Estimate[])[]): readonly EvaluationLine[] {
  const all = logs.flat()
  if (all.length === 0) return []
  return targets.flatMap((target) =>
    estimators.map((estimator): EvaluationLine => {
      const own = all.filter((one) => one.target === target && one.estimator === estimator)
      const offs = own.flatMap(({ off }) => off ?? [])
      return {
        target,
        estimator,
        logs: own.length,
        refused: own.length - offs.length,
        bias: mean(offs),
        rmse: Math.sqrt(mean(offs.map((off) => off ** 2))),
        covered: estimator === 'replay' || offs.length === 0 ? undefined : own.filter(({ covered }) => covered).length / offs.length,
        effective: mean(own.flatMap(({ off, effective }) => (off === undefined ? [] : effective))),
      }
    }),
  )
}

/** Mean reward by part of the run, over seeds. */
export const curveOf = (runs: readonly RunFigures[]): readonly number[] =>
  (runs[0]?.curve ?? []).map((_, part) => mean(runs.map(({ curve }) => curve[part] ?? 0)))
