// Nats process
// One nats-server of its own for a test file, on a free port of loopback, with its store in a temporary folder.
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs/promises'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { findNats } from '../../scripts/find-nats.mjs'

const logCharactersKept = 4_000

export interface NatsProcess {
  readonly url: string
  /** Kills the server as a power cut would. */
  kill(): Promise<void>
  /** Starts it again on the same port and store. */
  start(): Promise<void>
  /** Kills it for good and removes its store. */
  remove(): Promise<void>
}

/** `extra` is added to the configuration file. */
export async function startNats(extra = ''): Promise<NatsProcess> {
  const binary = await findNats()
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), 'troupe-nats-'))
  const port = await freePort()
  const config = path.join(folder, 'nats.conf')
  await fs.writeFile(config, `host: 127.0.0.1\nport: ${port}\njetstream { store_dir: "${folder}" }\n${extra}\n`)
  let child: ChildProcess | undefined
  const start = async (): Promise<void> => {
    child = spawn(binary, ['-c', config], { stdio: ['ignore', 'ignore', 'pipe'] })
    await ready(child)
  }
  const kill = async (): Promise<void> => {
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const exit = once(child, 'exit')
    child.kill('SIGKILL')
    await exit
  }
  await start()
  return {
    url: `127.0.0.1:${port}`,
    kill,
    start,
    remove: async () => {
      await kill()
      await fs.rm(folder, { recursive: true, force: true })
    },
  }
}

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

function ready(child: ChildProcess): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  let log = ''
  // The pipe is read to its end: a server whose log nobody reads any more would stop.
  child.stderr?.on('data', (chunk: Buffer) => {
    log = `${log}${String(chunk)}`.slice(-logCharactersKept)
    if (log.includes('Server is ready')) resolve()
  })
  child.once('error', reject)
  child.once('exit', () => reject(new Error(`nats-server ended: ${log}`)))
  return promise
}
