// Prices
// What a call costs, by a dated table. Prices change: check it against https://developers.openai.com/api/docs/pricing before you rely on a sum.
// Standard tier, US dollars for a million tokens, up to `longContextTokens` of input; above that many models cost more, so no price is given.

/** The day the table was last compared with published prices. */
export const pricesCheckedOn = '2026-11-05'
export const longContextTokens = 272_000
const tokensPerPrice = 1_000_000

export interface Price {
  readonly input: number
  /** Input that the endpoint had in its cache. */
  readonly cached: number
  readonly output: number
}

export type PriceTable = Readonly<Record<string, Price>>

export const prices: PriceTable = {
  'gpt-6-astra': { input: 10, cached: 1, output: 50 },
  'gpt-6.1-sol': { input: 2, cached: 0.1, output: 10 },
  'gpt-6-sol': { input: 2, cached: 0.2, output: 10 },
  'gpt-6-luna': { input: 0.1, cached: 0.01, output: 0.5 },
  'gpt-5.6-terra': { input: 2, cached: 0.2, output: 12 },
  'gpt-5.6-luna': { input: 0.2, cached: 0.02, output: 1.2 },
  'gpt-5.5': { input: 5, cached: 0.5, output: 30 },
  'gpt-5.4': { input: 2.5, cached: 0.25, output: 15 },
  'gpt-5.4-mini': { input: 0.75, cached: 0.075, output: 4.5 },
  'gpt-5.4-nano': { input: 0.2, cached: 0.02, output: 1.25 },
  'gpt-5': { input: 1.25, cached: 0.125, output: 10 },
  'gpt-5-mini': { input: 0.25, cached: 0.025, output: 2 },
  'gpt-4.1': { input: 2, cached: 0.5, output: 8 },
  'gpt-4.1-mini': { input: 0.4, cached: 0.1, output: 1.6 },
  'gpt-4o': { input: 2.5, cached: 1.25, output: 10 },
  'gpt-4o-mini': { input: 0.15, cached: 0.075, output: 0.6 },
  'text-embedding-3-small': { input: 0.02, cached: 0.02, output: 0 },
  'text-embedding-3-large': { input: 0.13, cached: 0.13, output: 0 },
}

export interface TokenCounts {
  /** All input, the cached part included. */
  readonly inputTokens: number
  readonly cachedTokens?: number
  readonly outputTokens: number
}

/** US dollars for these tokens; undefined when the table has no price for the model or for an input this long. */
export function costOf(model: string, usage: TokenCounts, table: PriceTable = prices): number | undefined {
  const price = table[model] ?? table[model.replace(snapshotDate, '')]
  if (price === undefined || usage.inputTokens > longContextTokens) return undefined
  const cached = Math.min(usage.cachedTokens ?? 0, usage.inputTokens)
  const total = (usage.inputTokens - cached) * price.input + cached * price.cached + usage.outputTokens * price.output
  return total / tokensPerPrice
}

/** `gpt-4.1-mini-2025-04-14` costs what `gpt-4.1-mini` costs. */
const snapshotDate = /-\d{4}-\d{2}-\d{2}$/
