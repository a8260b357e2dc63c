// Budget machine
// The budgets of a tenant: who is to spend reserves first, and says afterwards what it was. The arithmetic is budget-book.ts; this keeps the book.
// One actor a tenant decides one reservation after the other, so calls that are made at once cannot each find the same money.
//
// G1. Whoever reserves is answered once for each time it asks, and an id is reserved once.
// G2. What nobody settles is settled by the timer, which is armed while a reservation is open.
import { enqueueActions, sendTo, setup } from 'xstate'
import { refTo, reply, type ReplyEmitted } from './authoring.ts'
import type {
  BudgetEvent,
  BudgetFact,
  BudgetRefused,
  BudgetReply,
  BudgetReserve,
  BudgetReserved,
  BudgetsRead,
  CallPricer,
} from './budget.ts'
import {
  emptyBook,
  expire,
  removeBudgets,
  reserve,
  resetBudgets,
  rolled,
  setBudget,
  settle,
  viewsOf,
  type BudgetBook,
} from './budget-book.ts'
import { entriesOf } from './budget-open.ts'
import { senderOf, timeOf } from './message.ts'

interface Step {
  readonly next: BudgetBook
  readonly facts: readonly BudgetFact[]
  readonly answer?: BudgetReply | BudgetsRead
  /** To whoever asked for a reservation: an actor gets it as a message. */
  readonly decision?: BudgetReserved | BudgetRefused
}

const expiry = 'expiry'

/** `callUsdMax`: what a call may cost that is reserved by its size. */
export const createBudgetMachine = (callUsdMax: CallPricer) =>
  setup({
    types: {
      context: {} as BudgetBook,
      events: {} as BudgetEvent,
      emitted: {} as BudgetFact | ReplyEmitted,
    },
    actions: {
      take: enqueueActions(({ context, event, enqueue }) => {
        const { next, facts, answer, decision } = stepOf(context, event, callUsdMax)
        const [{ expiresAt }, said] = [next, decision ?? answer]
        enqueue.assign(next)
        for (const fact of facts) enqueue.emit(fact)
        const sender = senderOf(event)
        if (decision && sender) enqueue(sendTo(refTo(sender), decision)) // G1
        else if (said) enqueue(reply(() => said))
        if (expiresAt === context.expiresAt) return
        enqueue.cancel(expiry)
        if (expiresAt > 0) enqueue.raise({ type: 'budget.expire' }, { id: expiry, delay: Math.max(0, expiresAt - timeOf(event)) }) // G2
      }),
    },
  }).createMachine({
    id: 'budget',
    context: emptyBook,
    initial: 'open',
    states: {
      open: {
        on: {
          'budget.set': { actions: 'take' },
          'budget.remove': { actions: 'take' },
          'budget.reset': { actions: 'take' },
          'budget.read': { actions: 'take' },
          'budget.reserve': { actions: 'take' },
          'budget.settle': { actions: 'take' },
          'budget.release': { actions: 'take' },
          'budget.expire': { actions: 'take' },
          cancel: { description: 'Nothing to cancel: a tenant always has its budgets.' },
        },
      },
    },
  })

function stepOf(book: BudgetBook, event: BudgetEvent, callUsdMax: CallPricer): Step {
  const now = timeOf(event)
  switch (event.type) {
    case 'budget.set':
      return setBudget(book, event, now)
    case 'budget.remove':
      return removeBudgets(book, event.scope, event.per, now)
    case 'budget.reset':
      return resetBudgets(book, event.scope, event.per, now)
    case 'budget.read':
      return read(rolled(book, now))
    case 'budget.reserve':
      return reserveCall(book, event, now, callUsdMax)
    case 'budget.settle':
      return settle(book, event.id, event.usd, now)
    case 'budget.release':
      return settle(book, event.id, 0, now)
    case 'budget.expire':
      return expire(book, now)
    case 'cancel':
      return { next: book, facts: [] }
  }
}

function reserveCall(book: BudgetBook, { id, agent, run, usd, call }: BudgetReserve, now: number, callUsdMax: CallPricer): Step {
  const asked = usd ?? (call ? callUsdMax(call) : Number.NaN)
  const { next, facts, answer } = reserve(book, { id, agent, run, usd: asked }, now)
  if (answer.ok) return { next, facts, decision: { type: 'budget.reserved', id, usd: answer.usd } }
  const { ok: _, ...fault } = answer
  return { next, facts, decision: { type: 'budget.refused', id, ...fault } }
}

function read(book: BudgetBook): Step {
  const expired = entriesOf(book.open).filter(([, reservation]) => reservation.expired).length
  return { next: book, facts: [], answer: { ok: true, budgets: viewsOf(book), open: book.open.count - expired, expired } }
}
