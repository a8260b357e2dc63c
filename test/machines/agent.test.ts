import { describe, expect, test } from 'vitest'
import { decidedBy } from '../../machines/agent-approval.ts'
import { agentMachine } from '../../machines/agent.machine.ts'
import { agentLimits, type ThinkInput } from '../../machines/agent-task.ts'
import { agentInput, answers, calls, granted, passages, supervisor, toolAnswer } from '../support/agents.ts'
import { breaks, elapses, ends, given, hears, type Step, type Story } from '../support/given.ts'

const agent = (fields: Parameters<typeof agentInput>[0] = {}) => given(agentMachine, agentInput(fields))
const thinking = (fields: Parameters<typeof agentInput>[0] = {}) => agent(fields).when(ends('retrieve', passages), granted)
const thinkInput = (story: Story) => story.inputOf('think') as ThinkInput
const cancel = hears({ type: 'cancel', reason: 'changed my mind' })

describe('an agent', () => {
  test('retrieves, plans, thinks, acts with a tool, thinks again, and completes with the sources it marked', () => {
    agent()
      .thenIs({ state: { working: 'retrieving' }, running: ['retrieve'], facts: ['agent.step'] })
      .when(ends('retrieve', passages))
      .thenIs({ state: { working: 'reserving' }, running: [], facts: ['agent.step'] })
      .when(granted)
      .thenIs({ state: { working: 'thinking' }, running: ['think'], facts: ['agent.step'] })
      .when(ends('think', calls('read-file')))
      .thenIs({ state: { working: 'acting' }, running: ['act'], facts: ['llm.called', 'agent.step'] })
      .when(ends('act', [toolAnswer('read-file')]))
      .thenIs({ facts: ['tool.called'] })
      .when(granted)
      .thenIs({ state: { working: 'thinking' }, facts: ['agent.step'] })
      .when(ends('think', answers('The sun [b.md:3-4].')))
      .thenIs({
        state: 'completed',
        running: [],
        output: {
          ok: true,
          answer: 'The sun [b.md:3-4].',
          citations: [{ file: 'b.md', fromLine: 3, toLine: 4 }],
          usage: { inputTokens: 200, outputTokens: 40, costUsd: 0.02, llmCalls: 2, toolCalls: 1 },
          model: 'small',
          offline: true,
        },
      })
  })

  test('tells the model the task, the passages, and what the tools said', () => {
    const story = thinking().when(ends('think', calls('read-file')), ends('act', [toolAnswer('read-file')]), granted)
    const { messages, tools } = thinkInput(story)
    expect(messages.map((message) => message.role)).toEqual(['system', 'user', 'assistant', 'tool'])
    expect(messages[1]?.content).toContain('Because of the moon.')
    expect(messages[3]?.content).toContain('And of the sun.')
    expect(tools).toEqual(['search-documents', 'read-file', 'delete-file'])
  })

  test('about one file starts without a search', () => {
    const story = agent({ task: { file: 'a.csv' } })
      .when(granted)
      .thenIs({ state: { working: 'thinking' }, running: ['think'] })
    expect(thinkInput(story).messages[1]?.content).toBe('Why?\nFile: a.csv')
  })

  test('goes on without passages when the search fails', () => {
    const story = agent()
      .when(breaks('retrieve'), granted)
      .thenIs({ state: { working: 'thinking' } })
    expect(story.facts('agent.step')).toContainEqual(expect.objectContaining({ step: 'retrieve failed: broken' }))
  })

  test('tells its supervisor every phase', () => {
    const story = thinking().when(ends('think', answers('So [a.md:1-2].')))
    const told = story.sent('agent.progress')
    expect(told.map(({ event }) => event['step'])).toEqual(['retrieve', 'plan', 'think 1', 'validate', 'complete'])
    expect(new Set(told.map(({ to }) => to))).toEqual(new Set([supervisor]))
  })

  test('A5: tells each model call with its tokens and cost, a call without a price as 0', () => {
    const story = thinking().when(ends('think', answers('So.', { usage: { inputTokens: 5, outputTokens: 6, costUsd: undefined } })))
    expect(story.facts('llm.called')).toEqual([
      {
        type: 'llm.called',
        taskId: 't1',
        agent: 'researcher',
        model: 'small',
        offline: true,
        inputTokens: 5,
        outputTokens: 6,
        costUsd: 0,
        latencyMs: 7,
        finish: 'stop',
      },
    ])
  })

  test('whose tools could not run lets the model know and goes on', () => {
    const story = thinking()
      .when(ends('think', calls('read-file')), breaks('act', new Error('the worker is gone')), granted)
      .thenIs({ state: { working: 'thinking' }, context: { usage: { toolCalls: 1 } } })
    expect(thinkInput(story).messages.at(-1)).toEqual({ role: 'tool', toolCallId: 'read-file-0', content: 'Error: the worker is gone' })
  })
})

