// Call price
// What a model call may cost at most, by the price table: what is reserved before the call.
import type { CallPricer } from '../../machines/budget.ts'
import { costOf, prices, type PriceTable } from './prices.ts'

export interface PricerOptions {
  /** The model of calls that name none. */
  readonly model: string
  /** The offline model is free. */
  readonly offline: boolean
  /** What a call counts for when the table has no price for its model. Default `unpricedCallUsdDefault`. */
  readonly unpricedCallUsd?: number | undefined
}

/** More than most calls cost: a model without a price must not look free. */
export const unpricedCallUsdDefault = 0.05

export function callPricer(
  { model, offline, unpricedCallUsd = unpricedCallUsdDefault }: PricerOptions,
  table: PriceTable = prices,
): CallPricer {
  return (call) => (offline ? 0 : (costOf(call.model ?? model, call, table) ?? unpricedCallUsd))
}
