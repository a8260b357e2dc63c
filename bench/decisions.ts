// Decisions: an agent is chosen for a task and its outcome reported, through the whole path: client, mailbox, a shard's turn, commit and reply, twice.
import { setTimeout as wait } from 'node:timers/promises'
import type { TroupeClient } from '../client/index.ts'
import { shardKeysFor, shardsDefault } from '../machines/coordinator-shards.ts'
import { coordinatorKey, coordinatorType, type CoordinatorAnswer } from '../machines/coordinator-messages.ts'
import type { CoordinatorStats } from '../machines/coordinator-stats.ts'
import type { AgentCard } from '../machines/selection/types.ts'
import { coordinatorActor } from '../actors/coordinator-actor.ts'
import { tenant, type BenchFleet } from './fleet.ts'
import { measure, ratioOf, type Figure } from './measure.ts'
import type { Raw } from './raw.ts'

const agents = 9
const types = 14
const taskTypes = Array.from({ length: types }, (_, type) => `type-${type}`)
const cards = Array.from({ length: agents }, (_, agent): AgentCard => ({
  agent: `agent-${agent}`,
  version: '1',
  taskTypes,
  capabilities: ['read'],
  costClass: 'low',
}))

/** Hosted by the worker that is measured. */
export const decider = coordinatorActor(cards)

const deadlineMs = 60_000
const inFlight = 512
let tasks = 0

/** A decision is an ask of `agent.choose`, and an `outcome.report` with reward, cost and latency, sent as tasks do: once it is stored the caller goes on. */
export async function decisionFigures({ client, profile, settled }: BenchFleet, _raw: Raw, scale: number): Promise<readonly Figure[]> {
  const addressOf = (key: string) => ({ tenant, type: coordinatorType, key })
  const decide = async (): Promise<void> => {
    const task = ++tasks
    const taskId = `task-${task}`
    const [shard = ''] = shardKeysFor(taskId)
    const asked = { type: 'agent.choose', taskId, taskType: taskTypes[task % types] ?? '' }
    const answer = await client.ask<CoordinatorAnswer>(addressOf(shard), asked, { deadlineMs })
    if (answer.type === 'agent.none') throw new Error(`task ${taskId}: ${answer.why}`)
    const [{ decisionId, agent } = { decisionId: '', agent: '' }] = answer.choices
    const ok = (task * 7 + Number(agent.slice(-1))) % 3 > 0
    const outcome = { type: 'outcome.report', decisionId, ok, reward: ok ? 1 : 0, costUsd: 0.01, latencyMs: 900 }
    await client.send(addressOf(shard), outcome)
  }
  const count = (index: number) => client.ask(`bench/counter/k${index % 64}`, { type: 'add', n: 1 }, { deadlineMs })
  await measure({ count: Math.round(20_000 * scale), inFlight, call: decide }) // warm
  const counter = await measure({ count: Math.round(100_000 * scale), inFlight, call: count })
  const measured = Math.max(inFlight, Math.round(100_000 * scale))
  const [worker, here] = [await settled(), process.cpuUsage()]
  const decisions = await measure({ count: measured, inFlight, call: decide })
  const spent = process.cpuUsage(here)
  const workerUs = (await settled()).cpuUs - worker.cpuUs
  const { learned, waitedMs } = await untilLearned(client, Math.round(20_000 * scale) + measured)
  return [
    {
      bench: `decision and outcome, ${agents} agents, ${types} task types, ${shardsDefault} shards`,
      profile,
      inFlight,
      ...decisions,
      ratio: ratioOf(decisions.perSecond, counter.perSecond),
      to: 'asks of the keyed counter/s, the same in flight',
      counterPerSecond: counter.perSecond,
      workerUsPerDecision: Math.round(workerUs / measured),
      clientUsPerDecision: Math.round((spent.user + spent.system) / measured),
      learned,
      untilLearnedMs: waitedMs,
    },
  ]
}

const learnedMsMax = 30_000

/** Until `main` has merged every outcome, and how long that took after the last one was sent. */
async function untilLearned(client: TroupeClient, outcomes: number): Promise<{ readonly learned: number; readonly waitedMs: number }> {
  const started = performance.now()
  const main = { tenant, type: coordinatorType, key: coordinatorKey }
  for (;;) {
    const { shards } = await client.ask<CoordinatorStats>(main, { type: 'coordinator.stats' }, { deadlineMs })
    const learned = Object.values(shards).reduce((sum, shard) => sum + shard.outcomes, 0)
    const waitedMs = Math.round(performance.now() - started)
    if (learned >= outcomes || waitedMs > learnedMsMax) return { learned, waitedMs }
    await wait(20)
  }
}
