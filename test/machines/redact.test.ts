import fc from 'fast-check'
import { expect, test } from 'vitest'
import { hidden, redact, redactDefaults } from '../../machines/redact.ts'

test('a field that is named like a secret is hidden, whatever it holds and however deep it is', () => {
  const shown = redact({
    apiKey: 'abc',
    api_key: 1,
    password: { of: 'all' },
    nested: [{ Authorization: 'Bearer x', 'x-access-token': 'y', clientSecret: [1] }],
    token: 24_335,
    monkey: 'banana',
  })
  expect(shown).toEqual({
    apiKey: hidden,
    api_key: hidden,
    password: hidden,
    nested: [{ Authorization: hidden, 'x-access-token': hidden, clientSecret: hidden }],
    token: hidden,
    monkey: 'banana',
  })
})

test('a text that holds a key is shown without it', () => {
  expect(redact('use sk-abcdefghijklmnop1234 and AKIAABCDEFGHIJKLMNOP please')).toBe(`use ${hidden} and ${hidden} please`)
})

test('counts of tokens stay readable', () => {
  const counts = { tokens: 7, inputTokens: 3, tokensMax: 5 }
  expect(redact({ ...counts, tokensOfMine: 1 })).toEqual({ ...counts, tokensOfMine: 1 })
  expect(redact({ tokens: ['abc'] })).toEqual({ tokens: hidden })
})

test('what is deep, long or large is cut, and the cut says so', () => {
  const limits = { ...redactDefaults, depthMax: 2, textMax: 4, itemsMax: 2 }
  expect(redact({ a: { b: { c: 1 } }, text: 'abcdefgh', list: [1, 2, 3], d: 1 }, limits)).toEqual({
    a: { b: '[cut: deeper]' },
    text: 'abcd… [cut: 8 characters]',
    '…': '[cut: 4 fields]',
  })
  expect(redact([1, 2, 3], limits)).toEqual([1, 2, '[cut: 3 items]'])
  expect(redact('abcdefgh', { ...redactDefaults, bytesMax: 3 })).toBe('abc… [cut: 8 characters]')
})

test('any JSON comes back within a few times its limit, and as JSON', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 14 }), fc.integer({ min: 0, max: 2_000 }), (value, bytesMax) => {
      const text = JSON.stringify(redact(value, { ...redactDefaults, bytesMax })) ?? 'null'
      const widest = Math.max(
        1,
        ...JSON.stringify(value)
          .split(',')
          .map((part) => part.length),
      )
      return text.length <= 20 * (bytesMax + 200) + widest
    }),
  )
})
