// Scenarios of workers that die, freeze, drain and are replaced.
import { setTimeout as wait } from 'node:timers/promises'
import { factsOf, pausesOf, type Pause } from '../check.ts'
import type { ChaosWorker } from '../fleet.ts'
import { probesOf, startMixedLoad } from '../load.ts'
import { spread, type Figures } from '../measure.ts'
import type { Given, Scenario } from '../scenario.ts'
import type { Caller, World } from '../world.ts'

/** By when the actors of a killed worker answer elsewhere, at the latest. */
const takeoverMsMax = 10_000
const askAgainMs = 20
/** Workers stay away from each other's partitions for this long after one fell silent: the namespace's memberTtlMs. */
const leaseMs = 2_000

export const kill: Scenario = {
  name: 'kill',
  about: 'owners are killed with SIGKILL under load; measured is the time until their actors answer elsewhere',
  plan: { workers: 3 },
  async run(world, { dice, seconds, kills = Math.max(1, Math.round(seconds / 5)) }) {
    const load = await startMixedLoad(world, dice)
    const probe = await world.caller('probe')
    const takeovers: number[] = []
    for (let count = 0; count < kills; count++) {
      await wait(dice.between(300, 1_500))
      takeovers.push(...(await killAndProbe(world, await youngest(world), probe)))
      await world.fleet.add()
    }
    await load.stop()
    return { kills, ...spread('takeover', takeovers) }
  },
}

/**
 * The worker that started last, once it has been handed its share. Not one that took over from a dead one: of a partition whose owners
 * die one soon after the other the next owner is careful (runtime/care.ts), and what is measured here would be that.
 */
async function youngest(world: World): Promise<ChaosWorker> {
  const last = world.fleet.alive.at(-1)
  if (!last) throw new Error('no worker is alive')
  const shareMin = Math.floor(world.ports.partitions / world.fleet.alive.length)
  const isSettled = async (): Promise<boolean> => (await world.owners()).filter((owner) => owner === last.id).length >= shareMin
  await world.until(`${last.id} owns its share`, isSettled)
  return last
}

/** The worker that owns the most partitions. */
async function busiest(world: World): Promise<ChaosWorker> {
  const owned = Map.groupBy(await world.owners(), (owner) => owner)
  const [first, ...others] = world.fleet.alive
  if (!first) throw new Error('no worker is alive')
  const share = ({ id }: ChaosWorker): number => owned.get(id)?.length ?? 0
  return others.reduce((most, worker) => (share(worker) > share(most) ? worker : most), first)
}

/** Kills it and asks an actor of each of its partitions: milliseconds until each answered. */
async function killAndProbe(world: World, victim: ChaosWorker, probe: Caller): Promise<readonly number[]> {
  const owners = await world.owners()
  const probes = probesOf(world).filter((_, partition) => owners[partition] === victim.id)
  world.fault(`SIGKILL of ${victim.id}, which owns ${probes.length} partitions`)
  const killedAt = performance.now()
  await victim.kill()
  return Promise.all(
    probes.map(async (to) => {
      const sinceKill = (): number => performance.now() - killedAt
      const answers = async (): Promise<boolean> =>
        (await world.call(probe, { to, event: { type: 'add' }, asks: true })).outcome === 'acknowledged'
      while (!(await answers()) && sinceKill() < takeoverMsMax) await wait(askAgainMs) // refused: too much waits there
      const ms = sinceKill()
      world.expect(ms <= takeoverMsMax, `${to} did not answer within ${takeoverMsMax} ms after its owner was killed`)
      return ms
    }),
  )
}

/** Freezes an owner for so long and wakes it: a zombie that still believes that it owns its partitions. */
async function freeze(world: World, ms: number): Promise<void> {
  const zombie = await busiest(world)
  world.fault(`SIGSTOP of ${zombie.id} for ${ms} ms`)
  zombie.signal('SIGSTOP')
  await wait(ms)
  zombie.signal('SIGCONT')
}

