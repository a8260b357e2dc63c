// Scenarios of too much: ten times what the fleet can do, and one key with most of the traffic.
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as wait } from 'node:timers/promises'
import { actorId } from '../../../machines/address.ts'
import { factsOf } from '../check.ts'
import { counter, startLoad, type Ended } from '../load.ts'
import { percentile, rounded, spread, type Figures } from '../measure.ts'
import type { Scenario } from '../scenario.ts'
import type { Call, Caller, World } from '../world.ts'

/** How long one turn holds its worker, so that the workers are the limit and not the client of this run. */
const holdMs = 4
const keys = 64
const baseShare = 0.4
const capacitySends = 1_600

/**
 * Turns a second while every worker has enough to do, by the log. Measured with sends that are all stored before the first is late:
 * they are never refused, so what is found does not depend on the door; and until half of them are taken no worker runs dry.
 */
async function measureCapacity(world: World, caller: Caller): Promise<number> {
  const name = caller.name
  const to = (at: number): Call => ({ to: counter(`${name}-capacity${at % keys}`), event: { type: 'add', holdMs } })
  const outcomes = await Promise.all(Array.from({ length: capacitySends }, (_, at) => world.call(caller, to(at))))
  const stored = outcomes.filter(({ outcome }) => outcome === 'acknowledged').length
  world.expect(stored === capacitySends, `${capacitySends - stored} of ${capacitySends} sends that measure the capacity were not stored`)
  const taken = (): readonly number[] =>
    factsOf(world.history.lines)
      .places.filter(({ entry }) => entry.event.type === 'add' && entry.actor.includes(`/${name}-capacity`))
      .map(({ line }) => line.at)
      .toSorted((one, other) => one - other)
  await world.until('the sends that measure the capacity are taken', async () => {
    await world.readLog()
    return taken().length >= stored
  })
  const times = taken()
  const [first, last] = [Math.floor(stored / 10), Math.floor(stored / 2)]
  return ((last - first) * 1_000) / ((times[last] ?? Infinity) - (times[first] ?? 0))
}

const quiet = (key: number): Call => ({ to: actorId('quiet', 'counter', `q${key % 16}`), event: { type: 'add' }, asks: true })
const quietCallsPerSecond = 20
const overloadDeadlineMs = 2_000
const recoveryMsMax = 30_000
/** Of the capacity: a fleet that is well used, and not too much. */
const busyShare = 0.7
/** After this long the fleet has answered to the overload. */
const settledMs = 2_000

export const overload: Scenario = {
  name: 'overload',
  about: 'ten times the calls that the workers can take: goodput against capacity, memory, and another tenant that asks little',
  plan: { workers: 2 },
  async run(world, { dice, seconds }) {
    const memory = await watchMemory(world)
    const flood = await world.caller('flood')
    const other = await world.caller('quiet', 'quiet')
    const capacity = await measureCapacity(world, flood)
    const phaseMs = (seconds * 1_000) / 2
    const base = durations(await quietly(world, other, phaseMs))
    const next = (): Call => ({
      to: counter(`k${dice.between(0, keys - 1)}`),
      event: { type: 'add', holdMs },
      asks: true,
      deadlineMs: overloadDeadlineMs,
    })
    const usual = startLoad(world, flood, { callsPerSecond: capacity * busyShare, next })
    const busy = durations(await quietly(world, other, phaseMs))
    await usual.stop()
    const rssBefore = memory.largestMb()

    world.fault(`open load of ten times ${Math.round(capacity)} calls a second`)
    const lag = monitorEventLoopDelay({ resolution: 5 })
    lag.enable()
    const load = startLoad(world, flood, { callsPerSecond: capacity * 10, next, openMax: Infinity })
    const startedAt = Date.now()
    const under = await quietly(world, other, seconds * 1_000)
    const endedAt = Date.now()
    lag.disable()
    const stopped = load.stop()
    const recoveryMs = await world.until(
      'the quiet tenant is answered as before',
      () => isQuick(world, other, percentile(base, 0.99) * 2 + 20),
      recoveryMsMax * 2,
    )
    world.expect(recoveryMs <= recoveryMsMax, `the quiet tenant waited ${Math.round(recoveryMs)} ms for the end of the overload`)
    await stopped
    const good = load.ended.filter(({ outcome }) => outcome.outcome === 'acknowledged' && outcome.at >= startedAt && outcome.at <= endedAt)
    const goodput = good.length / ((endedAt - startedAt) / 1_000)
    return {
      capacityPerSecond: Math.round(capacity),
      offeredPerSecond: Math.round(load.ended.length / ((endedAt - startedAt) / 1_000)),
      goodputPerSecond: Math.round(goodput),
      goodputShare: rounded(goodput / capacity, 2),
      ...codesOf(load.ended),
      refusedAtDoor: flood.client.refusedAtDoor,
      ...spread(
        'answered',
        good.map(({ ms }) => ms),
      ),
      fencedOff: world.fleet.losses,
      rssBeforeMb: rssBefore,
      rssMaxMb: memory.largestMb(),
      quietIdleP99Ms: percentile(base, 0.99),
      quietBusyP99Ms: percentile(busy, 0.99),
      ...spread('quiet', durations(under)),
      quietSettledP99Ms: percentile(durations(under.filter((ended) => ended.startedAt >= startedAt + settledMs)), 0.99),
      quietFailed: under.filter(({ outcome }) => outcome.outcome !== 'acknowledged').length,
      callerLagP99Ms: rounded(lag.percentile(99) / 1e6),
      recoveryMs: Math.round(recoveryMs),
    }
  },
}

