// Evaluate: what other policies are worth by one policy's log, beside what they are really worth, which the matrix knows.
import { decide, emptyModel } from '../../machines/selection.ts'
import { offPolicyValue, type LoggedChoice, type OffPolicyMethod } from '../../machines/selection/off-policy.ts'
import { armOf, type SelectionPolicy } from '../../machines/selection/types.ts'
import { generator } from './chance.ts'
import { afterOutcome, cardsOf, observationOf, policyOf, requestOf } from './learner.ts'
import { roundMs, type Played } from './play.ts'
import { armsPerTask, type Round, type World } from './world.ts'

/** The policies in question: three that do not learn, and one that is taught by the log as it goes, the way a policy is evaluated before it is promoted. */
export const fixedTargets = ['best per task', 'best single', 'uniform'] as const
export const targets = [...fixedTargets, 'linucb, taught by the log'] as const
export type Target = (typeof targets)[number]
export const estimators = ['doubly-robust', 'snips', 'ips', 'replay'] as const satisfies readonly OffPolicyMethod[]
export type Estimator = (typeof estimators)[number]

export interface Estimate {
  readonly target: Target
  readonly estimator: Estimator
  /** The estimate less the truth; undefined: refused. */
  readonly off: number | undefined
  /** Whether the 90 % interval held the truth. */
  readonly covered: boolean
  readonly effective: number
}

export type LogFigures = readonly Estimate[]

/** By round and arm. */
type Chances = readonly (readonly number[])[]

export function evaluateLog(world: World, played: readonly Played[]): LogFigures {
  return targets.flatMap((target) => {
    const chances = chancesOf(world, played, target)
    const truth = meanOf(world.rounds.map((round, index) => expectedOf(chances[index] ?? [], round)))
    const log = played.map(({ arm, taskType, propensity, reward }, index): LoggedChoice => {
      const named = (chances[index] ?? []).map((chance, at) => [world.arms[at] ?? '', chance] as const)
      return { taskType, arm: world.arms[arm] ?? '', propensity, reward, target: Object.fromEntries(named) }
    })
    return estimators.map((estimator) => estimateOf(target, estimator, log, truth))
  })
}

function estimateOf(target: Target, estimator: Estimator, log: readonly LoggedChoice[], truth: number): Estimate {
  if (estimator === 'replay') return { target, estimator, off: replay(log) - truth, covered: false, effective: 0 }
  const result = offPolicyValue(log, { method: estimator })
  if (!result.ok) return { target, estimator, off: undefined, covered: false, effective: 0 }
  const { value, effective } = result
  return { target, estimator, off: value.mean - truth, covered: value.low <= truth && truth <= value.high, effective }
}

/** What machines/selection/off-policy.ts refuses to compute, here to show why: the mean reward where both policies agree. */
function replay(log: readonly LoggedChoice[]): number {
  const agreed = log.map(({ arm, reward, target }) => ({ chance: target[arm] ?? 0, reward }))
  return meanOf(agreed.map(({ chance, reward }) => chance * reward)) / meanOf(agreed.map(({ chance }) => chance))
}

function chancesOf(world: World, played: readonly Played[], target: Target): Chances {
  const { arms, rounds, best } = world
  const only = (arm: number | undefined): readonly number[] => arms.map((_, index) => (index === arm ? 1 : 0))
  const perTask = armsPerTask(rounds)
  switch (target) {
    case 'best per task':
      return rounds.map(({ taskType }) => only(perTask.get(taskType)))
    case 'best single':
      return rounds.map(() => only(best))
    case 'uniform':
      return rounds.map(() => arms.map(() => 1 / arms.length))
    case 'linucb, taught by the log':
      return taughtChances(world, played, policyOf('linucb', {}, undefined))
  }
}

/** With what probability the policy would have chosen each arm, had it learned from what was logged before. */
function taughtChances(world: World, played: readonly Played[], policy: SelectionPolicy): Chances {
  const cards = cardsOf(world)
  const next = generator(world.seed)
  let model = emptyModel()
  return played.map((one, index) => {
    const turn = { taskType: one.taskType, available: [], now: index * roundMs }
    const { candidates } = decide(model, cards, requestOf(turn, next()), policy)
    const byArm = new Map(candidates.map(({ arm, propensity = 0 }) => [arm, propensity]))
    model = afterOutcome(model, observationOf(cards, { ...one, now: (index + 1) * roundMs }), policy)
    return cards.map((card) => byArm.get(armOf(card)) ?? 0)
  })
}

const expectedOf = (chances: readonly number[], { scores }: Round): number =>
  chances.reduce((sum, chance, arm) => sum + chance * (scores[arm] ?? 0), 0)
const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length
