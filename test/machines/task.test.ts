import { describe, expect, test } from 'vitest'
import { agentLimits, noUsage, type AgentInput } from '../../machines/agent-task.ts'
import { agentOutput, failedOutput } from '../support/agents.ts'
import { breaks, elapses, ends, hears, hearsFrom } from '../support/given.ts'
import { asking, chosen, newTask, none, progress, shard, source, submit, taskAddress } from '../support/tasks.ts'

const budget = { budgetUsd: 0.05 }
const cancel = hears({ type: 'cancel', reason: 'changed my mind' })
const one = source('one')
const two = source('two')
const running = () => asking(budget).when(chosen('one'))

describe('a task', () => {
  test('asks the coordinator, runs the chosen agent, and completes with its answer', () => {
    const story = asking()
    expect(story.facts('task.submitted')).toEqual([{ type: 'task.submitted', taskId: 't1', taskType: 'question', prompt: 'Why?' }])
    expect(story.sent('agent.choose')).toEqual([
      { to: shard(), event: { type: 'agent.choose', taskId: 't1', taskType: 'question', exclude: [] } },
    ])
    story
      .when(chosen('one'))
      .thenIs({ running: [one] })
      .when(ends(one, agentOutput()))
      .thenIs({
        state: 'completed',
        facts: ['execution.finished', 'task.completed'],
        output: { ok: true, end: 'completed', answer: 'Because [a.md:1-2].', agent: 'one', executions: 1, durationMs: 3, offline: true },
      })
    expect(story.facts('task.completed')).toMatchObject([{ taskId: 't1', executionId: 't1:1', agent: 'one', model: 'small' }])
  })

  test('gives its agent what the task needs', () => {
    const story = asking({ ...budget, priority: 7 }).when(chosen('one'))
    expect(story.inputOf(one) as AgentInput).toMatchObject({
      taskId: 't1',
      executionId: 't1:1',
      supervisor: taskAddress,
      profile: { name: 'one' },
      task: { prompt: 'Why?', root: '/docs', collection: 'docs' },
      limits: { budgetUsd: 0.05, deadlineMs: agentLimits.deadlineMs },
      priority: 7,
    })
  })

  test('that is submitted again is the same task', () => {
    const story = running()
      .when(submit())
      .thenIs({ running: [one], facts: [], handled: true })
    expect(story.facts('task.submitted')).toHaveLength(1)
    expect(story.outcome.replies).toEqual([])
  })

  test('is assigned once its agent has said its first word', () => {
    const story = running().when(hearsFrom(one, progress('t1:1')), hearsFrom(one, progress('t1:1', 'act read-file')))
    expect(story.facts('task.assigned')).toEqual([
      {
        type: 'task.assigned',
        taskId: 't1',
        executionId: 't1:1',
        agent: 'one',
        agentActor: story.child(one).address,
        decisionId: 'for-one',
        predicted: { success: 0.8 },
        why: 'best so far',
      },
    ])
  })

  test('does not listen to the agent of an earlier execution', () => {
    const story = running()
      .when(hears(progress('t1:0')))
      .when(hears({ type: 'task.progress' }))
    expect(story.outcome.replies).toMatchObject([{ value: { step: 'start' } }])
  })

  test('tells its progress', () => {
    const ask = hears({ type: 'task.progress' })
    expect(newTask().when(ask).outcome.replies).toMatchObject([{ value: { phase: 'new', executions: 0 } }])
    expect(asking().when(ask).outcome.replies).toMatchObject([{ value: { phase: 'choosing' } }])
    const story = running().when(hearsFrom(one, progress('t1:1')), ask)
    expect(story.outcome.replies).toMatchObject([
      {
        value: {
          taskId: 't1',
          phase: 'running',
          agent: 'one',
          step: 'think 1',
          waiting: false,
          executions: 1,
          usage: { llmCalls: 1 },
          agents: [{ agent: 'one', step: 'think 1', waiting: false }],
        },
      },
    ])
  })
})

describe('what is remembered', () => {
  test('of similar tasks goes to the coordinator, and the lessons to the agent', () => {
    const similar = { one: { gained: 1, lost: 0.5 } }
    const story = newTask().when(submit(), ends('recall', { similar, lessons: ['Look at a.md first.'] }))
    expect(story.sent('agent.choose')[0]?.event['similar']).toEqual(similar)
    const { profile } = story.when(chosen('one')).inputOf(one) as AgentInput
    expect(profile.instructions).toMatch(/You are the one\.\nWhat earlier tasks like this one taught:\n- Look at a\.md first\.$/)
  })

  test.each([
    ['cannot be read', breaks('recall')],
    ['takes too long', elapses('recalling')],
  ])('and %s is done without', (_, step) => {
    const story = newTask().when(submit(), step)
    expect(story.sent('agent.choose')).toHaveLength(1)
    story.thenIs({ running: [] })
  })

  test('of an execution is told to the lessons of the tenant, whether it went well or not', () => {
    const story = running().when(ends(one, failedOutput('no answer')), chosen('two'), ends(two, agentOutput()))
    expect(story.sent('lesson.record').map(({ to, event }) => [to, event])).toMatchObject([
      ['acme/lessons/main', { taskId: 't1', executionId: 't1:1', arm: 'one', ok: false, reward: 0, reason: 'no answer', prompt: 'Why?' }],
      ['acme/lessons/main', { executionId: 't1:2', arm: 'two', ok: true, taskType: 'question' }],
    ])
  })
})

