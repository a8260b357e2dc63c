// Postgres
// The history database of a stack: the one DATABASE_URL names, or an embedded Postgres for development.
// It is no place for what must not be lost: the log is in NATS, and the projector can write these rows again.
//
// G1. The embedded server listens on loopback only, without passwords: whoever is on this machine may read it.
// G2. A data folder is whole or not there: it is made beside its place, with its database, and moved there by one rename.
// G3. Two servers never run on the same files: what an earlier start left running is ended first.
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import path from 'node:path'
import { ServerStartFailed, ServerUnreachable } from './errors.ts'
import { endLeftover } from './leftover.ts'
import { placesOf } from './places.ts'
import { postgresProgram, type PostgresProgram } from './postgres-program.ts'
import { startServer, type Server } from './server.ts'

export interface PostgresOptions {
  readonly dataDir: string
  /** A server that runs already (DATABASE_URL). */
  readonly url?: string | undefined
  readonly log: (line: string) => void
  /** False takes the way of machines that bar user namespaces. */
  readonly userNamespaces?: boolean
}

const database = 'troupe'
const answerLimitMs = 5_000
const initLimitMs = 60_000
const defaultPort = 5432

/** Resolves when the server takes connections and has the database. Rejects a `StackError` that says what to do. */
export async function startPostgres(options: PostgresOptions): Promise<Server> {
  if (!options.url) return embeddedPostgres(options)
  await checkPostgres(options.url)
  return { url: options.url, pid: undefined, lost: new Promise(() => {}), close: async () => {} }
}

async function embeddedPostgres({ dataDir, log, userNamespaces }: PostgresOptions): Promise<Server> {
  const startedAt = performance.now()
  const root = path.resolve(dataDir)
  const folder = path.join(root, 'postgres')
  await fs.mkdir(root, { recursive: true })
  const program = await postgresProgram(root, userNamespaces)
  await endLeftover(path.join(folder, 'postmaster.pid'), folder, 'SIGINT') // G3
  const isNew = await createCluster(folder, program)
  await giveTo(folder, program.owner)

  const port = await freePort()
  const settings = ['listen_addresses=127.0.0.1', 'unix_socket_directories='] // G1
  const { server } = await startServer({
    name: 'postgres',
    enter: program.enter,
    command: [path.join(program.bin, 'postgres'), '-D', folder, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])],
    stopSignal: 'SIGINT', // its fast shutdown: ends connections, writes a checkpoint
    logFile: path.join(root, 'postgres.log'),
    ready: (pid) => isReady(folder, pid),
  })
  log(`Postgres on 127.0.0.1:${port}${isNew ? ' (new database)' : ''} in ${Math.round(performance.now() - startedAt)} ms`)
  return { ...server, url: `postgres://postgres@127.0.0.1:${port}/${database}` }
}

/** Whether there was none yet. */
async function createCluster(folder: string, program: PostgresProgram): Promise<boolean> {
  if (await isThere(path.join(folder, 'PG_VERSION'))) return false
  const unfinished = `${folder}.new`
  await fs.rm(unfinished, { recursive: true, force: true })
  await fs.mkdir(unfinished, { mode: 0o700 })
  await giveTo(unfinished, program.owner)
  // Postgres's own C.UTF-8 sorts the same everywhere and needs no locale of the system.
  const locale = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8']
  await runTool(program, 'initdb', ['-D', unfinished, '-U', 'postgres', '-A', 'trust', ...locale])
  // Single-user mode creates the database without a client library and before there is a port.
  await runTool(program, 'postgres', ['--single', '-D', unfinished, 'postgres'], `CREATE DATABASE ${database};\n`)
  await fs.rename(unfinished, folder) // G2
  return true
}

function runTool(program: PostgresProgram, tool: string, args: readonly string[], input = ''): Promise<void> {
  const [command = '', ...rest] = [...program.enter, path.join(program.bin, tool), ...args]
  return new Promise((resolve, reject) => {
    const child = execFile(command, rest, { timeout: initLimitMs }, (cause, _stdout, stderr) => {
      const said = stderr.trim().split('\n').at(-1)
      if (cause === null) resolve()
      else
        reject(
          new ServerStartFailed(
            `Creating the embedded database: ${tool} failed: ${said || cause.message}. Correct that, or set DATABASE_URL.`,
            { cause },
          ),
        )
    })
    child.stdin?.end(input)
  })
}

/** The eighth line of its pid file is what Postgres's own `pg_ctl --wait` reads. */
async function isReady(folder: string, pid: number): Promise<true | undefined> {
  const text = await fs.readFile(path.join(folder, 'postmaster.pid'), 'utf8').catch(() => '')
  const lines = text.split('\n')
  return lines[0] === String(pid) && lines[7]?.trim() === 'ready' ? true : undefined
}

/** Only a folder that changes hands is walked: a stack that was root's in a namespace and is nobody's now, or the other way round. */
async function giveTo(folder: string, owner: number | undefined): Promise<void> {
  if (owner === undefined || (await fs.stat(folder)).uid === owner) return
  for (const entry of await fs.readdir(folder, { recursive: true })) await fs.lchown(path.join(folder, entry), owner, owner)
  await fs.lchown(folder, owner, owner)
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  await once(probe, 'close')
  return typeof address === 'object' && address !== null ? address.port : 0
}

async function isThere(file: string): Promise<boolean> {
  return fs.access(file).then(
    () => true,
    () => false,
  )
}

/** Whether anything listens there; the password and the database are the history service's to try. */
async function checkPostgres(url: string): Promise<void> {
  for (const { host, port } of placesOf('DATABASE_URL', url, defaultPort)) {
    const socket = connect({ host, port })
    try {
      await once(socket, 'connect', { signal: AbortSignal.timeout(answerLimitMs) })
    } catch (cause) {
      const what = `no server answers at ${host}:${port} (${cause instanceof Error ? cause.message : String(cause)})`
      throw new ServerUnreachable(`DATABASE_URL: ${what}. Start it, correct DATABASE_URL, or unset it to use the embedded server.`, {
        cause,
      })
    } finally {
      socket.destroy()
    }
  }
}
