// Coordinators of one tenant on the kernel, in simulated time: shards on different workers, which die.
import { expect, test } from 'vitest'
import { coordinatorActor } from '../../actors/coordinator-actor.ts'
import { partitionOf } from '../../machines/address.ts'
import { differenceOf, Rebuild } from '../../machines/coordinator-rebuild.ts'
import type { CoordinatorAnswer, CoordinatorReply } from '../../machines/coordinator-messages.ts'
import { coordinatorShardKey, shardOf } from '../../machines/coordinator-shards.ts'
import type { CoordinatorStats } from '../../machines/coordinator-stats.ts'
import type { CoordinatorFact } from '../../machines/task-events.ts'
import { simulatedFleet, type SimulatedFleet } from '../../runtime/testing/index.ts'
import { addressOf, cardOf, decisionOf } from '../support/coordinators.ts'

const shards = 4
const roster = ['one', 'two', 'three'].map((agent) => cardOf(agent, 'question', 'table'))
const keys = ['main', ...Array.from({ length: shards }, (_, n) => coordinatorShardKey(n))]

async function valueOf<Value>(fleet: SimulatedFleet, key: string, event: { readonly type: string }): Promise<Value> {
  const reply = await fleet.ask(addressOf(key), event)
  if (!reply.ok) throw new Error(`${key}: ${reply.error.message}`)
  return reply.value as Value // as the coordinator says it
}

async function work(fleet: SimulatedFleet, task: number): Promise<void> {
  const key = coordinatorShardKey(shardOf(`t${task}`, shards))
  const asked = { type: 'agent.choose', taskId: `t${task}`, taskType: task % 2 === 0 ? 'question' : 'table' }
  const answer = await valueOf<CoordinatorAnswer>(fleet, key, asked)
  const decisionId = decisionOf(answer)
  const agent = answer.type === 'agent.chosen' ? answer.choices[0]?.agent : ''
  const ok = agent === 'two' || task % 3 === 0
  const outcome = { type: 'outcome.report', decisionId, ok, reward: ok ? 1 : 0, costUsd: 0.01, latencyMs: 500 + task }
  expect(await valueOf<CoordinatorReply>(fleet, key, outcome)).toEqual({ ok: true })
}

const statsOf = (fleet: SimulatedFleet, key: string) => valueOf<CoordinatorStats>(fleet, key, { type: 'coordinator.stats' })

/** All coordinators have the same model, of so many outcomes, and so has one made again from the log. */
async function expectTogether(fleet: SimulatedFleet, outcomes: number): Promise<void> {
  await fleet.advance(1_000)
  await fleet.settle()
  const main = await statsOf(fleet, 'main')
  for (const key of keys) {
    const { model, unmerged } = await statsOf(fleet, key)
    expect([key, unmerged, differenceOf(model, main.model).largest]).toEqual([key, 0, expect.closeTo(0, 9)])
  }
  expect(main.model.overall.gained + main.model.overall.lost).toBeCloseTo(outcomes, 2)
  const rebuild = new Rebuild()
  for (const key of keys)
    for (const { emits = [] } of await fleet.entries(addressOf(key)))
      for (const fact of emits) rebuild.add(key, fact as unknown as CoordinatorFact)
  const marks = Object.entries(main.shards).map(([shard, { life, outcomes: count }]) => [shard, [life, count] as const] as const)
  const rebuilt = rebuild.upTo({ ...Object.fromEntries(marks), main: [main.life, main.counts.settled] })
  expect(rebuilt).toMatchObject({ outcomes, missing: 0 })
  expect(differenceOf(rebuilt.model, main.model).largest).toBeLessThan(1e-9)
}

test('shards and root learn from each other whichever worker dies, and every outcome counts once', async () => {
  const fleet = await simulatedFleet({ actors: [coordinatorActor(roster)], workers: 3, partitions: 8, seed: 11 })
  for (let task = 1; task <= 60; task++) {
    if (task % 15 === 0) {
      const [first] = fleet.workers
      await fleet.start()
      if (first) await fleet.kill(first)
    }
    await work(fleet, task)
  }
  await expectTogether(fleet, 60)
  await fleet.stop()
}, 60_000)

test('coordinators that left the memory between any two tasks learn the same', async () => {
  const fleet = await simulatedFleet({ actors: [coordinatorActor(roster)], partitions: 8, options: { idleMs: 1_000 }, seed: 12 })
  for (let task = 1; task <= 12; task++) {
    await work(fleet, task)
    await fleet.advance(20_000)
  }
  await expectTogether(fleet, 12)
  await fleet.stop()
}, 60_000)

test('C5: while the worker of main is away the shards decide and learn; it is told of everything when it is back', async () => {
  const partitions = 8
  const partitionFor = (key: string) => partitionOf({ tenant: 'acme', type: 'coordinator', key }, partitions)
  const fleet = await simulatedFleet({ actors: [coordinatorActor(roster)], workers: 2, partitions, seed: 13 })
  for (let task = 1; task <= 10; task++) await work(fleet, task)
  const owner = fleet.workers.find(({ owned }) => owned.includes(partitionFor('main')))
  if (!owner) throw new Error('nobody owns the partition of main')
  const here = new Set(owner.owned)
  fleet.freeze(owner, 2_000)
  const able = Array.from({ length: 400 }, (_, task) => task + 100).filter(
    (task) => !here.has(partitionFor(coordinatorShardKey(shardOf(`t${task}`, shards)))),
  )
  const before = fleet.clock.now()
  for (const task of able.slice(0, 10)) await work(fleet, task)
  expect(fleet.clock.now() - before).toBeLessThan(2_000)
  fleet.heal()
  await expectTogether(fleet, 20)
  await fleet.stop()
}, 60_000)
