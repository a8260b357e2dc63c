import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { connect, type NatsConnection } from 'nats'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startNatsServer, type NatsServer } from '../support/nats-server.ts'
import { createMailbox, StandInOwner } from './stand-in.ts'

const namespace = 'troupe'
const example = (name: string): string => path.resolve(import.meta.dirname, '../../docs/examples', name)
let server: NatsServer
let connection: NatsConnection
let owner: StandInOwner
let env: NodeJS.ProcessEnv

beforeAll(async () => {
  server = await startNatsServer()
  connection = await connect({ servers: server.url })
  await createMailbox(server.url, { namespace })
  owner = new StandInOwner(connection, namespace)
  env = { ...process.env, NATS_URL: server.url, TROUPE_NAMESPACE: namespace }
})
afterAll(async () => {
  await connection.close()
  await server.stop()
})

const run = async (name: string, ...args: string[]): Promise<unknown> => {
  const { stdout } = await promisify(execFile)(process.execPath, [example(name), ...args], { env })
  return JSON.parse(stdout)
}

test('bare-send.mjs says where its event is stored', async () => {
  expect(await run('bare-send.mjs', 'acme/ledger/a/b ü', '{"type":"add"}')).toEqual({
    accepted: true,
    stream: 'troupe_MAILBOX',
    seq: 1,
    duplicate: false,
  })
  const stored = await connection.request('$JS.API.STREAM.MSG.GET.troupe_MAILBOX', '{"seq":1}')
  expect(stored.json()).toMatchObject({
    message: { subject: expect.stringMatching(/^troupe\.in\.\d\.acme\.ledger\.a=2Fb=20=C3=BC$/) as unknown },
  })
})

test('bare-ask.mjs prints the answer of the actor', async () => {
  expect(await run('bare-ask.mjs', 'acme/ledger/main', '{"type":"add","n":7}')).toMatchObject({ ok: true, value: 7 })
})

test('bare-watch.mjs prints turns as they are committed', async () => {
  const child = spawn(process.execPath, [example('bare-watch.mjs'), 'acme/ledger/*'], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  const exit = once(child, 'exit')
  await owner.until(({ watched }) => watched.includes('troupe.event.acme.ledger.*'))
  owner.publishTurn({ tenant: 'acme', type: 'ledger', key: 'main' }, 1)
  for await (const line of createInterface({ input: child.stdout })) {
    expect(JSON.parse(line)).toMatchObject({ actor: 'acme/ledger/main', turn: 1 })
    child.kill('SIGINT')
  }
  expect(await exit).toEqual([0, null])
})
