// Batches
// A redrive of many letters as requests of a few seconds each, so that the page sees how far it is and can stop it. Pure.
import type { Redriven } from './wire.ts'

export interface Wish {
  readonly ids: readonly string[]
  readonly perSecond: number
  /** Together, at most. */
  readonly max: number
}

export interface RedriveState {
  readonly sent: number
  readonly skipped: readonly { readonly id: string; readonly why: string }[]
  readonly of: number
}

const secondsPerRequest = 3
/** As many as a request takes. */
const idsMax = 1_000

/** The next letters, and those behind them. */
export function nextBatch(ids: readonly string[], perSecond: number): readonly [readonly string[], readonly string[]] {
  const size = Math.min(idsMax, Math.max(1, perSecond * secondsPerRequest))
  return [ids.slice(0, size), ids.slice(size)]
}

export const beginOf = ({ ids, max }: Wish): RedriveState => ({ sent: 0, skipped: [], of: Math.min(ids.length, max) })

export const afterBatch = (state: RedriveState, { redriven, skipped }: Pick<Redriven, 'redriven' | 'skipped'>): RedriveState => ({
  ...state,
  sent: state.sent + redriven.length,
  skipped: [...state.skipped, ...skipped],
})

export const shareOf = ({ sent, skipped, of }: RedriveState): number => (of === 0 ? 1 : (sent + skipped.length) / of)
