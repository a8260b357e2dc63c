import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bucketOf, registryLimits } from '../../machines/registry.ts'
import { callsByBucket } from '../../services/cli/agents/define.ts'

test('every agent of a file is in one call, to the bucket it belongs into, and every call is within the limits', () => {
  const agent = fc.record({ name: fc.constantFrom('a', 'b', 'c', 'constructor'), instructions: fc.integer({ min: 0, max: 20_000 }) })
  fc.assert(
    fc.property(fc.array(agent, { maxLength: 400, size: 'max' }), (agents) => {
      const items = agents.map(({ name, instructions }) => ({ agent: { name, instructions: 'ä'.repeat(instructions / 2) } }))
      const seen: number[] = []
      for (const [bucket, calls] of callsByBucket(items))
        for (const call of calls) {
          seen.push(...call.map(({ at }) => at))
          for (const { at, item } of call) expect([item, bucket]).toEqual([items[at], bucketOf(agents[at]?.name ?? '')])
          expect(call.length).toBeLessThanOrEqual(registryLimits.itemsMax)
          const bytes = Buffer.byteLength(JSON.stringify(call.map(({ item }) => item)))
          expect(call.length === 1 || bytes <= registryLimits.callBytesMax).toBe(true)
        }
      expect(seen.toSorted((one, other) => one - other)).toEqual(items.map((_, at) => at))
    }),
    { numRuns: 50 },
  )
})

test('what has no name is sent all the same: the registry says what is wrong with it', () => {
  const items = [null, 7, {}, { name: 5 }].map((agent) => ({ agent }))
  expect([...callsByBucket(items).values()].flat(2)).toHaveLength(items.length)
})
