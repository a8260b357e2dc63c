// Budget book
// What a tenant has spent and reserved, by budget and period, decided purely: the book and the time in, the next book and what is said out.
// Amounts are whole billionths of a dollar, so that sums are exact whatever their order.
//
// B1. A reservation is granted only if in every budget it counts in, what is spent, reserved and asked for stays within the limit.
// B2. What is reserved ends once: settled, released, or expired as spent; an expired one may be settled once more, which corrects it.
// B3. It ends in the periods it was made in, however late; a period that is no longer kept takes nothing.
// B4. What is shown is what is compared with the limit: there is one counter.
import {
  budgetLimits,
  budgetPeriods,
  budgetRefusals,
  budgetText,
  type BudgetFact,
  type BudgetFault,
  type BudgetName,
  type BudgetPeriod,
  type BudgetScope,
  type BudgetSet,
  type BudgetView,
  type Exceeded,
} from './budget.ts'
import { idFault, notSet, perFault, scopeFault, timeZoneFault, unknownReservation, usdFault } from './budget-faults.ts'
import { entriesOf, noneOpen, openOf, withOpen, withoutOpen, type OpenReservations, type Reservation } from './budget-open.ts'
import { nextDue } from './schedule-times.ts'

const nanosPerUsd = 1_000_000_000
const dayMs = 86_400_000

export interface Budget {
  /** The number of its present period; no two periods of any budgets share one. */
  readonly period: number
  /** Absent: counted only. */
  readonly limit?: number
  readonly spent: number
  readonly reserved: number
  /** Absent: never. */
  readonly endsAt?: number
  readonly timeZone?: string
  readonly before?: { readonly period: number; readonly spent: number; readonly reserved: number; readonly endedAt: number }
}

export interface BudgetBook {
  /** By `nameOf`. */
  readonly budgets: Readonly<Record<string, Budget>>
  readonly open: OpenReservations
  /** The latest ids that have ended, in a ring of `endedMax`. */
  readonly ended: readonly string[]
  readonly endedCount: number
  /** The number of the latest period. */
  readonly periods: number
  /** When the next reservation may expire; 0: none is open. */
  readonly expiresAt: number
}

export interface Turn {
  readonly next: BudgetBook
  readonly facts: readonly BudgetFact[]
}

type Refused = { readonly ok: false; readonly exceeded?: Exceeded } & BudgetFault
export type Reserving = Turn & { readonly answer: { readonly ok: true; readonly usd: number } | Refused }
export type Ending = Turn & { readonly answer: { readonly ok: true; readonly repeated?: true } | Refused }
export type Changing = Turn & { readonly answer: { readonly ok: true; readonly budgets: readonly BudgetView[] } | Refused }

/** Begins with a space-free word, so it is never a name that every object inherits. */
const nameOf = ({ scope, per }: BudgetName): string => `${per} ${scope}`

function partsOf(name: string): BudgetName {
  const space = name.indexOf(' ')
  return { per: name.slice(0, space) as BudgetPeriod, scope: name.slice(space + 1) as BudgetScope } // made by nameOf
}

const tenantNames = budgetPeriods.map((per) => nameOf({ scope: 'tenant', per }))

/** What the tenant spends is counted from its first call on, with or without a limit. */
export const emptyBook: BudgetBook = {
  budgets: Object.fromEntries(
    tenantNames.map((name, index) => [
      name,
      { period: index + 1, spent: 0, reserved: 0, ...(partsOf(name).per !== 'total' && { endsAt: 0 }) },
    ]),
  ),
  open: noneOpen,
  ended: [],
  endedCount: 0,
  periods: tenantNames.length,
  expiresAt: 0,
}

/** The book at this time: periods that are over have ended. A clock that was put back opens none again. */
export function rolled(book: BudgetBook, now: number): BudgetBook {
  const over = Object.entries(book.budgets).filter(([, { endsAt }]) => endsAt !== undefined && endsAt <= now)
  if (over.length === 0) return book
  const begun = over.map(([name, budget], index): [string, Budget] => {
    const { period, spent, reserved, endsAt = 0, before: _, ...lasting } = budget
    const end = endOf(partsOf(name).per, budget.timeZone, now)
    const before = endsAt === 0 ? {} : { before: { period, spent, reserved, endedAt: endsAt } }
    return [name, { ...lasting, period: book.periods + 1 + index, spent: 0, reserved: 0, ...end, ...before }]
  })
  return { ...book, budgets: { ...book.budgets, ...Object.fromEntries(begun) }, periods: book.periods + begun.length }
}

