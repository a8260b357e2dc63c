import { describe, expect, test } from 'vitest'
import { budgetLimits, budgetRefusals, type BudgetsRead, type BudgetView } from '../../machines/budget.ts'
import { createBudgetMachine } from '../../machines/budget.machine.ts'
import { emptyBook, expire, reserve, settle, setBudget, viewsOf, type BudgetBook } from '../../machines/budget-book.ts'
import { actorId } from '../../machines/address.ts'
import type { ActorEvent } from '../../machines/message.ts'
import { elapses, given, hears, type Story } from '../support/given.ts'

const machine = createBudgetMachine(({ inputTokens, outputTokens }) => (inputTokens + outputTokens) / 1_000)
const budgets = () => given(machine)
const said = (story: Story): unknown => story.outcome.replies.at(-1)?.value
const read = (story: Story): BudgetsRead => said(story.when({ type: 'budget.read' })) as BudgetsRead
const viewOf = (story: Story, scope: string, per: string): BudgetView | undefined =>
  read(story).budgets.find((budget) => budget.scope === scope && budget.per === per)

const set = (scope: string, usd: number, per = 'day', more = {}) => ({ type: 'budget.set', scope, usd, per, ...more })
const ask = (id: string, usd: number, { agent = 'researcher', run = 't1' } = {}) => ({ type: 'budget.reserve', id, usd, agent, run })
const at = (text: string): number => Date.parse(text)
/** The same step at a time of day: steps tell time to the machine. */
const when = (time: string, event: ActorEvent) => (story: Story) => ({ ...hears(event)(story), at: at(time) })

describe('a budget', () => {
  test('B1: grants while what is spent, reserved and asked for stays within the limit, and refuses with its figures', () => {
    const story = budgets().when(
      set('tenant', 1),
      ask('a', 0.4),
      ask('b', 0.6),
      { type: 'budget.settle', id: 'a', usd: 0.3 },
      ask('c', 0.2),
    )
    expect(said(story)).toMatchObject({
      type: 'budget.refused',
      id: 'c',
      code: budgetRefusals.exceeded,
      exceeded: { scope: 'tenant', per: 'day', limitUsd: 1, spentUsd: 0.3, reservedUsd: 0.6, askedUsd: 0.2 },
    })
    expect(story.facts('budget.exceeded')).toHaveLength(1)
    expect(said(story.when(ask('d', 0.1)))).toEqual({ type: 'budget.reserved', id: 'd', usd: 0.1 })
  })

  test('of zero refuses every call that costs anything, and none that is free', () => {
    const story = budgets().when(set('tenant', 0), ask('paid', 0.000_000_001))
    expect(said(story)).toMatchObject({ type: 'budget.refused', code: budgetRefusals.exceeded })
    expect(said(story.when(ask('free', 0)))).toMatchObject({ type: 'budget.reserved' })
  })

  test('of an agent or a run holds for that agent or run only; the first without enough is named', () => {
    const story = budgets().when(set('agent:writer', 0.1, 'total'), set('run:t9', 0.2, 'total'), set('tenant', 0.3, 'total'))
    const refusedBy = (id: string, usd: number, who: Parameters<typeof ask>[2]) =>
      (said(story.when(ask(id, usd, who))) as { exceeded?: { scope: string } }).exceeded?.scope
    expect(refusedBy('a', 0.15, { agent: 'writer', run: 't1' })).toBe('agent:writer')
    expect(refusedBy('b', 0.25, { agent: 'researcher', run: 't9' })).toBe('run:t9')
    expect(refusedBy('c', 0.25, { agent: 'researcher', run: 't1' })).toBeUndefined()
    expect(refusedBy('d', 0.1, { agent: 'researcher', run: 't1' })).toBe('tenant')
  })

  test('whose name every object inherits is a budget like any other', () => {
    const story = budgets().when(set('agent:__proto__', 0, 'total'), set('run:constructor', 0, 'total'))
    expect(said(story.when(ask('__proto__', 1, { agent: '__proto__' })))).toMatchObject({ exceeded: { scope: 'agent:__proto__' } })
    expect(said(story.when(ask('constructor', 1, { run: 'constructor' })))).toMatchObject({ exceeded: { scope: 'run:constructor' } })
    expect(said(story.when(ask('__proto__', 1)))).toMatchObject({ type: 'budget.reserved' })
    story.when({ type: 'budget.settle', id: '__proto__', usd: 0.5 })
    expect(viewOf(story, 'tenant', 'total')).toMatchObject({ spentUsd: 0.5, reservedUsd: 0 })
    expect(said(story.when({ type: 'budget.settle', id: 'toString' }))).toMatchObject({ code: budgetRefusals.reservationUnknown })
  })

  test('is counted for the tenant though none is set, so that one set at noon knows of the morning', () => {
    const story = budgets().when(ask('a', 0.4), { type: 'budget.settle', id: 'a', usd: 0.3 })
    expect(viewOf(story, 'tenant', 'day')).toMatchObject({ spentUsd: 0.3 })
    expect(viewOf(story, 'tenant', 'day')).not.toHaveProperty('limitUsd')
    story.when(set('tenant', 0.5))
    expect(viewOf(story, 'tenant', 'day')).toMatchObject({ limitUsd: 0.5, spentUsd: 0.3, leftUsd: 0.2 })
    story.when({ type: 'budget.remove', scope: 'tenant' })
    expect(viewOf(story, 'tenant', 'day')).toMatchObject({ spentUsd: 0.3 })
    expect(said(story.when(ask('b', 100)))).toMatchObject({ type: 'budget.reserved' })
  })

  test('reserves by the size of a call what that may cost', () => {
    const story = budgets().when({
      type: 'budget.reserve',
      id: 'a',
      agent: 'x',
      run: 't',
      call: { model: 'm', inputTokens: 30, outputTokens: 20 },
    })
    expect(said(story)).toEqual({ type: 'budget.reserved', id: 'a', usd: 0.05 })
  })

  test('G1: answers an actor with a message', () => {
    const story = budgets().when(hears(ask('a', 0.1), { from: actorId('acme', 'agent-x', '1') }))
    expect(story.sent('budget.reserved')).toEqual([{ to: 'acme/agent-x/1', event: { type: 'budget.reserved', id: 'a', usd: 0.1 } }])
  })
})

