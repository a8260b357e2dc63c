import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Kept } from '../../services/inspector/moments/kept.ts'

test('what is kept never weighs more than it may, and is what was put last under its name', () => {
  const put = fc.record({ key: fc.constantFrom('a', 'b', 'c', 'd', '__proto__', 'constructor'), bytes: fc.integer({ min: 0, max: 60 }) })
  fc.assert(
    fc.property(fc.array(put, { maxLength: 60 }), (puts) => {
      const kept = new Kept<number>(100)
      const last = new Map<string, number>()
      for (const [n, { key, bytes }] of puts.entries()) {
        kept.put(key, n, bytes)
        last.set(key, n)
        expect(kept.bytes).toBeLessThanOrEqual(100)
        for (const [name, value] of last) expect([undefined, value]).toContain(kept.get(name))
      }
    }),
  )
})

test('the one that was asked for longest ago goes first; one that is too heavy is not kept', () => {
  const kept = new Kept<string>(10)
  kept.put('a', 'A', 4)
  kept.put('b', 'B', 4)
  expect(kept.get('a')).toBe('A')
  kept.put('c', 'C', 4)
  expect([kept.get('a'), kept.get('b'), kept.get('c')]).toEqual(['A', undefined, 'C'])
  kept.put('a', 'heavy', 11)
  expect(kept.get('a')).toBeUndefined()
  expect(kept.bytes).toBe(4)
})
