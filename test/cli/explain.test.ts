import { expect, test } from 'vitest'
import { surpriseOf, type LoggedDecision } from '../../actors/logged-decision.ts'
import type { Candidate } from '../../machines/selection/types.ts'
import { policyDefaults } from '../../machines/selection.ts'
import { replayText } from '../../services/cli/explain/replay-text.ts'
import { policyFileOf } from '../../services/policies/policy-file.ts'
import { policyGiven, replayed } from '../../services/policies/replayed.ts'
import { candidatesTable, decisionsText } from '../../services/cli/explain/text.ts'
import { predictOf } from '../../services/cli/explain/wishes.ts'

const candidate = (arm: string, fields: Partial<Candidate> = {}): Candidate => ({
  arm,
  agent: arm,
  trials: 12.34,
  success: { mean: 0.8, low: 0.6, high: 0.95 },
  ...fields,
})

const decision = (fields: Partial<LoggedDecision> = {}): LoggedDecision => ({
  id: 's1-0-7',
  tenant: 'main',
  taskId: 't1',
  taskType: 'question',
  shard: 's1',
  rank: 1,
  arm: 'researcher',
  why: 'best so far of 2 eligible agents',
  policyVersion: 'default',
  propensity: 0.72,
  shadow: 'librarian',
  random: 0.25,
  features: undefined,
  request: { needs: ['search'], deadlineMs: 30_000, budgetUsd: 0.05, weights: { success: 1, cost: 0.5 } },
  candidates: [
    candidate('analyst', { excluded: 'lacks search' }),
    candidate('librarian', { sample: 0.61, propensity: 0.28 }),
    candidate('researcher', {
      sample: 0.83,
      propensity: 0.72,
      costUsd: { mean: 0.003, low: 0.002, high: 0.005 },
      latencyMs: { mean: 900, low: 500, high: 2_000 },
    }),
  ],
  others: { 'task type': 3 },
  madeAt: new Date('2026-11-20T12:00:00Z'),
  outcome: {
    at: new Date('2026-11-20T12:00:02Z'),
    ok: true,
    reward: 1,
    quality: undefined,
    costUsd: 0.008,
    latencyMs: 1_500,
    predicted: 0.8,
  },
  censored: undefined,
  ...fields,
})

test('a decision is explained by its candidates, what excluded each, the policy, its shadow and what came of it', () => {
  expect(decisionsText([decision()])).toBe(`task main/task/t1: question, one decision

decision    s1-0-7 by coordinator s1 at 2026-11-20T12:00:00.000Z
policy      default
asked       needs search; within 30 s; for $0.050 at most; weights success=1 cost=0.5
chosen      researcher, with probability 72 %
why         best so far of 2 eligible agents
shadow      would have taken librarian
came of it  succeeded at 2026-11-20T12:00:02.000Z; reward 1, 80 % predicted; cost $0.0080 (above $0.0020 to $0.0050); took 1.5 s (within 500 ms to 2 s); surprise 0.32 bits

   agent       trials  success (90 %)       quality  cost                          duration                sample  propensity  excluded by
→  researcher  12.3    80 % (60 % to 95 %)           $0.0030 ($0.0020 to $0.0050)  900 ms (500 ms to 2 s)  0.830   72 %
   librarian   12.3    80 % (60 % to 95 %)                                                                 0.610   28 %
   analyst     12.3    80 % (60 % to 95 %)                                                                                     lacks search
and not shown: 3 task type`)
})

test('a decision without an outcome says that, and one that was censored says why', () => {
  expect(decisionsText([decision({ outcome: undefined })])).toContain('came of it  nothing yet')
  expect(decisionsText([decision({ outcome: undefined, censored: 'withdrawn' })])).toContain('nothing that teaches: withdrawn')
})

test('of a team every member is told, and the candidates once', () => {
  const text = decisionsText([decision(), decision({ id: 's1-0-8', rank: 2, arm: 'librarian' })])
  expect(text).toContain('task main/task/t1: question, 2 decisions')
  expect(text).toContain('chosen      librarian, number 2 of its team')
  expect(text.match(/excluded by/g)).toHaveLength(1)
})

test('an outcome surprises the less the surer it was', () => {
  expect(surpriseOf({ reward: 1, predicted: 0.5 })).toBeCloseTo(1, 9)
  expect(surpriseOf({ reward: 0, predicted: 0.75 })).toBeCloseTo(2, 9)
  expect(surpriseOf({ reward: 0, predicted: 1 })).toBeCloseTo(9.97, 2)
  expect(surpriseOf({ reward: 1, predicted: undefined })).toBeUndefined()
})

test('a name that a model or an agent wrote cannot steer the terminal', () => {
  expect(candidatesTable([candidate('red\u001b[31m', { excluded: 'bell\u0007' })])).not.toMatch(/(?!\n)\p{Cc}/u)
})

test('what a task would ask for is read from the options', () => {
  expect(
    predictOf({ type: 'question', needs: ['search'], deadline: '30s', budget: '0.05', weights: 'success=1,cost=0.5', features: 'long=1' }),
  ).toEqual({
    type: 'agent.predict',
    taskType: 'question',
    needs: ['search'],
    deadlineMs: 30_000,
    budgetUsd: 0.05,
    weights: { success: 1, cost: 0.5 },
    features: { long: 1 },
  })
})

test.each([
  [{ budget: 'cheap' }, "Reading the budget: 'cheap' is no number."],
  [{ weights: 'speed=1' }, 'there is no speed; there are success, quality, cost, latency'],
  [{ weights: 'success' }, "'success' is not name=number"],
  [{ weights: 'success=' }, "Reading the weights: '' is no number."],
  [{ deadline: 'soon' }, "Reading the length 'soon'"],
])('%o cannot be read, which is said in one sentence', (options, sentence) => {
  expect(() => predictOf({ type: 'question', ...options })).toThrow(
    expect.objectContaining({ code: 'TR_CLI_ARGUMENT_INVALID', message: expect.stringContaining(sentence) }),
  )
})

const register = {
  tenant: 'main',
  revision: 0,
  confirmed: 0,
  number: 0,
  policies: [
    {
      version: 'default',
      mode: 'live',
      share: undefined,
      config: policyFileOf(policyDefaults),
      note: undefined,
      createdAt: new Date(0),
      createdBy: 'ann',
      activatedAt: undefined,
      estimate: undefined,
    },
  ],
} as const

test('a decision is told beside what another policy would have made of it, with what the log lacks and how exact that is', () => {
  const pinned = policyGiven(register, { version: 'mine', mode: { kind: 'pinned', arm: 'librarian' } })
  const text = replayText(decision(), replayed(decision(), pinned, register))
  expect(text).toContain('mine would have taken librarian instead of researcher: pinned by the policy of 2 eligible agents')
  expect(text).toMatch(/now +librarian +28 % +100 % +0\.610/)
  expect(text).toMatch(/then +researcher +72 % +0 %/)
  expect(text).toContain('lacks search')
  expect(text).toMatch(/a chance differs from the logged one by \d+(\.\d)? % at most/)
})

test('a policy that is not registered, or makes no sense, is refused with a code', () => {
  expect(() => policyGiven(register, 'nobody')).toThrow(expect.objectContaining({ code: 'TR_POLICY_UNKNOWN' }))
  expect(() => policyGiven(register, { explore: 2 })).toThrow(expect.objectContaining({ code: 'TR_POLICY_INVALID' }))
  expect(() => replayed(decision({ random: undefined }), policyDefaults, register)).toThrow(
    expect.objectContaining({ code: 'TR_DECISION_NOT_REPLAYABLE' }),
  )
})
