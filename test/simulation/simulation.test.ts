import { expect, test } from 'vitest'
import { simulateSeed } from '../../runtime/testing/run.ts'
import { runSeeds } from './jobs.ts'
import { kernel } from './kernel.ts'

const seeds = 200
const batch = 20

const replayOf = (seed: number): string => `replay: npm run simulate -- --seeds 1 --from ${seed} --verbose`

test.each(Array.from({ length: seeds / batch }, (_, index) => index * batch + 1))(
  'workers that crash, freeze and disagree lose and repeat nothing: %i and the seeds after it',
  async (from) => {
    for (let seed = from; seed < from + batch; seed++) {
      const { faults } = await simulateSeed(seed, kernel)
      expect(faults, replayOf(seed)).toEqual([])
    }
  },
)

test.each([3, 17, 42])('seed %i has the same history when it is run again', async (seed) => {
  const first = await simulateSeed(seed, kernel)
  expect((await simulateSeed(seed, kernel)).history, replayOf(seed)).toEqual(first.history)
})

test('a seed has the same hash alone as in a thread among others', async () => {
  const inThreads = new Map<number, string>()
  for await (const { seed, hash } of runSeeds({ from: 1, seeds: 24, jobs: 2, histories: false })) inThreads.set(seed, hash)
  expect(inThreads.size).toBe(24)
  for (const seed of [2, 11, 24]) expect((await simulateSeed(seed, kernel)).hash, replayOf(seed)).toBe(inThreads.get(seed))
})
