// What a turn costs as a system grows: one of partitions, actors and workers is changed at a time, each in a fleet of its own.
import { startFleet, type BenchProfile } from './fleet.ts'
import { costOf, each } from './cost.ts'
import { measure, rounded, type Figure } from './measure.ts'

interface Size {
  readonly partitions: number
  readonly actors: number
  readonly workers: number
}

const base: Size = { partitions: 16, actors: 1_000, workers: 1 }
const sizes: readonly Size[] = [
  base,
  { ...base, partitions: 4 },
  { ...base, partitions: 64 },
  { ...base, actors: 100_000 },
  { ...base, workers: 2 },
  { ...base, workers: 4 },
]
const inFlight = 256
const callsMax = 40_000
/** So that neighbours in time are no neighbours by name; a prime, so that every actor has its turn. */
const stride = 7_919

export async function scaleFigures(profile: BenchProfile, scale: number): Promise<readonly Figure[]> {
  const figures: Figure[] = []
  for (const size of sizes)
    figures.push(await measureSize(profile, { ...size, actors: Math.max(inFlight, Math.round(size.actors * scale)) }, scale))
  return figures
}

async function measureSize(profile: BenchProfile, size: Size, scale: number): Promise<Figure> {
  const { partitions, actors, workers } = size
  const fleet = await startFleet(profile, { partitions, workers })
  try {
    const count = Math.max(inFlight, Math.round(callsMax * scale))
    const call = (index: number) =>
      fleet.client.ask(`bench/counter/k${(index * stride) % actors}`, { type: 'add', n: 1 }, { deadlineMs: 60_000 })
    await measure({ count: Math.max(actors, count), inFlight, call }) // every actor is born, and the code is compiled
    const { result, turns, records, cost } = await costOf(fleet, () => measure({ count, inFlight, call }))
    return {
      bench: `cost of a turn, ${actors.toLocaleString('en')} actors`,
      profile,
      inFlight,
      ...result,
      partitions,
      workers,
      ...each(cost, turns),
      turnsPerRecord: rounded(turns / records),
    }
  } finally {
    await fleet.stop()
  }
}
