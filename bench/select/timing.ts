// Timing: how long one decision takes, all that it logs included. A figure of this machine, unlike the others.
import { decide, emptyModel, learn, type SelectionModel } from '../../machines/selection.ts'
import { generator, wholeBelow } from './chance.ts'
import { cardsOf, observationOf, policyOf, requestOf, type LearnerName } from './learner.ts'
import { roundMs } from './play.ts'

const taskTypes = Array.from({ length: 14 }, (_, index) => `type-${index}`)
const outcomesPerArm = 200
const batches = 80
const decisionsPerBatch = 100
const warmUpBatches = 60

/** The first quartile, over batches, of the mean time of a decision in microseconds: what else runs here makes some batches slow and none fast. Each has a model that nobody decided with before: outcomes come in between. */
export function decisionUs(name: LearnerName, arms: number): number {
  const next = generator(arms)
  const policy = policyOf(name, {}, undefined)
  const prices = Array.from({ length: arms }, () => next())
  const cards = cardsOf({ arms: prices.map((_, index) => `agent-${index}`), taskTypes, prices })
  const typeOf = (): string => taskTypes[wholeBelow(taskTypes.length, next)] ?? ''
  let round = 0
  const taught = (model: SelectionModel): SelectionModel => {
    const arm = wholeBelow(arms, next)
    const price = prices[arm] ?? 0
    const outcome = { arm, taskType: typeOf(), reward: next() < price ? 1 : 0, cost: price, predicted: 0.5, now: round++ * roundMs }
    return learn(model, observationOf(cards, outcome), policy)
  }
  let model: SelectionModel = emptyModel()
  for (let index = 0; index < outcomesPerArm * arms; index++) model = taught(model)
  const times: number[] = []
  for (let batch = 0; batch < warmUpBatches + batches; batch++) {
    const decisions = Array.from({ length: decisionsPerBatch }, () => {
      model = taught(model)
      return { model, request: requestOf({ taskType: typeOf(), available: [], now: round * roundMs }, next()) }
    })
    const started = performance.now()
    for (const decision of decisions) decide(decision.model, cards, decision.request, policy)
    if (batch >= warmUpBatches) times.push(((performance.now() - started) * 1_000) / decisionsPerBatch)
  }
  return times.toSorted((one, other) => one - other)[batches >> 2] ?? Number.NaN
}
