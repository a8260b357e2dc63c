import { describe, expect, test } from 'vitest'
import { agentOutput, failedOutput } from '../support/agents.ts'
import { elapses, ends, hears } from '../support/given.ts'
import { asking, choice, chosen, none, source } from '../support/tasks.ts'

const approve = hears({ type: 'task.approve' })
const deny = hears({ type: 'task.deny', reason: 'too dear' })
const answer = hears({ type: 'task.answer', text: 'Because I say so.' })
const unsure = choice('one', { predicted: { success: { mean: 0.4, low: 0.1, high: 0.7 }, costUsd: { mean: 0.3, low: 0.1, high: 1 } } })
const waitsForPerson = { tags: ['needs-human'], running: [] }
const one = source('one')

describe('a person', () => {
  test.each([
    ['always, where that is wanted', { always: true }, 'a person lets every such task start; one was chosen'],
    ['when success is too unlikely', { belowSuccess: 0.5 }, 'the best choice, one, is predicted to succeed at 40 %, below 50 %'],
    ['when it may cost too much', { aboveUsd: 0.2 }, 'it is predicted to cost 0.3000 USD, above 0.2'],
  ])('is asked before an agent starts: %s', (_, escalate, why) => {
    const story = asking({ escalate })
      .when(chosen(unsure))
      .thenIs({ ...waitsForPerson, facts: ['task.escalated'] })
    expect(story.facts('task.escalated')).toEqual([{ type: 'task.escalated', taskId: 't1', why }])
    story.when(hears({ type: 'task.progress' }))
    expect(story.outcome.replies).toMatchObject([{ value: { phase: 'waiting', waiting: true, asked: why } }])
  })

  test('is asked when the predicted quality is too low', () => {
    const dull = choice('one', { predicted: { success: { mean: 0.9, low: 0.1, high: 1 }, quality: { mean: 0.3, low: 0, high: 1 } } })
    asking({ escalate: {}, qualityMin: 0.5 }).when(chosen(dull)).thenIs(waitsForPerson)
  })

  test('is not asked when all is as it should be', () => {
    asking({ escalate: { belowSuccess: 0.3, aboveUsd: 0.5 } })
      .when(chosen(unsure))
      .thenIs({ tags: [], running: [one] })
  })

  test('who approves lets the chosen agent start, and is not asked about the next one', () => {
    const story = asking({ escalate: { belowSuccess: 0.5 } }).when(chosen(unsure), approve)
    story.thenIs({ tags: [], running: [one], facts: ['task.approved'] })
    expect(story.outcome.replies).toEqual([{ value: { ok: true } }])
    story.when(ends(one, failedOutput('no answer')), chosen(choice('two', { predicted: unsure.predicted })))
    story.thenIs({ running: [source('two')] })
  })

  test('who denies fails the task, and withdraws the decision', () => {
    const story = asking({ escalate: { always: true } }).when(chosen(unsure), deny)
    story.thenIs({ state: 'failed', output: { reason: 'a person denied it: too dear' } })
    expect(story.sent('outcome.withdraw')).toMatchObject([{ event: { decisionId: 'for-one' } }])
    expect(story.facts('execution.finished')).toEqual([])
  })

  test('who answers completes the task, and no agent learns from it', () => {
    const story = asking({ escalate: { always: true } }).when(chosen(unsure), answer)
    story.thenIs({ state: 'completed', output: { answer: 'Because I say so.', agent: 'person', citations: [] } })
    expect(story.sent('outcome.report')).toEqual([])
    expect(story.sent('outcome.withdraw')).toHaveLength(1)
  })

  test('K7: who does not decide in time fails the task', () => {
    const story = asking({ escalate: { always: true } }).when(chosen(unsure), elapses('person'))
    story.thenIs({ state: 'failed' })
    expect(story.facts('task.failed')).toMatchObject([
      { reason: expect.stringMatching(/^nobody decided within 86400000 ms: a person lets/) },
    ])
  })

  test('has nothing to say to a task that does not ask', () => {
    asking().when(chosen('one'), approve).thenIs({ handled: false })
  })

  test('is not asked twice while others of the team work, whose answer may settle it', () => {
    const story = asking({ team: { rule: 'first-good', size: 2 }, escalate: { belowSuccess: 0.5 } })
    story.when(chosen('two', 'three'), ends(source('two'), failedOutput('no answer')), chosen(unsure))
    story.thenIs({ tags: ['needs-human'], running: [source('three')] })
    story.when(ends(source('three'), agentOutput())).thenIs({ state: 'completed', output: { agent: 'three' } })
    expect(story.sent('outcome.withdraw')).toMatchObject([{ event: { decisionId: 'for-one' } }])
  })
})

describe('instead of failing, a person', () => {
  const split = () =>
    asking({ team: { rule: 'vote', size: 2 }, escalate: {} }).when(
      chosen('one', 'two'),
      ends(one, agentOutput({ answer: 'No' })),
      ends(source('two'), agentOutput({ answer: 'Yes' })),
    )

  test('is asked when the agents do not agree, and may take the best answer', () => {
    const story = split().thenIs(waitsForPerson)
    expect(story.facts('task.escalated')).toMatchObject([{ why: 'the agents do not agree: 1 of 2 answers say the same, a majority must' }])
    story.when(approve).thenIs({ state: 'completed', output: { answer: 'No', agent: 'one' } })
    expect(story.sent('outcome.report')).toHaveLength(2)
  })

  test('may answer where the agents do not agree', () => {
    const story = split()
      .when(answer)
      .thenIs({ state: 'completed', output: { agent: 'person' } })
    expect(story.sent('outcome.report')).toHaveLength(2)
  })

  test('is asked when no agent has an answer; then there is nothing to approve', () => {
    const story = asking({ escalate: {} }).when(chosen('one'), ends(one, failedOutput('too hard', { retryable: false })))
    story.thenIs(waitsForPerson).when(approve).thenIs(waitsForPerson)
    expect(story.outcome.replies).toMatchObject([
      { value: { ok: false, code: 'TR_TASK_NOTHING_TO_APPROVE', reason: expect.stringContaining('no agent gave an answer: too hard') } },
    ])
    story.when(deny).thenIs({ state: 'failed', output: { reason: 'a person denied it: too dear' } })
  })

  test('is asked when there is no agent at all', () => {
    asking({ escalate: {} })
      .when(none(), answer)
      .thenIs({ state: 'completed', output: { agent: 'person', executions: 0 } })
  })
})