const zombies = (name: string, frozenMs: readonly [number, ...number[]], rounds: (given: Given) => number): Scenario => ({
  name,
  about: `an owner is stopped with SIGSTOP for ${frozenMs.join(' or ')} ms and goes on; counted are its stale commits`,
  plan: { workers: 2 },
  async run(world, given) {
    const load = await startMixedLoad(world, given.dice)
    const count = rounds(given)
    for (let round = 0; round < count; round++) {
      await wait(1_000)
      await freeze(world, given.dice.pick(frozenMs))
      await wait(1_500)
    }
    await load.stop()
    await world.readLog()
    return {
      zombies: count,
      fencedOff: world.fleet.losses,
      staleCommits: staleCommits(world),
      ...pauses(world, 'loss'),
    }
  },
})

export const zombie = zombies('zombie', [10_000], ({ long }) => (long ? 5 : 1))
/** Just about the lease: the fence is tried where ownership is in doubt. */
export const zombieShort = zombies('zombie-short', [leaseMs - 100, leaseMs + 100, leaseMs + 300], ({ seconds }) =>
  Math.max(1, Math.round(seconds / 5)),
)

/** Records of an epoch that was over when they were stored. The checker names each of them. */
function staleCommits(world: World): number {
  let stale = 0
  const epochs = new Map<number, number>()
  for (const { partition, record } of factsOf(world.history.lines).records) {
    const epoch = epochs.get(partition) ?? 0
    if (record.epoch < epoch) stale++
    epochs.set(partition, Math.max(epoch, record.epoch))
  }
  return stale
}

/** How long partitions did no work when their owner changed. */
function pauses(world: World, after: Pause['after']): Figures {
  const found = pausesOf(factsOf(world.history.lines)).filter((pause) => pause.after === after)
  return spread(
    'pause',
    found.map(({ ms }) => ms),
  )
}

export const drain: Scenario = {
  name: 'drain',
  about: 'a worker is told to stop with SIGTERM under load and another starts: no ask fails, no effect runs twice',
  plan: { workers: 2 },
  async run(world, { dice, seconds }) {
    const load = await startMixedLoad(world, dice)
    const rounds = Math.max(1, Math.round(seconds / 5))
    for (let round = 0; round < rounds; round++) {
      await wait(dice.between(500, 1_500))
      await replace(world, await busiest(world), '1')
    }
    await wait(500)
    await load.stop()
    return handedOver(world, rounds)
  },
}

/** A worker of the given version joins, then the old one drains: no moment without room for the work. */
async function replace(world: World, old: ChaosWorker, version: string): Promise<void> {
  const { id } = await world.fleet.add({ version })
  world.fault(`SIGTERM of ${old.id}, ${id} of version ${version} is here`)
  await old.drain()
}

/** Nothing failed and nothing ran twice: what a planned change of owners promises. */
async function handedOver(world: World, drains: number): Promise<Figures> {
  await world.settle()
  const { sends, outcomes, executions } = factsOf(world.history.lines)
  const failed = sends.filter(({ id, asks }) => asks && outcomes.get(id)?.outcome !== 'acknowledged')
  const again = [...executions].filter(([, runs]) => runs.length > 1)
  for (const { id, to } of failed)
    world.expect(false, `ask ${id} of ${to} failed during a drain: ${outcomes.get(id)?.code ?? 'no outcome'}`)
  for (const [key, runs] of again) world.expect(false, `effect ${key} ran ${runs.length} times though every worker was drained`)
  return { drains, failedAsks: failed.length, redeliveries: again.length, ...pauses(world, 'release') }
}

export const rolling: Scenario = {
  name: 'rolling',
  about: 'all workers are replaced one by one under load, by the same version and then by a compatible new one',
  plan: { workers: 3 },
  async run(world, { dice, seconds }) {
    const load = await startMixedLoad(world, dice)
    let drains = 0
    for (const version of ['1', '2']) {
      for (const old of world.fleet.alive) {
        await wait((seconds * 1_000) / 12)
        await replace(world, old, version)
        drains++
      }
    }
    await wait(500)
    await load.stop()
    const { outcomes } = factsOf(world.history.lines)
    const byNew = [...outcomes.values()].filter(({ value }) => (value as { version?: string } | undefined)?.version === '2').length
    world.expect(byNew > 0, 'no ask was answered by the new version')
    return { ...(await handedOver(world, drains)), answeredByNewVersion: byNew }
  },
}
