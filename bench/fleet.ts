// The fleet that is measured: a nats-server of the given profile in a temporary folder, one worker process, one client in this process.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { NatsConnection } from 'nats'
import { connectTroupe, type TroupeClient } from '../client/index.ts'
import { connectNats, createNamespace } from '../runtime/nats/index.ts'
import { startNats, type NatsProfile } from '../services/stack/nats.ts'
import { workerNodeFlags } from '../services/worker/node-flags.ts'

export interface BenchFleet {
  readonly profile: NatsProfile
  readonly connection: NatsConnection
  readonly client: TroupeClient
  readonly url: string
  readonly namespace: string
  /** The worker's memory and figures now, after a garbage collection. */
  worker(): Promise<{ rssMb: number; actors: number; turns: number }>
  stop(): Promise<void>
}

const namespace = 'bench'
const workerEntry = fileURLToPath(new URL('worker.ts', import.meta.url))

export async function startFleet(profile: NatsProfile, partitions: number): Promise<BenchFleet> {
  const folder = await mkdtemp(join(tmpdir(), 'troupe-bench-'))
  const nats = await startNats({ dataDir: folder, profile, log: () => {} })
  const connection = await connectNats({ servers: nats.url, name: 'bench' })
  await createNamespace(connection, { namespace, partitions })
  const worker = await startWorker(nats.url)
  const client = await connectTroupe({ servers: nats.url, namespace, tenant: 'bench' })
  return {
    profile,
    connection,
    client,
    url: nats.url,
    namespace,
    worker: () => worker.ask(),
    stop: async () => {
      await client.close()
      await worker.stop()
      await connection.close()
      await nats.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** A worker process, ready when it owns its share of the partitions: all of them, or half beside another worker. */
export async function startWorker(url: string, share = 1) {
  const child = spawn(process.execPath, ['--expose-gc', ...workerNodeFlags, workerEntry, url, namespace, String(share)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const lines = createInterface({ input: child.stdout })
  const nextLine = async (): Promise<{ rssMb: number; actors: number; turns: number }> => JSON.parse(String((await once(lines, 'line'))[0]))
  const ready = await Promise.race([nextLine(), failed(child)])
  return {
    ready,
    ask: () => {
      const answer = nextLine()
      child.stdin.write('\n')
      return answer
    },
    stop: async () => {
      const exited = once(child, 'exit')
      child.kill('SIGTERM')
      await exited
    },
  }
}

async function failed(child: ChildProcess): Promise<never> {
  const [code] = await once(child, 'exit')
  throw new Error(`the measured worker ended with ${String(code)} before it was ready`)
}
