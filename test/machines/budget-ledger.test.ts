import fc from 'fast-check'
import { expect, test } from 'vitest'
import { budgetLimits, type BudgetScope, type BudgetView } from '../../machines/budget.ts'
import {
  emptyBook,
  expire,
  reserve,
  resetBudgets,
  rolled,
  setBudget,
  settle,
  viewsOf,
  type BudgetBook,
} from '../../machines/budget-book.ts'

const dayMs = 86_400_000
const nano = 1e-9
const start = Date.UTC(2027, 2, 1, 20)

/** What the ledger writes down of one call, beside the book. */
interface Line {
  readonly id: string
  readonly day: number
  readonly scopes: readonly string[]
  readonly reserved: number
  /** Undefined: under way. */
  spent: number | undefined
  readonly madeAt: number
  /** By scope: counted before a reset, in a count that is gone. */
  readonly gone: Set<string>
}

/** In billionths of a dollar: whole numbers, so that what is compared is exact. */
type Step =
  | { readonly kind: 'reserve'; readonly agent: string; readonly amount: number }
  | { readonly kind: 'settle'; readonly which: number; readonly amount: number | undefined }
  | { readonly kind: 'limit' | 'reset'; readonly scope: BudgetScope; readonly amount: number }
  | { readonly kind: 'wait'; readonly ms: number }

const amount = fc.oneof(fc.integer({ min: 0, max: 900_000_000 }), fc.integer({ min: 1, max: 50 }))
const scope = fc.constantFrom<BudgetScope>('tenant', 'agent:a', 'agent:b')
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('reserve' as const), agent: fc.constantFrom('a', 'b'), amount }) },
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constant('settle' as const), which: fc.nat(30), amount: fc.option(amount, { nil: undefined }) }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('limit' as const), scope, amount: fc.integer({ min: 0, max: 3_000_000_000 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('reset' as const), scope, amount }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('wait' as const),
      ms: fc.oneof(fc.integer({ min: 1, max: 600_000 }), fc.integer({ min: 1, max: 30_000_000 })),
    }),
  },
)

class Ledger {
  book: BudgetBook = emptyBook
  now = start
  readonly lines: Line[] = []
  /** When each scope began to be counted. */
  readonly since = new Map<string, number>([['tenant', 0]])

  take(given: Step): void {
    const { now } = this
    if (given.kind === 'wait') return this.#wait(given.ms)
    if (given.kind === 'reserve') return this.#reserve(given)
    if (given.kind === 'settle') return this.#settle(given)
    if (given.kind === 'reset') return this.#reset(given.scope)
    this.book = setBudget(this.book, { type: 'budget.set', scope: given.scope, per: 'day', usd: given.amount * nano }, now).next
    if (!this.since.has(given.scope)) this.since.set(given.scope, this.lines.length)
  }

