import { assert, boolean, constant, constantFrom, double, integer, nat, option, property, record, uniqueArray, array } from 'fast-check'
import { describe, expect, test } from 'vitest'
import { armOf, decide, emptyModel, generator, learn, policyDefaults, predict, type SelectionMode } from '../../machines/selection.ts'
import { cardOf, observationOf, policyOf, requestOf, taught } from '../support/selection.ts'

const modes: readonly SelectionMode[] = [{ kind: 'thompson' }, { kind: 'linucb' }, { kind: 'best-single' }, { kind: 'pinned', arm: 'b' }]
const names = constantFrom('a', 'b', 'c', 'constructor', '__proto__')
const taskTypes = ['question', 'table', 'toString']
const capabilities: readonly string[] = ['read', 'search', 'review']
const needed: readonly string[] = ['read', 'search', 'skill:cite', 'skill:plot']
const abilities = uniqueArray(constantFrom(...capabilities))
const cards = uniqueArray(
  record({
    agent: names,
    version: constant('1'),
    taskTypes: uniqueArray(constantFrom(...taskTypes), { minLength: 1 }),
    capabilities: abilities,
    skills: uniqueArray(constantFrom('cite@1', 'cite@2', 'plot@1')),
    expects: record({ latencyMs: constantFrom(100, 60_000), costUsd: constantFrom(0.001, 1), trials: constant(10) }),
  }),
  { selector: armOf },
)
const requests = record({
  taskType: constantFrom(...taskTypes),
  needs: uniqueArray(constantFrom(...needed)),
  exclude: uniqueArray(names, { maxLength: 2 }),
  now: nat(1_000_000),
  random: double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
  limits: record({ deadline: boolean(), budget: boolean(), circuit: option(names), only: option(names) }),
}).map(({ limits: { deadline, budget, circuit, only }, ...asked }) => ({
  ...asked,
  ...(deadline && { deadlineMs: 1_000 }),
  ...(budget && { budgetUsd: 0.01 }),
  ...(circuit !== null && { open: Object.fromEntries([[circuit, asked.now + 1]]) }),
  ...(only !== null && { only }),
}))
const observations = array(
  record({ arm: names, taskType: constantFrom(...taskTypes), success: constantFrom(0, 0.5, 1), at: nat(1_000_000) }),
  { maxLength: 40 },
)

