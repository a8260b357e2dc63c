import { describe, expect, test } from 'vitest'
import { agentMachine } from '../../machines/agent.machine.ts'
import { answerTokensMax } from '../../machines/agent-call.ts'
import { LlmRateLimited, LlmRefused, LlmUnavailable } from '../../services/llm/errors.ts'
import { agentInput, answers, budgetsSay, calls, granted, passages, toolAnswer } from '../support/agents.ts'
import { breaks, elapses, ends, given, hears, type Step, type Story } from '../support/given.ts'

const resetsAt = 50_000_000
const exceeded = { scope: 'tenant', per: 'day', limitUsd: 5, spentUsd: 4.99, reservedUsd: 0, askedUsd: 0.02, resetsAt }
const refused = budgetsSay({
  type: 'budget.refused',
  code: 'TR_BUDGET_EXCEEDED',
  reason: 'the budget of tenant per day is 5 USD',
  exceeded,
})

const asking = (fields: Parameters<typeof agentInput>[0] = {}) => given(agentMachine, agentInput(fields)).when(ends('retrieve', passages))
const thinking = () => asking().when(granted)
const endings = (story: Story) => [...story.sent('budget.settle'), ...story.sent('budget.release')].map(({ event }) => event)
const inputTokensOf = (story: Story): number => Number(Object(story.sent('budget.reserve')[0]?.event['call'])['inputTokens'])
const idOf = (story: Story) => story.sent('budget.reserve')[0]?.event['id']

describe('a model call', () => {
  test('A6: starts only when the budgets of the tenant have granted what it may cost', () => {
    const story = asking().thenIs({ state: { working: 'reserving' }, running: [] })
    const [{ to, event } = { to: '', event: { type: '' } }] = story.sent('budget.reserve')
    expect(to).toBe('acme/budget/main')
    expect(event).toMatchObject({ agent: 'researcher', run: 't1', call: { outputTokens: answerTokensMax } })
    expect(inputTokensOf(story)).toBeGreaterThan(1_200) // three tools, 400 each
    story.when(granted).thenIs({ state: { working: 'thinking' }, running: ['think'] })
  })

  test('A6: is reserved by its size in bytes, so that scripts with a token a character are not taken for less', () => {
    const sizeOf = (prompt: string) => inputTokensOf(asking({ task: { prompt } }))
    expect(sizeOf('日'.repeat(3_000)) - sizeOf('')).toBeGreaterThanOrEqual(3_000)
  })

  test('A6: is granted by the answer to its own reservation, and by no other', () => {
    asking()
      .when(hears({ type: 'budget.reserved', id: 'of another call', usd: 1 }))
      .thenIs({ state: { working: 'reserving' }, handled: false })
  })

  test('A6: has a reservation of its own at every try', () => {
    const story = thinking().when(
      breaks('think'),
      elapses('backoff'),
      granted,
      ends('think', calls('read-file')),
      ends('act', [toolAnswer('read-file')]),
    )
    const ids = story.sent('budget.reserve').map(({ event }) => event['id'])
    expect(new Set(ids).size).toBe(3)
    expect(endings(story).map(({ id }) => id)).toEqual(ids.slice(0, 2))
  })
})

describe('a call is settled', () => {
  const unknown = new LlmUnavailable('broke off')
  test.each<[how: string, step: Step, usd: number | undefined]>([
    ['by what its answer cost', ends('think', answers('So [a.md:1-2].')), 0.01],
    [
      'as reserved when its model has no price',
      ends('think', answers('So.', { usage: { inputTokens: 1, outputTokens: 1, costUsd: undefined } })),
      undefined,
    ],
    [
      'as reserved when a port says nonsense',
      ends('think', answers('So.', { usage: { inputTokens: 1, outputTokens: 1, costUsd: Number.NaN } })),
      undefined,
    ],
    ['as reserved when its stream broke off', breaks('think', unknown), undefined],
    ['at nothing when the endpoint refused it', breaks('think', new LlmRefused('wrong key')), 0],
    ['at nothing when the endpoint asked to slow down', breaks('think', new LlmRateLimited('slow down', undefined)), 0],
    ['at nothing when no server was there', breaks('think', new LlmUnavailable('refused', { costUsd: 0 })), 0],
    ['as reserved when the deadline ends it', elapses('deadline'), undefined],
    ['as reserved when it is cancelled', hears({ type: 'cancel' }), undefined],
  ])('%s, once', (_, step, usd) => {
    const story = thinking().when(step)
    expect(endings(story)).toEqual([{ type: 'budget.settle', id: idOf(story), ...(usd !== undefined && { usd }) }])
  })
})

describe('what was asked for and not used', () => {
  test.each<[how: string, step: Step]>([
    ['the deadline', elapses('deadline')],
    ['a cancel', hears({ type: 'cancel' })],
    ['ten seconds without an answer', elapses('budgetAnswer')],
  ])('is given back when the wait is ended by %s', (_, step) => {
    const story = asking().when(step)
    expect(endings(story)).toEqual([{ type: 'budget.release', id: idOf(story) }])
  })

  test('leaves the task to another agent when the budgets do not answer', () => {
    asking()
      .when(elapses('budgetAnswer'))
      .thenIs({
        state: 'failed',
        output: { ok: false, reason: 'the budgets of the tenant did not answer within 10000 ms; nothing was spent', retryable: true },
      })
  })
})

describe('a refusal', () => {
  test('A1: pauses the agent, which says which budget is used up; nothing is to be settled', () => {
    const story = asking()
      .when(refused)
      .thenIs({ state: 'paused', tags: ['needs-human'], running: [] })
    expect(story.sent('agent.progress').at(-1)?.event).toMatchObject({ step: 'budget of tenant per day used up', waiting: true })
    expect(endings(story)).toEqual([])
  })

  test('is asked about again when a person has raised the budget, and when a new period begins', () => {
    for (const step of [hears({ type: 'budget.add', usd: 0, tokens: 0 }), elapses('newPeriod')]) {
      const story = asking()
        .when(refused, step)
        .thenIs({ state: { working: 'reserving' } })
      expect(story.sent('budget.reserve')).toHaveLength(2)
      if (story.now > 2_000_000) expect(story.now).toBe(resetsAt)
      story.when(granted).thenIs({ state: { working: 'thinking' } })
    }
  })

  test('ends the work with its reason when nobody does anything', () => {
    const never = { ...exceeded, per: 'total', resetsAt: undefined }
    asking()
      .when(
        budgetsSay({ type: 'budget.refused', code: 'TR_BUDGET_EXCEEDED', reason: 'used up in all', exceeded: never }),
        elapses('person'),
      )
      .thenIs({ state: 'failed', output: { ok: false, reason: 'used up in all', retryable: false } })
  })

  test('for too many open reservations is waited out', () => {
    const full = budgetsSay({ type: 'budget.refused', code: 'TR_BUDGET_FULL', reason: 'full' })
    asking()
      .when(full)
      .thenIs({ state: { working: 'queueing' } })
      .when(elapses('budgetBusy'), granted)
      .thenIs({ state: { working: 'thinking' } })
  })

  test('for any other reason ends the work with it', () => {
    asking()
      .when(budgetsSay({ type: 'budget.refused', code: 'TR_BUDGET_INVALID', reason: "'usd' is -1" }))
      .thenIs({ state: 'failed', output: { reason: "the budgets of the tenant refused: 'usd' is -1", retryable: true } })
  })
})