/** Midnight in its time zone, of the day or of the last day of the month. */
function endOf(per: BudgetPeriod, timeZone: string | undefined, now: number): { readonly endsAt?: number } {
  if (per === 'total') return {}
  const when = { cron: per === 'day' ? '0 0 * * *' : '0 0 1 * *', ...(timeZone !== undefined && { timeZone }) }
  return { endsAt: nextDue(when, 0, now) ?? now + dayMs }
}

export interface Asking {
  readonly id: string
  readonly agent: string
  readonly run: string
  readonly usd: number
}

export function reserve(given: BudgetBook, asking: Asking, now: number): Reserving {
  const { id, usd } = asking
  const fault = idFault(id) ?? usdFault(usd)
  if (fault) return refused(given, fault)
  const known = openOf(given.open, id)
  if (known && !known.expired) return { next: given, facts: [], answer: { ok: true, usd: usdOf(known.amount) } }
  if (known || given.ended.includes(id))
    return refused(given, {
      code: budgetRefusals.reservationEnded,
      reason: `reservation '${id}' has ended; give every call an id of its own`,
    })
  const book = withRoom(rolled(given, now))
  if (book.open.count >= budgetLimits.openMax)
    return refused(book, {
      code: budgetRefusals.full,
      reason: `${budgetLimits.openMax} reservations are open; try again when some are settled`,
    })
  const amount = nanosOf(usd)
  const counted = countedIn(book, asking)
  const short =
    amount === 0 ? undefined : counted.find(([, { limit, spent, reserved }]) => limit !== undefined && spent + reserved + amount > limit)
  if (short) return exceeded(book, asking, short) // B1
  const budgets = changed(book, counted, (budget) => ({ ...budget, reserved: budget.reserved + amount }))
  const until = now + budgetLimits.reservationMs
  const reservation: Reservation = { amount, until, periods: counted.map(([, { period }]) => period) }
  const next = { ...book, budgets, open: withOpen(book.open, id, reservation), expiresAt: book.expiresAt || until }
  return { next, facts: [], answer: { ok: true, usd } }
}

/** Of the budgets there are, those that a spender counts in. */
function countedIn({ budgets }: BudgetBook, { agent, run }: Asking): readonly (readonly [string, Budget])[] {
  const scopes: readonly BudgetScope[] = [`run:${run}`, `agent:${agent}`, 'tenant']
  const names = scopes.flatMap((scope) => budgetPeriods.map((per) => nameOf({ scope, per })))
  return names.flatMap((name) => {
    const budget = budgets[name]
    return budget ? [[name, budget] as const] : []
  })
}

function exceeded(book: BudgetBook, { id, agent, run, usd }: Asking, [name, budget]: readonly [string, Budget]): Reserving {
  const { scope, per } = partsOf(name)
  const { limit = 0, spent, reserved, endsAt } = budget
  const figures: Exceeded = {
    scope,
    per,
    limitUsd: usdOf(limit),
    spentUsd: usdOf(spent),
    reservedUsd: usdOf(reserved),
    askedUsd: usd,
    ...(endsAt !== undefined && { resetsAt: endsAt }),
  }
  const reason = `the budget of ${budgetText({ scope, per })} is ${figures.limitUsd} USD: ${figures.spentUsd} are spent, ${figures.reservedUsd} reserved, and this call may cost ${usd}`
  const fact: BudgetFact = { type: 'budget.exceeded', id, agent, run, ...figures }
  return { next: book, facts: [fact], answer: { ok: false, code: budgetRefusals.exceeded, reason, exceeded: figures } }
}

/** Ends a reservation by what it has cost; undefined: nobody knows, so what was reserved. */
export function settle(given: BudgetBook, id: string, usd: number | undefined, now: number): Ending {
  const fault = usd === undefined ? undefined : usdFault(usd)
  if (fault) return refused(given, fault)
  const reservation = openOf(given.open, id)
  if (!reservation) return given.ended.includes(id) ? repeated(given) : refused(given, unknownReservation(id)) // B2
  const book = rolled(given, now)
  const actual = usd === undefined ? reservation.amount : nanosOf(usd)
  const budgets = ending(book, reservation, (budget) => ({
    reserved: budget.reserved - (reservation.expired ? 0 : reservation.amount),
    spent: budget.spent + actual - (reservation.expired ? reservation.amount : 0),
  }))
  return { next: noteEnded({ ...book, budgets, open: withoutOpen(book.open, id) }, id), facts: [], answer: { ok: true } }
}

