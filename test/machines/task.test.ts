import { describe, expect, test } from 'vitest'
import { actorId } from '../../machines/address.ts'
import { agentLimits, noUsage, type AgentInput } from '../../machines/agent-task.ts'
import { createTaskMachine } from '../../machines/task.machine.ts'
import { agentOutput, failedOutput, profileNamed } from '../support/agents.ts'
import { breaks, elapses, ends, given, hears, hearsFrom } from '../support/given.ts'

const machine = createTaskMachine(['one', 'two', 'three', 'four'].map((name) => profileNamed(name)))
const address = actorId('acme', 'task', 't1')
const coordinator = actorId('acme', 'coordinator', 'main')
const submit = hears({ type: 'task.submit', taskType: 'question', prompt: 'Why?', root: '/docs', collection: 'docs', budgetUsd: 0.05 })
const chosen = (agent: string, decisionId = `for-${agent}`) =>
  hears({ type: 'agent.chosen', taskId: 't1', decisionId, agent, why: 'best so far' }, { from: coordinator })
const none = hears({ type: 'agent.none', taskId: 't1', why: 'nobody is left', candidates: [] }, { from: coordinator })
const progress = (executionId: string, step = 'think 1') => ({
  type: 'agent.progress',
  executionId,
  step,
  waiting: false,
  usage: { ...noUsage, llmCalls: 1 },
})
const cancel = hears({ type: 'cancel', reason: 'changed my mind' })
const task = () => given(machine, { tenant: 'acme', type: 'task', key: 't1' }, address)
const submittedTask = () => task().when(submit)
const running = () => submittedTask().when(chosen('one'))

describe('a task', () => {
  test('asks the coordinator, runs the chosen agent, and completes with its answer', () => {
    const story = submittedTask().thenIs({ state: 'choosing', facts: ['task.submitted'] })
    expect(story.sent('agent.choose')).toEqual([
      { to: coordinator, event: { type: 'agent.choose', taskId: 't1', taskType: 'question', needs: [], exclude: [] } },
    ])
    story
      .when(chosen('one'))
      .thenIs({ state: { running: 'one' }, running: ['one'] })
      .when(ends('one', agentOutput()))
      .thenIs({
        state: 'completed',
        facts: ['execution.finished', 'task.completed'],
        output: { ok: true, end: 'completed', answer: 'Because [a.md:1-2].', agent: 'one', executions: 1, durationMs: 2, offline: true },
      })
    expect(story.facts('task.completed')).toMatchObject([{ taskId: 't1', executionId: 't1:1', agent: 'one', model: 'small' }])
  })

  test('gives its agent what the task needs', () => {
    const input = running().inputOf('one') as AgentInput
    expect(input).toMatchObject({
      taskId: 't1',
      executionId: 't1:1',
      supervisor: address,
      profile: { name: 'one' },
      task: { prompt: 'Why?', root: '/docs', collection: 'docs' },
      limits: { budgetUsd: 0.05, deadlineMs: agentLimits.deadlineMs },
    })
  })

  test('that is submitted again is the same task', () => {
    const story = running()
      .when(submit)
      .thenIs({ state: { running: 'one' }, facts: [], handled: true })
    expect(story.facts('task.submitted')).toHaveLength(1)
    expect(story.outcome.replies).toEqual([])
  })

  test('is assigned once its agent has said its first word', () => {
    const story = running()
      .when(hearsFrom('one', progress('t1:1')), hearsFrom('one', progress('t1:1', 'act read-file')))
      .thenIs({ context: { execution: { step: 'act read-file' } } })
    expect(story.facts('task.assigned')).toEqual([
      {
        type: 'task.assigned',
        taskId: 't1',
        executionId: 't1:1',
        agent: 'one',
        agentActor: story.child('one').address,
        decisionId: 'for-one',
        why: 'best so far',
      },
    ])
  })

  test('does not listen to the agent of an earlier execution', () => {
    running()
      .when(hears(progress('t1:0')))
      .thenIs({ handled: false })
  })

  test('tells its progress', () => {
    const ask = hears({ type: 'task.progress' })
    expect(task().when(ask).outcome.replies).toMatchObject([{ value: { phase: 'new', executions: 0 } }])
    expect(submittedTask().when(ask).outcome.replies).toMatchObject([{ value: { phase: 'choosing' } }])
    const story = running().when(hearsFrom('one', progress('t1:1')), ask)
    expect(story.outcome.replies).toMatchObject([
      { value: { taskId: 't1', phase: 'running', agent: 'one', step: 'think 1', waiting: false, executions: 1, usage: { llmCalls: 1 } } },
    ])
  })
})

