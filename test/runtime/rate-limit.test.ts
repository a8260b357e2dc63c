import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fullBucket, readyAt, shareOf, spend, type Rate } from '../../runtime/rate-limit.ts'

const rates: fc.Arbitrary<Rate> = fc.record({
  count: fc.integer({ min: 1, max: 50 }),
  perMs: fc.integer({ min: 1, max: 60_000 }),
  burst: fc.integer({ min: 1, max: 20 }),
})

/** When each of many starts happens, that all want to happen as soon as they may, from their own time on. */
function startsOf(rate: Rate, wantedAt: readonly number[]): number[] {
  let spentUntil = fullBucket
  let now = 0
  return wantedAt.map((wanted) => {
    now = Math.max(now, wanted)
    now = Math.max(now, readyAt(rate, spentUntil, now))
    spentUntil = spend(rate, spentUntil, now)
    return now
  })
}

test('in any stretch of time no more starts than the burst and what the rate gives in it', () => {
  fc.assert(
    fc.property(rates, fc.array(fc.integer({ min: 0, max: 10_000 }), { maxLength: 60 }), (rate, gaps) => {
      let now = 0
      const starts = startsOf(
        rate,
        gaps.map((gap) => (now += gap % 7 === 0 ? gap : 0)),
      )
      const everyMs = rate.perMs / rate.count
      for (const [from, first] of starts.entries())
        for (const [to, last] of starts.entries())
          if (to >= from) expect(to - from + 1).toBeLessThanOrEqual((rate.burst ?? 1) + (last - first) / everyMs + 1e-6)
    }),
  )
})

test('a bucket that was left alone lets its burst through at once, and then one start at a time', () => {
  expect(startsOf({ count: 10, perMs: 1_000, burst: 3 }, [0, 0, 0, 0, 0, 5_000, 5_000])).toEqual([0, 0, 0, 100, 200, 5_000, 5_000])
  expect(startsOf({ count: 2, perMs: 1_000 }, [0, 0, 0])).toEqual([0, 500, 1_000])
})

test('the shares of all workers come to the rate, and to its burst as far as each keeps one', () => {
  fc.assert(
    fc.property(rates, fc.integer({ min: 1, max: 30 }), (rate, workers) => {
      const share = shareOf(rate, workers)
      expect((workers * share.count) / share.perMs).toBeCloseTo(rate.count / rate.perMs)
      expect(workers * (share.burst ?? 1)).toBeLessThanOrEqual(Math.max(workers, rate.burst ?? 1))
    }),
  )
})

test('a bucket spent at a slow rate is no emptier than empty when the rate rises', () => {
  const slow = { count: 1, perMs: 100_000 }
  const spentUntil = spend(slow, fullBucket, 0)
  expect(readyAt(slow, spentUntil, 10)).toBe(100_000)
  expect(readyAt({ count: 1, perMs: 1_000 }, spentUntil, 10)).toBe(1_010)
})
