import { expect, test } from 'vitest'
import { simulate } from './simulate.ts'

const seeds = 200
const batch = 20

const replayOf = (seed: number): string => `replay: npm run simulate -- --seeds 1 --from ${seed} --verbose`

test.each(Array.from({ length: seeds / batch }, (_, index) => index * batch + 1))(
  'workers that crash, freeze and disagree lose and repeat nothing: %i and the seeds after it',
  async (from) => {
    for (let seed = from; seed < from + batch; seed++) {
      const { faults } = await simulate(seed)
      expect(faults, replayOf(seed)).toEqual([])
    }
  },
)

test.each([3, 17, 42])('seed %i has the same history when it is run again', async (seed) => {
  const first = await simulate(seed)
  expect((await simulate(seed)).hash, replayOf(seed)).toBe(first.hash)
})
