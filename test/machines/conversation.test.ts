import { describe, expect, test } from 'vitest'
import { actorId } from '../../machines/address.ts'
import type { AgentInput } from '../../machines/agent-task.ts'
import { createConversationMachine } from '../../machines/conversation.machine.ts'
import { agentOutput, failedOutput, profileNamed } from '../support/agents.ts'
import { breaks, ends, given, hears, hearsFrom } from '../support/given.ts'

const machine = createConversationMachine(profileNamed('researcher'))
const address = actorId('acme', 'conversation', 'c1')
const conversation = () => given(machine, { tenant: 'acme', type: 'conversation', key: 'c1' }, address)
const says = (text: string, id?: string) =>
  hears({ type: 'message.add', text, root: '/docs', collection: 'docs' }, id === undefined ? {} : { id })
const read = hears({ type: 'conversation.read' })

describe('a conversation', () => {
  test('answers a message by an agent that is told what was said before', () => {
    const story = conversation()
      .when(says('Hello'))
      .thenIs({ state: 'answering', running: ['answerer'] })
    story.when(ends('answerer', agentOutput({ answer: 'Hello yourself' }))).thenIs({ state: 'idle', facts: ['message.answered'] })
    story.when(says('And now?'))
    expect((story.inputOf('answerer') as AgentInput).task).toMatchObject({
      prompt: 'And now?',
      history: [
        { role: 'user', content: 'Hello' },
        { role: 'assistant', content: 'Hello yourself' },
      ],
    })
  })

  test('V1: answers the messages that came meanwhile, each after the other', () => {
    const story = conversation().when(says('one', 'm-one'), says('two', 'm-two'))
    story.thenIs({ state: 'answering', running: ['answerer'] })
    story.when(ends('answerer', agentOutput({ answer: 'to one' }))).thenIs({ state: 'answering' })
    expect(story.outcome.replies).toMatchObject([{ to: 'm-one', value: { ok: true, text: 'to one' } }])
    story.when(ends('answerer', agentOutput({ answer: 'to two' }))).thenIs({ state: 'idle' })
    expect(story.facts('message.answered')).toMatchObject([
      { message: 'm-one', ok: true, text: 'to one' },
      { message: 'm-two', ok: true, text: 'to two' },
    ])
  })

  test('V2: refuses a message when too many wait', () => {
    const story = conversation().when(says('first'))
    for (let count = 0; count < 16; count++) story.when(says(`waiting ${count}`))
    expect(story.outcome.replies).toEqual([])
    story.when(says('one too many'))
    expect(story.outcome.replies).toEqual([{ value: { ok: false, reason: '16 messages wait for an answer already' } }])
  })

  test.each([
    ['failed', ends('answerer', failedOutput('no model'))],
    ['crashed', breaks('answerer', new Error('no model'))],
  ])('says so when its agent %s, and goes on', (_, broken) => {
    const story = conversation().when(says('Hello'), broken).thenIs({ state: 'idle' })
    expect(story.facts('message.answered')).toMatchObject([{ ok: false, reason: 'no model' }])
    story.when(says('Still there?')).thenIs({ state: 'answering' })
  })

  test('V3: ends the answer in progress and the waiting ones when cancelled, and goes on', () => {
    const story = conversation().when(says('one'), says('two'), hears({ type: 'cancel', reason: 'enough' }))
    story.thenIs({ state: 'idle', running: [], facts: ['message.answered', 'message.answered'] })
    expect(story.facts('message.answered')).toMatchObject([{ reason: 'cancelled: enough' }, { reason: 'cancelled: enough' }])
    story.when(hears({ type: 'cancel' })).thenIs({ state: 'idle', handled: true })
  })

  test('V4: tells the agent a bounded part of what was said, the latest', () => {
    const story = conversation()
    for (let round = 0; round < 30; round++)
      story.when(says(`${round} ${'x'.repeat(1_000)}`), ends('answerer', agentOutput({ answer: 'ok' })))
    story.when(says('and?'))
    const { history } = (story.inputOf('answerer') as AgentInput).task
    expect(history.reduce((sum, one) => sum + one.content.length, 0)).toBeLessThanOrEqual(8_000)
    expect(history.at(-2)?.content).toMatch(/^29 /)
    expect(story.living.snapshot.context.said).toHaveLength(40)
  })

  test('can be read while it answers', () => {
    const story = conversation().when(says('one'), says('two'))
    story.when(hearsFrom('answerer', { type: 'agent.progress', executionId: 'c1#1', step: 'think 1', waiting: false, usage: {} }), read)
    expect(story.outcome.replies).toEqual([{ value: { said: [], waiting: 2, step: 'think 1' } }])
  })
})
