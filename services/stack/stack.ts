import { openDataFolder, defaultDataFolder, type DataFolder, type StackState } from './data-folder.ts'
import type { ServerLost } from './errors.ts'
import { startNats, type NatsProfile, type NatsServer } from './nats.ts'
import { startPostgres } from './postgres.ts'
import type { Server } from './server.ts'

export interface StackOptions {
  /** Everything the embedded servers keep is in here; `.data` unless said. */
  readonly folder?: string | undefined
  readonly profile?: NatsProfile | undefined
  /** NATS_URL: a server that runs already instead of the embedded one. */
  readonly natsUrl?: string | undefined
  /** DATABASE_URL: likewise. */
  readonly databaseUrl?: string | undefined
  readonly log: (line: string) => void
  /** NATS takes connections, while Postgres may still be starting. */
  readonly natsReady?: ((url: string) => void) | undefined
}

export interface Stack {
  readonly folder: string
  readonly natsUrl: string
  readonly monitorUrl: string | undefined
  readonly databaseUrl: string
  /** Resolves if an embedded server ends without being asked to: the stack is of no use any more and should be closed. */
  readonly lost: Promise<ServerLost>
  /** Says in the folder where the inspector is, for commands that are asked. */
  recordInspector(url: string): Promise<void>
  /** Idempotent. Ends what was started and gives the folder free; what uses the servers has stopped before. */
  close(): Promise<void>
}

/** NATS and Postgres, ready to use. Rejects a `StackError` with one sentence that says what to do; then nothing is left running. */
export async function startStack(options: StackOptions): Promise<Stack> {
  const data = await openDataFolder(options.folder ?? defaultDataFolder)
  try {
    return await startServers(data, options)
  } catch (error) {
    await data.release()
    throw error
  }
}

async function startServers(data: DataFolder, options: StackOptions): Promise<Stack> {
  const { profile = 'fast', natsUrl, databaseUrl, log, natsReady } = options
  const natsStarting = startNats({ dataDir: data.path, profile, url: natsUrl, log })
  if (natsReady) natsStarting.then(({ url }) => natsReady(url)).catch(() => {}) // its failure is thrown below
  const [nats, postgres] = await bothOrNone(natsStarting, startPostgres({ dataDir: data.path, url: databaseUrl, log }))
  const close = async () => {
    await Promise.all([nats.close(), postgres.close()])
    await data.release()
  }
  const state = { pid: process.pid, startedAt: new Date().toISOString(), profile, servers: runningHere(nats, postgres) }
  try {
    await data.record(state)
  } catch (error) {
    await close()
    throw error
  }
  let closing: Promise<void> | undefined
  return {
    folder: data.path,
    natsUrl: nats.url,
    monitorUrl: nats.monitorUrl,
    databaseUrl: postgres.url,
    lost: Promise.race([nats.lost, postgres.lost]),
    recordInspector: (inspector) => data.record({ ...state, inspector }),
    close: () => (closing ??= close()),
  }
}

async function bothOrNone(nats: Promise<NatsServer>, postgres: Promise<Server>): Promise<[NatsServer, Server]> {
  try {
    return await Promise.all([nats, postgres])
  } catch (error) {
    for (const one of await Promise.allSettled([nats, postgres])) if (one.status === 'fulfilled') await one.value.close()
    throw error
  }
}

/** Only what is ours: the address of someone else's server may hold a password. */
function runningHere(nats: NatsServer, postgres: Server): StackState['servers'] {
  const servers = [
    { name: 'nats', pid: nats.pid, url: nats.url, monitorUrl: nats.monitorUrl },
    { name: 'postgres', pid: postgres.pid, url: postgres.url },
  ]
  return servers.flatMap(({ pid, ...server }) => (pid === undefined ? [] : [{ ...server, pid }]))
}