describe('a failed agent', () => {
  test('K2: is replaced by another, which the coordinator is asked for without the failed one', () => {
    const story = running()
      .when(ends('one', failedOutput('no answer')))
      .thenIs({ state: 'choosing', facts: ['execution.finished'] })
    expect(story.sent('agent.choose').at(-1)?.event['exclude']).toEqual(['one'])
    story
      .when(chosen('two'), ends('two', agentOutput()))
      .thenIs({ state: 'completed', output: { agent: 'two', executions: 2, usage: { llmCalls: 2, costUsd: 0.02 } } })
  })

  test('K2: is the last one after three executions', () => {
    const story = running().when(ends('one', failedOutput('a')), chosen('two'), ends('two', failedOutput('b')), chosen('three'))
    story
      .when(ends('three', failedOutput('c')))
      .thenIs({ state: 'failed', output: { ok: false, end: 'failed', reason: 'c', executions: 3 } })
    expect(story.facts('task.failed')).toMatchObject([{ reason: 'c' }])
  })

  test('that crashed is replaced as well', () => {
    running()
      .when(breaks('one', new Error('out of memory')))
      .thenIs({ state: 'choosing' })
      .when(none)
      .thenIs({ state: 'failed', output: { reason: 'out of memory; nobody is left' } })
  })

  test('that says nobody else can help ends the task', () => {
    running()
      .when(ends('one', failedOutput('denied', { retryable: false })))
      .thenIs({ state: 'failed', output: { reason: 'denied' } })
  })

  test('K4: leaves the next one what is left of the budget and the deadline', () => {
    const story = running().when(ends('one', failedOutput('no answer', { workedMs: 100_000 })), chosen('two'))
    const { limits } = story.inputOf('two') as AgentInput
    expect(limits).toMatchObject({ budgetUsd: 0.04, deadlineMs: 200_000, tokensMax: agentLimits.tokensMax - 100 })
  })

  test.each([
    ['time', { workedMs: agentLimits.deadlineMs }],
    ['budget', { usage: { ...noUsage, costUsd: 0.05 } }],
    ['tokens', { usage: { ...noUsage, inputTokens: agentLimits.tokensMax } }],
  ])('K4: is not replaced when no %s is left', (_, used) => {
    running()
      .when(ends('one', failedOutput('no answer', used)))
      .thenIs({ state: 'failed' })
  })

  test('of a kind that tasks do not know is replaced', () => {
    const story = submittedTask().when(chosen('stranger')).thenIs({ state: 'choosing' })
    expect(story.facts('execution.finished')).toMatchObject([{ ok: false, reason: 'this agent kind is not known to tasks' }])
  })
})

describe('the coordinator', () => {
  test('K3: hears of each outcome once, with a reward by answer, sources and speed', () => {
    const story = running().when(ends('one', failedOutput('no answer')), chosen('two'))
    story.when(ends('two', agentOutput({ workedMs: agentLimits.deadlineMs / 2 })))
    expect(story.sent('outcome.report')).toEqual([
      { to: coordinator, event: { type: 'outcome.report', decisionId: 'for-one', ok: false, reward: 0 } },
      { to: coordinator, event: { type: 'outcome.report', decisionId: 'for-two', ok: true, reward: expect.closeTo(0.95, 9) } },
    ])
  })

  test('that knows no agent fails the task', () => {
    submittedTask()
      .when(none)
      .thenIs({ state: 'failed', facts: ['task.failed'], output: { reason: 'nobody is left', executions: 0 } })
  })

  test('that does not answer fails the task', () => {
    submittedTask()
      .when(elapses('choosing'))
      .thenIs({ state: 'failed', output: { reason: 'the coordinator did not answer' } })
  })
})

describe('a cancelled task', () => {
  test('stops its agent, counts what it has used, and withdraws the decision', () => {
    const story = running().when(hearsFrom('one', progress('t1:1')))
    const { address: agent } = story.child('one')
    story.when(cancel).thenIs({
      state: 'cancelled',
      facts: ['execution.finished', 'task.cancelled'],
      output: { ok: false, end: 'cancelled', reason: 'changed my mind', usage: { llmCalls: 1 } },
    })
    expect(story.outcome.stopped).toEqual([agent])
    expect(story.sent('outcome.withdraw')).toEqual([{ to: coordinator, event: { type: 'outcome.withdraw', decisionId: 'for-one' } }])
    expect(story.sent('outcome.report')).toEqual([])
  })

  test.each([
    ['before it was submitted', task],
    ['while an agent is chosen', submittedTask],
    ['while another agent is chosen', () => running().when(ends('one', failedOutput('no answer')))],
  ])('%s ends as cancelled', (_, story) => {
    story()
      .when(cancel)
      .thenIs({ state: 'cancelled', facts: ['task.cancelled'], output: { end: 'cancelled' } })
  })
})