describe('a reservation', () => {
  test('G1: made again is the same one; ended, it is refused', () => {
    const story = budgets().when(ask('a', 0.4), ask('a', 0.4))
    expect(viewOf(story, 'tenant', 'day')).toMatchObject({ reservedUsd: 0.4 })
    story.when({ type: 'budget.settle', id: 'a', usd: 0.1 }, ask('a', 0.4))
    expect(said(story)).toMatchObject({ type: 'budget.refused', code: budgetRefusals.reservationEnded })
    expect(viewOf(story, 'tenant', 'day')).toMatchObject({ spentUsd: 0.1, reservedUsd: 0 })
  })

  test('B2: settled again changes nothing; released costs nothing', () => {
    const story = budgets().when(ask('a', 0.4), { type: 'budget.settle', id: 'a', usd: 0.1 }, { type: 'budget.settle', id: 'a', usd: 0.2 })
    expect(said(story)).toEqual({ ok: true, repeated: true })
    story.when(ask('b', 0.4), { type: 'budget.release', id: 'b' })
    expect(viewOf(story, 'tenant', 'day')).toMatchObject({ spentUsd: 0.1, reservedUsd: 0 })
  })

  test('settled beyond what it had reserved counts in full', () => {
    const story = budgets().when(set('tenant', 1), ask('a', 0.9), { type: 'budget.settle', id: 'a', usd: 1.5 })
    expect(viewOf(story, 'tenant', 'day')).toMatchObject({ spentUsd: 1.5, leftUsd: -0.5 })
  })

  test('B2: that nobody settles expires as spent, and is corrected by a settlement that comes late', () => {
    const story = budgets().when(ask('a', 0.4), ask('b', 0.2))
    const begun = story.now
    story.when({ type: 'budget.settle', id: 'b', usd: 0.1 }, expires)
    expect(story.now - begun).toBeLessThanOrEqual(budgetLimits.reservationMs)
    expect(story.facts('budget.expired')).toEqual([{ type: 'budget.expired', id: 'a', usd: 0.4 }])
    expect(read(story)).toMatchObject({ open: 0, expired: 1 })
    expect(viewOf(story, 'tenant', 'day')).toMatchObject({ spentUsd: 0.5, reservedUsd: 0 })
    story.when({ type: 'budget.settle', id: 'a', usd: 0.05 })
    expect(viewOf(story, 'tenant', 'day')).toMatchObject({ spentUsd: 0.15, reservedUsd: 0 })
  })

  test('B3: made before midnight is settled in the day it was made in', () => {
    const story = budgets().when(
      when('2027-03-01T23:59:59Z', set('tenant', 1)),
      when('2027-03-01T23:59:59Z', ask('late', 0.9)),
      when('2027-03-02T00:00:01Z', ask('early', 0.8)),
      when('2027-03-02T00:00:02Z', { type: 'budget.settle', id: 'late', usd: 0.7 }),
    )
    expect(viewOf(story, 'tenant', 'day')).toMatchObject({
      spentUsd: 0,
      reservedUsd: 0.8,
      leftUsd: 0.2,
      before: { spentUsd: 0.7, reservedUsd: 0, endedAt: at('2027-03-02T00:00:00Z') },
    })
    expect(viewOf(story, 'tenant', 'month')).toMatchObject({ spentUsd: 0.7, reservedUsd: 0.8 })
  })

  test('beyond those that can be kept is refused with a code, until there is room; expired ones make it', () => {
    let book: BudgetBook = emptyBook
    for (let n = 0; n < budgetLimits.openMax; n++) book = reserve(book, { id: `r${n}`, agent: 'a', run: 't', usd: 0.001 }, n).next
    const asking = { id: 'more', agent: 'a', run: 't', usd: 0.001 }
    expect(reserve(book, asking, 3_000).answer).toMatchObject({ ok: false, code: budgetRefusals.full })
    expect(reserve(settle(book, 'r7', 0, 3_000).next, asking, 3_000).answer).toMatchObject({ ok: true })
    const { next, facts } = expire(book, budgetLimits.reservationMs)
    expect(facts).toHaveLength(1)
    expect(reserve(next, asking, budgetLimits.reservationMs).answer).toMatchObject({ ok: true })
    const rest = expire(next, budgetLimits.reservationMs + 10_000)
    expect(rest.facts).toHaveLength(budgetLimits.expireBatchMax)
    expect(rest.next.expiresAt).toBeGreaterThan(0)
    expect(JSON.stringify(rest.next).length).toBeLessThan(400_000)
  })
})

