// Pacer
// Keeps what decisions cost near a mean: a price on cost that rises while more is spent than planned and falls while less is.
// Primal-dual (S. Agrawal and N. Devanur 2014): the price is the dual variable, each batch of outcomes one subgradient step.
//
// A1. What has been spent beyond the plan is at most the present price over `step`, in units of the plan, plus what is not yet reported.
// A2. The price is between 0 and `priceMax`: spending less than planned early is no licence to spend more later than the price at 0 lets.
import type { SelectionPolicy } from './types.ts'

export interface PaceState {
  /** How much score a cost of one `paceUsd` takes away. */
  readonly price: number
  readonly spentUsd: number
  readonly decisions: number
}

const step = 0.005
const priceMax = 100

/** The state after `decisions` more outcomes that cost `spentUsd` together; undefined: the policy does not pace. */
export function pace(
  state: PaceState | undefined,
  spentUsd: number,
  decisions: number,
  { paceUsd }: Pick<SelectionPolicy, 'paceUsd'>,
): PaceState | undefined {
  if (paceUsd === undefined) return undefined
  const former = state ?? { price: 0, spentUsd: 0, decisions: 0 }
  const price = Math.min(priceMax, Math.max(0, former.price + step * (spentUsd / paceUsd - decisions))) // A2
  return { price, spentUsd: former.spentUsd + spentUsd, decisions: former.decisions + decisions }
}
