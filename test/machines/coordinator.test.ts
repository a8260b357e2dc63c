import { array, assert, constantFrom, double, property, record, subarray } from 'fast-check'
import { describe, expect, test } from 'vitest'
import { actorId } from '../../machines/address.ts'
import { createCoordinatorMachine } from '../../machines/coordinator.machine.ts'
import type { AgentCard } from '../../machines/selection.ts'
import { taskTypes, type TaskType } from '../../machines/task-events.ts'
import { given, hears } from '../support/given.ts'

const card = (agent: string, ...types: readonly TaskType[]): AgentCard => ({
  agent,
  version: '1',
  taskTypes: types,
  capabilities: ['read'],
})
const coordinator = (...roster: readonly AgentCard[]) => given(createCoordinatorMachine(roster))
const task = actorId('acme', 'task', 't1')
const choose = (fields: Record<string, unknown> = {}, random = 0.5) =>
  hears({ type: 'agent.choose', taskId: 't1', taskType: 'question', needs: [], exclude: [], ...fields }, { from: task, random })
const report = (decisionId: string, reward = 1) => hears({ type: 'outcome.report', decisionId, reward, ok: reward > 0 }, { from: task })

describe('a coordinator', () => {
  test('knows its roster from birth, and says so', () => {
    const story = coordinator(card('researcher', 'question'), card('analyst', 'table'))
    expect(story.facts('agent.registered').map((fact) => fact['agent'])).toEqual(['researcher', 'analyst'])
  })

  test('learns of an agent that registers, and of its next version', () => {
    const story = coordinator().when(hears({ type: 'agent.register', ...card('scout', 'question') }))
    story.when(hears({ type: 'agent.register', ...card('scout', 'question', 'table'), version: '2' }))
    expect(story.living.snapshot.context.agents).toEqual({ scout: { ...card('scout', 'question', 'table'), version: '2' } })
    expect(story.facts('agent.registered')).toHaveLength(2)
    expect(story.outcome.replies).toEqual([{ value: { ok: true } }])
  })

  test('answers the task that asked, and tells the choice with its candidates', () => {
    const story = coordinator(card('researcher', 'question'), card('analyst', 'table')).when(choose())
    const why = 'the only eligible agent; expected reward 50 % (5 % to 95 %) after 0 trials'
    expect(story.sent('agent.chosen')).toEqual([
      { to: task, event: { type: 'agent.chosen', taskId: 't1', decisionId: 't1#1', agent: 'researcher', why } },
    ])
    expect(story.facts('decision.made')).toMatchObject([
      {
        decisionId: 't1#1',
        taskId: 't1',
        taskType: 'question',
        chosen: 'researcher',
        why,
        candidates: [
          { agent: 'analyst', excluded: 'does not do question tasks' },
          { agent: 'researcher', trials: 0, mean: 0.5, sample: expect.any(Number) },
        ],
      },
    ])
  })

  test('says which constraint removed whom when nobody is left', () => {
    const story = coordinator(card('researcher', 'question'), card('analyst', 'table')).when(choose({ exclude: ['researcher'] }))
    expect(story.sent('agent.none')).toMatchObject([
      {
        to: task,
        event: {
          why: 'no agent can do this question task: analyst does not do question tasks; researcher has already failed on this task',
          candidates: [{ agent: 'analyst' }, { agent: 'researcher' }],
        },
      },
    ])
    story.thenIs({ facts: [], context: { open: {}, counts: { decided: 0 } } })
  })

  test('C1: never chooses an agent that is not eligible', () => {
    const asks = array(
      record({
        taskType: constantFrom(...taskTypes),
        exclude: subarray(['one', 'two', 'three']),
        random: double({ min: 0, max: 0.999, noNaN: true }),
        reward: double({ min: 0, max: 1, noNaN: true }),
      }),
      { minLength: 1, maxLength: 20 },
    )
    const roster = [card('one', 'question', 'table'), card('two', 'table', 'review'), card('three', 'summary', 'question')]
    assert(
      property(asks, (rounds) => {
        const story = coordinator(...roster)
        for (const { taskType, exclude, random, reward } of rounds) {
          story.when(choose({ taskType, exclude }, random))
          const [sent] = story.outcome.sends
          const eligible = roster.filter((one) => one.taskTypes.includes(taskType) && !exclude.includes(one.agent)).map((one) => one.agent)
          if (sent?.event.type === 'agent.none') expect(eligible).toEqual([])
          else expect(eligible).toContain(sent?.event['agent'])
          if (sent?.event.type === 'agent.chosen') story.when(report(String(sent.event['decisionId']), reward))
        }
      }),
      { numRuns: 50 },
    )
  })

  test('C2: settles a decision once; a second report is ignored and counted', () => {
    const story = coordinator(card('researcher', 'question'))
      .when(choose(), report('t1#1', 0.8))
      .thenIs({ facts: ['decision.settled'], context: { open: {}, counts: { decided: 1, settled: 1, repeated: 0, censored: 0 } } })
      .when(report('t1#1', 0))
      .thenIs({ facts: [], context: { counts: { decided: 1, settled: 1, repeated: 1, censored: 0 } } })
    expect(story.living.snapshot.context.cells).toMatchObject({ 'question/researcher': { trials: 1, gained: 0.8 } })
  })

  test('learns nothing from an execution that was cancelled', () => {
    coordinator(card('researcher', 'question'))
      .when(choose(), hears({ type: 'outcome.withdraw', decisionId: 't1#1' }))
      .thenIs({ facts: [], context: { open: {}, cells: {}, counts: { decided: 1, settled: 0, repeated: 0, censored: 1 } } })
  })

  test('C3: keeps a bounded number of open decisions; the oldest is censored', () => {
    const story = coordinator(card('researcher', 'question'))
    for (let count = 0; count < 501; count++) story.when(choose())
    const { open, counts } = story.living.snapshot.context
    expect(Object.keys(open)).toHaveLength(500)
    expect(Object.keys(open)[0]).toBe('t1#2')
    expect(counts).toMatchObject({ decided: 501, censored: 1 })
  })

  test('prefers the agent that did well', () => {
    const story = coordinator(card('good', 'question'), card('poor', 'question'))
    let good = 0
    for (let round = 1; round <= 200; round++) {
      story.when(choose({}, (round * 0.618_034) % 1))
      const agent = story.outcome.sends[0]?.event['agent']
      story.when(report(`t1#${round}`, agent === 'good' ? 0.9 : 0.2))
      if (round > 100 && agent === 'good') good++
    }
    expect(good).toBeGreaterThan(90)
  })

  test('tells what it knows to whom it may concern', () => {
    const story = coordinator(card('researcher', 'question')).when(hears({ type: 'coordinator.stats' }))
    expect(story.outcome.replies).toMatchObject([{ value: { agents: { researcher: { version: '1' } }, counts: { decided: 0 } } }])
  })

  test('stays when it is cancelled', () => {
    coordinator()
      .when(hears({ type: 'cancel' }))
      .thenIs({ state: 'ready', handled: true })
  })
})
