import { expect, test } from 'vitest'
import { baselines } from '../../bench/select/baselines.ts'
import { readMatrix } from '../../bench/select/matrix.ts'
import { figuresOf } from '../../bench/select/measures.ts'
import { play, roundMs } from '../../bench/select/play.ts'
import type { MakePlayer, Outcome } from '../../bench/select/player.ts'
import { armsPerTask, makeWorld, type Scenario } from '../../bench/select/world.ts'

const matrix = readMatrix()
const plain: Scenario = { delayRounds: 0, drift: false, newcomer: false }

/** Knows all beforehand: chooses what the test says. */
const always =
  (armOf: (taskType: string, available: readonly boolean[]) => number, seen: Outcome[] = []): MakePlayer =>
  () => ({
    choose: ({ taskType, available }) => ({ arm: armOf(taskType, available), predicted: 0.5 }),
    learn: (outcome) => void seen.push(outcome),
  })

test('the score matrix is whole', () => {
  expect({ rows: matrix.rows.length, arms: matrix.arms.length, taskTypes: matrix.taskTypes.length }).toEqual({
    rows: 6_108,
    arms: 9,
    taskTypes: 14,
  })
  const scores = matrix.rows.flatMap((row) => row.scores)
  expect(scores.length).toBe(6_108 * 9)
  expect(scores.filter((score) => !(score >= 0 && score <= 1))).toEqual([])
  expect(matrix.prices.filter((price) => !(price > 0 && price <= 1))).toEqual([])
})

test('hindsight has the figures that are known of this matrix', () => {
  const { uniform, bestSingle, bestPerTask, oracle } = makeWorld(matrix, plain, 1).hindsight
  expect([uniform, bestSingle, bestPerTask, oracle].map((value) => value.toFixed(4))).toEqual(['0.4244', '0.6165', '0.6635', '0.7969'])
})

test('a seed makes the same world again, and another one other names, order and arms', () => {
  const [one, again, other] = [makeWorld(matrix, plain, 7), makeWorld(matrix, plain, 7), makeWorld(matrix, plain, 8)]
  expect(again).toEqual(one)
  expect(other.rounds.slice(0, 50)).not.toEqual(one.rounds.slice(0, 50))
  const bests = Array.from({ length: 20 }, (_, index) => makeWorld(matrix, plain, index + 1).best)
  expect(new Set(bests).size).toBeGreaterThan(4)
})

test('whoever plays the best of each task type gets the best per task, and never less than the best single', () => {
  const world = makeWorld(matrix, plain, 3)
  const arms = armsPerTask(world.rounds)
  const figures = figuresOf(
    world,
    play(
      world,
      always((taskType) => arms.get(taskType) ?? 0),
    ),
  )
  expect(figures.reward).toBeCloseTo(world.hindsight.bestPerTask, 10)
  const single = figuresOf(
    world,
    play(
      world,
      always(() => world.best),
    ),
  )
  expect(single.reward).toBeCloseTo(world.hindsight.bestSingle, 10)
  expect(single.cost).toBeCloseTo(world.prices[world.best] ?? 0, 10)
})

test('when the best arm drops it loses about 70 % of its successes from half time on, and nothing before', () => {
  const [before, after] = [makeWorld(matrix, plain, 5), makeWorld(matrix, { ...plain, drift: true }, 5)]
  const sumOf = ({ rounds, best }: typeof before, from: number, to: number): number =>
    rounds.slice(from, to).reduce((sum, { scores }) => sum + (scores[best] ?? 0), 0)
  expect(sumOf(after, 0, after.half)).toBe(sumOf(before, 0, before.half))
  const left = sumOf(after, after.half, Infinity) / sumOf(before, before.half, Infinity)
  expect(left).toBeGreaterThan(0.26)
  expect(left).toBeLessThan(0.34)
})

test('a newcomer is not there in the first half, and who chooses it all the same fails the run', () => {
  const world = makeWorld(matrix, { ...plain, newcomer: true }, 2)
  expect(() =>
    play(
      world,
      always(() => world.best),
    ),
  ).toThrow('seed 2, round 0')
  const fallback = (world.best + 1) % world.arms.length
  const played = play(
    world,
    always((_, available) => (available[world.best] ? world.best : fallback)),
  )
  expect(figuresOf(world, played).found).toBeLessThan(100)
})

test('outcomes come late by the mean of the scenario, in the order of their times, and none comes twice', () => {
  const seen: Outcome[] = []
  const world = makeWorld(matrix, { ...plain, delayRounds: 200 }, 1)
  const played = play(
    world,
    always(() => 0, seen),
  )
  expect(seen.length).toBeLessThan(played.length)
  expect(seen.length).toBeGreaterThan(played.length - 400)
  expect(seen.map(({ now }) => now)).toEqual(seen.map(({ now }) => now).toSorted((one, other) => one - other))
})

test('without delay an outcome is known in the next round', () => {
  const seen: Outcome[] = []
  const world = makeWorld(matrix, plain, 1)
  play(
    world,
    always(() => 0, seen),
  )
  expect(seen.slice(0, 3).map(({ now }) => now)).toEqual([roundMs, 2 * roundMs, 3 * roundMs])
})

test('the baselines learn: each is clearly above uniform, and none above the best per task', () => {
  const world = makeWorld(matrix, plain, 1)
  const rewards = Object.entries(baselines).map(([name, make]) => ({ name, reward: figuresOf(world, play(world, make)).reward }))
  const uniform = rewards.find(({ name }) => name === 'uniform')?.reward ?? 0
  expect(Math.abs(uniform - world.hindsight.uniform)).toBeLessThan(0.02)
  for (const { name, reward } of rewards) {
    if (name !== 'uniform') expect([name, reward > uniform + 0.1]).toEqual([name, true])
    expect(reward).toBeLessThan(world.hindsight.bestPerTask)
  }
})