describe('an answer', () => {
  test('that is empty is asked for again, once', () => {
    thinking()
      .when(ends('think', answers('')), granted)
      .thenIs({ state: { working: 'thinking' }, context: { corrections: 1 } })
      .when(ends('think', answers(' ')))
      .thenIs({ state: 'failed', output: { ok: false, reason: 'the model gave an empty answer', failed: 'agent', retryable: true } })
  })

  test('W3: that marks invented sources is asked for again, then given without them', () => {
    thinking()
      .when(ends('think', answers('So [z.md:1-2].')), granted)
      .thenIs({ state: { working: 'thinking' } })
      .when(ends('think', answers('So [z.md:1-2] and [a.md:1-2].')))
      .thenIs({ state: 'completed', output: { ok: true, citations: [{ file: 'a.md', fromLine: 1, toLine: 2 }] } })
  })

  test('that the provider filtered ends the work', () => {
    thinking()
      .when(ends('think', answers('', { finish: 'filtered' })))
      .thenIs({ state: 'failed', output: { ok: false, reason: "the model's provider filtered the answer", failed: 'model' } })
  })
})

describe('a tool that needs approval', () => {
  const asking = () => thinking().when(ends('think', calls('delete-file')))

  test('A2: waits for a person, and runs once approved', () => {
    asking()
      .thenIs({ state: 'awaitingApproval', tags: ['needs-human'], running: [] })
      .when(hears({ type: 'approve', call: 'delete-file-0' }))
      .thenIs({ state: { working: 'acting' }, running: ['act'] })
  })

  test('A2: does not run on an approval of another call', () => {
    asking()
      .when(hears({ type: 'approve', call: 'delete-file-7' }))
      .thenIs({ state: 'awaitingApproval', handled: false })
  })

  test('A2: runs with the arguments a person gave it; the fact has what was asked for beside them, and the model is told', () => {
    const story = asking().when(
      hears({
        type: 'approve',
        call: 'delete-file-0',
        by: 'ann',
        edits: [{ id: 'delete-file-0', name: 'delete-file', arguments: { file: 'b.md' } }],
      }),
    )
    expect(story.inputOf('act')).toMatchObject({ calls: [{ id: 'delete-file-0', name: 'delete-file', arguments: { file: 'b.md' } }] })
    expect(story.outcome.replies).toEqual([{ value: { ok: true, decision: 'approved', edited: ['delete-file-0'] } }])
    expect(story.facts('approval.decided')).toEqual([
      {
        type: 'approval.decided',
        taskId: 't1',
        agent: 'researcher',
        decision: 'approved',
        by: 'ann',
        calls: [{ id: 'delete-file-0', tool: 'delete-file', asked: {}, ran: { file: 'b.md' } }],
      },
    ])
    story.when(ends('act', [toolAnswer('delete-file')]), granted)
    const note = 'A person changed the arguments of this call; it ran with {"file":"b.md"}.\n[[b.md:3-4]]\nAnd of the sun.'
    expect(thinkInput(story).messages.at(-1)).toEqual({ role: 'tool', toolCallId: 'delete-file-0', content: note })
  })

  test('V3: a secret that a person gives a tool is told to no model', () => {
    const edit = { id: 'delete-file-0', name: 'delete-file', arguments: { file: 'b.md', password: 'hunter2' } }
    const story = asking().when(hears({ type: 'approve', edits: [edit] }))
    expect(story.inputOf('act')).toMatchObject({ calls: [edit] })
    story.when(ends('act', [toolAnswer('delete-file')]), granted)
    expect(thinkInput(story).messages.at(-1)?.content).toContain('it ran with {"file":"b.md","password":"[redacted]"}')
  })

  test('V2: of two calls under one id only that of the edited tool runs otherwise', () => {
    const twins = ['read-file', 'delete-file'].map((name) => ({ id: 'x', name, arguments: {} }))
    const edit = { id: 'x', name: 'delete-file', arguments: { file: 'b.md' } }
    const decided = decidedBy({ taskId: 't', profile: { name: 'a' }, calls: twins }, { type: 'approve', edits: [edit] })
    expect(decided.calls).toEqual([twins[0], edit])
  })

  test('V1: approved with the arguments it had is not told as changed', () => {
    const story = asking().when(hears({ type: 'approve', edits: [{ id: 'delete-file-0', name: 'delete-file', arguments: {} }] }))
    expect(story.facts('approval.decided')).toMatchObject([{ calls: [{ id: 'delete-file-0', tool: 'delete-file', asked: {} }] }])
    expect(story.outcome.replies).toMatchObject([{ value: { edited: [] } }])
    story.when(ends('act', [toolAnswer('delete-file')]), granted)
    expect(thinkInput(story).messages.at(-1)?.content).toBe('[[b.md:3-4]]\nAnd of the sun.')
  })

  test.each([
    ['of a call that does not wait', { id: 'delete-file-7', name: 'delete-file', arguments: {} }],
    ['of another tool', { id: 'delete-file-0', name: 'read-file', arguments: {} }],
  ])('V2: does not run on arguments %s', (_, edit) => {
    asking()
      .when(hears({ type: 'approve', edits: [edit] }))
      .thenIs({ state: 'awaitingApproval', handled: false })
  })

  test('when denied, is an answer the model can read', () => {
    const story = asking()
      .when(hears({ type: 'deny', reason: 'too dangerous' }), granted)
      .thenIs({ state: { working: 'thinking' } })
    expect(thinkInput(story).messages.at(-1)?.content).toBe('Error: a person denied this call: too dangerous')
    expect(story.facts('approval.decided')).toMatchObject([{ decision: 'denied', reason: 'too dangerous' }])
    expect(story.living.snapshot.context.decided).toMatchObject({ decision: 'denied', calls: ['delete-file-0'] })
  })

  test('ends the work when nobody decides in time', () => {
    asking()
      .when(elapses('person'))
      .thenIs({
        state: 'failed',
        output: { ok: false, retryable: false },
        facts: ['approval.decided'],
        context: { decided: { decision: 'expired', calls: ['delete-file-0'], at: expect.any(Number) } },
      })
  })

  test('A3: does not use up the deadline while it waits', () => {
    const story = asking()
    story.now += agentLimits.deadlineMs * 10
    story.when(hears({ type: 'approve' }), ends('act', [toolAnswer('delete-file')]), granted).thenIs({ state: { working: 'thinking' } })
    expect(story.living.snapshot.context.leftMs).toBeGreaterThan(agentLimits.deadlineMs - 100)
  })
})