/** The calls of the tenant that asks little. */
async function quietly(world: World, caller: Caller, ms: number): Promise<readonly Ended[]> {
  let key = 0
  const load = startLoad(world, caller, { callsPerSecond: quietCallsPerSecond, next: () => quiet(key++) })
  await wait(ms)
  await load.stop()
  return load.ended
}

const durations = (ended: readonly Ended[]): readonly number[] => ended.map(({ ms }) => ms)

async function isQuick(world: World, caller: Caller, msMax: number): Promise<boolean> {
  const started = performance.now()
  const { outcome } = await world.call(caller, quiet(0))
  return outcome === 'acknowledged' && performance.now() - started <= msMax
}

const codesOf = (ended: readonly Ended[]): Figures =>
  Object.fromEntries(
    [...Map.groupBy(ended, ({ outcome }) => outcome.code)].flatMap(([code, some]) => (code === undefined ? [] : [[code, some.length]])),
  )

/** The largest resident memory of a worker, by what workers say of themselves. */
async function watchMemory(world: World): Promise<{ largestMb(): number }> {
  let largest = 0
  const reader = await world.ports.membership.watch((members) => {
    for (const { load } of members) largest = Math.max(largest, load.rssBytes)
  })
  world.defer(() => reader.stop())
  return { largestMb: () => Math.round(largest / 1e6) }
}

const hotShare = 0.8
/** Of the capacity: more than the owner of one key can do, and so little beside it that nothing else is too much. */
const tooHotShare = 1.5
const besideShare = 0.1
const hot = counter('hot')

export const hotKey: Scenario = {
  name: 'hot-key',
  about: 'one key gets 80 % of the traffic: how long the others wait, compared with the same traffic spread evenly',
  plan: { workers: 2 },
  async run(world, { dice, seconds }) {
    const caller = await world.caller('hot')
    const capacity = await measureCapacity(world, caller)
    const callsPerSecond = capacity * baseShare
    const even = (): Call => ({ to: counter(`k${dice.between(0, keys - 1)}`), event: { type: 'add', holdMs }, asks: true })
    const skewed = (): Call => (dice.chance(hotShare) ? { to: hot, event: { type: 'add', holdMs }, asks: true } : even())
    const phase = async (next: () => Call): Promise<readonly Ended[]> => {
      const load = startLoad(world, caller, { callsPerSecond, next })
      await wait((seconds * 1_000) / 2)
      await load.stop()
      return load.ended
    }
    const base = (await phase(even)).map(({ ms }) => ms)
    world.fault('80 % of the traffic goes to one key')
    const ended = await phase(skewed)
    const unanswered = ended.filter(({ outcome }) => outcome.outcome !== 'acknowledged')
    world.expect(
      unanswered.length === 0,
      `${unanswered.length} of ${ended.length} asks were not answered at ${baseShare * 100} % of the capacity`,
    )
    world.fault('one key gets more than its owner can do')
    const flood = startLoad(world, caller, {
      callsPerSecond: capacity * tooHotShare,
      next: () => ({ to: hot, event: { type: 'add', holdMs }, asks: true, deadlineMs: overloadDeadlineMs }),
      openMax: Infinity,
    })
    const cool = startLoad(world, caller, { callsPerSecond: capacity * besideShare, next: even })
    await wait((seconds * 1_000) / 2)
    await Promise.all([flood.stop(), cool.stop()])
    const refused = cool.ended.filter(({ outcome }) => outcome.outcome !== 'acknowledged').length
    await world.readLog()
    const hotPartition = world.partitionOf(hot)
    const others = (beside: boolean, calls = ended): readonly number[] =>
      calls.filter(({ call: { to } }) => to !== hot && (world.partitionOf(to) === hotPartition) === beside).map(({ ms }) => ms)
    return {
      capacityPerSecond: Math.round(capacity),
      callsPerSecond: Math.round(callsPerSecond),
      ...spread('even', base),
      ...spread(
        'hot',
        ended.filter(({ call }) => call.to === hot).map(({ ms }) => ms),
      ),
      ...spread('samePartition', others(true)),
      ...spread('otherPartitions', others(false)),
      tooHotGoodputPerSecond: Math.round(flood.ended.filter(({ outcome }) => outcome.outcome === 'acknowledged').length / (seconds / 2)),
      ...spread('besideTooHot', others(true, cool.ended)),
      ...spread('awayFromTooHot', others(false, cool.ended)),
      refusedBesideTooHot: refused,
      fencedOff: world.fleet.losses,
      turnsOfHotKey: factsOf(world.history.lines).byActor.get(hot)?.length ?? 0,
    }
  },
}

/** Together longer than an owner may stay silent for. */
const slowTurns = { calls: 600, holdMs: 10, deadlineMs: 120_000 } as const

export const backlog: Scenario = {
  name: 'backlog',
  about:
    'six hundred calls of one actor wait, each of which holds its worker for ten milliseconds: its owner works them off and stays the owner',
  plan: { workers: 2 },
  async run(world) {
    const caller = await world.caller('hasty')
    const started = performance.now()
    const event = { type: 'add', holdMs: slowTurns.holdMs }
    const call: Call = { to: hot, event, asks: true, deadlineMs: slowTurns.deadlineMs }
    const outcomes = await Promise.all(Array.from({ length: slowTurns.calls }, () => world.call(caller, call)))
    const tookMs = performance.now() - started
    const unanswered = outcomes.filter(({ outcome }) => outcome !== 'acknowledged')
    world.expect(
      unanswered.length === 0,
      `${unanswered.length} of ${outcomes.length} asks were not answered within ${slowTurns.deadlineMs} ms`,
    )
    return { tookMs: Math.round(tookMs), answered: outcomes.length - unanswered.length, fencedOff: world.fleet.losses }
  },
}
