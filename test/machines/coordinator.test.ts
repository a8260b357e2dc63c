import { array, assert, constantFrom, double, property, record, subarray } from 'fast-check'
import { describe, expect, test } from 'vitest'
import { actorId } from '../../machines/address.ts'
import { policyDefaults } from '../../machines/selection.ts'
import { cardOf, coordinators, decisionOf } from '../support/coordinators.ts'
import { hears } from '../support/given.ts'

const task = actorId('acme', 'task', 't1')
const pair = [cardOf('researcher', 'question'), cardOf('analyst', 'table')]

describe('a coordinator', () => {
  test('knows its roster from birth, and main says so', () => {
    const all = coordinators(pair, ['main', 's0'])
    expect(all.facts().map(({ key, fact }) => [key, fact.type, 'agent' in fact && fact.agent])).toEqual([
      ['main', 'agent.registered', 'researcher'],
      ['main', 'agent.registered', 'analyst'],
    ])
    expect(all.choose('s0')).toMatchObject({ type: 'agent.chosen', choices: [{ agent: 'researcher' }] })
  })

  test('answers the task that asked, and tells the choice with its candidates', () => {
    const all = coordinators(pair, ['s0'])
    all.say('s0', { type: 'agent.choose', taskId: 't1', taskType: 'question' }, { from: task })
    const id = 's0-lfls-1'
    expect(all.story('s0').sent('agent.chosen')).toMatchObject([
      { to: task, event: { taskId: 't1', choices: [{ decisionId: id, agent: 'researcher', propensity: 1 }], policyVersion: 'default' } },
    ])
    expect(all.story('s0').facts('decision.made')).toMatchObject([
      {
        shard: 's0',
        taskId: 't1',
        taskType: 'question',
        chosen: [{ decisionId: id, arm: 'researcher', propensity: 1 }],
        random: 0.5,
        candidates: {
          arms: ['analyst', 'researcher'],
          trials: [0, 0],
          success: [0.5, expect.any(Number), expect.any(Number), 0.5, expect.any(Number), expect.any(Number)],
          samples: [null, expect.any(Number)],
          propensities: [null, 1],
          excluded: { analyst: 'does not do question tasks' },
        },
      },
    ])
  })

  test.each([
    [{ exclude: ['researcher'] }, 'TR_AGENT_NONE'],
    [{ taskType: 'poem' }, 'TR_TASK_TYPE_UNKNOWN'],
    [{ weights: { success: -1 } }, 'TR_REQUEST_INVALID'],
  ])('refuses %j with %s, and tells no decision', (fields, code) => {
    const all = coordinators(pair, ['s0'])
    expect(all.choose('s0', fields)).toMatchObject({ type: 'agent.none', code, why: expect.stringMatching(/./) })
    expect(all.story('s0').facts('decision.made')).toEqual([])
    expect(all.contextOf('s0')).toMatchObject({ open: { count: 0 }, counts: { decided: 0 } })
  })

  test('says which constraint removed whom when nobody is left', () => {
    const all = coordinators(pair, ['s0'])
    expect(all.choose('s0', { exclude: ['researcher'] })).toMatchObject({
      candidates: [
        { arm: 'analyst', excluded: 'does not do question tasks' },
        { arm: 'researcher', excluded: 'was tried on this task already, or is not wanted' },
      ],
    })
  })

  test('C1: never chooses an agent that is not eligible', () => {
    const asks = array(
      record({
        taskType: constantFrom('question', 'summary', 'table', 'review'),
        exclude: subarray(['one', 'two', 'constructor']),
        random: double({ min: 0, max: 0.999, noNaN: true }),
        reward: double({ min: 0, max: 1, noNaN: true }),
      }),
      { minLength: 1, maxLength: 20 },
    )
    const roster = [cardOf('one', 'question', 'table'), cardOf('two', 'table', 'review'), cardOf('constructor', 'summary', 'question')]
    assert(
      property(asks, (rounds) => {
        const all = coordinators(roster, ['s1'])
        for (const { taskType, exclude, random, reward } of rounds) {
          const answer = all.choose('s1', { taskType, exclude }, random)
          const eligible = roster.filter((one) => one.taskTypes.includes(taskType) && !exclude.includes(one.agent)).map((one) => one.agent)
          if (answer.type === 'agent.none') expect(eligible).toEqual([])
          else {
            expect(eligible).toContain(answer.choices[0]?.agent)
            all.report('s1', decisionOf(answer), { reward })
          }
        }
      }),
      { numRuns: 30 },
    )
  })

  test('chooses several different agents at once, each with an outcome of its own', () => {
    const all = coordinators([cardOf('one', 'question'), cardOf('two', 'question'), cardOf('three', 'question')], ['s0'])
    const answer = all.choose('s0', { count: 2 })
    const ids = answer.type === 'agent.chosen' ? answer.choices.map(({ decisionId }) => decisionId) : []
    expect(ids).toEqual(['s0-lfls-1', 's0-lfls-2'])
    expect(all.story('s0').facts('decision.made')).toHaveLength(1)
    for (const id of ids) expect(all.report('s0', id)).toEqual({ ok: true })
    expect(all.contextOf('s0').counts).toMatchObject({ decided: 2, settled: 2 })
  })

  test.each(['main', 's0'])('C2: %s settles a decision once; a second report changes nothing and is counted', (key) => {
    const all = coordinators(pair, [key])
    const id = decisionOf(all.choose(key))
    expect(all.report(key, id, { reward: 0.8 })).toEqual({ ok: true })
    const learned = all.statsOf(key).model
    expect(learned.arms['researcher']?.cells['question']).toMatchObject({ gained: 0.8 })
    expect(all.report(key, id, { reward: 0 })).toEqual({ ok: true, repeated: true })
    expect(all.statsOf(key).model).toEqual(learned)
    expect(all.contextOf(key)).toMatchObject({ open: { count: 0 }, counts: { decided: 1, settled: 1, repeated: 1 } })
    expect(all.story(key).facts('decision.settled')).toMatchObject([{ decisionId: id, n: 1, arm: 'researcher', reward: 0.8, ok: true }])
  })

  test.each([{ reward: 1.5 }, { reward: Number.NaN }, { quality: -0.1 }, { costUsd: -1 }, { latencyMs: Number.POSITIVE_INFINITY }])(
    'refuses the outcome %j, learns nothing, and still takes a right one',
    (fields) => {
      const all = coordinators(pair, ['s0'])
      const id = decisionOf(all.choose('s0'))
      expect(all.report('s0', id, fields)).toMatchObject({ ok: false, code: 'TR_OUTCOME_INVALID', reason: expect.stringContaining(id) })
      expect(all.statsOf('s0').model.arms).toEqual({})
      expect(all.report('s0', id)).toEqual({ ok: true })
    },
  )

  test('refuses the outcome of a decision it never made, such as that of another shard', () => {
    const all = coordinators(pair, ['s0', 's1'])
    const id = decisionOf(all.choose('s0'))
    for (const wrong of [id.replace('s0', 's1'), 's1-lfls-99', 'nonsense', 's1-zzz-1'])
      expect(all.report('s1', wrong)).toMatchObject({ ok: false, code: 'TR_DECISION_UNKNOWN' })
    expect(all.contextOf('s1').counts).toMatchObject({ unknown: 4, settled: 0 })
  })

  test('a failure teaches a reward of 0, whatever reward is reported with it', () => {
    const all = coordinators(pair, ['s0'])
    all.report('s0', decisionOf(all.choose('s0')), { ok: false, reward: 1 })
    expect(all.statsOf('s0').model.arms['researcher']?.cells['question']).toMatchObject({ gained: 0, lost: 1 })
  })

  test('learns nothing from an execution that was cancelled', () => {
    const all = coordinators(pair, ['s0'])
    const decisionId = decisionOf(all.choose('s0'))
    expect(all.say('s0', { type: 'outcome.withdraw', decisionId })).toEqual({ ok: true })
    expect(all.say('s0', { type: 'outcome.withdraw', decisionId })).toEqual({ ok: true, repeated: true })
    expect(all.contextOf('s0')).toMatchObject({ open: { count: 0 }, shared: { unmerged: [] }, counts: { withdrawn: 1, settled: 0 } })
    expect(all.story('s0').facts('decision.withdrawn')).toMatchObject([{ decisionId, taskId: 't1' }])
  })

  test('C3: a decision without an outcome is censored at the horizon, and an outcome after it is refused and counted', () => {
    const all = coordinators(pair, ['s0'], { policy: { ...policyDefaults, horizonMs: 1_000 } })
    const early = decisionOf(all.choose('s0'))
    all.now += 600
    const late = decisionOf(all.choose('s0'))
    all.now += 600
    all.ring()
    expect(all.story('s0').facts('decision.censored')).toMatchObject([
      { decisionId: early, taskId: 't1', why: 'no outcome came within 1000 ms' },
    ])
    expect(all.report('s0', early)).toMatchObject({ ok: false, code: 'TR_DECISION_CENSORED' })
    expect(all.report('s0', late)).toEqual({ ok: true })
    all.now += 1_000
    all.ring()
    expect(all.contextOf('s0')).toMatchObject({ watching: false, counts: { censored: 1, late: 1, settled: 1 } })
  })

  test('C3: a shorter horizon holds for decisions that are open already', () => {
    const policy = { ...policyDefaults, horizonMs: 60_000 }
    const all = coordinators(pair, ['main', 's0'], { policy })
    all.settle()
    for (const key of ['main', 's0']) all.choose(key)
    all.say('main', { type: 'policy.set', live: { ...policy, version: 'hasty', horizonMs: 1_000 } })
    while (all.deliver());
    all.now += 1_500
    all.ring()
    for (const key of ['main', 's0']) expect(all.contextOf(key)).toMatchObject({ open: { count: 0 }, counts: { censored: 1 } })
  })

  test('an actor of another key takes no agents and no policies', () => {
    const all = coordinators(pair, ['other'])
    expect(all.say('other', { type: 'agent.retire', agent: 'one' })).toMatchObject({ ok: false, code: 'TR_COORDINATOR_NOT_MAIN' })
  })

  test('takes an outcome only under the very id of its decision', () => {
    const all = coordinators(pair, ['s0'])
    const decisionId = decisionOf(all.choose('s0'))
    const otherwise = decisionId.replace(/-1$/, '-01')
    expect(otherwise).not.toBe(decisionId)
    expect(all.report('s0', otherwise)).toMatchObject({ ok: false, code: 'TR_DECISION_UNKNOWN' })
    expect(all.report('s0', decisionId)).toEqual({ ok: true })
  })

  test('a prediction that is refused says how many agents it does not list', () => {
    const all = coordinators(
      Array.from({ length: 25 }, (_, n) => cardOf(`a${n}`, 'question')),
      ['s0'],
    )
    const answer = all.say('s0', { type: 'agent.predict', taskType: 'table' })
    expect(answer).toMatchObject({ ok: false, code: 'TR_TASK_TYPE_UNKNOWN', candidates: { length: 20 }, more: 5 })
  })

  test('prefers the agent that did well', () => {
    const all = coordinators([cardOf('good', 'question'), cardOf('poor', 'question')], ['s0'])
    let good = 0
    for (let round = 1; round <= 200; round++) {
      const answer = all.choose('s0', {}, (round * 0.618_034) % 1)
      const agent = answer.type === 'agent.chosen' ? answer.choices[0]?.agent : ''
      all.report('s0', decisionOf(answer), { reward: agent === 'good' ? 0.9 : 0.2 })
      if (round > 100 && agent === 'good') good++
    }
    expect(good).toBeGreaterThan(80)
  })

  test('predicts without deciding', () => {
    const all = coordinators(pair, ['s0'])
    expect(all.say('s0', { type: 'agent.predict', taskType: 'question' })).toMatchObject({
      ok: true,
      candidates: [
        { arm: 'researcher', success: { mean: 0.5 } },
        { arm: 'analyst', excluded: 'does not do question tasks' },
      ],
    })
    expect(all.say('s0', { type: 'agent.predict', taskType: 'poem' })).toMatchObject({ ok: false, code: 'TR_TASK_TYPE_UNKNOWN' })
    expect(all.contextOf('s0')).toMatchObject({ open: { count: 0 }, counts: { decided: 0 } })
  })

  test('tells what it knows, and what became of a decision', () => {
    const all = coordinators(pair, ['main'])
    const decisionId = decisionOf(all.choose('main'))
    expect(all.statsOf('main')).toMatchObject({ key: 'main', open: 1, cards: [{ agent: 'researcher' }, { agent: 'analyst' }] })
    const explain = () => all.say('main', { type: 'coordinator.explain', decisionId })
    expect(explain()).toMatchObject({ ok: true, state: 'open', arm: 'researcher', taskId: 't1' })
    all.report('main', decisionId)
    expect(explain()).toEqual({ ok: true, state: 'settled' })
  })

  test('stays when it is cancelled', () => {
    const all = coordinators(pair, ['main'])
    all
      .story('main')
      .when(hears({ type: 'cancel' }))
      .thenIs({ state: 'root', handled: true })
  })
})
