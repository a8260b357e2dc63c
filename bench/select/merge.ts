// Merge: the outcomes of one run learned by one learner, and by three that share them out and are merged. The two must be the same.
import { emptyModel, learn, mergeModels, type SelectionModel } from '../../machines/selection.ts'
import type { Observation, SelectionPolicy } from '../../machines/selection/types.ts'
import { cardsOf, learner, observationOf, policyOf, type LearnerName } from './learner.ts'
import { play, roundMs } from './play.ts'
import type { World } from './world.ts'

const learners = 3

/** The largest difference of any number in the two models, relative where the number is above 1. */
export function mergedDifference(world: World, name: LearnerName, tried: SelectionPolicy | undefined): number {
  const policy = policyOf(name, {}, tried)
  const cards = cardsOf(world)
  const observations = play(world, learner(name, {}, tried)).map((played, index) =>
    observationOf(cards, { ...played, now: (index + 1) * roundMs }),
  )
  const learned = (own: readonly Observation[]): SelectionModel => own.reduce((model, one) => learn(model, one, policy), emptyModel())
  const parts = Array.from({ length: learners }, (_, part) => learned(observations.filter((_one, index) => index % learners === part)))
  const merged = parts.reduce((one, other) => mergeModels(one, other, policy))
  return differenceOf(learned(observations), merged)
}

/** Infinity where the two have not the same fields. */
export function differenceOf(one: unknown, other: unknown): number {
  if (typeof one === 'number' && typeof other === 'number') return Math.abs(one - other) / Math.max(1, Math.abs(one), Math.abs(other))
  if (!isObject(one) || !isObject(other)) return one === other ? 0 : Infinity
  const keys = new Set([...Object.keys(one), ...Object.keys(other)])
  return Math.max(0, ...[...keys].map((key) => differenceOf(one[key], other[key])))
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null
