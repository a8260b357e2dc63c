import { array, assert, constantFrom, double, nat, oneof, property, record, constant } from 'fast-check'
import { describe, expect, test } from 'vitest'
import { differenceOf, Rebuild } from '../../machines/coordinator-rebuild.ts'
import { openLimits } from '../../machines/coordinator-open.ts'
import { learnedOf } from '../../machines/coordinator-stats.ts'
import { rootLimits, watermarks } from '../../machines/coordinator-root.ts'
import { coordinatorShardKey, shardKeysFor, shardOf, shardOfDecision } from '../../machines/coordinator-shards.ts'
import { sharingLimits } from '../../machines/coordinator-sharing.ts'
import { allCells, partsOf, put, touched, type CellNames } from '../../machines/coordinator-parts.ts'
import { emptyModel, learn, modelLimits, policyDefaults, type SelectionModel } from '../../machines/selection.ts'
import { workerDefaults } from '../../runtime/options.ts'
import { cardOf, coordinators, decisionOf, type Coordinators } from '../support/coordinators.ts'
import { hears } from '../support/given.ts'

const roster = ['one', 'two', 'three'].map((agent) => cardOf(agent, 'question', 'table'))
const keys = ['main', 's0', 's1', 's2'] as const

const outcomes = (all: Coordinators, key: string): number => {
  const { overall } = all.statsOf(key).model
  return overall.gained + overall.lost
}

