import { assert, constant, constantFrom, double, nat, property, record, uniqueArray, type Arbitrary } from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  betaQuantile,
  betaSample,
  cellKey,
  choose,
  exclusionOf,
  generator,
  learn,
  selectionDefaults,
  type AgentCard,
  type Cell,
  type Cells,
  type SelectionRequest,
} from '../../machines/selection.ts'
import { taskTypes } from '../../machines/task-events.ts'

const card = (agent: string, fields: Partial<AgentCard> = {}): AgentCard => ({
  agent,
  version: '1',
  taskTypes: ['question'],
  capabilities: [],
  ...fields,
})
const request = (fields: Partial<SelectionRequest> = {}): SelectionRequest => ({
  taskType: 'question',
  needs: [],
  exclude: [],
  now: 0,
  random: 0.5,
  ...fields,
})
const forever = { ...selectionDefaults, halfLifeMs: undefined }

describe('an agent that does not fit', () => {
  const names: Arbitrary<string> = constantFrom('a', 'b', 'c', 'd', 'e')
  const abilities = uniqueArray(constantFrom('read', 'search', 'review'))
  const types = uniqueArray(constantFrom(...taskTypes), { minLength: 1 })
  const cards = uniqueArray(record({ agent: names, version: constant('1'), taskTypes: types, capabilities: abilities }), {
    selector: (one) => one.agent,
  })
  const requests = record({
    taskType: constantFrom(...taskTypes),
    needs: abilities,
    exclude: uniqueArray(names),
    now: nat(),
    random: double({ min: 0, max: 0.999, noNaN: true }),
  })

  test('P1: is never chosen, whatever its record, and says why', () => {
    assert(
      property(cards, requests, nat(1_000), (known, asked, wins) => {
        const wonAll: Cell = { trials: wins, gained: wins, lost: 0, at: asked.now }
        const cells = Object.fromEntries(known.map((one) => [cellKey(asked.taskType, one.agent), wonAll]))
        const { chosen, candidates } = choose(known, cells, asked)
        const eligible = known.filter((one) => exclusionOf(one, asked) === undefined).map((one) => one.agent)
        if (chosen === undefined) expect(eligible).toEqual([])
        else expect(eligible).toContain(chosen)
        for (const candidate of candidates) expect(candidate.excluded === undefined).toBe(eligible.includes(candidate.agent))
        for (const candidate of candidates) expect(candidate.sample === undefined).toBe(candidate.excluded !== undefined)
      }),
    )
  })

  test('is named in the reason when nobody is left', () => {
    const known = [card('analyst', { taskTypes: ['table'] }), card('researcher'), card('librarian', { capabilities: ['list'] })]
    const { chosen, why } = choose(known, {}, request({ needs: ['list'], exclude: ['librarian'] }))
    expect(chosen).toBeUndefined()
    expect(why).toBe(
      'no agent can do this question task: analyst does not do question tasks; ' +
        'librarian has already failed on this task; researcher lacks the capability list',
    )
  })
})

describe('a choice', () => {
  test('P2: is the same for the same seed, in whatever order the agents registered', () => {
    const known = [card('a'), card('b'), card('c')]
    const asked = request({ random: 0.123 })
    expect(choose(known.toReversed(), {}, asked)).toEqual(choose(known, {}, asked))
  })

  test('of many between agents without trials is fair', () => {
    const known = [card('a'), card('b')]
    const next = generator(0.25)
    let chosenA = 0
    for (let round = 0; round < 2_000; round++) if (choose(known, {}, request({ random: next() })).chosen === 'a') chosenA++
    expect(chosenA).toBeGreaterThan(900)
    expect(chosenA).toBeLessThan(1_100)
  })

  test('converges to the better of two agents', () => {
    for (const seed of [0.1, 0.4, 0.7]) expect(shareOfBetter(seed, 600)).toBeGreaterThan(0.8)
  })

  test('returns to the one that became better, since old outcomes weigh less', () => {
    const known = [card('a'), card('b')]
    const hourMs = 3_600_000
    const policy = { ...selectionDefaults, halfLifeMs: 24 * hourMs }
    const next = generator(0.3)
    let cells: Cells = {}
    let lateB = 0
    for (let round = 0; round < 1_200; round++) {
      const now = round * hourMs
      const { chosen = '' } = choose(known, cells, request({ now, random: next() }), policy)
      const rate = (chosen === 'a') === round < 600 ? 0.9 : 0.3
      const key = cellKey('question', chosen)
      cells = { ...cells, [key]: learn(cells[key], next() < rate ? 1 : 0, now, policy) }
      if (round >= 900 && chosen === 'b') lateB++
    }
    expect(lateB / 300).toBeGreaterThan(0.7)
  })
})

