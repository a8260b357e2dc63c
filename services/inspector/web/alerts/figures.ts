// Figures
// What a rule goes by, as people write it and as the gateway takes it. Pure.
import { countText, durationText, percentText, usdText } from '../format.ts'
import type { Rule, RuleUnit } from './wire.ts'

export function figureText(unit: RuleUnit, value: number): string {
  if (unit === 'ms') return durationText(value)
  if (unit === 'share') return percentText(value)
  return unit === 'usd' ? usdText(value) : countText(value)
}

/** In a field a share is a percentage, and a time is seconds. */
const times: Readonly<Record<RuleUnit, number>> = { count: 1, ms: 1 / 1_000, share: 100, usd: 1 }
export const fieldUnits: Readonly<Record<RuleUnit, string>> = { count: 'how many', ms: 'seconds', share: 'percent', usd: 'US dollars' }

export const toField = (unit: RuleUnit, value: number): string => String(Number((value * times[unit]).toPrecision(12)))

/** NaN: it is no number. */
export const fromField = (unit: RuleUnit, text: string): number =>
  text.trim() === '' ? Number.NaN : Number((Number(text) / times[unit]).toPrecision(12))

/** What the rule says: `500 for 2m`. */
export function ruleText({ unit, threshold, forMs }: Pick<Rule, 'unit' | 'threshold' | 'forMs'>): string {
  const lasting = forMs > 0 ? ` for ${durationText(forMs)}` : ''
  return unit === undefined || threshold === undefined
    ? `as soon as it is so${lasting}`
    : `${figureText(unit, threshold)} or more${lasting}`
}
