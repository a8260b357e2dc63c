import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { AgentInput } from '../../machines/agent-task.ts'
import type { Team } from '../../machines/task-submit.ts'
import { comparable, comparedCharsMax, verdictOf, type Ballot } from '../../machines/task-team.ts'
import { agentOutput, failedOutput } from '../support/agents.ts'
import { ends, hears } from '../support/given.ts'
import { asking, choice, chosen, none, shard, source } from '../support/tasks.ts'

const says = (answer: string) => agentOutput({ answer })
const finish = (agent: string, answer: string) => ends(source(agent), says(answer))
const fails = (agent: string) => ends(source(agent), failedOutput('no answer', { retryable: false }))
const team = (rule: Team['rule'], size: number, agree?: number) =>
  asking({ budgetUsd: 0.3, team: { rule, size, ...(agree !== undefined && { agree }) } })
const three = ['one', 'two', 'three'] as const

describe('a team', () => {
  test('is chosen together, works side by side, and shares the budget', () => {
    const story = team('vote', 3)
    expect(story.sent('agent.choose')[0]?.event).toMatchObject({ count: 3 })
    story.when(chosen(...three)).thenIs({ running: three.map(source) })
    const inputs = three.map((agent) => story.inputOf(source(agent)) as AgentInput)
    expect(inputs.map(({ executionId, limits }) => [executionId, limits.budgetUsd.toFixed(3)])).toEqual([
      ['t1:1', '0.100'],
      ['t1:2', '0.100'],
      ['t1:3', '0.100'],
    ])
  })

  test('replaces one that failed while the others work', () => {
    const story = team('vote', 2).when(chosen('one', 'two'), ends(source('two'), failedOutput('no answer')))
    expect(story.sent('agent.choose').at(-1)?.event).toMatchObject({ exclude: ['one', 'two'] })
    expect(story.sent('agent.choose').at(-1)?.event['count']).toBeUndefined()
    story.when(chosen('three')).thenIs({ running: [source('one'), source('three')] })
  })

  test('is as large as there are agents', () => {
    team('vote', 3)
      .when(chosen('one', 'two'), finish('one', 'Yes'), finish('two', 'yes.'))
      .thenIs({ state: 'completed', output: { executions: 2 } })
  })
})

describe('first-good', () => {
  test('takes the first answer, stops the others and withdraws their decisions', () => {
    const story = team('first-good', 3).when(chosen(...three))
    const stopped = ['one', 'three'].map((agent) => story.child(source(agent)).address)
    story.when(finish('two', 'Yes')).thenIs({ state: 'completed', output: { agent: 'two', answer: 'Yes' } })
    expect(story.outcome.stopped.toSorted()).toEqual(stopped.toSorted())
    expect(story.sent('outcome.report').map(({ event }) => event['decisionId'])).toEqual(['for-two'])
    expect(story.sent('outcome.withdraw').map(({ event }) => event['decisionId'])).toEqual(['for-one', 'for-three'])
    expect(story.facts('execution.finished')).toMatchObject([
      { agent: 'two', ok: true },
      { agent: 'one', ok: false, reason: 'it is not needed any more' },
      { agent: 'three', ok: false },
    ])
  })

  test('fails when all of them fail, with what each said', () => {
    team('first-good', 2)
      .when(chosen('one', 'two'), fails('one'), ends(source('two'), failedOutput('too hard', { retryable: false })))
      .thenIs({ state: 'failed', output: { reason: 'no answer; too hard' } })
  })
})

