// Real tasks through coordinators on the kernel, beside the same tasks through the same policy in one loop.
import { expect, test } from 'vitest'
import { coordinatorActor } from '../../actors/coordinator-actor.ts'
import { cardsOf, learner, policyOf } from '../../bench/select/learner.ts'
import { readMatrix } from '../../bench/select/matrix.ts'
import { play } from '../../bench/select/play.ts'
import { makeWorld } from '../../bench/select/world.ts'
import type { CoordinatorAnswer } from '../../machines/coordinator-messages.ts'
import { shardKeysFor } from '../../machines/coordinator-shards.ts'
import { simulatedFleet } from '../../runtime/testing/index.ts'
import { addressOf } from '../support/coordinators.ts'

const tasks = 1_200
/** So that shards hear from each other every twenty tasks. */
const taskEveryMs = 10
/** Of the mean of so few rewards; bench/select-fleet.ts compares all tasks to within a point. */
const tolerance = 0.04

test('shards that learn from each other choose about as well as one loop that knows every outcome at once', async () => {
  const whole = makeWorld(readMatrix(), { delayRounds: 0, drift: false, newcomer: false }, 7)
  const world = { ...whole, rounds: whole.rounds.slice(0, tasks) }
  const actors = [coordinatorActor(cardsOf(world), { policy: policyOf('thompson', {}, undefined) })]
  const fleet = await simulatedFleet({ actors, workers: 2, partitions: 8, seed: 7 })
  let reward = 0
  for (const [index, { taskType, scores }] of world.rounds.entries()) {
    const [key = ''] = shardKeysFor(`task-${index}`)
    const asked = await fleet.ask(addressOf(key), { type: 'agent.choose', taskId: `task-${index}`, taskType, budgetUsd: 2 })
    const answer = (asked.ok ? asked.value : undefined) as CoordinatorAnswer | undefined
    if (answer?.type !== 'agent.chosen') throw new Error(`task ${index}: ${JSON.stringify(asked)}`)
    const [{ decisionId, agent } = { decisionId: '', agent: '' }] = answer.choices
    const arm = world.arms.indexOf(agent)
    const own = scores[arm] ?? 0
    fleet.send(addressOf(key), { type: 'outcome.report', decisionId, ok: own > 0, reward: own, costUsd: world.prices[arm] ?? 0 })
    reward += own
    await fleet.advance(taskEveryMs)
  }
  const loop = play(world, learner('thompson', {}, undefined)).reduce((sum, one) => sum + one.reward, 0)
  expect(reward / tasks).toBeGreaterThan(loop / tasks - tolerance)
  expect(reward / tasks).toBeGreaterThan(whole.hindsight.uniform + 0.1)
  await fleet.stop()
}, 120_000)
