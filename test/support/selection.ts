// Selection
// What tests of choosing agents need: cards, requests, observations, and a world whose rates are known.
import { decide, emptyModel, generator, learn, notice, policyDefaults } from '../../machines/selection.ts'
import type { AgentCard, ModelChange, Observation, SelectionModel, SelectionPolicy, SelectionRequest } from '../../machines/selection.ts'

export const cardOf = (agent: string, fields: Partial<AgentCard> = {}): AgentCard => ({
  agent,
  version: '1',
  taskTypes: ['question'],
  capabilities: [],
  ...fields,
})

export const requestOf = (fields: Partial<SelectionRequest> = {}): SelectionRequest => ({
  taskType: 'question',
  needs: [],
  exclude: [],
  now: 0,
  random: 0.5,
  ...fields,
})

export const observationOf = (arm: string, success: number, fields: Partial<Observation> = {}): Observation => ({
  arm,
  taskType: 'question',
  success,
  at: 0,
  ...fields,
})

export const policyOf = (fields: Partial<SelectionPolicy> = {}): SelectionPolicy => ({ ...policyDefaults, ...fields })

/** The model after that many outcomes of an arm, of which the given share succeeded. */
export function taught(
  model: SelectionModel,
  arm: string,
  { trials, rate, ...fields }: { trials: number; rate: number } & Partial<Observation>,
) {
  let [next, gained] = [model, 0]
  for (let trial = 0; trial < trials; trial++) {
    const success = (trial + 1) * rate - gained >= 0.5 ? 1 : 0
    gained += success
    next = learn(next, observationOf(arm, success, fields), policyDefaults)
  }
  return next
}

export interface World {
  readonly cards: readonly AgentCard[]
  /** Success of each card on a task type in a round. */
  readonly rate: (arm: string, taskType: string, round: number) => number
  readonly taskTypes: readonly string[]
  readonly costOf?: (arm: string) => number
  readonly observe?: (seen: {
    readonly round: number
    readonly arm: string
    readonly predicted: number
    readonly success: number
    readonly costUsd: number
  }) => void
}

/** Rounds of a second each: decide, see the outcome, learn, watch. */
export function play(world: World, rounds: number, { seed, policy }: { seed: number; policy: SelectionPolicy }) {
  const next = generator(seed)
  let model = emptyModel()
  const changes: ModelChange[] = []
  for (let round = 0; round < rounds; round++) {
    const taskType = world.taskTypes[Math.floor(next() * world.taskTypes.length)] ?? 'question'
    const at = round * 1_000
    const [chosen] = decide(model, world.cards, requestOf({ taskType, now: at, random: next() }), policy).chosen
    if (!chosen) throw new Error('nobody was chosen')
    const {
      arm,
      raw = 0.5,
      success: { mean: predicted },
    } = chosen
    const success = next() < world.rate(arm, taskType, round) ? 1 : 0
    const costUsd = world.costOf?.(arm) ?? 0
    const observation = observationOf(arm, success, { taskType, predicted, raw, at, ...(world.costOf && { costUsd }) })
    const noticed = notice(learn(model, observation, policy), [observation], policy)
    model = noticed.model
    changes.push(...noticed.changes)
    world.observe?.({ round, arm, predicted, success, costUsd })
  }
  return { model, changes }
}