type Counter = Pick<Budget, 'spent' | 'reserved'>

/** B3: in the periods it was made in, the present ones or those before. */
function ending({ budgets }: BudgetBook, { periods }: Reservation, end: (counter: Counter) => Counter): BudgetBook['budgets'] {
  const ended = Object.entries(budgets).flatMap(([name, budget]): [string, Budget][] => {
    const { before } = budget
    if (periods.includes(budget.period)) return [[name, { ...budget, ...end(budget) }]]
    return before && periods.includes(before.period) ? [[name, { ...budget, before: { ...before, ...end(before) } }]] : []
  })
  return { ...budgets, ...Object.fromEntries(ended) }
}

function noteEnded(book: BudgetBook, id: string): BudgetBook {
  const { ended, endedCount } = book
  const { endedMax } = budgetLimits
  const next = ended.length < endedMax ? [...ended, id] : ended.with(endedCount % endedMax, id)
  return { ...book, ended: next, endedCount: endedCount + 1 }
}

/** What nobody settled in time counts as spent (B2), a batch a turn; `expiresAt` says when to look again. */
export function expire(given: BudgetBook, now: number): Turn {
  const { expireBatchMax } = budgetLimits
  const due = entriesOf(given.open).filter(([, { until, expired }]) => !expired && until <= now)
  const facts: BudgetFact[] = []
  let next = rolled(given, now)
  for (const [id, reservation] of due.slice(0, expireBatchMax)) {
    const { amount } = reservation
    const budgets = ending(next, reservation, ({ spent, reserved }) => ({ spent: spent + amount, reserved: reserved - amount }))
    next = { ...next, budgets, open: withOpen(next.open, id, { ...reservation, expired: true }) }
    facts.push({ type: 'budget.expired', id, usd: usdOf(amount) })
  }
  const rest = forgetExpired(next, now - budgetLimits.correctionMs)
  const waiting = entriesOf(rest.open).flatMap(([, { until, expired }]) => (expired ? [] : [until]))
  return { next: { ...rest, expiresAt: waiting.length === 0 ? 0 : Math.min(...waiting) }, facts }
}

/** Expired reservations are kept for corrections only: they make room for new ones, the oldest first. */
function withRoom(book: BudgetBook): BudgetBook {
  if (book.open.count < budgetLimits.openMax) return book
  const oldest = entriesOf(book.open).flatMap(([, { until, expired }]) => (expired ? [until] : []))
  return oldest.length === 0 ? book : forgetExpired(book, Math.min(...oldest))
}

function forgetExpired(book: BudgetBook, until: number): BudgetBook {
  const forgotten = entriesOf(book.open).filter(([, one]) => one.expired && one.until <= until)
  return forgotten.reduce((left, [id]) => noteEnded({ ...left, open: withoutOpen(left.open, id) }, id), book)
}

export function setBudget(given: BudgetBook, { scope, per, usd, timeZone }: BudgetSet, now: number): Changing {
  const fault = scopeFault(scope) ?? perFault(per) ?? usdFault(usd) ?? timeZoneFault(per, timeZone, now)
  if (fault) return refused(given, fault)
  const book = rolled(given, now)
  const name = nameOf({ scope, per })
  const known = book.budgets[name]
  if (!known && Object.keys(book.budgets).length >= budgetLimits.budgetsMax)
    return refused(book, {
      code: budgetRefusals.full,
      reason: `${budgetLimits.budgetsMax} budgets are kept; remove one of a run that is over`,
    })
  const { endsAt: _, ...counted } = known ?? { period: book.periods + 1, spent: 0, reserved: 0 }
  const zone = timeZone ?? known?.timeZone
  const end = known && zone === known.timeZone && known.endsAt !== undefined ? { endsAt: known.endsAt } : endOf(per, zone, now)
  const budget: Budget = { ...counted, limit: nanosOf(usd), ...end, ...(zone !== undefined && { timeZone: zone }) }
  const next = { ...book, budgets: { ...book.budgets, [name]: budget }, periods: book.periods + (known ? 0 : 1) }
  return changing(next, [name], [{ type: 'budget.changed', scope, per, limitUsd: usd }])
}

