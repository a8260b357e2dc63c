import { connect, type NatsConnection } from 'nats'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { connectTroupe } from '../../client/index.ts'
import { startNatsServer, type NatsServer } from '../support/nats-server.ts'
import { createMailbox, StandInOwner, storedIn } from './stand-in.ts'

const namespace = 'troupe'
let server: NatsServer
const opened: NatsConnection[] = []

const open = async (): Promise<NatsConnection> => {
  const connection = await connect({ servers: server.url, reconnectTimeWait: 50, maxReconnectAttempts: -1 })
  opened.push(connection)
  return connection
}

beforeEach(async () => {
  server = await startNatsServer()
  await createMailbox(server.url, { namespace })
})
afterEach(async () => {
  await Promise.all(opened.splice(0).map((connection) => connection.close()))
  await server.stop()
})

test('sends made while the server is down are stored once, in order, when it is back', async () => {
  const owner = new StandInOwner(await open(), namespace)
  const client = await connectTroupe({ servers: server.url, namespace, tenant: 'acme' })
  const send = (n: number) => client.send('acme/ledger/main', { type: 'add', n })
  await send(0)
  await server.kill()
  const sends = [send(1), send(2)]
  await server.start()
  sends.push(send(3))
  await Promise.all(sends)

  const watcher = await open()
  const frames = await Promise.all(Array.from({ length: await storedIn(watcher, namespace) }, (_, at) => storedFrame(watcher, at + 1)))
  expect(frames.flat()).toEqual([0, 1, 2, 3])
  expect(owner.messages.length).toBeGreaterThan(0)
  await client.close()
})

const storedFrame = async (connection: NatsConnection, seq: number): Promise<readonly unknown[]> => {
  const answer = await connection.request(`$JS.API.STREAM.MSG.GET.${namespace}_MAILBOX`, JSON.stringify({ seq }))
  const { message } = answer.json<{ message: { data: string } }>()
  const frame: { messages: { event: { n: number } }[] } = JSON.parse(Buffer.from(message.data, 'base64').toString())
  return frame.messages.map(({ event }) => event.n)
}

test('asks go on after a reconnect', async () => {
  const owner = new StandInOwner(await open(), namespace)
  const client = await connectTroupe({ servers: server.url, namespace, tenant: 'acme' })
  expect(await client.ask('acme/ledger/main', { type: 'add', n: 1 })).toBe(1)
  const back = reconnected(owner.connection)
  await server.kill()
  await server.start()
  await back
  await owner.connection.flush()
  expect(await client.ask('acme/ledger/main', { type: 'add', n: 2 })).toBe(2)
  await client.close()
})

test('a watch is announced again after a reconnect', async () => {
  const owner = new StandInOwner(await open(), namespace)
  const client = await connectTroupe({ servers: server.url, namespace, tenant: 'acme' })
  client.watch({ type: 'ledger', key: '*' })
  await owner.until(({ watched }) => watched.length === 1)
  await server.kill()
  await server.start()
  await owner.until(({ watched }) => watched.length >= 2)
  await client.close()
})

test('when the connection ends for good, what is open is rejected', async () => {
  const connection = await open()
  const client = await connectTroupe({ connection, namespace, tenant: 'acme' })
  const ask = client.ask('acme/ledger/main', { type: 'add' })
  await Promise.all([expect(ask).rejects.toMatchObject({ code: 'TR_SERVER_UNAVAILABLE' }), connection.close()])
  await expect(client.send('acme/ledger/main', { type: 'add' })).rejects.toMatchObject({ code: 'TR_CLIENT_CLOSED' })
})

async function reconnected(connection: NatsConnection): Promise<void> {
  for await (const status of connection.status()) if (status.type === 'reconnect') return
}
