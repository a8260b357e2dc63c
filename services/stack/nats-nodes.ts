// NATS nodes
// One nats-server, or a cluster of three, on loopback, each on ports that stay the same through its restarts: for what one embedded server cannot show,
// such as replicas, and servers that die and come back. Chaos runs and benchmarks use it; a stack has the one server of nats.ts.
//
// S1. A node that was killed starts again on the same store.
// S2. After `close` nothing runs and nothing starts, also when a start was under way.
import { once } from 'node:events'
import { mkdir } from 'node:fs/promises'
import { createServer, type Server as Listener } from 'node:net'
import { join } from 'node:path'
import { ServerStartFailed } from './errors.ts'
import { configurationOf, findBinary, type NatsProfile } from './nats.ts'
import { startServer, type Server } from './server.ts'

export interface NatsNode {
  readonly name: string
  readonly url: string
  readonly isUp: boolean
  /** Undefined while it is down. */
  readonly pid: number | undefined
  /** Ends it as a crash does. */
  kill(): Promise<void>
  start(): Promise<void>
  /** Ends it in order; it may start again. */
  stop(): Promise<void>
  close(): Promise<void>
}

export interface NatsNodesPlan {
  readonly nodes: 1 | 3
  /** Where logs are written, and where each node stores. */
  readonly folder: string
  /** Where a single node stores; in the folder unless said. */
  readonly store?: string
  /** Default `fast`. */
  readonly profile?: NatsProfile
}

/** Resolves when all of them are healthy; rejects `StackError`, and then nothing is left running. */
export async function startNatsNodes({ nodes, folder, store, profile = 'fast' }: NatsNodesPlan): Promise<readonly NatsNode[]> {
  const binary = await findBinary(() => {})
  const ports = await freePorts(nodes * 3)
  const routes = Array.from({ length: nodes }, (_, node) => `nats://127.0.0.1:${ports[node * 3 + 2]}`)
  const all = Array.from({ length: nodes }, (_, node) => {
    const [port = 0, monitorPort = 0, routePort = 0] = ports.slice(node * 3, node * 3 + 3)
    const name = `n${node + 1}`
    const cluster = ['--cluster_name', 'loopback', '--cluster', `nats://127.0.0.1:${routePort}`, '--routes', routes.join(',')]
    const place = ['-a', '127.0.0.1', '-p', String(port), '-m', String(monitorPort), '-sd', store ?? join(folder, name), '-n', name]
    const command = [binary, '-c', configurationOf(profile), ...place, ...(nodes > 1 ? cluster : [])] as const
    return natsNode({ name, port, monitorPort, logFile: join(folder, `${name}.log`), command: [command[0], ...command.slice(1)] })
  })
  await mkdir(folder, { recursive: true })
  try {
    await Promise.all(all.map((node) => node.start())) // a cluster is healthy only together
  } catch (error) {
    await Promise.all(all.map((node) => node.close()))
    throw error
  }
  return all
}

interface Place {
  readonly name: string
  readonly port: number
  readonly monitorPort: number
  readonly logFile: string
  readonly command: readonly [string, ...string[]]
}

function natsNode({ name, port, monitorPort, logFile, command }: Place): NatsNode {
  let running: Omit<Server, 'url'> | undefined
  let starts = 0
  let isClosed = false
  const stop = async (): Promise<void> => {
    const ending = running
    running = undefined
    await ending?.close()
  }
  return {
    name,
    url: `nats://127.0.0.1:${port}`,
    get isUp() {
      return running !== undefined
    },
    get pid() {
      return running?.pid
    },
    async start() {
      if (isClosed) throw new ServerStartFailed(`Starting nats-server ${name}: it was closed. Start others with startNatsNodes.`)
      const log = `${logFile}.${++starts}`
      const ready = () => isHealthy(monitorPort)
      running = (await startServer({ name, command, stopSignal: 'SIGTERM', logFile: log, ready })).server
      if (isClosed) await stop() // S2
    },
    async kill() {
      const { pid, lost } = running ?? {}
      running = undefined
      if (pid !== undefined) process.kill(pid, 'SIGKILL')
      await lost
    },
    stop,
    async close() {
      isClosed = true
      await stop()
    },
  }
}

async function isHealthy(monitorPort: number): Promise<true | undefined> {
  try {
    const answer = await fetch(`http://127.0.0.1:${monitorPort}/healthz`, { signal: AbortSignal.timeout(healthLimitMs) })
    return answer.ok ? true : undefined
  } catch {
    return undefined // it does not listen yet
  }
}

const healthLimitMs = 2_000

/** All at once, so that no two are the same. */
async function freePorts(count: number): Promise<readonly number[]> {
  const probes: Listener[] = []
  for (let probe = 0; probe < count; probe++) {
    const listener = createServer().listen(0, '127.0.0.1')
    await once(listener, 'listening')
    probes.push(listener)
  }
  const ports = probes.map((probe) => {
    const address = probe.address()
    return typeof address === 'object' && address !== null ? address.port : 0
  })
  for (const probe of probes) probe.close()
  await Promise.all(probes.map((probe) => once(probe, 'close')))
  return ports
}