  #reset(of: BudgetScope): void {
    const { next, answer } = resetBudgets(this.book, of, 'day', this.now)
    this.book = next
    if (!answer.ok) return
    for (const line of this.lines) if (line.spent !== undefined && line.day === dayOf(this.now)) line.gone.add(of)
  }

  #reserve({ agent, amount: reserved }: Step & { kind: 'reserve' }): void {
    const id = `r${this.lines.length}`
    const scopes = ['tenant', `agent:${agent}`].filter((one) => this.since.has(one))
    const hasRoom = this.views().every(({ scope: one, limitUsd, spentUsd, reservedUsd }) => {
      if (limitUsd === undefined || !scopes.includes(one) || reserved === 0) return true
      return Math.round((spentUsd + reservedUsd) / nano) + reserved <= Math.round(limitUsd / nano)
    })
    const { next, answer } = reserve(this.book, { id, agent, run: 't', usd: reserved * nano }, this.now)
    expect(answer.ok).toBe(hasRoom) // what is shown is what is enforced
    this.book = next
    if (answer.ok) this.lines.push({ id, day: dayOf(this.now), scopes, reserved, spent: undefined, madeAt: this.now, gone: new Set() })
  }

  #settle({ which, amount: spent }: Step & { kind: 'settle' }): void {
    const line = this.lines[which % Math.max(1, this.lines.length)]
    if (!line) return
    const { next, answer } = settle(this.book, line.id, spent === undefined ? undefined : spent * nano, this.now)
    this.book = next
    if (answer.ok && !answer.repeated) line.spent = spent ?? line.reserved
  }

  /** The timer of the machine fires in time, or a little late. */
  #wait(ms: number): void {
    this.now += ms
    const { next, facts } = expire(this.book, this.now)
    this.book = next
    const expired = new Set(facts.flatMap((fact) => (fact.type === 'budget.expired' ? [fact.id] : [])))
    for (const line of this.lines) if (expired.has(line.id)) line.spent = line.reserved
    const late = this.lines.filter(({ spent, madeAt }) => spent === undefined && madeAt + budgetLimits.reservationMs <= this.now)
    expect(late).toEqual([])
  }

  views(): readonly BudgetView[] {
    return viewsOf(rolled(this.book, this.now)).filter(({ per }) => per === 'day')
  }

  sums(of: string, day: number): { readonly spent: number; readonly reserved: number } {
    const mine = this.lines.filter(({ scopes, day: made, gone }) => scopes.includes(of) && made === day && !gone.has(of))
    return {
      spent: mine.reduce((sum, { spent = 0 }) => sum + spent, 0),
      reserved: mine.reduce((sum, { spent, reserved }) => sum + (spent === undefined ? reserved : 0), 0),
    }
  }
}

const dayOf = (at: number): number => Math.floor(at / dayMs)

test('B4: at every step what is shown is what is enforced, and both are the sum of the ledger, of today and of the day before', () => {
  let settledLate = 0
  fc.assert(
    fc.property(fc.array(step, { minLength: 5, maxLength: 80 }), (steps) => {
      const ledger = new Ledger()
      for (const given of steps) {
        ledger.take(given)
        for (const { scope: of, limitUsd, spentUsd, reservedUsd, leftUsd, before } of ledger.views()) {
          const shown = { spent: Math.round(spentUsd / nano), reserved: Math.round(reservedUsd / nano) }
          expect(shown).toEqual(ledger.sums(of, dayOf(ledger.now)))
          if (limitUsd !== undefined)
            expect(Math.round((leftUsd ?? 0) / nano)).toBe(Math.round(limitUsd / nano) - shown.spent - shown.reserved)
          if (!before) continue
          const shownBefore = { spent: Math.round(before.spentUsd / nano), reserved: Math.round(before.reservedUsd / nano) }
          if (shownBefore.spent > 0) settledLate++
          expect(shownBefore).toEqual(ledger.sums(of, dayOf(before.endedAt) - 1))
        }
      }
    }),
    { numRuns: 400 },
  )
  expect(settledLate).toBeGreaterThan(100)
})

test('calls that cost no more than they reserved never overspend, in whatever order they are made and settled', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(amount, fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(9)), { maxLength: 120 }), (calls) => {
      let { next: book } = setBudget(emptyBook, { type: 'budget.set', scope: 'tenant', per: 'total', usd: 1 }, start)
      const open: { id: string; actual: number }[] = []
      let spent = 0
      for (const [index, [reserved, share, settled]] of calls.entries()) {
        const { next, answer } = reserve(book, { id: `r${index}`, agent: 'a', run: 't', usd: reserved * nano }, start)
        book = next
        if (answer.ok) open.push({ id: `r${index}`, actual: Math.floor(reserved * share) })
        for (const { id, actual } of open.splice(0, settled > 6 ? settled - 6 : 0)) {
          book = settle(book, id, actual * nano, start).next
          spent += actual
        }
        expect(spent).toBeLessThanOrEqual(1_000_000_000)
      }
      for (const { id, actual } of open) book = settle(book, id, actual * nano, start).next
      spent += open.reduce((sum, { actual }) => sum + actual, 0)
      expect(spent).toBeLessThanOrEqual(1_000_000_000)
      const total = viewsOf(book).find(({ per }) => per === 'total')
      expect(total).toMatchObject({ reservedUsd: 0, spentUsd: spent / 1e9 })
    }),
  )
})
