// Stage
// What `npm run test:web` looks at: one real `troupe dev` in a folder of its own, with a task that waits for a person and messages that died.
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
import type { TestProject } from 'vitest/node'
import { findNats } from '../../scripts/find-nats.mjs'
import { connectNats, natsPorts } from '../../runtime/nats/index.ts'
import { orderPause } from '../../runtime/orders.ts'
import { startProcess } from '../../services/stack/processes.ts'
import { gatewayAt, type Gateway, type Rows } from './gateway.ts'

/** What a test is told of it. */
export interface Stage {
  /** Of the gateway and the page. */
  readonly url: string
  readonly data: string
  readonly nats: string
  readonly chromium: string
  readonly waitingTask: string
}

declare module 'vitest' {
  export interface ProvidedContext {
    stage: Stage
  }
}

const tasksMax = 6
const startMsMax = 120_000
const stopMsMax = 30_000
const askEveryMs = 200
/** More than the alert of rising dead letters needs. */
const badMessages = 5
const waitingTask = 'asks-a-person'

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const chromium = findChromium()
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
    const url = `http://127.0.0.1:${port}`
    const nats = natsIn(lines)
    await prepare(gatewayAt(url), nats)
    project.provide('stage', { url, data, nats, chromium, waitingTask })
  } catch (error) {
    await stop()
    throw error
  }
  return stop
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

/** Settings of whoever runs the tests would lead to other servers and models. */
const ownEnvironment = (): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(TROUPE_|OPENAI_|NATS_URL$|DATABASE_URL$|QDRANT_)/.test(name)))

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address ? address.port : 0
}

const natsIn = (lines: readonly string[]): string => lines.flatMap((line) => /NATS on (nats:\S+)/.exec(line)?.[1] ?? [])[0] ?? ''

/** Something for every page: the job's tasks and decisions are there. */
async function prepare(gateway: Gateway, nats: string): Promise<void> {
  await gateway.post('/tasks', {
    id: waitingTask,
    taskType: 'question',
    prompt: 'May an agent answer this?',
    root: '/docs',
    collection: 'docs',
    escalate: { always: true },
  })
  const connection = await connectNats({ servers: nats, name: 'test:web' })
  for (let n = 0; n < badMessages; n++) connection.publish('troupe.send.main.task.unfit', JSON.stringify({ type: 'task.unheardOf', n }))
  const { orders } = await natsPorts(connection, 'troupe')
  await orders.change(orderPause('resting', { at: Date.now(), by: 'test:web', cause: 'an alert that lasts as long as the tests' }))
  await connection.drain()
  await until(async () => {
    const [letters, waiting, tasks] = await Promise.all([
      gateway.get<Rows>('/dead-letters?limit=50'),
      gateway.get<Rows>('/approvals'),
      gateway.get<Rows>('/tasks?status=completed'),
    ])
    return letters.rows.length >= badMessages && waiting.rows.length > 0 && tasks.rows.length >= tasksMax
  }, 'dead letters, a waiting task and the tasks of the job in the history')
}

async function until(isSo: () => Promise<boolean>, what: string): Promise<void> {
  const end = Date.now() + startMsMax
  while (!(await isSo())) {
    if (Date.now() > end) throw new Error(`waited in vain for ${what}`)
    await new Promise((resolve) => setTimeout(resolve, askEveryMs))
  }
}

const limit = (ms: number, what: () => string): Promise<never> =>
  new Promise((_resolve, reject) => setTimeout(() => reject(new Error(what())), ms).unref())
