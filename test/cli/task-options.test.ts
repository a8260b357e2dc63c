import { describe, expect, test } from 'vitest'
import { ArgumentInvalid } from '../../services/cli/errors.ts'
import { submitOf } from '../../services/cli/task-options.ts'

const base = { type: 'question', collection: 'docs' }
const read = (options: object) => submitOf({ ...base, ...options }, 'Why?', '/docs')

describe('a task on the command line', () => {
  test('is no more than what was said', () => {
    expect(read({})).toEqual({ type: 'task.submit', taskType: 'question', prompt: 'Why?', root: '/docs', collection: 'docs' })
  })

  test('may say all that a task can be asked for', () => {
    expect(
      read({
        file: 'a.csv',
        needs: ['read'],
        only: 'analyst',
        deadline: '90s',
        budget: '0.05',
        weights: 'success=1,cost=0.5',
        features: 'long=1',
        priority: '-3',
        team: 'quorum:3:2',
        compare: 'json',
        escalate: 'below=0.5,above=0.2,always',
        qualityMin: '0.6',
      }),
    ).toMatchObject({
      file: 'a.csv',
      needs: ['read'],
      only: 'analyst',
      deadlineMs: 90_000,
      budgetUsd: 0.05,
      weights: { success: 1, cost: 0.5 },
      features: { long: 1 },
      priority: -3,
      team: { rule: 'quorum', size: 3, agree: 2, compare: 'json' },
      escalate: { belowSuccess: 0.5, aboveUsd: 0.2, always: true },
      qualityMin: 0.6,
    })
    expect(read({ plan: true, aggregate: 'agent', escalate: 'else' })).toMatchObject({ plan: true, aggregate: 'agent', escalate: {} })
  })

  test.each([
    [{ team: 'vote' }, "Reading the team 'vote': write first-good:2, vote:3 or quorum:3:2."],
    [{ team: 'constructor:3' }, "Reading the team 'constructor:3'"],
    [{ team: 'vote:many' }, "Reading the size of the team: 'many' is no number."],
    [{ team: 'vote:2', compare: 'meaning' }, "'meaning' is neither text nor json"],
    [{ escalate: 'sometimes' }, "'sometimes' is none of always, below=0.5, above=0.2 and else"],
    [{ escalate: 'below=low' }, "Reading below: 'low' is no number."],
    [{ priority: 'high' }, "Reading the priority: 'high' is no number."],
  ])('that cannot be read says what is wrong: %j', (options, fault) => {
    expect(() => read(options)).toThrow(ArgumentInvalid)
    expect(() => read(options)).toThrow(fault)
  })
})
