import { describe, expect, test } from 'vitest'
import { circuitDefaults } from '../../machines/circuit.ts'
import { circuitLimits } from '../../machines/coordinator-circuits.ts'
import { policyDefaults } from '../../machines/selection.ts'
import { cardOf, coordinators, decisionOf, type Coordinators } from '../support/coordinators.ts'

const keys = ['main', 's0', 's1', 's2'] as const
const roster = [cardOf('flaky', 'question'), cardOf('steady', 'question')]
const explore = { policy: { ...policyDefaults, explore: 0.5 } }

/** The agents that one task after the other is given on these coordinators; outcomes of flaky fail. */
function work(all: Coordinators, rounds: number, on: readonly string[] = keys): string[] {
  return Array.from({ length: rounds }, (_, round) => {
    const key = on[round % on.length] ?? 'main'
    const answer = all.choose(key, { only: undefined }, (round * 0.618_034) % 1)
    const agent = answer.type === 'agent.chosen' ? (answer.choices[0]?.agent ?? '') : ''
    all.report(key, decisionOf(answer), agent === 'flaky' ? { ok: false, reward: 0, failed: 'agent' } : { reward: 0.5 })
    while (all.deliver());
    return agent
  })
}

/** Until its circuit is open everywhere. */
function broken(): Coordinators {
  const all = coordinators(roster, keys, explore)
  all.settle()
  for (let round = 0; round < 200 && Object.keys(all.contextOf('main').blocked).length === 0; round++) {
    work(all, 1, [keys[round % keys.length] ?? 'main'])
    all.now += 60
    all.ring()
  }
  while (all.deliver());
  return all
}

describe('circuits of a coordinator', () => {
  test('an agent that fails too often is left out on every shard, and then one decision of all is the probe', () => {
    const all = broken()
    for (const key of keys) {
      expect(all.contextOf(key).blocked).toEqual({ flaky: expect.any(Number) })
      expect(all.choose(key)).toMatchObject({ choices: [{ agent: 'steady' }] })
      expect(all.choose(key, { only: 'flaky' })).toMatchObject({
        code: 'TR_AGENT_NONE',
        candidates: [{ arm: 'flaky', excluded: expect.stringContaining('open circuit') }, { arm: 'steady' }],
      })
    }
    all.now += circuitDefaults.openMs
    all.ring()
    while (all.deliver());
    const asked = keys.map((key) => all.choose(key, { only: 'flaky' }))
    const probes = asked.filter(({ type }) => type === 'agent.chosen')
    expect(probes).toHaveLength(1)
    expect(keys.map((key) => all.choose(key, { only: 'flaky' }).type)).toEqual(keys.map(() => 'agent.none'))
    const [probe] = probes
    const decisionId = probe ? decisionOf(probe) : ''
    const [shard = ''] = decisionId.split('-')
    while (all.deliver());
    all.now += circuitLimits.grantMs + circuitLimits.graceMs + 1
    all.ring()
    while (all.deliver());
    expect(keys.map((key) => all.choose(key, { only: 'flaky' }).type)).toEqual(keys.map(() => 'agent.none'))
    all.report(shard, decisionId)
    all.settle()
    for (const key of keys)
      expect([key, all.contextOf(key).blocked, all.choose(key, { only: 'flaky' }).type]).toEqual([key, {}, 'agent.chosen'])
    expect(all.story('main').living.timers).not.toHaveProperty('circuits')
  })

  test('a probe that fails opens the circuit again, for longer', () => {
    const all = broken()
    const [first = 0] = Object.values(all.contextOf('main').blocked)
    all.now = Math.max(all.now, first)
    all.ring()
    while (all.deliver());
    const asked = keys.map((key) => ({ key, answer: all.choose(key, { only: 'flaky' }) }))
    const probe = asked.find(({ answer }) => answer.type === 'agent.chosen')
    if (!probe) throw new Error('nobody may probe')
    all.report(probe.key, decisionOf(probe.answer), { ok: false, reward: 0, failed: 'agent' })
    while (all.deliver());
    all.now += 250
    all.ring()
    const [second = 0] = Object.values(all.contextOf('main').blocked)
    expect(second - all.now).toBeGreaterThan(circuitDefaults.openMs)
  })

  test('V2: a shard that does not use its leave loses it to the next one', () => {
    const all = broken()
    all.now += circuitDefaults.openMs
    const probers = new Set<string>()
    for (let round = 0; round < 4; round++) {
      all.ring()
      while (all.deliver());
      for (const key of keys) if (Object.values(all.contextOf(key).probes).some((until) => until > all.now)) probers.add(key)
      all.now += circuitLimits.grantMs + circuitLimits.graceMs + 1
    }
    expect([...probers]).toEqual(expect.arrayContaining(['s0', 's1', 's2']))
  })

  test('an agent called as what every object inherits is left out like any other', () => {
    const named = [cardOf('constructor', 'question'), cardOf('steady', 'question')]
    const all = coordinators(named, ['main'], explore)
    for (let round = 0; round < 20; round++) {
      const answer = all.choose('main', { only: 'constructor' })
      if (answer.type === 'agent.chosen') all.report('main', decisionOf(answer), { ok: false, reward: 0, failed: 'agent' })
    }
    expect(all.contextOf('main').blocked).toEqual({ constructor: expect.any(Number) })
    expect(all.choose('main', { only: 'constructor' })).toMatchObject({ type: 'agent.none' })
  })

  test('an answer that was only bad opens no circuit', () => {
    const all = coordinators(roster, ['main'])
    for (let round = 0; round < 40; round++) all.report('main', decisionOf(all.choose('main', { only: 'flaky' })), { ok: false, reward: 0 })
    expect(all.contextOf('main').blocked).toEqual({})
  })
})
