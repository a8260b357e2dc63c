import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { connectTroupe } from '../../client/index.ts'
import { createNamespace } from '../../runtime/nats/create-namespace.ts'
import { connectNats, natsPorts } from '../../runtime/nats/index.ts'
import { startWorker, type Worker } from '../../runtime/worker.ts'
import { counter } from '../runtime/kernel/actors.ts'
import { startNatsServer, type NatsServer } from '../support/nats-server.ts'

const namespace = 'once'
const add = { type: 'add', n: 1 }
let server: NatsServer
let connection: Awaited<ReturnType<typeof connectNats>>
let worker: Worker

beforeAll(async () => {
  server = await startNatsServer()
  connection = await connectNats({ servers: server.url, name: 'test' })
  await createNamespace(connection, { namespace, partitions: 2 })
  worker = await startWorker({ ports: await natsPorts(connection, namespace), definitions: [counter] })
  await vi.waitUntil(() => worker.owned.length === 2, { timeout: 10_000 })
})

afterAll(async () => {
  await worker.drain()
  await connection.close()
  await server.stop()
})

const newClient = () => connectTroupe({ connection, namespace, tenant: 'main' })

test('a program that starts again and repeats what it is not sure of changes nothing twice, and gets the replies of the first time', async () => {
  const orders = (seq: number) => ({ once: { producer: 'orders', seq } })
  const first = await newClient()
  for (const seq of [10, 20]) await first.send('main/counter/a', add, orders(seq))
  expect(await first.ask('main/counter/a', add, orders(30))).toEqual({ total: 3 })
  await first.close()
  const second = await newClient()
  for (const seq of [10, 20]) await second.send('main/counter/a', add, orders(seq))
  expect(await second.ask('main/counter/a', add, orders(30))).toEqual({ total: 3 })
  expect(await second.ask('main/counter/a', add, orders(31))).toEqual({ total: 4 })
  await second.close()
})

test('an ask repeated with its id gets the reply of the first', async () => {
  const client = await newClient()
  const replies = []
  for (const id of ['order-7', 'order-7', 'order-8']) replies.push(await client.ask('main/counter/b', add, { id }))
  expect(replies).toEqual([{ total: 1 }, { total: 1 }, { total: 2 }])
  await client.close()
})
