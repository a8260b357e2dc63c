// Policies evaluated on logs whose truth is known: the world below says what every arm earns, and the live policy decides in it.
import { describe, expect, test } from 'vitest'
import type { LoggedDecision } from '../../actors/logged-decision.ts'
import { decide, emptyModel, generator, learn, policyDefaults } from '../../machines/selection.ts'
import { type AgentCard, type SelectionPolicy } from '../../machines/selection/types.ts'
import { evaluatePolicy, type Estimated } from '../../services/policies/evaluate.ts'

const rates: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  question: { alpha: 0.8, beta: 0.5, gamma: 0.3 },
  summary: { alpha: 0.4, beta: 0.7, gamma: 0.3 },
}
const taskTypes = Object.keys(rates)
const cards: readonly AgentCard[] = ['alpha', 'beta', 'gamma'].map((agent) => ({ agent, version: '1', taskTypes, capabilities: [] }))
const live: SelectionPolicy = { ...policyDefaults, version: 'live', explore: 0.3 }
const begin = Date.UTC(2026, 10, 1)
const from = new Date(begin)

interface World {
  readonly rounds: number
  readonly seed: number
  readonly policy?: SelectionPolicy
  /** How many rounds later an outcome is known. */
  readonly delay?: number
  /** Excluded at every decision. */
  readonly without?: string
}

/** What the live policy did and earned, one decision a minute. */
function logOf({ rounds, seed, policy = live, delay = 5, without }: World): readonly LoggedDecision[] {
  const random = generator(seed / 1_000)
  const log: LoggedDecision[] = []
  let model = emptyModel()
  for (let n = 0; n < rounds; n++) {
    const now = begin + n * 60_000
    const due = log[n - delay]
    if (due?.outcome) model = learn(model, { arm: due.arm, taskType: due.taskType, success: due.outcome.reward, at: now }, policy)
    const taskType = taskTypes[Math.floor(random() * taskTypes.length)] ?? ''
    const { candidates, chosen } = decide(
      model,
      cards,
      { taskType, needs: [], exclude: without === undefined ? [] : [without], now, random: random() },
      policy,
    )
    const [first] = chosen
    if (!first) throw new Error('nobody was chosen')
    const reward = random() < (rates[taskType]?.[first.arm] ?? 0) ? 1 : 0
    log.push(decision({ id: `s0-${n}`, taskType, arm: first.arm, propensity: first.propensity, candidates, reward, now, delay }))
  }
  return log
}

interface Made {
  readonly id: string
  readonly taskType: string
  readonly arm: string
  readonly propensity: number | undefined
  readonly candidates: LoggedDecision['candidates']
  readonly reward: number
  readonly now: number
  readonly delay: number
}

const decision = ({ id, taskType, arm, propensity, candidates, reward, now, delay }: Made): LoggedDecision => ({
  id,
  tenant: 'acme',
  taskId: id,
  taskType,
  shard: 's0',
  rank: 1,
  arm,
  why: undefined,
  policyVersion: 'live',
  propensity,
  shadow: undefined,
  random: 0.5,
  features: undefined,
  request: {},
  candidates,
  others: {},
  madeAt: new Date(now),
  outcome: {
    at: new Date(now + delay * 60_000),
    ok: reward > 0,
    reward,
    quality: undefined,
    costUsd: undefined,
    latencyMs: undefined,
    predicted: undefined,
  },
  censored: undefined,
})

const pinned = (arm: string): SelectionPolicy => ({ ...policyDefaults, version: `only-${arm}`, mode: { kind: 'pinned', arm }, explore: 0 })
const meanOf = (arm: string): number => taskTypes.reduce((sum, taskType) => sum + (rates[taskType]?.[arm] ?? 0), 0) / taskTypes.length

function estimated(log: readonly LoggedDecision[], policy: SelectionPolicy): Estimated {
  const result = evaluatePolicy(log, { policy, live: 'live', from })
  if (!result.ok) throw new Error(`${result.code}: ${result.reason}`)
  return result
}

