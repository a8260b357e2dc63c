// System
// One real `troupe dev` in a folder of its own: what the browser suite looks at, and what a tab under load is measured with.
//
// S1. The gateway listens on a port that was free, not on 0: one that is started again must have the same address.
// S2. Nothing is left: neither processes nor files.
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findNats } from '../../scripts/find-nats.mjs'
import { readStack } from '../../services/stack/data-folder.ts'
import { startProcess } from '../../services/stack/processes.ts'

export interface System {
  /** Of the gateway and the page. */
  readonly url: string
  readonly data: string
  readonly nats: string
  readonly database: string
  stop(): Promise<void>
}

export interface SystemPlan {
  /** Of the main job. */
  readonly tasksMax: number
}

const startMsMax = 120_000
const stopMsMax = 30_000

export async function startSystem({ tasksMax }: SystemPlan): Promise<System> {
  if (!process.env['NATS_URL']) await findNats((line) => console.log(line))
  const data = await mkdtemp(join(tmpdir(), 'troupe-web-'))
  const lines: string[] = []
  const ready = Promise.withResolvers<void>()
  const port = await freePort() // S1
  const dev = await startProcess({
    name: 'troupe dev',
    entry: fileURLToPath(new URL('../../services/cli/main.ts', import.meta.url)),
    args: ['dev', '--no-kill', '--tasks-max', String(tasksMax), '--data', data],
    env: { ...ownEnvironment(), TROUPE_GATEWAY_PORT: String(port), NO_COLOR: '1' },
    onLine: (line) => {
      lines.push(line)
      if (/^\s*Inspector\s+http/.test(line)) ready.resolve()
    },
  })
  // S2
  const stop = async (): Promise<void> => {
    await dev.stop(stopMsMax)
    await rm(data, { recursive: true, force: true })
  }
  try {
    const ended = dev.exited.then(({ text }) => Promise.reject(new Error(`${text} before it was ready: ${lines.slice(-5).join('\n')}`)))
    ended.catch(() => {}) // it ends in order later
    await Promise.race([ready.promise, ended, limit(startMsMax, () => `troupe dev was not ready: ${lines.slice(-5).join('\n')}`)])
    const servers = (await readStack(data))?.servers ?? []
    const [nats, database] = ['nats', 'postgres'].map((name) => servers.find((server) => server.name === name)?.url)
    if (nats === undefined || database === undefined) throw new Error(`troupe dev on ${data} does not say where its servers are`)
    return { url: `http://127.0.0.1:${port}`, data, nats, database, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** A browser's program is not a package: it comes with the system. */
export function findChromium(): string {
  const { CHROMIUM: told } = process.env
  const known = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome', '/snap/bin/chromium']
  const found = told === undefined ? known.find((file) => existsSync(file)) : [told].find((file) => existsSync(file))
  if (found !== undefined) return found
  const where = told === undefined ? `none of ${known.join(', ')} is there` : `CHROMIUM names ${told}, which is not there`
  throw new Error(
    `Looking for Chromium: ${where}. Install it (Debian: \`apt-get install --no-install-recommends chromium\`) or name its program with CHROMIUM.`,
  )
}

export const chromiumFlags =
  '--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync'.split(
    ' ',
  )

/** Settings of whoever runs the tests would lead to other servers and models. */
export const ownEnvironment = (): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(TROUPE_|OPENAI_|NATS_URL$|DATABASE_URL$|QDRANT_)/.test(name)))

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address ? address.port : 0
}

export const limit = (ms: number, what: () => string): Promise<never> =>
  new Promise((_resolve, reject) => setTimeout(() => reject(new Error(what())), ms).unref())