describe('limits', () => {
  test('A1: a used-up budget pauses before the next call, until a person adds enough', () => {
    thinking({ limits: { budgetUsd: 0.01 } })
      .when(ends('think', calls('read-file')), ends('act', [toolAnswer('read-file')]))
      .thenIs({ state: 'paused', tags: ['needs-human'], running: [] })
      .when(hears({ type: 'budget.add', usd: 0, tokens: 10 }))
      .thenIs({ state: 'paused' })
      .when(hears({ type: 'budget.add', usd: 0.5, tokens: 0 }), granted)
      .thenIs({ state: { working: 'thinking' }, context: { limits: expect.objectContaining({ budgetUsd: 0.51 }) } })
  })

  test('A1: used-up tokens pause as well, and nobody adding ends the work', () => {
    thinking({ limits: { tokensMax: 120 } })
      .when(ends('think', calls('read-file')), ends('act', [toolAnswer('read-file')]))
      .thenIs({ state: 'paused' })
      .when(elapses('person'))
      .thenIs({ state: 'failed', output: { ok: false, reason: 'the budget of 1 USD and 120 tokens is used up (0.01 USD, 120 tokens)' } })
  })

  test('a budget of nothing is enough for a model that costs nothing', () => {
    const free = { usage: { inputTokens: 1, outputTokens: 1, costUsd: 0 } }
    thinking({ limits: { budgetUsd: 0 } })
      .when(ends('think', { ...calls('read-file'), ...free }), ends('act', [toolAnswer('read-file')]), granted)
      .thenIs({ state: { working: 'thinking' } })
  })

  test('A1: a model that never stops calling tools is stopped after exactly the turns it has', () => {
    const story = agent({ limits: { turnsMax: 3 } }).when(ends('retrieve', passages))
    for (let turn = 0; turn < 3; turn++) story.when(granted, ends('think', calls('read-file')), ends('act', [toolAnswer('read-file')]))
    story.thenIs({ state: 'failed', output: { ok: false, reason: 'no answer within 3 turns', usage: { llmCalls: 3 } } })
    expect(story.facts('llm.called')).toHaveLength(3)
  })

  test.each([
    ['retrieving', [] as Step[]],
    ['reserving', [ends('retrieve', passages)]],
    ['thinking', [ends('retrieve', passages), granted]],
    ['acting', [ends('retrieve', passages), granted, ends('think', calls('read-file'))]],
    ['backingOff', [ends('retrieve', passages), granted, breaks('think')]],
  ])('the deadline ends the work while %s', (state, steps) => {
    agent()
      .when(...steps)
      .thenIs({ state: { working: state } })
      .when(elapses('deadline'))
      .thenIs({ state: 'failed', running: [], output: { ok: false, reason: 'the deadline of 300000 ms has passed', retryable: false } })
  })
})

