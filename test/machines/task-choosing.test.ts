import { describe, expect, test } from 'vitest'
import type { AgentInput } from '../../machines/agent-task.ts'
import { agentOutput, failedOutput } from '../support/agents.ts'
import { elapses, ends } from '../support/given.ts'
import { asking, choice, chosen, chosenBy, none, shard, source } from '../support/tasks.ts'

const silent = [elapses('shard'), elapses('shard'), elapses('shard'), elapses('shard')]
const asked = (story: ReturnType<typeof asking>) => story.sent('agent.choose').map(({ to }) => to)

describe('K5: a coordinator that does not answer', () => {
  test('has its neighbours asked one after the other, each once', () => {
    expect(asked(asking().when(...silent.slice(0, 3)))).toEqual([shard(0), shard(1), shard(2), shard(3)])
  })

  test('is done without in the end: the first agent that does this kind of task is taken, and nobody hears what came of it', () => {
    const story = asking()
      .when(...silent)
      .thenIs({ running: [source('one')] })
      .when(ends(source('one'), agentOutput()))
      .thenIs({ state: 'completed' })
    expect(story.sent('outcome.report')).toEqual([])
    expect(story.facts('execution.finished')).toMatchObject([{ agent: 'one', ok: true }])
  })

  test.each([
    ['has what is needed', { needs: ['search'] }, 'two'],
    ['is the one that was named', { only: 'three' }, 'three'],
  ])('is done without: the agent %s', (_, wishes, agent) => {
    asking(wishes)
      .when(...silent)
      .thenIs({ running: [source(agent)] })
  })

  test('fails the task when no agent does it', () => {
    asking({ needs: ['flying'] })
      .when(...silent)
      .thenIs({ state: 'failed', output: { executions: 0, code: 'TR_AGENT_NONE' } })
  })

  test('is asked again when the agent that was taken without it failed', () => {
    const story = asking().when(...silent, ends(source('one'), failedOutput('no answer')))
    expect(asked(story)).toHaveLength(5)
    expect(story.sent('agent.choose').at(-1)?.event['exclude']).toEqual(['one'])
  })

  test('and answers late has its decision withdrawn', () => {
    const story = asking().when(elapses('shard'), chosenBy(1, 'one'), chosenBy(0, 'two'))
    story.thenIs({ running: [source('one')] })
    expect(story.sent('outcome.withdraw')).toEqual([{ to: shard(0), event: { type: 'outcome.withdraw', decisionId: 'for-two' } }])
    story.when(ends(source('one'), agentOutput()))
    expect(story.sent('outcome.report')).toMatchObject([{ to: shard(1), event: { decisionId: 'for-one' } }])
  })

  test('and refuses late ends nothing: the one that is asked now decides', () => {
    asking()
      .when(elapses('shard'), none(), chosenBy(1, 'one'))
      .thenIs({ running: [source('one')] })
  })

  test('and answers what was asked before does not bring an agent back that has failed since', () => {
    const story = asking().when(elapses('shard'), chosenBy(1, 'one'), ends(source('one'), failedOutput('no answer')))
    story.when(chosenBy(0, choice('one', { decisionId: 's0-9' }))).thenIs({ running: [] })
    expect(story.sent('outcome.withdraw')).toMatchObject([{ event: { decisionId: 's0-9' } }])
  })
})

describe('what a task wishes', () => {
  test('is told to the coordinator; limits of its own only when they were given', () => {
    const wishes = { needs: ['search'], only: 'two', features: { long: 1 }, weights: { cost: 2 }, budgetUsd: 0.5, deadlineMs: 9_000 }
    const [first] = asking(wishes).sent('agent.choose')
    expect(first?.event).toMatchObject(wishes)
  })

  test('is told with what is left of it when another agent is looked for', () => {
    const story = asking({ budgetUsd: 0.5, deadlineMs: 9_000 }).when(chosen('one'), ends(source('one'), failedOutput('no answer')))
    expect(story.sent('agent.choose').at(-1)?.event).toMatchObject({ budgetUsd: 0.49, deadlineMs: 8_000 })
  })

  test('of quality keeps an agent from starting that is predicted less, and withdraws it', () => {
    const low = choice('one', { predicted: { success: { mean: 0.9, low: 0, high: 1 }, quality: { mean: 0.4, low: 0, high: 1 } } })
    const story = asking({ qualityMin: 0.6 }).when(chosen(low))
    story.thenIs({ state: 'failed', output: { code: 'TR_TASK_QUALITY_LOW' } })
    expect(story.sent('outcome.withdraw')).toMatchObject([{ event: { decisionId: 'for-one' } }])
  })
})

describe('a registered agent', () => {
  const program = { kind: 'one', instructions: 'You are a poet.', approach: ['Rhyme.'], tools: ['delete-file'] }
  const poet = choice('poet', { model: 'large', program })

  test('runs as the kind of the roster that it names, with what it says of itself', () => {
    const story = asking()
      .when(chosen(poet))
      .thenIs({ running: [source('one')] })
    expect((story.inputOf(source('one')) as AgentInput).profile).toMatchObject({
      name: 'poet',
      instructions: 'You are a poet.',
      approach: ['Rhyme.'],
      tools: ['delete-file'],
      approvals: ['delete-file'],
      model: 'large',
    })
  })

  test('whose tool does not exist here is lost with that reason, and another is looked for', () => {
    const story = asking().when(chosen(choice('poet', { program: { ...program, tools: ['telepathy'] } })))
    expect(story.facts('execution.finished')).toMatchObject([
      { agent: 'poet', ok: false, reason: "agent 'poet' uses tools that do not exist here: telepathy" },
    ])
    story.when(none()).thenIs({ state: 'failed' })
  })

  test('is tried on another model when it has failed on one', () => {
    const story = asking().when(chosen(choice('one', { model: 'small' })), ends(source('one'), failedOutput('no answer')))
    expect(story.sent('agent.choose').at(-1)?.event['exclude']).toEqual(['one@small'])
    story.when(chosen(choice('one', { model: 'large' }))).thenIs({ running: [source('one')] })
    expect((story.inputOf(source('one')) as AgentInput).profile.model).toBe('large')
  })
})