describe('shards of a coordinator', () => {
  test('a task has one shard, tasks are spread over all, and a decision names its shard', () => {
    const counts = [0, 0, 0, 0]
    for (let task = 0; task < 4_000; task++) {
      const shard = shardOf(`task-${task}`, 4)
      counts[shard] = (counts[shard] ?? 0) + 1
      expect(shardKeysFor(`task-${task}`, 4)).toEqual([0, 1, 2, 3].map((next) => coordinatorShardKey((shard + next) % 4)))
    }
    for (const count of counts) expect(count).toBeGreaterThan(900)
    const all = coordinators(roster, ['s1'])
    expect(shardOfDecision(decisionOf(all.choose('s1')))).toBe('s1')
    expect([shardOfDecision('main-abc-1'), shardOfDecision('t1#1'), shardOfDecision('')]).toEqual(['main', undefined, undefined])
  })

  test('B1, B2: whatever is decided, reported and delivered in whatever order, in the end all know every outcome once', () => {
    const act = oneof(
      record({
        kind: constant('work' as const),
        key: constantFrom(...keys),
        taskType: constantFrom('question', 'table'),
        random: double({ min: 0, max: 0.999, noNaN: true }),
        reward: double({ min: 0, max: 1, noNaN: true }),
      }),
      record({ kind: constant('deliver' as const), pick: double({ min: 0, max: 0.999, noNaN: true }) }),
      record({ kind: constant('wait' as const), ms: nat(300) }),
    )
    assert(
      property(array(act, { maxLength: 60 }), (acts) => {
        const all = coordinators(roster, keys)
        let settled = 0
        for (const one of acts) {
          if (one.kind === 'deliver') all.deliver(one.pick)
          else if (one.kind === 'wait') {
            all.now += one.ms
            all.ring()
          } else {
            const answer = all.choose(one.key, { taskType: one.taskType }, one.random)
            all.report(one.key, decisionOf(answer), { reward: one.reward, costUsd: one.reward })
            settled++
            expect(outcomes(all, one.key)).toBeGreaterThan(0)
          }
        }
        all.settle()
        const { model } = all.statsOf('main')
        for (const key of keys) {
          expect(outcomes(all, key)).toBeCloseTo(settled, 3)
          expect(differenceOf(all.statsOf(key).model, model)).toMatchObject({ largest: expect.closeTo(0, 9) })
          expect(all.contextOf(key).shared).toMatchObject({ inFlight: [], unmerged: [] })
        }
        expect(all.contextOf('main').root).toMatchObject({ fresh: {}, telling: false })
        expectRebuilt(all)
      }),
      { numRuns: 40 },
    )
  })

  test('B1: a batch that comes twice is merged once', () => {
    const all = coordinators(roster, keys)
    all.settle()
    all.report('s0', decisionOf(all.choose('s0')))
    const [batch] = all.story('s0').sent('statistics.merge')
    if (batch) for (const _ of [1, 2]) all.say('main', batch.event)
    all.settle()
    for (const key of keys) expect(outcomes(all, key)).toBeCloseTo(1, 9)
  })

  test('B3: while a batch is on its way outcomes gather, and a full one leaves; what is remembered is bounded, and nothing is lost', () => {
    const all = coordinators([cardOf('one', 'question')], keys)
    all.settle()
    const rounds = sharingLimits.unmergedMax + 2 * sharingLimits.batchMax
    for (let round = 0; round < rounds; round++) all.report('s0', decisionOf(all.choose('s0')))
    const sizes = all
      .story('s0')
      .sent('statistics.merge')
      .map(({ event }) => (event['outcomes'] as readonly unknown[]).length)
    expect(sizes).toEqual([1, ...Array.from({ length: 3 }, () => sharingLimits.batchMax)])
    expect(all.contextOf('s0').shared.unmerged.length).toBeLessThanOrEqual(sharingLimits.unmergedMax)
    all.settle()
    for (const key of keys) expect(outcomes(all, key)).toBeCloseTo(rounds, 3)
  }, 60_000)

  test('R2: after a quiet time an outcome is told at once, then at most every 200 ms', () => {
    const all = coordinators(roster, keys)
    all.settle()
    const told = () => all.story('main').sent('model.told').length
    const before = told()
    for (let round = 0; round < 5; round++) {
      all.report('s0', decisionOf(all.choose('s0')))
      while (all.deliver());
    }
    expect(told() - before).toBe(3)
    all.now += 200
    all.ring()
    expect(told() - before).toBe(6)
    all.settle()
    expect(all.story('main').living.timers).toEqual({})
  })

  test('C5: a shard that no root answers decides, learns and knows its own outcomes', () => {
    const all = coordinators(roster, ['s2'])
    for (let round = 0; round < 30; round++) all.report('s2', decisionOf(all.choose('s2', {}, round / 30)))
    expect(outcomes(all, 's2')).toBeCloseTo(30, 3)
    expect(all.contextOf('s2').counts).toMatchObject({ decided: 30, settled: 30 })
  })

  test('a shard that begins later, or anew, knows what the others know; the ids of its former life are no longer taken', () => {
    const all = coordinators(roster, keys)
    all.settle()
    for (let round = 0; round < 20; round++) all.report('s0', decisionOf(all.choose('s0', {}, round / 20)))
    all.say('main', { type: 'agent.register', ...cardOf('four', 'question') })
    all.say('main', { type: 'agent.retire', agent: 'one' })
    all.settle()
    all.story('s9')
    all.settle()
    expect(outcomes(all, 's9')).toBeCloseTo(20, 3)
    expect(Object.keys(all.contextOf('s9').cards).toSorted()).toEqual(['four', 'three', 'two'])
    expect(all.report('s9', 's9-abc-1')).toMatchObject({ ok: false, code: 'TR_DECISION_UNKNOWN' })
  })
})

