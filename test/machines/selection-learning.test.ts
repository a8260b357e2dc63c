import { describe, expect, test } from 'vitest'
import { calibrated, emptyCalibration, poolViolators } from '../../machines/selection/calibration.ts'
import {
  decide,
  emptyModel,
  generator,
  learn,
  pace,
  policyDefaults,
  reliabilityOf,
  type Forecast,
  type PaceState,
} from '../../machines/selection.ts'
import { cardOf, observationOf, play, policyOf, requestOf, taught, type World } from '../support/selection.ts'

const taskTypes = ['question', 'table', 'code', 'summary']
const agents = ['a', 'b', 'c', 'd', 'e']

/** Rates by arm and task type, different for each seed. */
function worldOf(seed: number): World & { readonly best: number } {
  const next = generator(seed)
  const rates = new Map(agents.flatMap((arm) => taskTypes.map((taskType) => [`${arm}/${taskType}`, 0.1 + 0.8 * next()] as const)))
  const rate = (arm: string, taskType: string) => rates.get(`${arm}/${taskType}`) ?? 0
  const best = taskTypes.reduce((sum, taskType) => sum + Math.max(...agents.map((arm) => rate(arm, taskType))), 0) / taskTypes.length
  return { cards: agents.map((agent) => cardOf(agent, { taskTypes })), rate, taskTypes, best }
}

const seeds = [0.11, 0.23, 0.37, 0.53, 0.71, 0.89]

describe('the learner', () => {
  test('gets nine tenths of what the best agent of each task type would get, in 2,000 tasks, as the mean of 60 worlds', () => {
    // A world alone may stay below: of 100 measured with these defaults the lowest got .84, one in twenty less than .88.
    const shares = Array.from({ length: 60 }, (_, index) => {
      const seed = (index * 0.61803) % 1
      const world = worldOf(seed)
      let gained = 0
      play({ ...world, observe: ({ success }) => (gained += success) }, 2_000, { seed, policy: policyDefaults })
      return gained / 2_000 / world.best
    })
    expect(shares.reduce((sum, share) => sum + share, 0) / shares.length).toBeGreaterThan(0.9)
    expect(Math.min(...shares)).toBeGreaterThan(0.7)
  })

  test('predicts what comes true: calibration error below .03 over held-out seeds', () => {
    const forecasts: Forecast[] = []
    for (const seed of seeds)
      play(
        { ...worldOf(seed), observe: ({ round, predicted, success }) => round >= 300 && forecasts.push({ predicted, outcome: success }) },
        2_000,
        {
          seed: 1 - seed,
          policy: policyDefaults,
        },
      )
    const { ece, brier, n } = reliabilityOf(forecasts)
    expect(n).toBe(1_700 * seeds.length)
    expect(ece).toBeLessThan(0.03)
    expect(brier).toBeLessThan(0.2)
  })

  test('leaves an agent that has become bad, and says that it changed', () => {
    const cards = [cardOf('good'), cardOf('fair')]
    const rate = (arm: string, _: string, round: number) => (arm === 'fair' ? 0.6 : round < 1_000 ? 0.9 : 0.2)
    let late = 0
    const world: World = { cards, rate, taskTypes: ['question'], observe: ({ round, arm }) => round >= 1_200 && arm === 'fair' && late++ }
    const { changes } = play(world, 1_500, { seed: 0.4, policy: policyDefaults })
    expect(changes[0]).toMatchObject({ arm: 'good', cause: 'worse' })
    expect(late / 300).toBeGreaterThan(0.9)
  })

  test('returns to an agent by time alone, since old outcomes weigh less', () => {
    const dayMs = 86_400_000
    const known = [cardOf('a'), cardOf('b')]
    const model = taught(taught(emptyModel(), 'a', { trials: 200, rate: 0.8 }), 'b', { trials: 200, rate: 0.4 })
    const chance = (now: number) => decide(model, known, requestOf({ now }), policyOf({ halfLifeMs: dayMs })).candidates[1]?.propensity ?? 0
    expect(chance(0)).toBeLessThan(0.01)
    expect(chance(9 * dayMs)).toBeGreaterThan(0.05)
  })
})

