import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decide, emptyModel, learn, replayDecision, replayError, type Candidate, type ReplayedLog } from '../../machines/selection.ts'
import { rounded } from '../../machines/coordinator-decide.ts'
import { cardOf, observationOf, policyOf, requestOf, taught } from '../support/selection.ts'

const cards = ['a', 'b', 'c'].map((agent) => cardOf(agent))

/** A decision as the log holds it: rounded. */
function logged(candidates: readonly Candidate[], random: number, request: ReplayedLog['request'] = {}): ReplayedLog {
  const roundedOf = (one: Candidate): Candidate =>
    JSON.parse(JSON.stringify(one, (_, value: unknown) => (typeof value === 'number' ? rounded(value) : value)))
  return { taskType: 'question', random, candidates: candidates.map(roundedOf), others: {}, request }
}

function world(counts: readonly number[], rates: readonly number[]) {
  let model = emptyModel()
  cards.forEach(({ agent }, at) => {
    model = taught(model, agent, { trials: counts[at] ?? 0, rate: rates[at] ?? 0.5, costUsd: 0.01 * (at + 1), latencyMs: 1_000 * (at + 1) })
  })
  return model
}

describe('a decision that is replayed', () => {
  test('R3: with its own policy is what was decided, whatever was known and whatever chance it had', () => {
    const count = fc.integer({ min: 20, max: 200 })
    const rate = fc.double({ min: 0.2, max: 0.9, noNaN: true })
    fc.assert(
      fc.property(
        fc.tuple(count, count, count),
        fc.tuple(rate, rate, rate),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (counts, rates, random) => {
          const policy = policyOf({ weights: { success: 1, quality: 0, cost: 0.3, latency: 0.2 } })
          const model = { ...world(counts, rates), calibration: emptyModel().calibration } // as long as nothing is corrected
          const { candidates } = decide(model, cards, requestOf({ random }), policy)
          const log = logged(candidates, random)
          const replay = replayDecision(log, policy)
          expect(replay.ok).toBe(true)
          expect(replayError(log, replay)).toBeLessThan(0.03)
        },
      ),
      { numRuns: 60 },
    )
  })

  test('takes the same agent with its own policy, and another one with a policy that is pinned to it', () => {
    const policy = policyOf()
    const { candidates, chosen } = decide(world([100, 100, 100], [0.9, 0.4, 0.2]), cards, requestOf({ random: 0.3 }), policy)
    const log = logged(candidates, 0.3)
    expect(replayDecision(log, policy)).toMatchObject({ ok: true, chosen: [chosen[0]?.arm] })
    const pinned = replayDecision(log, policyOf({ version: 'p', mode: { kind: 'pinned', arm: 'c' } }))
    expect(pinned).toMatchObject({ ok: true, policyVersion: 'p', chosen: ['c'], why: expect.stringMatching(/^pinned by the policy/) })
    expect(pinned.ok && pinned.candidates.map(({ propensity }) => propensity)).toEqual([0, 0, 1])
  })

  test('explores as much as the other policy says, and goes by its weights unless the task said which', () => {
    const model = learn(world([80, 80, 80], [0.8, 0.8, 0.8]), observationOf('a', 1, { costUsd: 5 }), policyOf())
    const { candidates } = decide(model, cards, requestOf({ random: 0.99 }), policyOf())
    const even = replayDecision(logged(candidates, 0.99), policyOf({ mode: { kind: 'best-single' }, explore: 0.3 }))
    expect(even.ok && even.candidates.map(({ propensity = 0 }) => propensity).toSorted((one, other) => one - other)[0]).toBeCloseTo(0.1)
    const cheap = policyOf({ mode: { kind: 'best-single' }, explore: 0, weights: { success: 0, quality: 0, cost: 1, latency: 0 } })
    const byCost = replayDecision(logged(candidates, 0.5), cheap)
    expect(byCost).toMatchObject({ ok: true })
    const asked = replayDecision(logged(candidates, 0.5, { weights: { success: 0, quality: 0, cost: 0, latency: 1 } }), cheap)
    expect(asked).toMatchObject({ ok: true, chosen: ['a'] }) // the fastest
  })

  test('keeps out whom a constraint excluded then', () => {
    const { candidates } = decide(world([50, 50, 50], [0.5, 0.5, 0.9]), cards, requestOf({ exclude: ['c'], random: 0.2 }), policyOf())
    const replay = replayDecision(logged(candidates, 0.2), policyOf({ mode: { kind: 'pinned', arm: 'c' } }))
    expect(replay.ok && replay.candidates[2]).toEqual({ arm: 'c', excluded: 'was tried on this task already, or is not wanted' })
    expect(replay.ok && replay.notes.join(' ')).toContain('could not be chosen')
  })

  test.each([
    ['without its chance', { random: undefined }, policyOf(), 'does not hold the number'],
    ['without its candidates', { candidates: [] }, policyOf(), 'does not hold its candidates'],
    ['with LinUCB', {}, policyOf({ mode: { kind: 'linucb' } }), 'LinUCB decides by sums of its own'],
  ])('R2: %s is not replayed, and it is said why', (_, change, policy, reason) => {
    const { candidates } = decide(world([9, 9, 9], [0.5, 0.5, 0.5]), cards, requestOf(), policyOf())
    expect(replayDecision({ ...logged(candidates, 0.5), ...change }, policy)).toEqual({
      ok: false,
      reason: expect.stringContaining(reason),
    })
  })

  test('R2: says what the log lacks', () => {
    const { candidates } = decide(world([100, 100, 0], [0.5, 0.5, 0.5]), cards, requestOf(), policyOf())
    const replay = replayDecision(
      { ...logged(candidates, 0.5), others: { eligible: 4, 'lacks the capability x': 2 } },
      policyOf({ paceUsd: 0.1 }),
    )
    const notes = replay.ok ? replay.notes.join(' ') : ''
    expect(notes).toContain('4 more agents')
    expect(notes).toContain('pacer')
    expect(notes).toContain('Who counts as new')
  })
})