describe('agents and policies', () => {
  test('Q2: a shard holds no more cells than the root, however many task types come and go', () => {
    const { cellsMax, taskTypesMax } = modelLimits
    const told = (shard: SelectionModel, root: SelectionModel, names: CellNames): SelectionModel =>
      partsOf(root, names, rootLimits.partCharactersMax).reduce(put, shard)
    const cells = Object.fromEntries(Array.from({ length: cellsMax }, (_, n) => [`type-${n}`, { gained: 1, lost: 0, at: n }]))
    let root: SelectionModel = { ...emptyModel(), arms: { one: { cells } }, cellCount: cellsMax }
    let shard = told(emptyModel(), root, allCells(root))
    for (let n = cellsMax; n < cellsMax + taskTypesMax + 20; n++) {
      const learned = learn(root, { arm: 'one', taskType: `type-${n}`, success: 1, at: n }, policyDefaults)
      shard = told(shard, learned, touched(root, learned))
      root = learned
    }
    expect([shard.cellCount, Object.keys(shard.levels).length]).toEqual([cellsMax, taskTypesMax])
    expect(differenceOf(shard, root)).toMatchObject({ largest: 0 })
  })

  test('an agent that comes back as another version begins anew, whether it was retired or not', () => {
    const all = coordinators(roster, ['main'])
    const card = { type: 'agent.register', agent: 'four', version: 'v1', taskTypes: ['question'], capabilities: [] }
    const outcomesOf = (): number => {
      const { gained = 0, lost = 0 } = all.statsOf('main').model.arms['four']?.cells['question'] ?? {}
      return gained + lost
    }
    all.say('main', card)
    for (let n = 0; n < 8; n++) all.report('main', decisionOf(all.choose('main', { only: 'four' })))
    all.say('main', { type: 'agent.retire', agent: 'four' })
    all.say('main', card)
    expect(outcomesOf()).toBeCloseTo(8)
    all.say('main', { type: 'agent.retire', agent: 'four' })
    all.say('main', { ...card, version: 'v2', follows: 'v1' })
    expect(outcomesOf()).toBeCloseTo(2)
    all.say('main', { type: 'agent.retire', agent: 'four' })
    all.say('main', { ...card, version: 'v3' })
    expect(outcomesOf()).toBe(0)
    expect(learnedOf(all.statsOf('main').model)).toEqual([])
  })

  test('an agent that registers is chosen from on every shard at once, one that retires no more', () => {
    const all = coordinators(roster, keys)
    all.settle()
    const program = { kind: 'generalist', instructions: 'be brief', approach: [], tools: [] }
    expect(all.say('main', { type: 'agent.register', ...cardOf('four', 'poem'), program })).toEqual({ ok: true })
    all.settle()
    for (const key of keys) expect(all.choose(key, { taskType: 'poem' })).toMatchObject({ choices: [{ agent: 'four', program }] })
    expect(all.say('main', { type: 'agent.retire', agent: 'four' })).toEqual({ ok: true })
    expect(all.say('main', { type: 'agent.retire', agent: 'four' })).toEqual({ ok: true, repeated: true })
    all.settle()
    for (const key of keys)
      expect(all.choose(key, { taskType: 'poem' })).toMatchObject({ type: 'agent.none', code: 'TR_TASK_TYPE_UNKNOWN' })
  })

  test('an actor that registers an agent is told by message', () => {
    const all = coordinators(roster, ['main'])
    all.say('main', { type: 'agent.register', ...cardOf('bad@name', 'poem') }, { from: 'acme/registry/7' as never })
    expect(all.story('main').sent('agent.registration')).toMatchObject([
      { event: { agent: 'bad@name', ok: false, code: 'TR_CARD_INVALID' } },
    ])
  })

  test('R3: arms beyond the limit are refused, by number and by size', () => {
    const all = coordinators([], ['main'])
    const story = all.story('main')
    const large = { kind: 'generalist', instructions: 'x'.repeat(15_000), approach: [], tools: [] }
    const answers = Array.from({ length: 11 }, (_, n) => {
      story.when(hears({ type: 'agent.register', ...cardOf(`large-${n}`, 'poem'), program: large }))
      return story.outcome.replies[0]?.value
    })
    expect(answers.at(9)).toEqual({ ok: true })
    expect(answers.at(10)).toMatchObject({ ok: false, code: 'TR_AGENTS_FULL', reason: expect.stringContaining('retire one first') })
    expect(
      all.say('main', { type: 'agent.register', ...cardOf('huge', 'poem'), program: { ...large, instructions: 'x'.repeat(16_000) } }),
    ).toMatchObject({
      ok: false,
      code: 'TR_CARD_INVALID',
    })
  })

  test('R3: the largest model, all arms, open decisions and unmerged outcomes fit the state of an actor', () => {
    const modelBytes = 350_000
    const outcomeBytes = 220
    const whole = modelBytes + rootLimits.armsCharactersMax + openLimits.openBytesMax + sharingLimits.unmergedMax * outcomeBytes
    expect(whole).toBeLessThan(workerDefaults.stateBytesMax * 0.97)
  })

  test('agents and policies are set at main only', () => {
    const all = coordinators(roster, ['s0'])
    expect(all.say('s0', { type: 'agent.register', ...cardOf('four', 'poem') })).toMatchObject({
      ok: false,
      code: 'TR_COORDINATOR_NOT_MAIN',
    })
    expect(all.say('s0', { type: 'policy.set', live: policyDefaults })).toMatchObject({ ok: false, code: 'TR_COORDINATOR_NOT_MAIN' })
  })

  test('a policy that is set is in force everywhere; one with a fault is refused and changes nothing', () => {
    const all = coordinators(roster, keys)
    all.settle()
    const pinned = { ...policyDefaults, version: 'pinned-two', mode: { kind: 'pinned', arm: 'two' } }
    expect(all.say('main', { type: 'policy.set', live: { ...policyDefaults, explore: 7 } })).toMatchObject({
      ok: false,
      code: 'TR_POLICY_INVALID',
      reason: expect.stringContaining('explore'),
    })
    expect(all.say('main', { type: 'policy.set', live: pinned, shadow: policyDefaults })).toEqual({ ok: true })
    all.settle()
    for (const key of keys) {
      expect(all.choose(key)).toMatchObject({ policyVersion: 'pinned-two', choices: [{ agent: 'two' }] })
      expect(all.story(key).facts('decision.made').at(-1)).toMatchObject({ policyVersion: 'pinned-two', shadow: expect.any(String) })
    }
    expect(all.story('main').facts('policies.set')).toHaveLength(1)
  })

  test('a canary gets its share of the tasks, always the same ones', () => {
    const all = coordinators(roster, ['main'])
    const policy = { ...policyDefaults, version: 'canary' }
    all.say('main', { type: 'policy.set', live: policyDefaults, canary: { policy, share: 0.3 } })
    const versionOf = (task: number) => {
      const answer = all.choose('main', { taskId: `task-${task}` })
      return answer.type === 'agent.chosen' ? answer.policyVersion : ''
    }
    const first = Array.from({ length: 300 }, (_, task) => versionOf(task))
    expect(first.filter((version) => version === 'canary').length / 300).toBeCloseTo(0.3, 1)
    expect(Array.from({ length: 50 }, (_, task) => versionOf(task))).toEqual(first.slice(0, 50))
  })
})