describe('a failing model', () => {
  test('is called again after a wait that doubles, until it answers', () => {
    const story = thinking({ limits: { attemptsMax: 3 } })
    const waits = [1, 2].map(() => {
      story.when(breaks('think')).thenIs({ state: { working: 'backingOff' }, running: [] })
      const from = story.now
      story.when(elapses('backoff'))
      const waited = story.now - from
      story.when(granted).thenIs({ state: { working: 'thinking' } })
      return waited
    })
    expect(waits).toEqual([625, 1_250]) // 500 and 1,000 ms, and half of half of it by chance
    story.when(ends('think', answers('So [a.md:1-2].'))).thenIs({ state: 'completed', context: { failures: 0 } })
  })

  test('is given up after all attempts', () => {
    thinking({ limits: { attemptsMax: 2 } })
      .when(breaks('think'), elapses('backoff'), granted, breaks('think', new Error('429')))
      .thenIs({ state: 'failed', output: { ok: false, reason: 'the model failed (try 2): 429', failed: 'model', retryable: true } })
  })

  test('that says another try is useless is given up at once', () => {
    thinking()
      .when(breaks('think', Object.assign(new Error('wrong key'), { retryable: false })))
      .thenIs({ state: 'failed', output: { ok: false, reason: 'the model failed (try 1): wrong key', retryable: false } })
  })

  test('that asks to be left alone is left alone for that long', () => {
    const story = thinking().when(breaks('think', Object.assign(new Error('slow down'), { retryAfterMs: 20_000 })))
    const from = story.now
    expect(story.when(elapses('backoff')).now - from).toBe(20_000)
  })
})

describe('a cancel', () => {
  test.each([
    ['retrieving', [] as Step[]],
    ['reserving', [ends('retrieve', passages)]],
    ['thinking', [ends('retrieve', passages), granted]],
    ['backingOff', [ends('retrieve', passages), granted, breaks('think')]],
    ['acting', [ends('retrieve', passages), granted, ends('think', calls('read-file'))]],
    ['awaitingApproval', [ends('retrieve', passages), granted, ends('think', calls('delete-file'))]],
  ])('ends the work while %s, with what it has used', (_, steps) => {
    const story = agent().when(...steps)
    const { running } = { running: story.running() }
    story
      .when(cancel)
      .thenIs({ state: 'cancelled', running: [], output: { ok: false, reason: 'cancelled: changed my mind', retryable: false } })
    expect(story.outcome.cancelled).toHaveLength(running.length)
  })

  test('ends the work while paused', () => {
    thinking({ limits: { tokensMax: 1 } })
      .when(ends('think', calls('read-file')), ends('act', [toolAnswer('read-file')]))
      .thenIs({ state: 'paused' })
      .when(cancel)
      .thenIs({ state: 'cancelled', output: { usage: { llmCalls: 1, toolCalls: 1 } } })
  })
})
