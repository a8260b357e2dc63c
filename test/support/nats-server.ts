// NATS server for tests
// A real nats-server with JetStream on a free loopback port, its files in a temporary directory.
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { findNats } from '../../scripts/find-nats.mjs'

export interface NatsServer {
  readonly url: string
  readonly storeDirectory: string
  /** Ends the process as a crash does. */
  kill(): Promise<void>
  /** Starts it again on the same port with the same files. */
  start(): Promise<void>
  /** Ends the process and removes its files. */
  stop(): Promise<void>
}

const readyMsMax = 10_000

export async function startNatsServer(): Promise<NatsServer> {
  const binary = await findNats(() => {})
  const storeDirectory = await mkdtemp(join(tmpdir(), 'troupe-nats-'))
  const port = await freePort()
  const args = ['-a', '127.0.0.1', '-p', String(port), '-js', '-sd', storeDirectory]
  let child: ChildProcess = await launch(binary, args)
  const kill = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const exited = once(child, 'exit')
    child.kill('SIGKILL')
    await exited
  }
  return {
    url: `nats://127.0.0.1:${port}`,
    storeDirectory,
    kill,
    start: async () => {
      child = await launch(binary, args)
    },
    stop: async () => {
      await kill()
      await rm(storeDirectory, { recursive: true, force: true })
    },
  }
}

async function launch(binary: string, args: readonly string[]): Promise<ChildProcess> {
  const child = spawn(binary, args, { stdio: ['ignore', 'ignore', 'pipe'] })
  const lines: string[] = []
  const ready = Promise.withResolvers<void>()
  const fail = (why: string): void => ready.reject(new Error(`nats-server ${why}:\n${lines.join('\n')}`))
  createInterface({ input: child.stderr }).on('line', (line) => {
    if (lines.length < 100) lines.push(line)
    if (line.includes('Server is ready')) ready.resolve()
  })
  child.once('exit', (code, signal) => fail(`ended with ${code ?? signal}`))
  const timeout = setTimeout(() => fail(`is not ready after ${readyMsMax} ms`), readyMsMax)
  await ready.promise.finally(() => clearTimeout(timeout))
  return child
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  await once(probe, 'close')
  if (address === null || typeof address === 'string') throw new Error('no free port')
  return address.port
}