describe('quorum', () => {
  test('stands as soon as enough say the same', () => {
    const story = team('quorum', 3, 2).when(chosen(...three), finish('one', 'Paris [a.md:1-2].'))
    story.when(finish('three', '  paris'))
    story.thenIs({ state: 'completed', output: { agent: 'one', answer: 'Paris [a.md:1-2].' } })
    expect(story.sent('outcome.report')).toMatchObject([{ event: { quality: 1 } }, { event: { quality: 1 } }])
    expect(story.sent('outcome.withdraw')).toHaveLength(1)
  })

  test('fails as soon as it cannot be reached, and says how many agreed', () => {
    const story = team('quorum', 3, 3).when(chosen(...three), finish('one', 'Paris'), finish('two', 'Rome'))
    story.thenIs({
      state: 'failed',
      output: { code: 'TR_TASK_NO_AGREEMENT', reason: 'the agents do not agree: 1 of 2 answers say the same, 3 of 3 must' },
    })
    expect(story.sent('outcome.report')).toMatchObject([
      { to: shard(), event: { decisionId: 'for-one', ok: true, quality: 0.5 } },
      { event: { decisionId: 'for-two', ok: true, quality: 0.5 } },
    ])
  })
})

describe('a vote', () => {
  test('is over when those who still work could not change it', () => {
    team('vote', 3)
      .when(chosen(...three), finish('one', 'Yes'), finish('two', 'Yes'))
      .thenIs({ state: 'completed', output: { answer: 'Yes' } })
  })

  test('goes to the majority, and tells each how many said the same', () => {
    const story = team('vote', 3).when(chosen(...three), finish('one', 'No'), finish('two', 'Yes'), finish('three', 'yes!'))
    story.thenIs({ state: 'completed', output: { answer: 'Yes', agent: 'two' } })
    expect(story.sent('outcome.report').map(({ event }) => Number(event['quality']).toFixed(2))).toEqual(['0.33', '0.67', '0.67'])
  })

  test('that is tied goes to whom the coordinator expected most of', () => {
    const better = choice('two', { predicted: { success: { mean: 0.9, low: 0.8, high: 1 } } })
    team('vote', 2)
      .when(chosen('one', better), finish('one', 'No'), finish('two', 'Yes'))
      .thenIs({ state: 'completed', output: { answer: 'Yes' } })
  })

  test('that must have a share of the answers fails without it', () => {
    asking({ team: { rule: 'vote', size: 2 }, qualityMin: 0.9 })
      .when(chosen('one', 'two'), finish('one', 'No'), finish('two', 'Yes'))
      .thenIs({ state: 'failed', output: { code: 'TR_TASK_NO_AGREEMENT' } })
  })

  test('with one answer left takes it', () => {
    team('vote', 2)
      .when(chosen('one', 'two'), fails('one'), finish('two', 'Yes'))
      .thenIs({ state: 'completed', output: { answer: 'Yes' } })
  })

  test('can be of JSON: the order of fields and the words around it do not matter', () => {
    asking({ team: { rule: 'quorum', size: 2, agree: 2, compare: 'json' } })
      .when(chosen('one', 'two'), finish('one', '{"a":1,"b":[2]}'), finish('two', 'Here it is:\n```json\n{ "b": [2], "a": 1 }\n```'))
      .thenIs({ state: 'completed' })
  })
})

test('whatever comes of a team, each decision is reported or withdrawn, once', () => {
  const what = fc.constantFrom('Yes', 'No', 'Maybe', 'fails', 'is replaced')
  const rule = fc.constantFrom<Team['rule']>('first-good', 'quorum', 'vote')
  fc.assert(
    fc.property(rule, fc.array(what, { minLength: 12, maxLength: 12 }), fc.boolean(), (given, ends_, cancelled) => {
      const story = team(given, 3).when(chosen(...three))
      let made = 3
      for (const one of ends_) {
        const [working] = story.running()
        if (story.living.snapshot.status !== 'active' || working === undefined) break
        if (one === 'fails') story.when(ends(working, failedOutput('no', { retryable: false })))
        else if (one !== 'is replaced') story.when(ends(working, says(one)))
        else {
          story.when(ends(working, failedOutput('no')))
          const spare = ['four', 'five', 'six'][made - 3]
          const isAsked = story.outcome.sends.some(({ event }) => event.type === 'agent.choose')
          if (isAsked) story.when(spare === undefined ? none() : chosen(spare))
          made += isAsked && spare !== undefined ? 1 : 0
        }
      }
      if (cancelled && story.living.snapshot.status === 'active') story.when(hears({ type: 'cancel' }))
      if (story.living.snapshot.status === 'active') return
      const told = [...story.sent('outcome.report'), ...story.sent('outcome.withdraw')].map(({ event }) => String(event['decisionId']))
      const decided = story.sent('outcome.report').length + story.sent('outcome.withdraw').length
      expect(new Set(told).size).toBe(told.length)
      expect(decided).toBe(made)
    }),
    { numRuns: 60 },
  )
})