describe('the evaluation of a policy', () => {
  test('covers what the policy really earns in about nine of ten logs', { timeout: 60_000 }, () => {
    const logs = Array.from({ length: 16 }, (_, seed) => logOf({ rounds: 2_000, seed: seed + 1 }))
    for (const agent of ['alpha', 'gamma']) {
      const bars = logs.map((log) => estimated(log, pinned(agent)).value)
      const covered = bars.filter(({ low, high }) => low <= meanOf(agent) && meanOf(agent) <= high).length
      expect([agent, covered >= 12, bars.length]).toEqual([agent, true, 16])
      const mean = bars.reduce((sum, bar) => sum + bar.mean, 0) / bars.length
      const error = bars.reduce((sum, bar) => sum + bar.error, 0) / bars.length / Math.sqrt(bars.length)
      expect(Math.abs(mean - meanOf(agent)) / error).toBeLessThan(4) // standard errors: once in 16,000 by chance
    }
  })

  test('of the live policy itself finds no difference', () => {
    const differences = [1, 2, 3, 4, 5, 6].map((seed) => estimated(logOf({ rounds: 2_000, seed }), { ...live, version: 'same' }).difference)
    for (const { mean } of differences) expect(Math.abs(mean)).toBeLessThan(0.02)
    expect(differences.filter(({ low, high }) => low <= 0 && high >= 0).length).toBeGreaterThanOrEqual(4)
  })

  test('shows that a worse policy is worse, and says it of the decisions of the live one only', () => {
    const log = logOf({ rounds: 3_000, seed: 7 })
    const { difference, liveValue, decisions, leftOut } = estimated(log, pinned('gamma'))
    expect(decisions).toBe(3_000)
    expect(leftOut).toEqual({})
    expect(difference.high).toBeLessThan(-0.1)
    expect(liveValue.mean).toBeGreaterThan(0.55)
  })

  test('W1: a policy learns from an outcome when it was known, not before', () => {
    // Every outcome comes after the last decision: nothing can be learned in time, so no arm is preferred to another.
    const log = logOf({ rounds: 1_500, seed: 3, delay: 2_000, policy: { ...live, explore: 0.5 } })
    const { value } = estimated(log, { ...policyDefaults, version: 'greedy', mode: { kind: 'thompson' }, optimism: 0 })
    const uniform = cards.reduce((sum, { agent }) => sum + meanOf(agent), 0) / cards.length
    expect(Math.abs(value.mean - uniform)).toBeLessThan(0.04)
  })

  test('W3: what cannot be counted is left out, and said', () => {
    const log = logOf({ rounds: 2_000, seed: 4 }).map((one, at): LoggedDecision => {
      if (at % 10 === 0) return { ...one, outcome: undefined, censored: 'no outcome' }
      if (at % 10 === 1) return { ...one, policyVersion: 'canary' }
      if (at % 10 === 2) return { ...one, rank: 2 }
      if (at % 10 === 3) return { ...one, request: { only: one.arm } }
      return one
    })
    const { decisions, leftOut } = estimated(log, pinned('alpha'))
    expect(decisions).toBe(1_200)
    expect(leftOut).toEqual({
      'no outcome': 200,
      'not of the live policy': 200,
      'second choice of a team': 200,
      'pinned by the caller': 200,
    })
  })

  test('decisions before the time that is asked about are learned from and not counted', () => {
    const log = logOf({ rounds: 2_000, seed: 5 })
    const result = evaluatePolicy(log, { policy: pinned('alpha'), live: 'live', from: new Date(begin + 1_000 * 60_000) })
    expect(result).toMatchObject({ ok: true, decisions: 1_000 })
  })

  test('is refused where the log says nothing about the policy, or does not say with which probability it chose', () => {
    const narrow = logOf({ rounds: 1_000, seed: 6, policy: { ...pinned('alpha'), version: 'live' } })
    expect(evaluatePolicy(narrow, { policy: pinned('gamma'), live: 'live', from })).toMatchObject({
      ok: false,
      code: 'TR_OFF_POLICY_OVERLAP',
    })
    const blind = logOf({ rounds: 500, seed: 6 }).map((one) => ({ ...one, propensity: undefined }))
    expect(evaluatePolicy(blind, { policy: pinned('alpha'), live: 'live', from })).toMatchObject({
      ok: false,
      code: 'TR_OFF_POLICY_PROPENSITY',
    })
    expect(evaluatePolicy([], { policy: pinned('alpha'), live: 'live', from })).toMatchObject({ ok: false, code: 'TR_OFF_POLICY_INVALID' })
  })

  test('an arm that was excluded then is chosen by no policy', () => {
    const log = logOf({ rounds: 2_000, seed: 8, without: 'gamma' })
    expect(log[0]?.candidates.find(({ arm }) => arm === 'gamma')?.excluded).toBeDefined()
    const { value } = estimated(log, pinned('gamma'))
    expect(value.low).toBeGreaterThan(meanOf('gamma') + 0.1)
  })
})
