import { array, assert, double, nat, property, record } from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bestShares, drawGivenBest } from '../../machines/selection/best.ts'
import { betaBand, betaQuantile, normalQuantile, normalShare } from '../../machines/selection/distributions.ts'
import { decide, emptyModel, generator, learn, predict } from '../../machines/selection.ts'
import { cardOf, observationOf, policyOf, requestOf, taught } from '../support/selection.ts'

const scores = array(record({ mean: double({ min: -2, max: 2, noNaN: true }), deviation: double({ min: 1e-4, max: 1, noNaN: true }) }), {
  minLength: 1,
  maxLength: 12,
})

describe('the chance of being the best', () => {
  test('T1: adds up to 1', () => {
    assert(
      property(scores, (given) => {
        const { shares } = bestShares(given)
        expect(shares.every((share) => share >= 0)).toBe(true)
        expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 9)
      }),
    )
  })

  test('T2: in what is drawn for people the chosen one has the highest score', () => {
    assert(
      property(scores, nat(1_000), (given, seed) => {
        const best = bestShares(given)
        const winner = best.shares.indexOf(Math.max(...best.shares))
        const drawn = drawGivenBest(given, best, winner, generator(seed / 1_001))
        expect(Math.max(...drawn)).toBe(drawn[winner])
      }),
    )
  })

  test('is within .01 of how often each of the drawn scores is the highest', () => {
    const next = generator(0.41)
    for (const given of [
      [
        { mean: 0.5, deviation: 0.1 },
        { mean: 0.52, deviation: 0.02 },
        { mean: 0.3, deviation: 0.2 },
      ],
      [
        { mean: 0, deviation: 1 },
        { mean: 0, deviation: 1 },
      ],
      [
        { mean: 0.6, deviation: 0.01 },
        { mean: 0.58, deviation: 0.01 },
        { mean: 0.2, deviation: 0.3 },
        { mean: 0.1, deviation: 0.05 },
      ],
    ]) {
      const { shares } = bestShares(given)
      const counts = given.map(() => 0)
      const rounds = 40_000
      for (let round = 0; round < rounds; round++) {
        const drawn = given.map(({ mean, deviation }) => mean + deviation * normalQuantile(next()))
        const winner = drawn.indexOf(Math.max(...drawn))
        counts[winner] = (counts[winner] ?? 0) + 1
      }
      for (const [index, count] of counts.entries()) expect(Math.abs(count / rounds - (shares[index] ?? 0))).toBeLessThan(0.01)
    }
  })
})

describe('propensities', () => {
  const known = ['a', 'b', 'c', 'd'].map((agent) => cardOf(agent))
  const rates: Record<string, number> = { a: 0.7, b: 0.65, c: 0.4 }
  const model = Object.entries(rates).reduce((sum, [arm, rate]) => taught(sum, arm, { trials: 30, rate }), emptyModel())

  test('K3: are the frequencies with which decide takes each arm, in 20,000 decisions', () => {
    for (const policy of [
      policyOf({ explore: 0.05 }),
      policyOf({ mode: { kind: 'best-single' }, explore: 0.2 }),
      policyOf({ newcomerShare: 0.3, width: 1 }),
    ]) {
      const next = generator(0.77)
      const rounds = 20_000
      const counts = new Map(known.map(({ agent }) => [agent, 0]))
      for (let round = 0; round < rounds; round++) {
        const [chosen] = decide(model, known, requestOf({ random: next() }), policy).chosen
        if (chosen) counts.set(chosen.arm, (counts.get(chosen.arm) ?? 0) + 1)
      }
      const predicted = predict(model, known, requestOf(), policy)
      expect(predicted.reduce((sum, { propensity = 0 }) => sum + propensity, 0)).toBeCloseTo(1, 9)
      for (const { arm, propensity = 0 } of predicted) {
        const fourErrors = 4 * Math.sqrt((propensity * (1 - propensity)) / rounds)
        expect(Math.abs((counts.get(arm) ?? 0) / rounds - propensity)).toBeLessThanOrEqual(fourErrors)
      }
    }
  })

  test('K1: none is below the share that is taken at random', () => {
    assert(
      property(array(record({ arm: nat(3), success: nat(1) }), { maxLength: 200 }), (told) => {
        const policy = policyOf({ explore: 0.04 })
        const learned = told.reduce(
          (sum, { arm, success }) => learn(sum, observationOf(known[arm]?.agent ?? 'a', success), policy),
          emptyModel(),
        )
        for (const { propensity = 0 } of decide(learned, known, requestOf(), policy).candidates)
          expect(propensity).toBeGreaterThanOrEqual(0.01 - 1e-12)
      }),
      { numRuns: 50 },
    )
  })

  test('of arms of which nothing is known are equal', () => {
    for (const { propensity } of decide(emptyModel(), known, requestOf(), policyOf()).candidates) expect(propensity).toBeCloseTo(0.25, 9)
  })
})

describe('a quantile', () => {
  test('is that of the closed form, where there is one', () => {
    expect(betaQuantile(0.5, 5, 1)).toBeCloseTo(0.5 ** (1 / 5), 9)
    expect(betaQuantile(0.05, 1, 3)).toBeCloseTo(1 - 0.95 ** (1 / 3), 9)
    expect(betaQuantile(0.05, 0.5, 0.5)).toBeCloseTo(Math.sin((Math.PI * 0.05) / 2) ** 2, 9)
    expect(betaQuantile(0.5, 4_000, 4_000)).toBeCloseTo(0.5, 9)
    expect(normalQuantile(0.95)).toBeCloseTo(1.6448536269514722, 8)
    expect(normalQuantile(0.001)).toBeCloseTo(-3.090232306167813, 7)
    expect(normalShare(1.96)).toBeCloseTo(0.9750021048517795, 5)
  })

  test('that people are shown is within .005 of the exact one', () => {
    const next = generator(0.9)
    for (let round = 0; round < 2_000; round++) {
      const mean = 0.01 + 0.98 * next()
      const total = Math.exp(Math.log(20_000) * next())
      const { low, high } = betaBand(mean, total)
      expect(Math.abs(low - betaQuantile(0.05, mean * total, (1 - mean) * total))).toBeLessThan(0.005)
      expect(Math.abs(high - betaQuantile(0.95, mean * total, (1 - mean) * total))).toBeLessThan(0.005)
    }
  })

  test('band holds the mean and narrows with trials', () => {
    const widths = [0, 10, 100, 1_000].map((trials) => {
      const [candidate] = predict(taught(emptyModel(), 'a', { trials, rate: 0.7 }), [cardOf('a')], requestOf(), policyOf())
      const { mean = 0, low = 0, high = 0 } = candidate?.success ?? {}
      expect(low).toBeLessThan(mean)
      expect(high).toBeGreaterThan(mean)
      return high - low
    })
    expect(widths).toEqual(widths.toSorted((one, other) => other - one))
  })
})
