import { array, assert, constantFrom, double, nat, property, record } from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decide, emptyModel, learn, mergeModels, modelLimits, type Observation } from '../../machines/selection.ts'
import { readingOf } from '../../machines/selection/hierarchy.ts'
import { linearBelief } from '../../machines/selection/linucb.ts'
import { cardOf, observationOf, policyOf, requestOf } from '../support/selection.ts'

const taskTypes = ['question', 'table', 'code']
const features = ['long', 'maths']
const policy = policyOf({ mode: { kind: 'linucb' }, features, halfLifeMs: undefined })
const feature = double({ min: -1, max: 1, noNaN: true })
const outcomes = array(
  record({
    taskType: constantFrom(...taskTypes),
    success: double({ min: 0, max: 1, noNaN: true }),
    features: record({ long: feature, maths: feature }),
  }),
  { maxLength: 40 },
)

/** What the textbook does: A = I + sum of x x', b = sum of r x, theta = A^-1 b, with every column there is. */
function reference(told: readonly Pick<Observation, 'taskType' | 'success' | 'features'>[], asked: readonly number[]) {
  const size = asked.length
  const matrix = asked.map((_, i) => asked.map((_one, j): number => (i === j ? 1 : 0)))
  const right = asked.map(() => 0)
  for (const { taskType, success, features: given = {} } of told) {
    const x = vectorOf(taskType, given)
    for (let i = 0; i < size; i++) {
      right[i] = (right[i] ?? 0) + success * (x[i] ?? 0)
      for (let j = 0; j < size; j++) {
        const row = matrix[i] ?? []
        row[j] = (row[j] ?? 0) + (x[i] ?? 0) * (x[j] ?? 0)
      }
    }
  }
  const product = (given: readonly number[]) =>
    inverse(matrix).map((row) => row.reduce((sum, value, index) => sum + value * (given[index] ?? 0), 0))
  const dot = (one: readonly number[], other: readonly number[]) => one.reduce((sum, value, index) => sum + value * (other[index] ?? 0), 0)
  return { mean: dot(asked, product(right)), width: Math.sqrt(dot(asked, product(asked))) }
}

const vectorOf = (taskType: string, given: Readonly<Record<string, number>>): readonly number[] => [
  1,
  ...taskTypes.map((one) => (one === taskType ? 1 : 0)),
  ...features.map((name) => given[name] ?? 0),
]

/** Gauss and Jordan, with the largest pivot. */
function inverse(matrix: readonly (readonly number[])[]): readonly (readonly number[])[] {
  const size = matrix.length
  const rows = matrix.map((row, i) => [...row, ...row.map((_, j) => (i === j ? 1 : 0))])
  for (let column = 0; column < size; column++) {
    const order = rows.slice(column).toSorted((one, other) => Math.abs(other[column] ?? 0) - Math.abs(one[column] ?? 0))
    rows.splice(column, order.length, ...order)
    const pivot = (rows[column] ?? []).map((value) => value / (rows[column]?.[column] ?? 1))
    rows[column] = pivot
    for (const [index, row] of rows.entries())
      if (index !== column) rows[index] = row.map((value, place) => value - (row[column] ?? 0) * (pivot[place] ?? 0))
  }
  return rows.map((row) => row.slice(size))
}

describe('LinUCB', () => {
  test('L1: has the mean and the width of the full matrix', () => {
    assert(
      property(outcomes, constantFrom(...taskTypes), record({ long: feature, maths: feature }), (told, taskType, given) => {
        const model = told.reduce((sum, outcome) => learn(sum, observationOf('a', outcome.success, outcome), policy), emptyModel())
        const belief = linearBelief(readingOf(model, requestOf({ taskType, features: given }), policy), 'a')
        const expected = reference(told, vectorOf(taskType, given))
        expect(belief.mean).toBeCloseTo(expected.mean, 9)
        expect(belief.width).toBeCloseTo(expected.width, 9)
      }),
    )
  })

  test('L1: of merged sums, whose features were declared in another order, is the same', () => {
    const swapped = policyOf({ ...policy, features: ['maths', 'long'] })
    assert(
      property(outcomes, outcomes, (one, other) => {
        const learned = (told: typeof one, by: typeof policy) =>
          told.reduce((sum, outcome) => learn(sum, observationOf('a', outcome.success, outcome), by), emptyModel())
        const merged = mergeModels(learned(one, policy), learned(other, swapped), policy)
        const belief = linearBelief(readingOf(merged, requestOf({ features: { long: 0.5, maths: -0.25 } }), policy), 'a')
        const expected = reference([...one, ...other], vectorOf('question', { long: 0.5, maths: -0.25 }))
        expect(belief.mean).toBeCloseTo(expected.mean, 9)
        expect(belief.width).toBeCloseTo(expected.width, 9)
      }),
      { numRuns: 50 },
    )
  })

  test('decides by a declared feature, and ignores what no policy declares', () => {
    const known = [cardOf('writer'), cardOf('mathematician')]
    let model = emptyModel()
    for (let trial = 0; trial < 200; trial++)
      for (const [arm, isGood] of [
        ['writer', trial % 2 === 0],
        ['mathematician', trial % 2 === 1],
      ] as const)
        model = learn(model, observationOf(arm, isGood ? 1 : 0, { features: { maths: trial % 2, colour: 1 } }), policy)
    const chosen = (maths: number) =>
      decide(model, known, requestOf({ features: { maths, colour: -1 } }), policyOf({ ...policy, explore: 0 })).chosen[0]?.arm
    expect(chosen(1)).toBe('mathematician')
    expect(chosen(0)).toBe('writer')
    expect(model.features).toEqual(features)
  })

  test('of an arm that nobody tried is the widest', () => {
    const model = learn(emptyModel(), observationOf('a', 0), policy)
    const reading = readingOf(model, requestOf(), policy)
    expect(linearBelief(reading, 'constructor')).toEqual({ mean: 0, width: Math.SQRT2 })
    expect(linearBelief(reading, 'a').width).toBeLessThan(1)
  })

  test('M3: keeps products of features for a bounded number of arms, and the sums of all', () => {
    let model = emptyModel()
    for (let arm = 0; arm < modelLimits.productsMax + 5; arm++)
      model = learn(model, observationOf(`arm-${arm}`, 1, { features: { long: 1 } }), policy)
    expect(Object.values(model.arms).filter(({ products }) => products)).toHaveLength(modelLimits.productsMax)
    const late = linearBelief(readingOf(model, requestOf({ features: { long: 1 } }), policy), `arm-${modelLimits.productsMax + 4}`)
    expect(late.mean).toBeCloseTo(2 / 3, 9)
  })

  test('sums of an arm without features need nothing but its cells', () => {
    assert(
      property(array(record({ taskType: constantFrom(...taskTypes), success: nat(1) })), (told) => {
        const plain = policyOf({ ...policy, features: [] })
        const model = told.reduce((sum, outcome) => learn(sum, observationOf('a', outcome.success, outcome), plain), emptyModel())
        expect(model.arms['a']?.products).toBeUndefined()
        expect(linearBelief(readingOf(model, requestOf(), plain), 'a').mean).toBeCloseTo(reference(told, vectorOf('question', {})).mean, 9)
      }),
    )
  })
})