describe('a decision', () => {
  test('P1: never takes an arm that does not meet every constraint, whatever the mode', () => {
    assert(
      property(cards, requests, observations, integer({ min: 0, max: 3 }), (known, asked, outcomes, mode) => {
        const policy = policyOf({ mode: modes[mode] ?? policyDefaults.mode, explore: 0.2 })
        const model = outcomes.reduce((sum, outcome) => learn(sum, outcome, policy), emptyModel())
        const decision = decide(model, known, { ...asked, count: 3 }, policy)
        for (const { arm, excluded } of decision.chosen) {
          expect(excluded).toBeUndefined()
          const card = known.find((one) => armOf(one) === arm)
          expect(card?.taskTypes).toContain(asked.taskType)
          expect(asked.exclude).not.toContain(arm)
          expect(asked.needs.filter((need) => !need.startsWith('skill:')).every((need) => card?.capabilities.includes(need))).toBe(true)
          expect(
            asked.needs
              .filter((need) => need.startsWith('skill:'))
              .every((need) => card?.skills.some((skill) => `skill:${skill}`.startsWith(`${need}@`))),
          ).toBe(true)
          if ('deadlineMs' in asked) expect(card?.expects.latencyMs).toBe(100)
          if ('budgetUsd' in asked) expect(card?.expects.costUsd).toBe(0.001)
          if ('open' in asked) expect(Object.hasOwn(asked.open ?? {}, arm)).toBe(false)
        }
        const eligible = decision.candidates.filter(({ excluded }) => excluded === undefined)
        expect(decision.refusal === undefined).toBe(eligible.length > 0)
        for (const candidate of decision.candidates) expect(candidate.propensity === undefined).toBe(candidate.excluded !== undefined)
      }),
    )
  })

  test('P2: is the same for the same inputs, in whatever order the cards are', () => {
    assert(
      property(cards, requests, observations, (known, asked, outcomes) => {
        const model = outcomes.reduce((sum, outcome) => learn(sum, outcome, policyDefaults), emptyModel())
        const decision = decide(model, known, asked, policyDefaults)
        const copy: typeof model = structuredClone(model)
        expect(decide(copy, known.toReversed(), asked, policyDefaults)).toEqual(decision)
      }),
    )
  })

  test('takes the arm that does best on the task type, when it is known', () => {
    const known = [cardOf('a', { taskTypes }), cardOf('b', { taskTypes })]
    let model = taught(emptyModel(), 'a', { trials: 100, rate: 0.9 })
    model = taught(model, 'b', { trials: 100, rate: 0.4 })
    model = taught(model, 'a', { trials: 100, rate: 0.3, taskType: 'table' })
    model = taught(model, 'b', { trials: 100, rate: 0.8, taskType: 'table' })
    expect(decide(model, known, requestOf(), policyDefaults).chosen[0]?.arm).toBe('a')
    expect(decide(model, known, requestOf({ taskType: 'table' }), policyDefaults).chosen[0]?.arm).toBe('b')
  })

  test('of several takes different agents, not two models of one', () => {
    const known = [cardOf('a', { model: 'x' }), cardOf('a', { model: 'y' }), cardOf('b'), cardOf('c')]
    const next = generator(0.2)
    for (let round = 0; round < 50; round++) {
      const { chosen } = decide(emptyModel(), known, requestOf({ count: 3, random: next() }), policyDefaults)
      expect(new Set(chosen.map(({ agent }) => agent)).size).toBe(3)
    }
  })

  test('is refused with a code that says why', () => {
    const known = [cardOf('a', { capabilities: ['read'], expects: { costUsd: 1, trials: 10 } })]
    const refusal = (asked: Parameters<typeof requestOf>[0]) => decide(emptyModel(), known, requestOf(asked), policyDefaults).refusal
    expect(refusal({ taskType: 'constructor' })).toBe('TR_TASK_TYPE_UNKNOWN')
    expect(refusal({ needs: ['search'] })).toBe('TR_AGENT_NONE')
    expect(refusal({ budgetUsd: 0 })).toBe('TR_BUDGET_ZERO')
    expect(refusal({ random: 1 })).toBe('TR_REQUEST_INVALID')
    expect(refusal({ weights: { success: 0 } })).toBe('TR_REQUEST_INVALID')
    expect(refusal({ weights: { cost: Number.NaN } })).toBe('TR_REQUEST_INVALID')
    expect(refusal({})).toBeUndefined()
  })

  test('has propensities that add up to 1 however small its limits are', () => {
    const known = [cardOf('free', { costClass: 'free' }), cardOf('other')]
    for (const limit of [1e-300, 1e-200, 1e-9]) {
      const asked = requestOf({ budgetUsd: limit, deadlineMs: limit, weights: { cost: 1_000, latency: 1_000 } })
      const { candidates } = decide(emptyModel(), known, asked, policyDefaults)
      expect(candidates.reduce((sum, { propensity = 0 }) => sum + propensity, 0)).toBeCloseTo(1, 9)
    }
  })

  test('of a budget of 0 takes agents that have cost nothing so far', () => {
    const free = taught(emptyModel(), 'a', { trials: 5, rate: 1, costUsd: 0 })
    expect(decide(free, [cardOf('a')], requestOf({ budgetUsd: 0 }), policyDefaults).refusal).toBeUndefined()
    const dear = taught(emptyModel(), 'a', { trials: 5, rate: 1, costUsd: 0.01 })
    expect(decide(dear, [cardOf('a')], requestOf({ budgetUsd: 0 }), policyDefaults).refusal).toBe('TR_BUDGET_ZERO')
  })

  test('that finds nobody names what removed each', () => {
    const known = [
      cardOf('analyst', { taskTypes: ['table'] }),
      cardOf('researcher'),
      cardOf('librarian', { capabilities: ['list'] }),
      cardOf('slow', { capabilities: ['list'], expects: { latencyMs: 60_000, trials: 20 } }),
      cardOf('broken', { capabilities: ['list'], model: 'm' }),
    ]
    const asked = requestOf({ needs: ['list'], exclude: ['librarian'], deadlineMs: 1_000, open: { m: 30_000 } })
    expect(decide(emptyModel(), known, asked, policyDefaults).why).toMatch(
      /^no agent can do this question task: analyst does not do question tasks; broken@m has an open circuit for another 30 s; librarian was tried on this task already, or is not wanted; researcher lacks the capability list; slow takes [0-9.]+ s at least, beyond the deadline of 1 s$/,
    )
  })

  test('says in a sentence what is expected of the chosen one', () => {
    const model = taught(emptyModel(), 'a', { trials: 200, rate: 0.8 })
    expect(decide(model, [cardOf('a')], requestOf(), policyDefaults).why).toMatch(
      /^the only eligible agent; expected success \d+ % \(\d+ % to \d+ %\) after 200 trials$/,
    )
    const both = taught(model, 'b', { trials: 200, rate: 0.3 })
    expect(decide(both, [cardOf('a'), cardOf('b')], requestOf(), policyDefaults).why).toMatch(/^best so far of 2 eligible agents/)
  })
})

