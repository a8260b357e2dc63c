// The peers' real servers, each on a free loopback port with its files in the given folder. They end with the process that started them.
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { createRequire } from 'node:module'
import path from 'node:path'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { startPostgres } from '../../services/stack/postgres.ts'
import { startProcess } from '../../services/stack/processes.ts'
import { startServer } from '../../services/stack/server.ts'
import { timeLimit } from './load.ts'

const workerReadyLimitMs = 30_000
const workerStopLimitMs = 10_000

/** Redis as BullMQ's production guide wants it: an append-only file, and no eviction. */
export async function startRedis(folder: string, appendfsync: string): Promise<{ port: number; stop(): Promise<void> }> {
  const port = await freePort()
  const settings = { appendonly: 'yes', appendfsync, save: '', 'maxmemory-policy': 'noeviction', dir: folder, bind: '127.0.0.1' }
  const { server } = await startServer({
    name: 'redis-server',
    command: ['redis-server', '--port', String(port), ...Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value])],
    stopSignal: 'SIGTERM',
    logFile: path.join(folder, 'redis.log'),
    ready: () => listens(port),
  })
  return { port, stop: () => server.close() }
}

/** Connections of one pool: a peer has at most two pools and Postgres takes 100 connections. */
export const connectionsMax = 32

/** The project's embedded Postgres as it comes, with `synchronous_commit` of the setting (`…synchronous_commit=off`). */
export async function startDatabase(folder: string, setting: string) {
  const server = await startPostgres({ dataDir: folder, log: () => {} })
  const value = /synchronous_commit=(on|off)/.exec(setting)?.[1] ?? 'on'
  const client = new pg.Client(server.url)
  await client.connect()
  await client.query(`ALTER DATABASE troupe SET synchronous_commit = ${value}`)
  await client.end()
  const pool = new pg.Pool({ connectionString: server.url, max: connectionsMax })
  // A connection that the server ended: the next query says so.
  pool.on('error', () => {})
  pool.on('connect', (connection) => connection.on('error', () => {}))
  const { rows } = await pool.query<Record<'version' | 'fsync' | 'commit', string>>(
    `SELECT current_setting('server_version') AS version, current_setting('fsync') AS fsync, current_setting('synchronous_commit') AS commit`,
  )
  return {
    url: server.url,
    version: `Postgres ${rows[0]?.version} (says fsync=${rows[0]?.fsync}, synchronous_commit=${rows[0]?.commit})`,
    pool,
    stop: async () => {
      await pool.end()
      await server.close()
    },
  }
}

/** Where the peers without a state of their own keep the counters. */
export async function counterTable(pool: pg.Pool): Promise<(keys: readonly string[]) => Promise<readonly number[]>> {
  await pool.query('CREATE TABLE counter (key text PRIMARY KEY, total int NOT NULL)')
  return async (keys) => {
    const { rows } = await pool.query<{ key: string; total: number }>('SELECT key, total FROM counter')
    const totals = new Map(rows.map(({ key, total }) => [key, total]))
    return keys.map((key) => totals.get(key) ?? 0)
  }
}

/** Adds one in a transaction of its own; resolves to the total once that is committed. */
export async function addOne(database: Pick<pg.Pool, 'query'>, key: string): Promise<number> {
  const { rows } = await database.query<{ total: number }>(
    'INSERT INTO counter VALUES ($1, 1) ON CONFLICT (key) DO UPDATE SET total = counter.total + 1 RETURNING total',
    [key],
  )
  return rows[0]?.total ?? 0
}

/** A worker of a peer, in a process of its own. Ready when it prints a line. */
export async function startPeerWorker(name: string, ...args: readonly string[]): Promise<{ stop(): Promise<unknown> }> {
  const { promise: ready, resolve } = Promise.withResolvers<void>()
  const said: string[] = []
  const onLine = (line: string) => {
    said.push(line)
    if (line === 'ready') resolve()
  }
  const entry = fileURLToPath(new URL(`workers/${name}.ts`, import.meta.url))
  const child = await startProcess({ name: `${name} worker`, entry, args, onLine })
  const ended = child.exited.then(({ text }) => Promise.reject(new Error(`${text} before it was ready: ${said.slice(0, 3).join(' | ')}`)))
  const limit = timeLimit(workerReadyLimitMs, `${name} worker: not ready`)
  try {
    await Promise.race([ready, ended, limit.reached])
  } catch (error) {
    await child.stop(workerStopLimitMs)
    throw error
  } finally {
    ended.catch(() => {}) // it ends when it is stopped
    limit.clear()
  }
  return { stop: () => child.stop(workerStopLimitMs) }
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  await once(probe, 'close')
  return typeof address === 'object' && address !== null ? address.port : 0
}

async function listens(port: number): Promise<true | undefined> {
  const socket = connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return undefined
  } finally {
    socket.destroy()
  }
}

/** `name version` of an installed package. */
export function installed(name: string): string {
  const folder = createRequire(import.meta.url).resolve.paths(name)?.[0] ?? ''
  const { version } = JSON.parse(readFileSync(path.join(folder, name, 'package.json'), 'utf8')) as { version: string }
  return `${name} ${version}`
}