function shareOfBetter(seed: number, rounds: number): number {
  const known = [card('good'), card('bad')]
  const next = generator(seed)
  let cells: Cells = {}
  let good = 0
  for (let round = 0; round < rounds; round++) {
    const { chosen = '' } = choose(known, cells, request({ random: next() }), forever)
    const reward = next() < (chosen === 'good' ? 0.8 : 0.5) ? 1 : 0
    const key = cellKey('question', chosen)
    cells = { ...cells, [key]: learn(cells[key], reward, 0, forever) }
    if (chosen === 'good') good++
  }
  return good / rounds
}

describe('a posterior', () => {
  test('has an interval that holds its mean and narrows with trials', () => {
    const widths = [0, 10, 100, 1_000].map((trials) => {
      const cell = { trials, gained: trials * 0.7, lost: trials * 0.3, at: 0 }
      const [candidate] = choose([card('a')], { [cellKey('question', 'a')]: cell }, request(), forever).candidates
      if (!candidate) throw new Error('no candidate')
      expect(candidate.low).toBeLessThan(candidate.mean)
      expect(candidate.high).toBeGreaterThan(candidate.mean)
      expect(candidate.low).toBeGreaterThanOrEqual(0)
      expect(candidate.high).toBeLessThanOrEqual(1)
      return candidate.high - candidate.low
    })
    expect(widths).toEqual(widths.toSorted((one, other) => other - one))
  })

  test('without trials is uniform: 5 % to 95 %', () => {
    expect(betaQuantile(0.05, 1, 1)).toBeCloseTo(0.05, 9)
    expect(betaQuantile(0.95, 1, 1)).toBeCloseTo(0.95, 9)
  })

  test('has the quantiles of the closed form, where there is one', () => {
    expect(betaQuantile(0.5, 5, 1)).toBeCloseTo(0.5 ** (1 / 5), 9)
    expect(betaQuantile(0.05, 1, 3)).toBeCloseTo(1 - 0.95 ** (1 / 3), 9)
    expect(betaQuantile(0.5, 0.5, 0.5)).toBeCloseTo(0.5, 9)
    expect(betaQuantile(0.05, 0.5, 0.5)).toBeCloseTo(Math.sin((Math.PI * 0.05) / 2) ** 2, 9)
    expect(betaQuantile(0.5, 4_000, 4_000)).toBeCloseTo(0.5, 9)
  })

  test('is drawn from with its mean and variance', () => {
    for (const [alpha, beta] of [
      [1, 1],
      [0.4, 0.7],
      [8, 3],
      [60, 140],
    ] as const) {
      const next = generator(0.77)
      const draws = Array.from({ length: 20_000 }, () => betaSample(alpha, beta, next))
      const mean = draws.reduce((sum, draw) => sum + draw, 0) / draws.length
      const variance = draws.reduce((sum, draw) => sum + (draw - mean) ** 2, 0) / draws.length
      const total = alpha + beta
      expect(mean).toBeCloseTo(alpha / total, 2)
      expect(variance / ((alpha * beta) / (total ** 2 * (total + 1)))).toBeCloseTo(1, 1)
    }
  })

  test('P3: goes halfway back to the prior in one half-life', () => {
    const { halfLifeMs = 0 } = selectionDefaults
    const cell = learn(learn(undefined, 1, 0), 1, 0)
    expect(learn(cell, 0, halfLifeMs)).toEqual({ trials: 3, gained: 1, lost: 1, at: halfLifeMs })
  })

  test('counts a reward between 0 and 1 as that share of a success', () => {
    expect(learn(undefined, 0.25, 5)).toEqual({ trials: 1, gained: 0.25, lost: 0.75, at: 5 })
  })
})
