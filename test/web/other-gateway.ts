// Another gateway
// A second gateway process on the stage's servers, for what the stage's own must not do: ask who comes, end and stay away, know nothing.
//
// O1. Its port stays: one that is started again is the same to a page.
// O2. It ends with the test that started it.
import { randomUUID } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import { connectNats, createNamespace } from '../../runtime/nats/index.ts'
import { startProcess } from '../../services/stack/processes.ts'
import type { Child } from '../../services/stack/child.ts'
import type { Stage } from './stage.ts'
import { freePort, limit, ownEnvironment } from './system.ts'

export interface OtherGateway {
  readonly url: string
  start(): Promise<void>
  /** As a machine that loses power. */
  kill(): Promise<void>
}

const entry = fileURLToPath(new URL('../../services/gateway/main.ts', import.meta.url))
const startMsMax = 30_000
const stopMsMax = 10_000

export async function otherGateway(stage: Stage, environment: Readonly<Record<string, string>> = {}): Promise<OtherGateway> {
  const port = await freePort() // O1
  let child: Child | undefined
  const start = async (): Promise<void> => {
    const ready = Promise.withResolvers<void>()
    const said: string[] = []
    child = await startProcess({
      name: 'another gateway',
      entry,
      env: { ...ownEnvironment(), NATS_URL: stage.nats, DATABASE_URL: stage.database, TROUPE_GATEWAY_PORT: String(port), ...environment },
      onLine: (line) => {
        said.push(line)
        if (line.startsWith('{"gateway":')) ready.resolve()
      },
    })
    const ended = child.exited.then(({ text }) => Promise.reject(new Error(`${text}: ${said.join('\n')}`)))
    ended.catch(() => {}) // it is to end later
    await Promise.race([ready.promise, ended, limit(startMsMax, () => `another gateway was not ready: ${said.join('\n')}`)])
  }
  onTestFinished(async () => void (await child?.stop(stopMsMax))) // O2
  await start()
  return {
    url: `http://127.0.0.1:${port}`,
    start,
    kill: async () => {
      if (!child) return
      process.kill(child.pid, 'SIGKILL')
      await child.exited
    },
  }
}

/** Callers say who they are, with a key. */
export const guardedGateway = (stage: Stage, environment = {}): Promise<OtherGateway> =>
  otherGateway(stage, { TROUPE_GATEWAY_ACCESS: 'required', ...environment })

/** Of a namespace in which nothing ever happened. */
export async function emptyGateway(stage: Stage): Promise<OtherGateway> {
  const name = `empty-${randomUUID().slice(0, 8)}`
  const connection = await connectNats({ servers: stage.nats, name: 'test:web' })
  await createNamespace(connection, { namespace: name, partitions: 4 })
  await connection.close()
  const database = new URL(stage.database)
  database.pathname = `/${name.replace('-', '_')}`
  return otherGateway(stage, { TROUPE_NAMESPACE: name, DATABASE_URL: database.href })
}