/** The timer of the oldest reservation. */
const expires = (story: Story) => {
  const [id, { n, due } = { n: 0, due: 0 }] = Object.entries(story.living.timers)[0] ?? []
  if (id === undefined) return elapses('no timer is armed')(story)
  return { arrival: { kind: 'timer' as const, id, n }, at: due }
}

describe('a period', () => {
  test.each([
    ['day', 'UTC', '2027-03-02T00:00:00Z'],
    ['day', 'Europe/Berlin', '2027-03-01T23:00:00Z'],
    ['month', 'America/New_York', '2027-04-01T04:00:00Z'],
  ])('per %s in %s ends at %s, and a new count begins', (per, timeZone, end) => {
    const story = budgets().when(
      when('2027-03-01T12:00:00Z', set('tenant', 1, per, { timeZone })),
      when('2027-03-01T12:00:00Z', ask('a', 0.5)),
      when('2027-03-01T12:00:00Z', { type: 'budget.settle', id: 'a', usd: 0.5 }),
    )
    expect(viewOf(story, 'tenant', per)).toMatchObject({ spentUsd: 0.5, resetsAt: at(end) })
    story.now = at(end) - 2
    expect(viewOf(story, 'tenant', per)).toMatchObject({ spentUsd: 0.5 })
    expect(viewOf(story, 'tenant', per)).toMatchObject({ spentUsd: 0, leftUsd: 1, before: { spentUsd: 0.5 } })
  })

  test('in all never ends by itself', () => {
    const story = budgets().when(set('tenant', 1, 'total'), ask('a', 0.5), { type: 'budget.settle', id: 'a', usd: 0.5 })
    story.now = at('2090-01-01T00:00:00Z')
    expect(viewOf(story, 'tenant', 'total')).toMatchObject({ spentUsd: 0.5 })
    expect(viewOf(story, 'tenant', 'total')).not.toHaveProperty('resetsAt')
  })
})

