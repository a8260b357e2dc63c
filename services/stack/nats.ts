// NATS
// The message server of a stack: the one NATS_URL names, or an embedded nats-server with the configuration production starts from.
//
// N1. The embedded server listens on loopback only, on ports it chooses itself, so two stacks never fight for one.
// N2. JetStream's folder has no lock of its own: what an earlier start left running on it is ended first.
// N3. JetStream keeps its files by account. What a start before nats.conf named one has stored goes on under its name.
import fs from 'node:fs/promises'
import { connect } from 'node:net'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { findNats, natsVersionFits, natsWanted } from '../../scripts/find-nats.mjs'
import { ServerMissing, ServerUnreachable } from './errors.ts'
import { endLeftover } from './leftover.ts'
import { placesOf } from './places.ts'
import { startServer, type Server } from './server.ts'

/** `fast`: an acknowledged write is on the disk within a second. `strict`: when it is acknowledged. See nats.conf. */
export type NatsProfile = 'fast' | 'strict'

export interface NatsOptions {
  readonly dataDir: string
  readonly profile: NatsProfile
  /** A server that runs already (NATS_URL); a comma between several. */
  readonly url?: string | undefined
  readonly log: (line: string) => void
}

export interface NatsServer extends Server {
  /** Undefined: not known of a server that is not ours. */
  readonly monitorUrl: string | undefined
}

const answerLimitMs = 5_000
const greetingMax = 64 * 1024
const defaultPort = 4222

/** Resolves when the server takes connections. Rejects a `StackError` that says what to do. */
export async function startNats(options: NatsOptions): Promise<NatsServer> {
  if (!options.url) return embeddedNats(options)
  await checkNats(options.url)
  return { url: options.url, monitorUrl: undefined, pid: undefined, lost: new Promise(() => {}), close: async () => {} }
}

async function embeddedNats({ dataDir, profile, log }: NatsOptions): Promise<NatsServer> {
  const startedAt = performance.now()
  const binary = await findBinary(log)
  const root = path.resolve(dataDir)
  const [store, ports, pidFile] = [path.join(root, 'nats'), path.join(root, 'nats-ports'), path.join(root, 'nats.pid')]
  await endLeftover(pidFile, store, 'SIGTERM') // N2
  await adoptUnnamedAccount(path.join(store, 'jetstream'))
  await fs.rm(ports, { recursive: true, force: true })
  await fs.mkdir(ports, { recursive: true })
  const onFreePorts = ['-a', '127.0.0.1', '-p', '-1', '-m', '-1', '--ports_file_dir', ports] // N1
  const { ready, server } = await startServer({
    name: 'nats-server',
    command: [binary, '-c', configurationOf(profile), ...onFreePorts, '-sd', store, '-P', pidFile],
    stopSignal: 'SIGTERM',
    logFile: path.join(root, 'nats.log'),
    ready: () => readPorts(ports),
  })
  log(`NATS on ${ready.url} (profile ${profile}) in ${Math.round(performance.now() - startedAt)} ms`)
  return { ...server, ...ready }
}

export async function findBinary(log: (line: string) => void): Promise<string> {
  try {
    return await findNats(log)
  } catch (cause) {
    throw new ServerMissing(cause instanceof Error ? cause.message : String(cause), { cause })
  }
}

export function configurationOf(profile: NatsProfile): string {
  const file = { fast: '../../nats.conf', strict: '../../deploy/nats-strict.conf' }[profile]
  return fileURLToPath(new URL(file, import.meta.url))
}

/** N3. */
async function adoptUnnamedAccount(accounts: string): Promise<void> {
  const names = await fs.readdir(accounts).catch((): string[] => []) // no folder: the first start
  if (names.includes('$G') && !names.includes('TROUPE')) await fs.rename(path.join(accounts, '$G'), path.join(accounts, 'TROUPE'))
}

const portsFile = z.object({ nats: z.tuple([z.string()]), monitoring: z.tuple([z.string()]) })

/** The server writes this file when it takes connections. */
async function readPorts(folder: string): Promise<{ url: string; monitorUrl: string } | undefined> {
  const [name] = await fs.readdir(folder)
  if (name === undefined) return undefined
  try {
    const { nats, monitoring } = portsFile.parse(JSON.parse(await fs.readFile(path.join(folder, name), 'utf8')))
    return { url: nats[0], monitorUrl: monitoring[0] }
  } catch {
    return undefined // half written: the next look finds it whole
  }
}

// --- a server that is not ours

/** Every NATS server greets a connection with one line `INFO {json}`, before any login: enough to know who answers. */
async function checkNats(url: string): Promise<void> {
  const failures: string[] = []
  for (const { host, port } of placesOf('NATS_URL', url, defaultPort)) {
    try {
      return checkGreeting(`${host}:${port}`, await greeting(host, port))
    } catch (error) {
      if (error instanceof ServerMissing) throw error
      failures.push(`${host}:${port} ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  throw new ServerUnreachable(
    `NATS_URL: no server answers (${failures.join('; ')}). Start it, correct NATS_URL, or unset it to use the embedded server.`,
  )
}

const infoSchema = z.object({ version: z.string(), jetstream: z.boolean().default(false) })

function checkGreeting(place: string, line: string): void {
  const info = infoSchema.parse(JSON.parse(line.replace(/^INFO /, '')))
  if (!natsVersionFits(info.version)) {
    throw new ServerMissing(
      `NATS_URL: the server at ${place} is version ${info.version} (needed: ${natsWanted}). Upgrade it, or unset NATS_URL to use the embedded server.`,
    )
  }
  if (!info.jetstream)
    throw new ServerMissing(`NATS_URL: the server at ${place} runs without JetStream. Start it with -js or with nats.conf.`)
}

function greeting(host: string, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, timeout: answerLimitMs })
    let text = ''
    const fail = (why: string) => {
      socket.destroy()
      reject(new Error(why))
    }
    socket.setEncoding('utf8')
    socket.once('timeout', () => fail(`did not greet within ${answerLimitMs} ms`))
    socket.once('error', (error) => fail(`cannot be reached: ${error.message}`))
    socket.once('close', () => fail('closed the connection without a greeting'))
    socket.on('data', (chunk: string) => {
      text += chunk
      const end = text.indexOf('\r\n')
      if (end === -1 && text.length < greetingMax) return
      socket.destroy()
      if (end !== -1 && text.startsWith('INFO ')) resolve(text.slice(0, end))
      else reject(new Error('is not a NATS server'))
    })
  })
}
