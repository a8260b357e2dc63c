import { describe, expect, test } from 'vitest'
import {
  applyChange,
  emptyModel,
  generator,
  learn,
  mergeModels,
  notice,
  versionChange,
  type ModelChange,
  type SelectionModel,
} from '../../machines/selection.ts'
import { cardOf, observationOf, policyOf, taught } from '../support/selection.ts'

const policy = policyOf()

interface Stream {
  readonly rounds: number
  readonly predicted: number
  readonly rate: number
  readonly seed: number
  readonly taskType?: string
}

/** Outcomes of arm `a` with a fixed prediction; how many until each change. */
function watched(start: SelectionModel, { rounds, predicted, rate, seed, taskType = 'question' }: Stream) {
  const next = generator(seed)
  const found: { readonly round: number; readonly change: ModelChange }[] = []
  let model = start
  for (let round = 0; round < rounds; round++) {
    const observation = observationOf('a', next() < rate ? 1 : 0, { predicted, taskType })
    const noticed = notice(learn(model, observation, policy), [observation], policy)
    model = noticed.model
    found.push(...noticed.changes.map((change) => ({ round, change })))
  }
  return { model, found }
}

describe('a change', () => {
  const known = taught(emptyModel(), 'a', { trials: 200, rate: 0.75 })

  test('is noticed within 40 outcomes when an arm loses 70 % of its success, in each of 200 runs', () => {
    for (let run = 0; run < 200; run++) {
      const { found } = watched(known, { rounds: 40, predicted: 0.75, rate: 0.225, seed: run / 200 })
      expect(found[0]?.change).toMatchObject({ arm: 'a', cause: 'worse', keep: policy.changeKeep })
    }
  })

  test('is noticed when an arm gets better', () => {
    const { found } = watched(known, { rounds: 80, predicted: 0.3, rate: 0.85, seed: 0.6 })
    expect(found[0]?.change).toMatchObject({ arm: 'a', cause: 'better' })
  })

  test('is a false alarm less than once in 20,000 outcomes when predictions are right', () => {
    let alarms = 0
    for (const [index, rate] of [0.1, 0.3, 0.5, 0.7, 0.9].entries()) {
      const { found } = watched(known, { rounds: 20_000, predicted: rate, rate, seed: 0.13 * (index + 1) })
      alarms += found.length
    }
    expect(alarms).toBeLessThan(5)
  })

  test('of predictions that are off by .05 is none', () => {
    const { found } = watched(known, { rounds: 5_000, predicted: 0.75, rate: 0.7, seed: 0.4 })
    expect(found).toEqual([])
  })

  test('W1: is not looked for in an arm of few outcomes, nor where nothing was predicted', () => {
    expect(watched(emptyModel(), { rounds: 20, predicted: 0.95, rate: 0, seed: 0.1 }).found).toEqual([])
    const observation = observationOf('a', 0)
    expect(
      notice(
        known,
        Array.from({ length: 100 }, () => observation),
        policy,
      ),
    ).toEqual({ model: known, changes: [] })
  })

  test('of one task type leaves the others as they are', () => {
    const both = taught(known, 'a', { trials: 200, rate: 0.75, taskType: 'table' })
    const strict = policyOf({ changeThreshold: 12 })
    let model = both
    const changes: ModelChange[] = []
    const next = generator(0.5)
    for (let round = 0; round < 120 && changes.length === 0; round++)
      for (const [taskType, rate] of [
        ['question', 0.9],
        ['question', 0.9],
        ['question', 0.9],
        ['table', 0.2],
      ] as const) {
        const observation = observationOf('a', next() < rate ? 1 : 0, { predicted: 0.75, taskType })
        const noticed = notice(learn(model, observation, strict), [observation], strict)
        model = noticed.model
        changes.push(...noticed.changes)
      }
    expect(changes[0]).toMatchObject({ arm: 'a', taskType: 'table', cause: 'worse' })
    expect(model.arms['a']?.cells['table']?.gained).toBeLessThan(30)
    expect(model.arms['a']?.cells['question']?.gained).toBeGreaterThan(150)
  })

  test('W2: is repeated on a copy of the model by applying it', () => {
    const change: ModelChange = { arm: 'a', cause: 'worse', keep: 0.1, at: 5 }
    const changed = applyChange(known, change)
    expect(changed.arms['a']?.cells['question']?.gained).toBeCloseTo(15, 9)
    const { model, found } = watched(known, { rounds: 40, predicted: 0.75, rate: 0.1, seed: 0.3 })
    const next = generator(0.3)
    let copy = known
    for (let round = 0; round < 40; round++) {
      copy = learn(copy, observationOf('a', next() < 0.1 ? 1 : 0, { predicted: 0.75 }), policy)
      for (const one of found) if (one.round === round) copy = applyChange(copy, one.change)
    }
    expect(found.length).toBeGreaterThan(0)
    expect(copy.arms).toEqual(model.arms)
  })

  test('W3: leaves what is known of cost and latency', () => {
    const model = learn(known, observationOf('a', 1, { costUsd: 0.5, latencyMs: 900 }), policy)
    const { cost, latency } = applyChange(model, { arm: 'a', cause: 'worse', keep: 0, at: 0 }).arms['a']?.cells['question'] ?? {}
    expect(cost?.n).toBe(1)
    expect(latency?.n).toBe(1)
  })

  test('to another version keeps a part of what the one that it follows has shown, and nothing of one that it does not', () => {
    const former = cardOf('a', { version: '1' })
    expect(versionChange(former, cardOf('a', { version: '2', follows: '1' }), 7)).toEqual({ arm: 'a', cause: 'version', keep: 0.25, at: 7 })
    expect(versionChange(former, cardOf('a', { version: '2' }), 7)?.keep).toBe(0)
    expect(versionChange(former, former, 7)).toBeUndefined()
    expect(versionChange(undefined, former, 7)).toBeUndefined()
  })

  test('watches stay with the model that watches when deltas are merged into it', () => {
    const { model } = watched(known, { rounds: 3, predicted: 0.75, rate: 0, seed: 0.2 })
    const delta = learn(emptyModel(), observationOf('a', 1), policy)
    expect(mergeModels(model, delta, policy).watches).toBe(model.watches)
  })
})