describe('an operator', () => {
  test('who resets a budget has one count begin again, and it is the one that is enforced', () => {
    const story = budgets().when(set('tenant', 1), ask('a', 0.9), { type: 'budget.settle', id: 'a', usd: 0.9 }, ask('b', 0.05), {
      type: 'budget.reset',
      scope: 'tenant',
      per: 'day',
    })
    expect(story.facts('budget.reset')).toEqual([{ type: 'budget.reset', scope: 'tenant', per: 'day', spentUsd: 0.9 }])
    expect(viewOf(story, 'tenant', 'day')).toMatchObject({ spentUsd: 0, reservedUsd: 0.05, leftUsd: 0.95 })
    expect(viewOf(story, 'tenant', 'total')).toMatchObject({ spentUsd: 0.9 })
    expect(said(story.when(ask('c', 0.96)))).toMatchObject({ type: 'budget.refused' })
    expect(said(story.when(ask('d', 0.95)))).toMatchObject({ type: 'budget.reserved' })
  })

  test.each<[what: ActorEvent, code: string]>([
    [set('tenant', -1), budgetRefusals.invalid],
    [set('tenant', Number.NaN), budgetRefusals.invalid],
    [set('tenant', Infinity), budgetRefusals.invalid],
    [set('everybody', 1), budgetRefusals.invalid],
    [set('agent:', 1), budgetRefusals.invalid],
    [set('tenant', 1, 'week'), budgetRefusals.invalid],
    [set('tenant', 1, 'day', { timeZone: 'Mars/Olympus' }), budgetRefusals.invalid],
    [set('tenant', 1, 'total', { timeZone: 'Europe/Berlin' }), budgetRefusals.invalid],
    [{ type: 'budget.remove', scope: 'agent:nobody' }, budgetRefusals.notSet],
    [{ type: 'budget.reset', scope: 'run:none', per: 'day' }, budgetRefusals.notSet],
    [{ type: 'budget.settle', id: 'never made', usd: 1 }, budgetRefusals.reservationUnknown],
    [{ type: 'budget.reserve', id: '', usd: 1, agent: 'a', run: 't' }, budgetRefusals.invalid],
    [{ type: 'budget.reserve', id: 'a', agent: 'a', run: 't' }, budgetRefusals.invalid],
    [{ type: 'budget.reserve', id: 'a', usd: -0.1, agent: 'a', run: 't' }, budgetRefusals.invalid],
  ])('who sends %j is refused with %s, and nothing is counted', (event, code) => {
    const story = budgets()
    const before = read(story)
    expect(said(story.when(event))).toMatchObject({ code })
    expect(read(story)).toEqual(before)
  })

  test('who sets more budgets than are kept is refused; another limit for one that is set is not', () => {
    let book: BudgetBook = emptyBook
    const setIn = (scope: `run:${string}`) => setBudget(book, { type: 'budget.set', scope, per: 'total', usd: 1 }, 1)
    for (let n = 3; n < budgetLimits.budgetsMax; n++) book = setIn(`run:${n}`).next
    expect(setIn('run:one more').answer).toMatchObject({ ok: false, code: budgetRefusals.full })
    expect(setIn('run:7').answer).toMatchObject({ ok: true })
    expect(viewsOf(book)).toHaveLength(budgetLimits.budgetsMax)
  })
})
