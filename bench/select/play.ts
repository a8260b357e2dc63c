// Play: one policy through one world, with bandit feedback: it learns what became of the arm it chose, late if the scenario says so, and of no other.
import { exponential, generator } from './chance.ts'
import type { MakePlayer, Outcome } from './player.ts'
import type { World } from './world.ts'

/** One line a round. */
export interface Played {
  readonly arm: number
  readonly taskType: string
  readonly reward: number
  readonly predicted: number
  readonly raw?: number
  readonly propensity: number | undefined
  readonly cost: number
}

export const roundMs = 1_000
/** Keeps the chance of the player apart from that of the world. */
const playerSeed = 1_000_003

export function play(world: World, makePlayer: MakePlayer): readonly Played[] {
  const next = generator(world.seed * playerSeed)
  const player = makePlayer({ arms: world.arms, taskTypes: world.taskTypes, prices: world.prices, next })
  const delays = generator(world.seed + playerSeed)
  const due = dueOutcomes()
  return world.rounds.map(({ taskType, scores, available }, index) => {
    const now = index * roundMs
    for (const outcome of due.until(now)) player.learn(outcome)
    const { arm, predicted, raw, propensity } = player.choose({ taskType, available, now })
    if (!available[arm]) throw new Error(`seed ${world.seed}, round ${index}: the policy chose arm ${arm}, which is not there`)
    const [reward, cost] = [scores[arm] ?? 0, world.prices[arm] ?? 0]
    const later = 1 + (world.scenario.delayRounds > 0 ? Math.floor(exponential(world.scenario.delayRounds, delays)) : 0)
    const prediction = { predicted, ...(raw !== undefined && { raw }) }
    due.add({ arm, taskType, reward, cost, ...prediction, now: (index + later) * roundMs })
    return { arm, taskType, reward, ...prediction, propensity, cost }
  })
}

/** Outcomes by when they become known; those of one moment in the order of their rounds. */
function dueOutcomes() {
  const byTime = new Map<number, Outcome[]>()
  let seen = 0
  return {
    add(outcome: Outcome): void {
      byTime.set(outcome.now, [...(byTime.get(outcome.now) ?? []), outcome])
    },
    until(now: number): readonly Outcome[] {
      const found: Outcome[] = []
      for (; seen <= now; seen += roundMs) {
        found.push(...(byTime.get(seen) ?? []))
        byTime.delete(seen)
      }
      return found
    },
  }
}
