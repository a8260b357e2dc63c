import { expect, test } from 'vitest'
import { assign, sendTo, setup } from 'xstate'
import { budgetActor } from '../../actors/budget-actor.ts'
import { actorId } from '../../machines/address.ts'
import { refTo } from '../../machines/authoring.ts'
import { budgetsOf } from '../../machines/budget.ts'
import type { BudgetBook } from '../../machines/budget-book.ts'
import { defineActor } from '../../runtime/define-actor.ts'
import { simulateSeed } from '../../runtime/testing/run.ts'
import type { End, Scenario } from '../../runtime/testing/scenario.ts'

// Spenders and one budget of a dollar, on workers that crash, freeze and disagree.
interface Spender {
  readonly calls: number
  readonly refused: number
  /** In billionths of a dollar, as the book has it. */
  readonly spent: number
  readonly cost: number
}

const reserveUsd = 0.07
const limitUsd = 1
const budgets = refTo(budgetsOf('sim'))

const spenderMachine = setup({
  types: {
    context: {} as Spender & { readonly key: string },
    input: {} as { key: string },
    events: {} as { type: 'spend'; cost: number } | { type: 'budget.reserved' | 'budget.refused'; id: string },
  },
  guards: { isMine: ({ context, event }) => event.type !== 'spend' && event.id === `${context.key}/${context.calls}` },
  actions: {
    begin: assign(({ context, event }) => ({ calls: context.calls + 1, cost: event.type === 'spend' ? event.cost : 0 })),
    reserve: sendTo(budgets, ({ context }) => ({
      type: 'budget.reserve',
      id: `${context.key}/${context.calls}`,
      agent: 'spender',
      run: context.key,
      usd: reserveUsd,
    })),
    settle: sendTo(budgets, ({ context }) => ({ type: 'budget.settle', id: `${context.key}/${context.calls}`, usd: context.cost / 1e9 })),
    count: assign({ spent: ({ context }) => context.spent + context.cost }),
    refuse: assign({ refused: ({ context }) => context.refused + 1 }),
  },
}).createMachine({
  id: 'spender',
  context: ({ input }) => ({ key: input.key, calls: 0, refused: 0, spent: 0, cost: 0 }),
  initial: 'idle',
  states: {
    idle: { on: { spend: { target: 'reserving', actions: 'begin' } } },
    reserving: {
      entry: 'reserve',
      on: {
        'budget.reserved': { guard: 'isMine', target: 'spending' },
        'budget.refused': { guard: 'isMine', target: 'idle', actions: 'refuse' },
      },
    },
    spending: { after: { 300: { target: 'idle', actions: ['count', 'settle'] } } },
  },
})

const spenders = 12
let granted = 0
let refused = 0

function* faultsOf({ actors }: End): Iterable<string> {
  const [book] = [...actors('budget').values()].map(({ context }) => context as unknown as BudgetBook)
  const all = [...actors('spender')]
  const spent = all.reduce((sum, [, { context }]) => sum + (context as unknown as Spender).spent, 0)
  for (const [actor, { value, context }] of all) {
    if (value !== 'idle') yield `${actor} is left in ${JSON.stringify(value)}`
    granted += (context as unknown as Spender).calls - (context as unknown as Spender).refused
    refused += (context as unknown as Spender).refused
  }
  const total = book?.budgets['total tenant']
  if (!total || !book) return
  if (total.spent !== spent) yield `the budget has ${total.spent} spent, its spenders ${spent}`
  if (total.reserved !== 0 || book.open.count > 0) yield `${total.reserved} is reserved by nobody`
  if (total.limit !== undefined && total.spent > total.limit) yield `${total.spent} of ${total.limit} is spent`
}

const scenario: Scenario = {
  actors: () => [budgetActor({ callUsdMax: () => 0 }), defineActor({ name: 'spender', version: '1', machine: spenderMachine })],
  load(clients, dice, plan) {
    const operator = clients.client('operator', { pauseMsMax: 10 })
    operator.send(actorId('sim', 'budget', 'main'), { type: 'budget.set', scope: 'tenant', per: 'total', usd: limitUsd })
    const client = clients.client('client', { pauseMsMax: 60 })
    for (let n = 0; n < plan.messages; n++)
      client.send(actorId('sim', 'spender', `s${dice.between(1, spenders)}`), { type: 'spend', cost: dice.between(0, reserveUsd * 1e9) })
  },
  check: faultsOf,
}

test('under crashes, cuts and lost answers no dollar is spent twice or lost, and none beyond the budget', { timeout: 60_000 }, async () => {
  for (let seed = 1; seed <= 60; seed++) expect((await simulateSeed(seed, scenario)).faults, `seed ${seed}`).toEqual([])
  expect(granted).toBeGreaterThan(300)
  expect(refused).toBeGreaterThan(100)
})
