// Dormant actors: so many that have left the memory. What the worker still holds of them, and how long one takes to answer again.
import { setTimeout as wait } from 'node:timers/promises'
import { startFleet, type BenchFleet, type BenchProfile } from './fleet.ts'
import { measure, ratioOf, type Figure } from './measure.ts'
import type { WorkerFigures } from './worker-process.ts'

export const dormantDefault = 100_000
const partitions = 16
/** Short, so that nobody waits for what is not measured. */
const idleMs = 1_000
/** Turns of a few actors, so that code and buffers of the worker that is compared are what turns make them. */
const warmCalls = 20_000
const warmActors = 64
const wakes = 2_000
const pollMs = 250
const asleepLimitMs = 60_000
/** Writing one snapshot takes less than this on any machine worth measuring. */
const asleepLimitMsPerActor = 1
/** So that neighbours in time are no neighbours by name or by birth; a prime, so that nobody is woken twice. */
const stride = 7_919

/** `actors`: how many. */
export async function dormantFigures(profile: BenchProfile, scale: number, actors: number): Promise<readonly Figure[]> {
  const fleet = await startFleet(profile, { partitions, options: { idleMs } })
  try {
    const fresh = await fleet.settled()
    await measure({
      count: Math.max(warmActors, Math.round(warmCalls * scale)),
      inFlight: 512,
      call: (index) => ask(fleet, `warm-${index % warmActors}`),
    })
    const empty = await untilAsleep(fleet, warmActors)
    const born = await measure({ count: actors, inFlight: 512, call: (index) => ask(fleet, `d-${index}`) })
    const peak = await fleet.settled()
    const asleepFrom = performance.now()
    const asleep = await untilAsleep(fleet, actors)
    const asleepMs = Math.round(performance.now() - asleepFrom)
    const memory = {
      actorsInMemory: asleep.actors,
      rssFreshMb: fresh.rssMb,
      rssEmptyMb: empty.rssMb,
      rssPeakMb: peak.rssMb,
      rssMb: asleep.rssMb,
      heapEmptyMb: empty.heapMb,
      heapMb: asleep.heapMb,
      asleepMs,
    }
    const bench = `${actors.toLocaleString('en')} actors, one message each, then dormant`
    const wakeUps = await wakeFigures(fleet, Math.round(wakes * scale), actors)
    return [{ bench, profile, inFlight: 512, ...born, ...memory, rssNewcomerMb: await newcomerMb(fleet) }, ...wakeUps]
  } finally {
    await fleet.stop()
  }
}

const ask = ({ client }: BenchFleet, key: string): Promise<number> =>
  client.ask<number>(`bench/counter/${key}`, { type: 'add', n: 1 }, { deadlineMs: 60_000 })

/** The memory of a worker that has just taken half of the partitions: what dormant actors cost one that has never seen them. */
async function newcomerMb(fleet: BenchFleet): Promise<number> {
  const worker = await fleet.addWorker(0.5)
  const { rssMb } = await worker.settled()
  await worker.stop()
  return rssMb
}

/** Random ones by one and by 64, beside one that is in memory, in the same minute. Each must remember its first message. */
async function wakeFigures(fleet: BenchFleet, wanted: number, actors: number): Promise<readonly Figure[]> {
  const { profile } = fleet
  const count = Math.max(1, Math.min(wanted, Math.floor(actors / 2)))
  let forgotten = 0
  const wake = (from: number) => async (index: number) => {
    if ((await ask(fleet, `d-${((from + index) * stride) % actors}`)) !== 2) forgotten++
  }
  const awake = await measure({ count, inFlight: 1, call: () => ask(fleet, 'awake') })
  const one = await measure({ count, inFlight: 1, call: wake(0) })
  const many = await measure({ count, inFlight: 64, call: wake(count) })
  return [
    { bench: 'ask of an actor in memory', profile, inFlight: 1, ...awake },
    {
      bench: 'ask of a dormant actor',
      profile,
      inFlight: 1,
      ...one,
      ratio: ratioOf(one.p50Ms, awake.p50Ms),
      to: 'p50 of one in memory',
      forgotten,
    },
    { bench: 'ask of a dormant actor', profile, inFlight: 64, ...many, forgotten },
  ]
}

/** Until no actor is in memory; when that takes too long, the figures say how many still are. */
async function untilAsleep(fleet: BenchFleet, actors: number): Promise<WorkerFigures> {
  const until = performance.now() + asleepLimitMs + asleepLimitMsPerActor * actors
  for (;;) {
    const figures = await fleet.settled()
    if (figures.actors === 0 || performance.now() > until) return figures
    await wait(pollMs)
  }
}