describe('calibration', () => {
  test('corrects a predictor that is always too sure', () => {
    const next = generator(0.3)
    let model = emptyModel()
    for (let round = 0; round < 3_000; round++) {
      const raw = 0.5 + 0.4 * next()
      model = learn(model, observationOf('a', next() < raw - 0.2 ? 1 : 0, { raw, predicted: raw }), policyDefaults)
    }
    for (const raw of [0.6, 0.7, 0.8]) expect(calibrated(model.calibration, raw)).toBeCloseTo(raw - 0.2, 1)
  })

  test('B2: changes nothing before there are outcomes, and never the order of two', () => {
    expect(calibrated(emptyCalibration, 0.37)).toBeCloseTo(0.37, 12)
    const next = generator(0.6)
    let model = emptyModel()
    for (let round = 0; round < 500; round++) model = learn(model, observationOf('a', Math.round(next()), { raw: next() }), policyDefaults)
    let former = 0
    for (let raw = 0; raw <= 1; raw += 0.01) {
      const corrected = calibrated(model.calibration, raw)
      expect(corrected).toBeGreaterThanOrEqual(former)
      former = corrected
    }
  })

  test('pools what falls into what rises', () => {
    expect([...poolViolators([1, 3, 2, 2, 5, 4])]).toEqual([1, 7 / 3, 7 / 3, 7 / 3, 4.5, 4.5])
  })

  test('is measured by Brier score and calibration error', () => {
    const { brier, ece, bins } = reliabilityOf([
      { predicted: 0.25, outcome: 0 },
      { predicted: 0.25, outcome: 1 },
      { predicted: 1, outcome: 1 },
      { predicted: 1, outcome: 1 },
    ])
    expect(brier).toBeCloseTo((0.0625 + 0.5625) / 4, 12)
    expect(ece).toBeCloseTo(0.5 * 0.25, 12)
    expect(bins).toEqual([
      { n: 2, predicted: 0.25, outcome: 0.5 },
      { n: 2, predicted: 1, outcome: 1 },
    ])
    expect(reliabilityOf([])).toEqual({ brier: 0, ece: 0, n: 0, bins: [] })
  })
})

describe('the pacer', () => {
  const prices: Record<string, number> = { a: 1, b: 0.2, c: 0.1 }
  const world: World = {
    cards: Object.entries(prices).map(([agent, costUsd]) => cardOf(agent, { expects: { costUsd, trials: 10 } })),
    rate: (arm) => (arm === 'a' ? 0.9 : arm === 'b' ? 0.6 : 0.3),
    taskTypes: ['question'],
  }

  test('keeps what is spent within 2 % of the plan, and spends it', () => {
    for (const paceUsd of [0.3, 0.5, 0.8]) {
      const policy = policyOf({ paceUsd })
      const next = generator(paceUsd)
      let model = emptyModel()
      let spent = 0
      for (let round = 0; round < 4_000; round++) {
        const [chosen] = decide(model, world.cards, requestOf({ random: next() }), policy).chosen
        const costUsd = prices[chosen?.arm ?? ''] ?? 0
        spent += costUsd
        model = learn(
          model,
          observationOf(chosen?.arm ?? '', next() < world.rate(chosen?.arm ?? '', 'question', round) ? 1 : 0, { costUsd }),
          policy,
        )
        const state = pace(model.pace, costUsd, 1, policy)
        if (state) model = { ...model, pace: state }
      }
      expect(spent / 4_000).toBeLessThan(paceUsd * 1.02)
      expect(spent / 4_000).toBeGreaterThan(paceUsd * 0.9)
    }
  })

  test('A2: has a price between 0 and its limit, and none where nothing is paced', () => {
    expect(pace(undefined, 5, 1, { paceUsd: undefined })).toBeUndefined()
    let state: PaceState | undefined
    for (let round = 0; round < 1_000; round++) state = pace(state, 1e9, 1, { paceUsd: 0.01 })
    expect(state).toMatchObject({ price: 100, decisions: 1_000 })
    for (let round = 0; round < 100_000; round++) state = pace(state, 0, 1, { paceUsd: 0.01 })
    expect(state?.price).toBe(0)
  })
})
