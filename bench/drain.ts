// A planned stop: SIGTERM of one of two workers at full load. Which asks fail, which effects run twice, how long each of its partitions is silent.
import { readFile } from 'node:fs/promises'
import { setTimeout as wait } from 'node:timers/promises'
import { partitionOf } from '../machines/address.ts'
import { startFleet, tenant, type BenchFleet, type BenchProfile } from './fleet.ts'
import { rounded, type Figure } from './measure.ts'

const partitions = 16
/** Every partition has callers of its own, so that one that is silent does not silence the others. */
const callersPerPartition = 8
const walkers = 64
const beforeMs = 3_000
const afterMs = 3_000
const deadlineMs = 30_000
/** So that calls that fail at once do not take the processor from those that would not. */
const failurePauseMs = 10

export async function drainFigures(profile: BenchProfile, scale: number): Promise<readonly Figure[]> {
  const fleet = await startFleet(profile, { partitions, workers: 2 })
  try {
    const [leaving] = fleet.workers
    const moved = new Set((await leaving?.figures())?.owned)
    const load = startLoad(fleet)
    await wait(beforeMs * Math.max(scale, 1 / 3))
    const from = performance.now()
    await leaving?.stop()
    const drainedMs = performance.now() - from
    await wait(afterMs * Math.max(scale, 1 / 3))
    const { answers, walked, failed, firstFailure } = await load.stop()
    const silences = answers.map((times) => longestSilence(times, from))
    const pauses = silences.filter((_, partition) => moved.has(partition)).toSorted((a, b) => a - b)
    const others = silences.filter((_, partition) => !moved.has(partition)).toSorted((a, b) => a - b)
    const asks = answers.reduce((sum, times) => sum + times.length, 0)
    return [
      {
        bench: `drain of one of two workers, pause of its ${pauses.length} partitions`,
        profile,
        inFlight: partitions * callersPerPartition + walkers,
        perSecond: Math.round((asks / load.ranMs()) * 1_000),
        p50Ms: rounded(pauses[Math.floor(pauses.length * 0.5)]),
        p99Ms: rounded(pauses[Math.floor(pauses.length * 0.99)]),
        maxMs: rounded(pauses.at(-1)),
        /** What the partitions that stayed were silent: the machine's share. */
        othersMaxMs: rounded(others.at(-1)),
        drainedMs: Math.round(drainedMs),
        asks: asks + walked + failed,
        failedAsks: failed,
        ...(firstFailure !== undefined && { firstFailure }),
        ...(await executionsOf(fleet)),
      },
    ]
  } finally {
    await fleet.stop()
  }
}

/** Callers in a closed loop, until stopped: counters in every partition, and walks of five effects. */
function startLoad({ client }: BenchFleet) {
  const answers = Array.from({ length: partitions }, (): number[] => [])
  let isOver = false
  let failed = 0
  let walks = 0
  let walked = 0
  let firstFailure: string | undefined
  const startedAt = performance.now()
  let endedAt = startedAt
  const repeat = async (call: () => Promise<unknown>): Promise<void> => {
    while (!isOver) {
      try {
        await call()
      } catch (error) {
        failed++
        firstFailure ??= error instanceof Error ? error.message : String(error)
        await wait(failurePauseMs)
      }
    }
  }
  const counters = answers.flatMap((times, partition) =>
    keysIn(partition).map((key) =>
      repeat(async () => {
        await client.ask(`${tenant}/counter/${key}`, { type: 'add', n: 1 }, { deadlineMs })
        times.push(performance.now())
      }),
    ),
  )
  const walkings = Array.from({ length: walkers }, () =>
    repeat(async () => {
      await client.ask(`${tenant}/walk/w${++walks}`, { type: 'run' }, { deadlineMs })
      walked++
    }),
  )
  return {
    ranMs: () => endedAt - startedAt,
    async stop() {
      isOver = true
      endedAt = performance.now()
      await Promise.all([...counters, ...walkings])
      return { answers, walked, failed, firstFailure }
    },
  }
}

/** As many keys as there are callers, all in one partition. */
function keysIn(partition: number): readonly string[] {
  const keys: string[] = []
  for (let number = 0; keys.length < callersPerPartition; number++) {
    const key = `k${number}`
    if (partitionOf({ tenant, type: 'counter', key }, partitions) === partition) keys.push(key)
  }
  return keys
}

/** The longest time between two answers that ended after `from`. */
function longestSilence(times: readonly number[], from: number): number {
  let longest = 0
  for (const [index, at] of times.entries()) {
    const before = times[index - 1]
    if (before !== undefined && at > from) longest = Math.max(longest, at - before)
  }
  return longest
}

async function executionsOf({ workers }: BenchFleet): Promise<{ effects: number; effectsRunTwice: number }> {
  const files = await Promise.all(workers.map(({ executions }) => readFile(executions, 'utf8').catch(() => ''))) // none: it ran no effect
  const keys = files.flatMap((text) => text.split('\n').filter((key) => key !== ''))
  const once = new Set(keys)
  return { effects: once.size, effectsRunTwice: keys.length - once.size }
}
