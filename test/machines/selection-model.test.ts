import { array, assert, constantFrom, double, integer, nat, option, property, record } from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  emptyModel,
  largestDifference,
  learn,
  mergeModels,
  modelLimits,
  observationFaults,
  type Observation,
  type SelectionModel,
} from '../../machines/selection.ts'
import { observationOf, policyOf } from '../support/selection.ts'

const dayMs = 86_400_000
const policy = policyOf({ halfLifeMs: 3 * dayMs, features: ['long', 'code'] })
const unit = double({ min: 0, max: 1, noNaN: true })
const observations = array(
  record({
    arm: constantFrom('a', 'b', '__proto__'),
    taskType: constantFrom('question', 'table', 'constructor'),
    success: unit,
    quality: option(unit),
    costUsd: option(double({ min: 0, max: 5, noNaN: true })),
    latencyMs: option(nat(100_000)),
    raw: option(unit),
    features: option(record({ long: double({ min: -1, max: 1, noNaN: true }), code: constantFrom(0, 1) })),
    at: integer({ min: 0, max: 30 * dayMs }),
    worker: nat(2),
  }).map(({ worker, ...fields }) => ({ worker, observation: withoutNulls(fields) })),
  { minLength: 1, maxLength: 60 },
)

/** fast-check says null for what is not there. */
function withoutNulls({
  quality,
  costUsd,
  latencyMs,
  raw,
  features,
  ...rest
}: { [Field in keyof Observation]: Observation[Field] | null }): Observation {
  const { arm, taskType, success, at } = rest
  return {
    arm: arm ?? '',
    taskType: taskType ?? '',
    success: success ?? 0,
    at: at ?? 0,
    ...(typeof quality === 'number' && { quality }),
    ...(typeof costUsd === 'number' && { costUsd }),
    ...(typeof latencyMs === 'number' && { latencyMs }),
    ...(typeof raw === 'number' && { raw }),
    ...(features && { features }),
  }
}

/** Every number of both models, by its place, is within 1e-9 of the other's, as far as a large number can be. */
function expectSame(one: unknown, other: unknown): void {
  if (typeof one === 'number') return expect(Math.abs(one - Number(other)) / Math.max(1, Math.abs(one))).toBeLessThan(1e-9)
  if (typeof one !== 'object' || one === null) return expect(other).toBe(one)
  expect(Object.keys(Object(other)).toSorted()).toEqual(Object.keys(one).toSorted())
  for (const [name, value] of Object.entries(one)) expectSame(value, Object.entries(Object(other)).find(([found]) => found === name)?.[1])
}

