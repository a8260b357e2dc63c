import { expect, test } from 'vitest'
import { workerDefaults } from '../../runtime/options.ts'
import { settingsOf } from '../../services/settings.ts'
import { effectLimits } from '../../services/worker/effect-limits.ts'

const limitsOf = (pools: string) => effectLimits(settingsOf({ TROUPE_EFFECT_POOLS: pools }).TROUPE_EFFECT_POOLS)

test('a deployment changes the limits it names, and the others stay', () => {
  const perKey = { concurrency: 4, rate: { count: 500, perMs: 60_000, burst: 20 } }
  expect(limitsOf(JSON.stringify({ llm: { concurrency: 32, perKey }, tools: { perKey: { rate: { count: 1, perMs: 1_000 } } } }))).toEqual({
    effectsMax: { ...workerDefaults.effectsMax, llm: 32 },
    effectKeys: { llm: perKey, tools: { rate: { count: 1, perMs: 1_000 } } },
  })
  expect(limitsOf('')).toEqual({ effectsMax: workerDefaults.effectsMax, effectKeys: {} })
})

test.each([
  ['{"llm":', /not JSON/],
  ['{"llm":{"concurrency":0}}', /llm.concurrency/],
  ['{"llm":{"concurency":4}}', /concurency/],
  ['{"llm":{"perKey":{"rate":{"count":5}}}}', /llm.perKey.rate.perMs/],
])('limits %s stop the start, with what is wrong', (pools, message) => {
  expect(() => limitsOf(pools)).toThrow(message)
})