describe('a mode', () => {
  const known = [cardOf('a'), cardOf('b'), cardOf('c')]
  const model = taught(taught(taught(emptyModel(), 'a', { trials: 60, rate: 0.9 }), 'b', { trials: 60, rate: 0.2 }), 'c', {
    trials: 60,
    rate: 0.5,
  })

  test('pinned takes its arm while that is eligible, and otherwise chooses', () => {
    const policy = policyOf({ mode: { kind: 'pinned', arm: 'b' } })
    const { chosen, why } = decide(model, known, requestOf(), policy)
    expect(chosen[0]).toMatchObject({ arm: 'b', propensity: 1 })
    expect(why).toMatch(/^pinned by the policy/)
    expect(decide(model, known, requestOf({ exclude: ['b'] }), policy).chosen[0]?.arm).toBe('a')
  })

  test('best-single takes the highest mean, but for the share that it explores', () => {
    const policy = policyOf({ mode: { kind: 'best-single' }, explore: 0.3 })
    const { candidates } = decide(model, known, requestOf(), policy)
    expect(candidates.map(({ propensity = 0 }) => Number(propensity.toFixed(6)))).toEqual([0.8, 0.1, 0.1])
  })

  test('shadow only says what it would have taken', () => {
    const shadow = policyOf({ version: 'shadow', mode: { kind: 'pinned', arm: 'b' } })
    const decision = decide(model, known, requestOf(), { ...policyDefaults, shadow })
    expect(decision).toMatchObject({ shadow: 'b', policyVersion: 'default' })
    expect(decision.chosen[0]?.arm).toBe('a')
    const { shadow: _, ...rest } = decision
    expect(decide(model, known, requestOf(), policyDefaults)).toEqual(rest)
  })
})

describe('what a decision goes by', () => {
  test('outcomes of similar tasks shift it, by two trials at most', () => {
    const known = [cardOf('a'), cardOf('b')]
    const chance = (similar: NonNullable<Parameters<typeof requestOf>[0]>['similar']) =>
      decide(emptyModel(), known, requestOf(similar && { similar }), policyDefaults).candidates[0]?.propensity ?? 0
    expect(chance({ a: { gained: 2, lost: 0 } })).toBeGreaterThan(chance(undefined) + 0.05)
    expect(chance({ a: { gained: 200, lost: 0 } })).toBeCloseTo(chance({ a: { gained: 2, lost: 0 } }), 9)
  })

  test('cost counts as it is weighed, as a share of the budget', () => {
    const known = [cardOf('cheap', { expects: { costUsd: 0.01, trials: 50 } }), cardOf('dear', { expects: { costUsd: 0.09, trials: 50 } })]
    const model = taught(taught(emptyModel(), 'cheap', { trials: 200, rate: 0.7 }), 'dear', { trials: 200, rate: 0.9 })
    const chosen = (cost: number) =>
      decide(model, known, requestOf({ budgetUsd: 0.2, weights: { cost } }), policyOf({ explore: 0 })).chosen[0]?.arm
    expect(chosen(0)).toBe('dear')
    expect(chosen(2)).toBe('cheap')
  })

  test('a former version, a dear class and a card that promises much begin higher', () => {
    const mean = (fields: Parameters<typeof cardOf>[1]) =>
      predict(emptyModel(), [cardOf('a', fields)], requestOf(), policyDefaults)[0]?.success.mean ?? 0
    expect(mean({ costClass: 'high' })).toBeGreaterThan(mean({ costClass: 'low' }))
    expect(mean({ expects: { success: 0.9, trials: 20 } })).toBeGreaterThan(0.85)
    expect(mean({ expects: { success: 0.1, trials: 20 } })).toBeLessThan(0.15)
  })

  test('a new agent among known ones gets its bounded share: not nothing, not everything', () => {
    const known = ['a', 'b', 'c'].map((agent) => cardOf(agent))
    const model = known.reduce((sum, { agent }) => taught(sum, agent, { trials: 300, rate: 0.6 }), emptyModel())
    const share = (fields: Parameters<typeof cardOf>[1]) => {
      const { candidates } = decide(model, [...known, cardOf('new', fields)], requestOf(), policyOf({ explore: 0, newcomerShare: 0.2 }))
      return candidates.find(({ arm }) => arm === 'new')?.propensity ?? 0
    }
    expect(share({ expects: { success: 0.98, trials: 50 } })).toBeCloseTo(0.2, 9)
    expect(share({ expects: { success: 0.05, trials: 50 } })).toBeCloseTo(0.1, 9)
  })

  test('an arm or a task type named like what every object inherits is like any other', () => {
    const odd = ['constructor', '__proto__', 'toString']
    const known = odd.map((agent) => cardOf(agent, { taskTypes: odd }))
    let model = emptyModel()
    for (const arm of odd)
      for (let trial = 0; trial < 30; trial++)
        model = learn(model, observationOf(arm, arm === '__proto__' ? 1 : 0, { taskType: '__proto__' }), policyDefaults)
    const { chosen, candidates } = decide(model, known, requestOf({ taskType: '__proto__' }), policyOf({ explore: 0 }))
    expect(chosen[0]?.arm).toBe('__proto__')
    expect(candidates.map(({ trials }) => trials)).toEqual([30, 30, 30])
  })
})
