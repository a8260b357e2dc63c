import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import { connectNats, createNamespace, natsPorts } from '../../runtime/nats/index.ts'
import type { Ports } from '../../runtime/ports.ts'
import { followLog } from '../../services/projector/follow-log.ts'
import { postgresForTests } from '../support/history-database.ts'
import { startNatsServer, type NatsServer } from '../support/nats-server.ts'
import { at, taskEntries } from './log-book.ts'

const postgres = postgresForTests()
let nats: NatsServer

beforeAll(async () => {
  nats = await startNatsServer()
})
afterAll(() => nats.stop())

const main = fileURLToPath(new URL('../../services/projector/main.ts', import.meta.url))

function startProcess(settings: Readonly<Record<string, string>>) {
  const child = spawn(process.execPath, [main], { env: { PATH: process.env['PATH'], ...settings }, stdio: ['ignore', 'ignore', 'pipe'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  const said = text(child.stderr)
  const exited = once(child, 'exit')
  return { child, ended: async () => ({ code: (await exited)[0], said: await said }) }
}

async function namespace(name: string): Promise<Ports> {
  const connection = await connectNats({ servers: nats.url, name: 'test' })
  onTestFinished(() => connection.close())
  await createNamespace(connection, { namespace: name, partitions: 2 })
  return natsPorts(connection, name)
}

async function append({ log }: Ports, partition: number, records: readonly object[]): Promise<void> {
  for (const record of records) {
    const last = await log.last(partition)
    const bytes = new TextEncoder().encode(JSON.stringify({ epoch: 1, worker: 'w1', checkpointAt: 0, ...record }))
    expect(await log.append(partition, last?.seq ?? 0, bytes)).toMatchObject({ ok: true })
  }
}

const turns = (id: string) => taskEntries(id).map((entry) => ({ kind: 'turns', offset: { seq: 1, count: 0, at }, entries: [entry] }))

test('the process follows the log on NATS into Postgres until SIGTERM', async () => {
  const ports = await namespace('following')
  await append(ports, 0, [{ kind: 'claim' }, ...turns('before')])
  const url = postgres.newUrl()
  const { child, ended } = startProcess({ NATS_URL: nats.url, DATABASE_URL: url, TROUPE_NAMESPACE: 'following' })
  const orm = await postgres.open(url)
  const completed = () => orm.em.fork().execute(`select id from tasks where status = 'completed' order by id`)
  await vi.waitFor(async () => expect(await completed()).toEqual([{ id: 'before' }]), { timeout: 10_000, interval: 20 })
  await append(ports, 1, [{ kind: 'claim' }, ...turns('later')])
  await vi.waitFor(async () => expect(await completed()).toHaveLength(2), { timeout: 5_000, interval: 5 })
  child.kill('SIGTERM')
  expect(await ended()).toEqual({ code: 0, said: '' })
})

test('an append on NATS is heard at once, not at the next sweep', async () => {
  const ports = await namespace('hearing')
  const heard = Promise.withResolvers<number>()
  let swept = false
  const reader = followLog(ports, { sweepMs: 3_600_000 })((partition) => swept && heard.resolve(partition))
  onTestFinished(() => reader.stop())
  swept = true
  await append(ports, 1, [{ kind: 'claim' }])
  expect(await heard.promise).toBe(1)
})

test.for([
  ['Postgres is not there', { DATABASE_URL: 'postgres://127.0.0.1:1/x' }, 'TR_DATABASE_UNAVAILABLE'],
  ['NATS is not there', { NATS_URL: 'nats://127.0.0.1:1' }, 'TR_SERVER_UNAVAILABLE'],
  ['the namespace is not there', { TROUPE_NAMESPACE: 'nobody' }, 'TR_NAMESPACE_NOT_FOUND'],
  ['a setting is missing', { DATABASE_URL: '' }, 'TR_SETTING_INVALID'],
] as const)('the process ends with code 2 and one sentence when %s', async ([, wrong, code]) => {
  const right = { NATS_URL: nats.url, DATABASE_URL: postgres.newUrl(), TROUPE_NAMESPACE: 'nobody' }
  const end = await startProcess({ ...right, ...wrong }).ended()
  expect(end).toEqual({ code: 2, said: expect.stringMatching(new RegExp(`^${code}: [^\\n]+\\n$`)) })
})
