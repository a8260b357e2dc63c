// node bench/select-fleet.ts: the score matrix through real coordinators on a real fleet, beside the same tasks through the same policy in one loop.
// What a fleet adds (shards that learn from each other a moment later, outcomes that come while others are decided) must cost next to nothing.
// Options: --seeds <n> (default 3), --in-flight <n> (default 16), --tasks <n> (of each seed; default all 6,108).
import { parseArgs } from 'node:util'
import { coordinatorKey, coordinatorType, type CoordinatorAnswer, type CoordinatorReply } from '../machines/coordinator-messages.ts'
import { shardKeysFor } from '../machines/coordinator-shards.ts'
import type { CoordinatorStats } from '../machines/coordinator-stats.ts'
import type { TroupeClient } from '../client/index.ts'
import { startFleet } from './fleet.ts'
import { measure } from './measure.ts'
import { cardsOf, learner, policyOf } from './select/learner.ts'
import { readMatrix } from './select/matrix.ts'
import { play } from './select/play.ts'
import { makeWorld, type Round, type World } from './select/world.ts'
import { columns } from './table.ts'

const { values } = parseArgs({
  options: { seeds: { type: 'string', default: '3' }, 'in-flight': { type: 'string', default: '16' }, tasks: { type: 'string' } },
})
const deadlineMs = 60_000
/** Above the dearest price, as in the loop. */
const budgetUsd = 2
const toleranceShare = 0.01
const matrix = readMatrix()
const policy = policyOf('thompson', {}, undefined)
const rounds = Math.min(matrix.rows.length, Number(values.tasks ?? matrix.rows.length))
const inFlight = Number(values['in-flight'])

interface Compared {
  readonly seed: number
  readonly fleet: number
  readonly loop: number
  readonly perSecond: number
  /** Outcomes in the model of `main` at the end. */
  readonly merged: number
}

const fleet = await startFleet('fast', { partitions: 8 })
const compared: Compared[] = []
try {
  for (let seed = 1; seed <= Number(values.seeds); seed++) {
    compared.push(await compare(fleet.client, seed))
    process.stdout.write(`${JSON.stringify(compared.at(-1))}\n`)
  }
} finally {
  await fleet.stop()
}
const meanOf = (what: (one: Compared) => number): number => compared.reduce((sum, one) => sum + what(one), 0) / compared.length
const difference = meanOf(({ fleet: own }) => own) - meanOf(({ loop }) => loop)
const rows = compared.map(({ seed, fleet: own, loop, perSecond, merged }) => [seed, own.toFixed(4), loop.toFixed(4), perSecond, merged])
process.stdout.write(
  `\n${columns(
    [['seed', 'fleet', 'loop', 'decisions/s', 'merged'], ...rows].map((row) => row.map(String)),
    () => true,
  )}\n`,
)
process.stdout.write(
  `mean difference ${(difference * 100).toFixed(2)} points with ${inFlight} in flight; wanted: no worse than ${-toleranceShare * 100}\n`,
)
if (difference < -toleranceShare) process.exitCode = 1

/** Each seed is a tenant of its own, with the agents and the policy of the loop. */
async function compare(client: TroupeClient, seed: number): Promise<Compared> {
  const world = makeWorld(matrix, { delayRounds: 0, drift: false, newcomer: false }, seed)
  const tenant = `seed-${seed}`
  await setUp(client, tenant, world)
  let reward = 0
  const call = async (index: number): Promise<void> => {
    const round = world.rounds[index]
    if (!round) return
    const own = await playRound(client, { tenant, taskId: `task-${index}`, round, world })
    reward += own
  }
  const { perSecond } = await measure({ count: rounds, inFlight, call })
  const played = play({ ...world, rounds: world.rounds.slice(0, rounds) }, learner('thompson', {}, undefined))
  const loop = played.reduce((sum, one) => sum + one.reward, 0) / rounds
  return { seed, fleet: reward / rounds, loop, perSecond, merged: await mergedOf(client, tenant) }
}

async function setUp(client: TroupeClient, tenant: string, world: World): Promise<void> {
  const main = { tenant, type: coordinatorType, key: coordinatorKey }
  const { cards: known } = await client.ask<CoordinatorStats>(main, { type: 'coordinator.stats' }, { deadlineMs })
  const wanted = cardsOf(world)
  const foreign = known.filter(({ agent }) => !wanted.some((card) => card.agent === agent))
  for (const { agent } of foreign) await client.ask(main, { type: 'agent.retire', agent }, { deadlineMs })
  for (const card of wanted) await client.ask(main, { type: 'agent.register', ...card }, { deadlineMs })
  const inFile = { ...policy, halfLifeMs: policy.halfLifeMs ?? null, paceUsd: policy.paceUsd ?? null }
  const set = await client.ask<CoordinatorReply>(main, { type: 'policy.set', live: inFile }, { deadlineMs })
  if (!set.ok) throw new Error(`setting the policy of ${tenant}: ${set.reason}`)
}

interface Played {
  readonly tenant: string
  readonly taskId: string
  readonly round: Round
  readonly world: World
}

async function playRound(client: TroupeClient, { tenant, taskId, round, world }: Played): Promise<number> {
  const [key = ''] = shardKeysFor(taskId)
  const shard = { tenant, type: coordinatorType, key }
  const asked = { type: 'agent.choose', taskId, taskType: round.taskType, budgetUsd }
  const answer = await client.ask<CoordinatorAnswer>(shard, asked, { deadlineMs })
  if (answer.type === 'agent.none') throw new Error(`${tenant}, ${taskId}: ${answer.why}`)
  const [{ decisionId, agent } = { decisionId: '', agent: '' }] = answer.choices
  const arm = world.arms.indexOf(agent)
  const reward = round.scores[arm] ?? 0
  const outcome = { type: 'outcome.report', decisionId, ok: reward > 0, reward, costUsd: world.prices[arm] ?? 0 }
  const settled = await client.ask<CoordinatorReply>(shard, outcome, { deadlineMs })
  if (!settled.ok) throw new Error(`${tenant}, ${decisionId}: ${settled.reason}`)
  return reward
}

async function mergedOf(client: TroupeClient, tenant: string): Promise<number> {
  const main = { tenant, type: coordinatorType, key: coordinatorKey }
  const { shards, counts } = await client.ask<CoordinatorStats>(main, { type: 'coordinator.stats' }, { deadlineMs })
  return Object.values(shards).reduce((sum, { outcomes }) => sum + outcomes, counts.settled)
}
