// Scenarios of message servers that die: one alone, and in a cluster of three the leader and the majority.
import { setTimeout as wait } from 'node:timers/promises'
import { jetstreamManager } from '@nats-io/jetstream'
import { streams } from '../../../machines/subject.ts'
import type { NatsNode } from '../../../services/stack/nats-nodes.ts'
import { startMixedLoad, type Load } from '../load.ts'
import { spread } from '../measure.ts'
import type { Scenario } from '../scenario.ts'
import { namespace, type World } from '../world.ts'

export const restart: Scenario = {
  name: 'server-restart',
  about: 'the only nats-server is killed with SIGKILL and started again on the same store',
  plan: { workers: 2 },
  async run(world, { dice, seconds }) {
    const load = await startMixedLoad(world, dice)
    const rounds = Math.max(2, Math.round(seconds / 5))
    for (let round = 0; round < rounds; round++) {
      await wait(1_500)
      world.fault('SIGKILL of the server')
      await world.server.kill()
      await wait(dice.between(0, 1_500))
      await world.server.start()
      await wait(1_500)
    }
    await load.stop()
    return { restarts: rounds, ...gaps(load) }
  },
}

export const leader: Scenario = {
  name: 'leader',
  about: 'of three servers with three replicas the leader of the log, then of the mailbox, is killed and comes back',
  plan: { workers: 2, nodes: 3 },
  async run(world, { dice, seconds }) {
    const load = await startMixedLoad(world, dice, clusterCallsPerSecond)
    const rounds = Math.max(2, Math.round(seconds / 8))
    for (let round = 0; round < rounds; round++) {
      await wait(2_000)
      const stream = streams(namespace)[round % 2 === 0 ? 'log' : 'mailbox']
      const victim = await leaderOf(world, stream)
      world.fault(`SIGKILL of ${victim.name}, the leader of ${stream}`)
      await victim.kill()
      await wait(4_000)
      await victim.start()
      await wait(2_000)
    }
    await load.stop()
    return { leadersKilled: rounds, ...gaps(load) }
  },
}

/** Three servers, two workers and the clients share the machine. */
const clusterCallsPerSecond = 150

export const majority: Scenario = {
  name: 'majority',
  about: 'two of three servers are killed: nothing is acknowledged until they are back, and nothing is lost',
  plan: { workers: 2, nodes: 3 },
  async run(world, { dice, long }) {
    const load = await startMixedLoad(world, dice, clusterCallsPerSecond)
    await wait(2_000)
    const survivor = await leaderOf(world, streams(namespace).mailbox) // it has taken messages that it can no longer store
    const victims = world.servers.filter((server) => server !== survivor)
    world.fault(`SIGKILL of two of three servers; ${survivor.name}, the leader of the mailbox, lives on`)
    await Promise.all(victims.map((server) => server.kill()))
    const from = Date.now()
    await wait(long ? 60_000 : 6_000)
    const to = Date.now()
    await Promise.all(victims.map((server) => server.start()))
    const back = Date.now()
    await wait(4_000)
    await load.stop()
    const wrong = load.ended.filter(({ outcome, startedAt }) => startedAt >= from && outcome.outcome === 'acknowledged' && outcome.at < to)
    for (const { outcome } of wrong)
      world.expect(false, `message ${outcome.id} was sent and acknowledged while two of three servers were dead`)
    const first = load.ended
      .filter(({ outcome }) => outcome.outcome === 'acknowledged' && outcome.at >= to)
      .map(({ outcome }) => outcome.at)
    return { awayMs: to - from, startMs: back - to, firstAckMs: Math.min(...first) - to, ...gaps(load) }
  },
}

async function leaderOf(world: World, stream: string): Promise<NatsNode> {
  const jsm = await jetstreamManager(world.connection, { checkAPI: false })
  const name = (await jsm.streams.info(stream)).cluster?.leader
  const server = world.servers.find((one) => one.name === name)
  if (!server) throw new Error(`stream ${stream} has no leader`)
  return server
}

/** The longest time in which nothing was acknowledged, and how long calls took in all. */
function gaps({ ended }: Load) {
  const acknowledged = ended.filter(({ outcome }) => outcome.outcome === 'acknowledged')
  const times = acknowledged.map(({ outcome }) => outcome.at).toSorted((a, b) => a - b)
  const longest = times.reduce((most, at, index) => Math.max(most, at - (times[index - 1] ?? at)), 0)
  return {
    longestSilenceMs: longest,
    ...spread(
      'call',
      acknowledged.map(({ ms }) => ms),
    ),
  }
}
