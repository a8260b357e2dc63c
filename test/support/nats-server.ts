// NATS server for tests
// A real nats-server with the configuration production starts from, on free loopback ports, its files in a temporary directory.
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
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

const configuration = fileURLToPath(new URL('../../nats.conf', import.meta.url))

/** `bare`: without nats.conf, as a server that others run may be, or with these arguments in its place. */
export async function startNatsServer({ bare = false }: { readonly bare?: boolean | readonly string[] } = {}): Promise<NatsServer> {
  const binary = await findNats(() => {})
  const storeDirectory = await mkdtemp(join(tmpdir(), 'troupe-nats-'))
  const port = await freePort()
  const settings = bare ? (bare === true ? ['-js'] : bare) : ['-c', await roomyConfiguration(storeDirectory), '-m', '-1']
  const args = [...settings, '-a', '127.0.0.1', '-p', String(port), '-sd', storeDirectory]
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

/** nats.conf with room for the reservations of a hundred namespaces. A second block replaces the first. */
async function roomyConfiguration(folder: string): Promise<string> {
  const file = join(folder, 'test.conf')
  await writeFile(file, `include ${relative(folder, configuration)}\njetstream {\n  max_mem: 1GB\n  max_file: 1TB\n}\n`)
  return file
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
