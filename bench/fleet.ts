// Fleet
// What is measured: message servers of a profile in a temporary folder, worker processes, one client in this process.
//
// F1. A fleet is ready when its partitions are spread over its workers as they should be.
// F2. After `stop` nothing of it runs, and its folder is gone; also when its start failed half-way.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { NatsConnection } from 'nats'
import { connectTroupe, type TroupeClient } from '../client/index.ts'
import { connectNats, createNamespace } from '../runtime/nats/index.ts'
import type { WorkerOptions } from '../runtime/options.ts'
import { startNats, type NatsProfile } from '../services/stack/nats.ts'
import { startNatsNodes } from '../services/stack/nats-nodes.ts'
import { startWorker, type BenchWorker, type WorkerFigures } from './worker-process.ts'

/** `r3`: three servers and three copies of everything, each synced every second. */
export type BenchProfile = NatsProfile | 'r3'

export const isProfile = (name: string): name is BenchProfile => name === 'fast' || name === 'strict' || name === 'r3'

export interface FleetPlan {
  readonly partitions: number
  /** Default 1. */
  readonly workers?: number
  readonly options?: Partial<WorkerOptions>
  /** Of Node, for the workers. */
  readonly flags?: readonly string[]
}

export interface BenchFleet {
  readonly profile: BenchProfile
  readonly replicas: number
  readonly connection: NatsConnection
  readonly client: TroupeClient
  readonly urls: readonly string[]
  readonly serverPids: readonly number[]
  readonly namespace: string
  readonly partitions: number
  /** In a folder of its own, which ends with the fleet. */
  readonly folder: string
  readonly workers: readonly BenchWorker[]
  /** One more worker, ready when it owns this share of the partitions. */
  addWorker(share: number): Promise<BenchWorker>
  /** The memory and figures of all workers that are alive, after a garbage collection; counts are sums. */
  settled(): Promise<WorkerFigures>
  stop(): Promise<void>
}

const namespace = 'bench'
export const tenant = 'bench'

export async function startFleet(
  profile: BenchProfile,
  { partitions, workers: count = 1, options = {}, flags = [] }: FleetPlan,
): Promise<BenchFleet> {
  const ends = new AsyncDisposableStack()
  try {
    const folder = await mkdtemp(join(tmpdir(), 'troupe-bench-'))
    ends.defer(() => rm(folder, { recursive: true, force: true }))
    const { urls, serverPids, close } = await startServers(profile, folder)
    ends.defer(close)
    const connection = await connectNats({ servers: [...urls], name: 'bench' })
    ends.defer(() => connection.close())
    const replicas = profile === 'r3' ? 3 : 1
    await createNamespace(connection, { namespace, partitions, replicas })
    const workers: BenchWorker[] = []
    ends.defer(async () => void (await Promise.all(workers.map((worker) => worker.stop()))))
    const addWorker = async (share: number): Promise<BenchWorker> => {
      const worker = await startWorker({ urls, namespace, share, options, flags, executions: join(folder, `executions-${workers.length}`) })
      workers.push(worker)
      return worker
    }
    for (let worker = 0; worker < count; worker++) await addWorker(worker === 0 ? 1 : 0)
    await untilSpread(workers, partitions)
    const client = await connectTroupe({ servers: urls, namespace, tenant })
    ends.defer(() => client.close())
    return {
      profile,
      replicas,
      connection,
      client,
      urls,
      serverPids,
      namespace,
      partitions,
      folder,
      workers,
      addWorker,
      settled: async () => sumOf(await Promise.all(workers.filter(({ isAlive }) => isAlive).map((worker) => worker.settled()))),
      stop: () => ends.disposeAsync(),
    }
  } catch (error) {
    await ends.disposeAsync() // F2
    throw error
  }
}

async function startServers(profile: BenchProfile, folder: string) {
  if (profile === 'r3') {
    const nodes = await startNatsNodes({ nodes: 3, folder })
    const close = async (): Promise<void> => void (await Promise.all(nodes.map((node) => node.close())))
    return { urls: nodes.map(({ url }) => url), serverPids: nodes.flatMap(({ pid }) => pid ?? []), close }
  }
  const nats = await startNats({ dataDir: folder, profile, log: () => {} })
  return { urls: [nats.url], serverPids: nats.pid === undefined ? [] : [nats.pid], close: () => nats.close() }
}

const spreadLimitMs = 30_000
const pollMs = 20

/** F1. */
async function untilSpread(workers: readonly BenchWorker[], partitions: number): Promise<void> {
  const share = Math.ceil(partitions / workers.length)
  for (const until = performance.now() + spreadLimitMs; performance.now() < until; await wait(pollMs)) {
    const owned = (await Promise.all(workers.map((worker) => worker.figures()))).map((figures) => figures.owned.length)
    if (owned.every((own) => own <= share) && owned.reduce((sum, own) => sum + own, 0) === partitions) return
  }
  throw new Error(`${partitions} partitions were not spread over ${workers.length} workers within ${spreadLimitMs} ms`)
}

const sumOf = (all: readonly WorkerFigures[]): WorkerFigures =>
  all.reduce((sum, one) => ({
    rssMb: sum.rssMb + one.rssMb,
    heapMb: sum.heapMb + one.heapMb,
    actors: sum.actors + one.actors,
    turns: sum.turns + one.turns,
    cpuUs: sum.cpuUs + one.cpuUs,
    owned: [...sum.owned, ...one.owned],
  }))