describe('a model', () => {
  test('M1: merged from three workers is the one that a single worker would have, to 1e-9', () => {
    assert(
      property(observations, (told) => {
        const single = told.reduce((model, { observation }) => learn(model, observation, policy), emptyModel())
        const workers = [0, 1, 2].map((number) =>
          told
            .filter(({ worker }) => worker === number)
            .reduce((model, { observation }) => learn(model, observation, policy), emptyModel()),
        )
        const merged = workers.reduce((sum, worker) => mergeModels(sum, worker, policy), emptyModel())
        expect(largestDifference(single, merged, policy).largest).toBeLessThan(1e-9)
        expectSame(single, merged)
      }),
    )
  })

  test('M1: weighs an outcome that comes late as it would have weighed in time', () => {
    const halfLife = policyOf({ halfLifeMs: dayMs })
    const inOrder = [0, 1, 3].map((day) => observationOf('a', 1, { at: day * dayMs }))
    const model = inOrder.reduceRight((sum, observation) => learn(sum, observation, halfLife), emptyModel())
    expect(model.arms['a']?.cells['question']?.gained).toBeCloseTo(1 + 1 / 4 + 1 / 8, 12)
  })

  test('M2: keeps what an outcome does not touch', () => {
    const before = [observationOf('a', 1), observationOf('b', 1), observationOf('b', 1, { taskType: 'table' })].reduce(
      (model, observation) => learn(model, observation, policy),
      emptyModel(),
    )
    const after = learn(before, observationOf('b', 0, { at: 5 }), policy)
    expect(after.arms['a']).toBe(before.arms['a'])
    expect(after.arms['b']?.cells['table']).toBe(before.arms['b']?.cells['table'])
    expect(after.levels['table']).toBe(before.levels['table'])
    expect(after.calibration).toBe(before.calibration)
    expect(before.arms['b']?.cells['question']?.lost).toBe(0)
  })

  test('M3: at its limit makes room for the new by forgetting what was longest without an outcome, and counts it', () => {
    const { cellsMax, taskTypesMax } = modelLimits
    let model = emptyModel()
    for (let index = 0; index < cellsMax + 100; index++)
      model = learn(
        model,
        observationOf(`arm-${index}`, 1, {
          taskType: `type-${index % 200}`,
          at: index,
          quality: 0.123456789,
          costUsd: 0.0123456789,
          latencyMs: 1234.56789,
        }),
        policy,
      )
    expect(model.cellCount).toBe(cellsMax)
    expect(Object.keys(model.arms)).toHaveLength(cellsMax)
    expect(model.unkept).toBe(100)
    expect(Object.hasOwn(model.arms, 'arm-99')).toBe(false)
    expect(Object.hasOwn(model.arms, 'arm-100')).toBe(true)
    expect(Object.keys(model.levels)).toHaveLength(taskTypesMax)
    expect(JSON.stringify(model).length).toBeLessThan(400_000)
    const merged = mergeModels(model, learn(emptyModel(), observationOf('late', 1, { at: 1e6 }), policy), policy)
    expect(merged).toMatchObject({ cellCount: cellsMax, unkept: 101 })
  })

  test('M3: forgets with a cell what it was watched by', () => {
    const types = Array.from({ length: modelLimits.cellsMax }, (_, n) => `type-${n}`)
    const ofEach = <Value>(value: Value) => Object.fromEntries(types.map((taskType) => [taskType, value]))
    const calm = { down: 0, up: 0 }
    const full: SelectionModel = {
      ...emptyModel(),
      arms: { a: { cells: ofEach({ gained: 20, lost: 5, at: 1 }) } },
      watches: { a: { ...calm, cells: ofEach(calm) } },
      cellCount: types.length,
    }
    const { arms, watches } = learn(full, observationOf('a', 1, { at: 2 }), policy)
    expect(Object.keys(arms['a']?.cells ?? {})).toEqual([...types.slice(1), 'question'])
    expect(Object.keys(watches['a']?.cells ?? {})).toEqual(types.slice(1))
  })

  test('M3: learns nothing from what is no outcome, and counts it', () => {
    const wrong: readonly Partial<Observation>[] = [
      { success: 1.1 },
      { success: Number.NaN },
      { quality: -0.1 },
      { costUsd: Infinity },
      { at: Number.NaN },
      { predicted: 2 },
      { arm: '' },
      { features: { long: 7 } },
    ]
    for (const fields of wrong) {
      const observation = observationOf('a', 1, fields)
      expect(observationFaults(observation)).toHaveLength(1)
      expect(learn(emptyModel(), observation, policy)).toEqual({ ...emptyModel(), unkept: 1 })
    }
  })

  test('is the same after JSON', () => {
    const model: SelectionModel = ['a', '__proto__'].reduce((sum, arm) => learn(sum, observationOf(arm, 1), policy), emptyModel())
    expect(Object.keys(model.arms)).toEqual(['a', '__proto__'])
    expect(largestDifference(JSON.parse(JSON.stringify(model)), model, policy)).toEqual({ largest: 0, where: undefined })
  })

  test('that is another one says where it differs most', () => {
    const one = learn(emptyModel(), observationOf('a', 1), policy)
    const other = learn(one, observationOf('a', 0.25), policy)
    expect(largestDifference(one, other, policy)).toEqual({ largest: 0.75, where: 'arms/a/question' })
  })
})