describe('two answers are the same', () => {
  test.each([
    ['Paris.', 'paris'],
    ['  The  answer\nis 42 ', 'the answer is 42!'],
    ['It is so [a.md:1-2].', 'It is so [b.md:3].'],
    ['“Yes”', 'yes'],
    ['ﬁne', 'fine'],
    ['**Yes**', 'yes'],
  ])('%j and %j', (one, other) => {
    expect(comparable(one, 'text')).toBe(comparable(other, 'text'))
  })

  test.each([
    ['Paris', 'The capital of France'],
    ['1', '-1'],
    ['a, b', 'ab'],
    ['', 'x'],
  ])('but not %j and %j', (one, other) => {
    expect(comparable(one, 'text')).not.toBe(comparable(other, 'text'))
  })

  test('as JSON, whatever stands around them', () => {
    expect(comparable('{"constructor": 1, "b": {"y": 1, "x": null}}', 'json')).toBe(
      comparable('So: {"b": {"x": null, "y": 1}, "constructor": 1}', 'json'),
    )
    expect(comparable('[1, 2]', 'json')).not.toBe(comparable('[2, 1]', 'json'))
    expect(comparable('no JSON', 'json')).toBe('no json')
  })

  test('never when they are too long or too deep to compare', () => {
    expect(comparable('x'.repeat(comparedCharsMax + 1), 'text')).toBeUndefined()
    expect(comparable('['.repeat(100) + ']'.repeat(100), 'json')).toBeUndefined()
    const long = { output: says('x'.repeat(comparedCharsMax + 1)), open: false, success: 1 }
    expect(verdictOf({ rule: 'quorum', size: 2, agree: 2, compare: 'text' }, [long, long])).toMatchObject({ kind: 'disagreed' })
  })
})

const ballots = fc.array(
  fc.record({
    output: fc.option(fc.constantFrom(says('A'), says('B'), says('C')), { nil: undefined }),
    success: fc.double({ min: 0, max: 1, noNaN: true }),
  }),
  { minLength: 2, maxLength: 5 },
)
const closed = (given: readonly { output: Ballot['output']; success: number }[]): Ballot[] => given.map((one) => ({ ...one, open: false }))

test('a vote that is decided early is decided as if all had waited', () => {
  fc.assert(
    fc.property(ballots, fc.integer({ min: 0, max: 4 }), (given, late) => {
      const rule: Team = { rule: 'vote', size: given.length, agree: 1, compare: 'text' }
      const early = verdictOf(
        rule,
        closed(given).map((ballot, at) => (at >= given.length - late ? { ...ballot, output: undefined, open: true } : ballot)),
      )
      if (early.kind !== 'accepted') return
      const all = closed(given)
      const end = verdictOf(rule, all)
      expect(end.kind).toBe('accepted')
      if (end.kind === 'accepted') expect(all[end.ballot]?.output?.answer).toBe(all[early.ballot]?.output?.answer)
    }),
    { numRuns: 500 },
  )
})

test('a quorum is accepted with as many answers that are the same as it asks for, and no fewer', () => {
  fc.assert(
    fc.property(ballots, fc.integer({ min: 2, max: 5 }), (given, agree) => {
      const verdict = verdictOf({ rule: 'quorum', size: given.length, agree, compare: 'text' }, closed(given))
      const counts = ['A', 'B', 'C'].map((text) => given.filter(({ output }) => output?.answer === text).length)
      expect(verdict.kind === 'accepted').toBe(Math.max(...counts) >= agree)
    }),
  )
})
