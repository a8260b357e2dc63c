// Budget faults
// What is wrong with what budgets are asked, each with its code. Pure.
import { budgetLimits, budgetPeriods, budgetRefusals, type BudgetFault, type BudgetPeriod } from './budget.ts'
import { whenFault } from './schedule-times.ts'

/** Of what was given, in a sentence about it. */
const shownCharactersMax = 100

export const unknownReservation = (id: string): BudgetFault => ({
  code: budgetRefusals.reservationUnknown,
  reason: `no reservation '${id.slice(0, shownCharactersMax)}' is open; it was never made here, or ended so long ago that its id is forgotten`,
})

export const notSet = (scope: string, per: string | undefined): BudgetFault => ({
  code: budgetRefusals.notSet,
  reason: `no budget of ${scope.slice(0, shownCharactersMax)}${per === undefined ? '' : ` per ${per.slice(0, shownCharactersMax)}`} is set; budget.read says which are`,
})

export function idFault(id: string): BudgetFault | undefined {
  const { idCharactersMax } = budgetLimits
  return id.length > 0 && id.length <= idCharactersMax
    ? undefined
    : invalid(`the id has ${id.length} characters; it has 1 to ${idCharactersMax}`)
}

/** What was never said is no number either. */
export const usdFault = (usd: number): BudgetFault | undefined =>
  usd >= 0 && usd <= budgetLimits.usdMax ? undefined : invalid(`'usd' is ${usd}; it is 0 to ${budgetLimits.usdMax} US dollars`)

export function scopeFault(scope: string): BudgetFault | undefined {
  const [, name] = /^(?:agent|run):(.+)$/s.exec(scope) ?? []
  if (scope === 'tenant' || (name !== undefined && name.length <= budgetLimits.nameCharactersMax)) return undefined
  return invalid(`the scope '${scope.slice(0, shownCharactersMax)}' is not tenant, agent:<name> or run:<task>`)
}

export const perFault = (per: string): BudgetFault | undefined =>
  budgetPeriods.some((one) => one === per)
    ? undefined
    : invalid(`'per' is '${per.slice(0, shownCharactersMax)}'; it is ${budgetPeriods.join(', ')}`)

export function timeZoneFault(per: BudgetPeriod, timeZone: string | undefined, now: number): BudgetFault | undefined {
  if (timeZone === undefined) return undefined
  if (per === 'total')
    return invalid(`a budget in all has no period that begins in a time zone ('${timeZone.slice(0, shownCharactersMax)}')`)
  const fault = whenFault({ cron: '0 0 * * *', timeZone }, now)
  return fault && invalid(fault.reason)
}

const invalid = (reason: string): BudgetFault => ({ code: budgetRefusals.invalid, reason })