describe('a failed agent', () => {
  test('K2: is replaced by another, which the coordinator is asked for without the failed one', () => {
    const story = running().when(ends(one, failedOutput('no answer')))
    story.thenIs({ facts: ['execution.finished'], running: [] })
    expect(story.sent('agent.choose').at(-1)?.event['exclude']).toEqual(['one'])
    story
      .when(chosen('two'), ends(two, agentOutput()))
      .thenIs({ state: 'completed', output: { agent: 'two', executions: 2, usage: { llmCalls: 2, costUsd: 0.02 } } })
  })

  test('K2: is the last one after three executions', () => {
    const story = running().when(ends(one, failedOutput('a')), chosen('two'), ends(two, failedOutput('b')), chosen('three'))
    story
      .when(ends(source('three'), failedOutput('c')))
      .thenIs({ state: 'failed', output: { ok: false, end: 'failed', reason: 'c', executions: 3 } })
    expect(story.facts('task.failed')).toMatchObject([{ reason: 'c' }])
  })

  test('that crashed is replaced as well', () => {
    running()
      .when(breaks(one, new Error('out of memory')), none())
      .thenIs({ state: 'failed', output: { reason: 'out of memory; nobody is left' } })
  })

  test('that says nobody else can help ends the task', () => {
    running()
      .when(ends(one, failedOutput('denied', { retryable: false })))
      .thenIs({ state: 'failed', output: { reason: 'denied' } })
  })

  test('K4: leaves the next one what is left of the budget and the deadline', () => {
    const story = running().when(ends(one, failedOutput('no answer', { workedMs: 100_000 })), chosen('two'))
    const { limits } = story.inputOf(two) as AgentInput
    expect(limits).toMatchObject({ budgetUsd: 0.04, deadlineMs: 200_000, tokensMax: agentLimits.tokensMax - 100 })
  })

  test.each([
    ['time', { workedMs: agentLimits.deadlineMs }],
    ['budget', { usage: { ...noUsage, costUsd: 0.05 } }],
    ['tokens', { usage: { ...noUsage, inputTokens: agentLimits.tokensMax } }],
  ])('K4: is not replaced when no %s is left', (_, used) => {
    running()
      .when(ends(one, failedOutput('no answer', used)))
      .thenIs({ state: 'failed' })
  })

  test('of a kind that tasks do not know is replaced', () => {
    const story = asking().when(chosen('stranger')).thenIs({ running: [] })
    expect(story.facts('execution.finished')).toMatchObject([{ ok: false, reason: "agent kind 'stranger' is not known to tasks" }])
    expect(story.sent('agent.choose')).toHaveLength(2)
  })
})

describe('the coordinator', () => {
  test('K3: hears of each outcome once, with a reward by answer, sources and speed', () => {
    const story = running().when(ends(one, failedOutput('no answer', { failed: 'model' })), chosen('two'))
    story.when(ends(two, agentOutput({ workedMs: agentLimits.deadlineMs / 2 })))
    expect(story.sent('outcome.report')).toEqual([
      {
        to: shard(),
        event: {
          type: 'outcome.report',
          decisionId: 'for-one',
          ok: false,
          reward: 0,
          costUsd: 0.01,
          latencyMs: 1_000,
          failed: 'model',
        },
      },
      {
        to: shard(),
        event: {
          type: 'outcome.report',
          decisionId: 'for-two',
          ok: true,
          reward: expect.closeTo(0.95, 9),
          costUsd: 0.01,
          latencyMs: agentLimits.deadlineMs / 2,
        },
      },
    ])
  })

  test('that knows no agent fails the task with its code', () => {
    const story = asking().when(none())
    story.thenIs({ state: 'failed', facts: ['task.failed'], output: { reason: 'nobody is left', code: 'TR_AGENT_NONE', executions: 0 } })
    expect(story.facts('task.failed')).toMatchObject([{ code: 'TR_AGENT_NONE' }])
  })

  test('that knows no such kind of task fails it, also where a person could be asked', () => {
    asking({ taskType: 'poem', escalate: { belowSuccess: 0.5 } })
      .when(none('TR_TASK_TYPE_UNKNOWN', "no agent does 'poem'"))
      .thenIs({ state: 'failed', output: { code: 'TR_TASK_TYPE_UNKNOWN', reason: "no agent does 'poem'" } })
  })
})

describe('a cancelled task', () => {
  test('stops its agent, counts what it has used, and withdraws the decision', () => {
    const story = running().when(hearsFrom(one, progress('t1:1')))
    const { address: agent } = story.child(one)
    story.when(cancel).thenIs({
      state: 'cancelled',
      facts: ['execution.finished', 'task.cancelled'],
      output: { ok: false, end: 'cancelled', reason: 'changed my mind', usage: { llmCalls: 1 } },
    })
    expect(story.outcome.stopped).toEqual([agent])
    expect(story.sent('outcome.withdraw')).toEqual([{ to: shard(), event: { type: 'outcome.withdraw', decisionId: 'for-one' } }])
    expect(story.sent('outcome.report')).toEqual([])
  })

  test.each([
    ['before it was submitted', newTask],
    ['while it remembers', () => newTask().when(submit())],
    ['while an agent is chosen', asking],
    ['while another agent is chosen', () => running().when(ends(one, failedOutput('no answer')))],
  ])('%s ends as cancelled', (_, story) => {
    story()
      .when(cancel)
      .thenIs({ state: 'cancelled', facts: ['task.cancelled'], output: { end: 'cancelled' } })
  })
})