/** Made again from the facts, the model is that of main. */
function expectRebuilt(all: Coordinators): void {
  const rebuild = new Rebuild()
  for (const { key, fact } of all.facts()) rebuild.add(key, fact)
  const { model, missing } = rebuild.upTo(watermarks(all.contextOf('main')))
  expect(missing).toBe(0)
  expect(differenceOf(all.statsOf('main').model, model).largest).toBeLessThan(1e-9)
}

describe('a model made again from the log', () => {
  test('is the same after changes were noticed, versions replaced and policies set', () => {
    const all = coordinators(roster, keys)
    all.settle()
    for (let round = 0; round < 400; round++) {
      const key = keys[round % keys.length] ?? 'main'
      const answer = all.choose(key, {}, (round * 0.618_034) % 1)
      const agent = answer.type === 'agent.chosen' ? answer.choices[0]?.agent : ''
      const good = round < 200 ? agent === 'one' : agent === 'two'
      all.report(key, decisionOf(answer), { reward: good ? 0.95 : 0.1, latencyMs: 10 + round })
      if (round % 7 === 0) all.deliver(round / 400)
      if (round % 20 === 0) all.settle()
      if (round === 100) all.say('main', { type: 'policy.set', live: { ...policyDefaults, halfLifeMs: 60_000 } })
      if (round === 150) all.say('main', { type: 'agent.register', ...cardOf('three', 'question'), version: '2', follows: '1' })
    }
    all.settle()
    expect(all.story('main').facts('model.changed').length).toBeGreaterThan(1)
    expectRebuilt(all)
  }, 60_000)

  test('says how many outcomes are not there', () => {
    const all = coordinators(roster, ['main'])
    for (let round = 0; round < 5; round++) all.report('main', decisionOf(all.choose('main')))
    const rebuild = new Rebuild()
    for (const { key, fact } of all.facts()) if (fact.type !== 'decision.settled' || fact.n > 2) rebuild.add(key, fact)
    expect(rebuild.upTo(watermarks(all.contextOf('main')))).toMatchObject({ outcomes: 3, missing: 2 })
  })
})
