import { expect, test } from 'vitest'
import { callPricer, unpricedCallUsdDefault } from '../../services/llm/call-price.ts'
import { chooseModel } from '../../services/llm/index.ts'
import { costOf, prices } from '../../services/llm/prices.ts'

const size = { inputTokens: 10_000, outputTokens: 4_096 }

test('a call is reserved at the full price of its input and of the longest answer, so that no call of that size costs more', () => {
  const price = callPricer({ model: 'gpt-4.1-mini', offline: false })
  expect(price(size)).toBeCloseTo((10_000 * 0.4 + 4_096 * 1.6) / 1e6, 12)
  for (const model of Object.keys(prices))
    for (const cachedTokens of [0, 5_000, 10_000])
      expect(costOf(model, { ...size, cachedTokens })).toBeLessThanOrEqual(price({ ...size, model }))
})

test('a call of another model has the price of that model', () => {
  const price = callPricer({ model: 'gpt-4.1-mini', offline: false })
  expect(price({ ...size, model: 'gpt-4.1' })).toBeGreaterThan(price(size) * 4)
})

test('a model without a price counts for what the settings say, and the offline model for nothing', () => {
  expect(callPricer({ model: 'llama', offline: false })(size)).toBe(unpricedCallUsdDefault)
  expect(callPricer({ model: 'llama', offline: false, unpricedCallUsd: 0 })(size)).toBe(0)
  expect(chooseModel({ offlineUrl: 'http://127.0.0.1:1/v1' }).callUsdMax(size)).toBe(0)
  expect(
    chooseModel({ openAiApiKey: 'k', openAiBaseUrl: 'http://127.0.0.1:1/v1', model: 'llama', unpricedCallUsd: 0.2 }).callUsdMax(size),
  ).toBe(0.2)
})