export function removeBudgets(given: BudgetBook, scope: BudgetScope, per: BudgetPeriod | undefined, now: number): Changing {
  const book = rolled(given, now)
  const names = limitedNames(book, scope, per)
  if (names.length === 0) return refused(book, notSet(scope, per))
  const budgets = { ...book.budgets }
  for (const name of names) {
    const { limit: _, ...counted } = budgets[name] ?? { period: 0, spent: 0, reserved: 0 }
    if (scope === 'tenant') budgets[name] = counted
    else delete budgets[name]
  }
  return changing(
    { ...book, budgets },
    names,
    names.map((name) => ({ type: 'budget.removed', ...partsOf(name) })),
  )
}

/** What is reserved stays: those calls are under way, and are counted where they end. */
export function resetBudgets(given: BudgetBook, scope: BudgetScope, per: BudgetPeriod | undefined, now: number): Changing {
  const book = rolled(given, now)
  const one = per === undefined ? undefined : nameOf({ scope, per })
  const names = one !== undefined && Object.hasOwn(book.budgets, one) ? [one] : limitedNames(book, scope, per)
  if (names.length === 0) return refused(book, notSet(scope, per))
  const facts = names.map((name): BudgetFact => ({
    type: 'budget.reset',
    ...partsOf(name),
    spentUsd: usdOf(book.budgets[name]?.spent ?? 0),
  }))
  return changing(names.reduce(begunAgain, book), names, facts)
}

/** A period of a new number: the calls under way move over to it, and no late correction of what was counted before reaches it. */
function begunAgain(book: BudgetBook, name: string): BudgetBook {
  const budget = book.budgets[name]
  if (!budget) return book
  const period = book.periods + 1
  const moved = entriesOf(book.open).filter(([, { periods, expired }]) => !expired && periods.includes(budget.period))
  const open = moved.reduce((left, [id, reservation]) => {
    const periods = reservation.periods.map((one) => (one === budget.period ? period : one))
    return withOpen(left, id, { ...reservation, periods })
  }, book.open)
  const budgets = { ...book.budgets, [name]: { ...budget, period, spent: 0 } }
  return { ...book, budgets, open, periods: period }
}

const limitedNames = ({ budgets }: BudgetBook, scope: BudgetScope, per: BudgetPeriod | undefined): readonly string[] =>
  budgetPeriods
    .filter((one) => per === undefined || one === per)
    .map((one) => nameOf({ scope, per: one }))
    .filter((name) => Object.hasOwn(budgets, name) && budgets[name]?.limit !== undefined)

const changing = (next: BudgetBook, names: readonly string[], facts: readonly BudgetFact[]): Changing => ({
  next,
  facts,
  answer: { ok: true, budgets: viewsOf(next).filter((view) => names.includes(nameOf(view))) },
})

/** B4: made of the very figures that `reserve` compares. */
export const viewsOf = ({ budgets }: BudgetBook): readonly BudgetView[] =>
  Object.entries(budgets).map(([name, { limit, spent, reserved, endsAt, timeZone, before }]) => ({
    ...partsOf(name),
    ...(limit !== undefined && { limitUsd: usdOf(limit) }),
    spentUsd: usdOf(spent),
    reservedUsd: usdOf(reserved),
    ...(limit !== undefined && { leftUsd: usdOf(limit - spent - reserved) }),
    ...(endsAt !== undefined && { resetsAt: endsAt }),
    ...(timeZone !== undefined && { timeZone }),
    ...(before && { before: { spentUsd: usdOf(before.spent), reservedUsd: usdOf(before.reserved), endedAt: before.endedAt } }),
  }))

const changed = (
  { budgets }: BudgetBook,
  some: readonly (readonly [string, Budget])[],
  change: (budget: Budget) => Budget,
): BudgetBook['budgets'] => ({ ...budgets, ...Object.fromEntries(some.map(([name, budget]) => [name, change(budget)])) })

/** Rounded to the nearest billionth: half of one is the largest error of a call. */
const nanosOf = (usd: number): number => Math.round(usd * nanosPerUsd)
const usdOf = (nanos: number): number => nanos / nanosPerUsd

const repeated = (next: BudgetBook): Ending => ({ next, facts: [], answer: { ok: true, repeated: true } })
const refused = (next: BudgetBook, fault: BudgetFault) => ({ next, facts: [], answer: { ok: false as const, ...fault } })
