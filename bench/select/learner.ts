// Learner: the policies that Troupe ships, as players. They go through the same functions as a coordinator: decide, learn, notice, pace.
import { armOf, type AgentCard, type Observation, type SelectionPolicy, type SelectionRequest } from '../../machines/selection/types.ts'
import { decide, emptyModel, learn, notice, pace, policyDefaults, type SelectionModel } from '../../machines/selection.ts'
import type { MakePlayer, Outcome, Setup, Turn } from './player.ts'

export const learnerNames = ['thompson', 'linucb'] as const
export type LearnerName = (typeof learnerNames)[number]

const policies: Readonly<Record<LearnerName, SelectionPolicy>> = {
  thompson: { ...policyDefaults, version: 'bench-thompson', mode: { kind: 'thompson' } },
  linucb: { ...policyDefaults, version: 'bench-linucb', mode: { kind: 'linucb' } },
}

/** What a case asks of a policy; the same words as there. */
export interface Asked {
  readonly costWeight?: number
  readonly pace?: number
  readonly explore?: number
}

/** The policy of a case: the benchmark's own, or the one to be tried, with the weights and the pace that the case asks for. */
export function policyOf(
  name: LearnerName,
  { costWeight = 0, pace: paceUsd, explore }: Asked,
  tried: SelectionPolicy | undefined,
): SelectionPolicy {
  const policy = name === 'thompson' && tried !== undefined ? tried : policies[name]
  return { ...policy, weights: { success: 1, quality: 0, cost: costWeight, latency: 0 }, paceUsd, explore: explore ?? policy.explore }
}

export function learner(name: LearnerName, asked: Asked, tried: SelectionPolicy | undefined): MakePlayer {
  const policy = policyOf(name, asked, tried)
  return (setup) => {
    const cards = cardsOf(setup)
    const there = cardsThere(cards)
    const armIndex = new Map(cards.map((card, index) => [armOf(card), index]))
    let model: SelectionModel = emptyModel()
    return {
      choose: (turn) => {
        const { chosen, refusal, why } = decide(model, there(turn.available), requestOf(turn, setup.next()), policy)
        const [first] = chosen
        const arm = armIndex.get(first?.arm ?? '')
        if (first === undefined || arm === undefined) throw new Error(`${name} chose nobody: ${refusal ?? ''} ${why}`)
        const { success, raw, propensity } = first
        return { arm, predicted: success.mean, ...(raw !== undefined && { raw }), ...(propensity !== undefined && { propensity }) }
      },
      learn: (outcome) => {
        model = afterOutcome(model, observationOf(cards, outcome), policy)
      },
    }
  }
}

/** What a coordinator's root does with a batch, here of one. */
export function afterOutcome(model: SelectionModel, observation: Observation, policy: SelectionPolicy): SelectionModel {
  const watched = notice(learn(model, observation, policy), [observation], policy).model
  const paced = pace(watched.pace, observation.costUsd ?? 0, 1, policy)
  return paced === undefined ? watched : { ...watched, pace: paced }
}

/** The cards of those who are there: the same list while the same are there, since a decision prepares a list once. */
function cardsThere(cards: readonly AgentCard[]): (available: readonly boolean[]) => readonly AgentCard[] {
  const lists = new Map<readonly boolean[], readonly AgentCard[]>()
  return (available) => {
    const list = lists.get(available) ?? cards.filter((_, index) => available[index])
    lists.set(available, list)
    return list
  }
}

/** How sure a card is of its price. */
const priceTrials = 10
/** Above this share of the dearest a card says `high`, and `low` below. */
const dearFrom = 0.5

export function cardsOf({ arms, taskTypes, prices }: Pick<Setup, 'arms' | 'taskTypes' | 'prices'>): readonly AgentCard[] {
  return arms.map((agent, index) => ({
    agent,
    version: '1',
    taskTypes,
    capabilities: [],
    costClass: (prices[index] ?? 0) > dearFrom ? 'high' : 'low',
    expects: { costUsd: prices[index] ?? 0, trials: priceTrials },
  }))
}

/** Above the dearest price, which is 1, so that no arm is left out for its price; costs are counted as shares of it. */
const budgetUsd = 2

export const requestOf = ({ taskType, now }: Turn, random: number): SelectionRequest => ({
  taskType,
  needs: [],
  exclude: [],
  budgetUsd,
  now,
  random,
})

export const observationOf = (cards: readonly AgentCard[], { arm, taskType, reward, cost, predicted, raw, now }: Outcome): Observation => ({
  arm: armOf(cards[arm] ?? { agent: '' }),
  taskType,
  success: reward,
  costUsd: cost,
  predicted,
  ...(raw !== undefined && { raw }),
  at: now,
})
