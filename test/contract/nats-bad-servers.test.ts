// Servers that are not what a worker or a client was told, and two namespaces on one that is.
import type { NatsConnection } from 'nats'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { connectTroupe } from '../../client/index.ts'
import { connectNats } from '../../runtime/nats/connect.ts'
import { createNamespace } from '../../runtime/nats/create-namespace.ts'
import { natsPorts } from '../../runtime/nats/ports.ts'
import { readDeadLetters } from '../../runtime/nats/read-dead-letters.ts'
import { startWorker } from '../../runtime/worker.ts'
import { counter } from '../runtime/kernel/actors.ts'
import { startNatsServer, type NatsServer } from '../support/nats-server.ts'

let server: NatsServer
let connection: NatsConnection
beforeAll(async () => {
  server = await startNatsServer()
  connection = await connectNats({ servers: server.url, name: 'test' })
})
afterAll(async () => {
  await connection.close()
  await server.stop()
})

async function bare(flags: readonly string[]): Promise<NatsServer> {
  const other = await startNatsServer({ bare: flags })
  onTestFinished(() => other.stop())
  return other
}

test('a server that knows other credentials is named, with what it said and without the password', async () => {
  const { url } = await bare(['-js', '--user', 'ada', '--pass', 'right'])
  const wrong = url.replace('//', '//ada:wrong@')
  for (const opening of [
    () => connectNats({ servers: wrong, name: 'test' }),
    () => connectTroupe({ servers: wrong, namespace: 'troupe' }),
  ]) {
    const failure: unknown = await opening().catch((error: unknown) => error)
    expect(failure).toMatchObject({
      code: 'TR_SERVER_UNAVAILABLE',
      message: expect.stringMatching(/refuses the credentials \(Authorization Violation\)/),
    })
    expect(String(failure)).toContain(new URL(url).host)
    expect(String(failure)).not.toContain('wrong')
  }
})

test('a server without JetStream is told apart from one that does not answer', async () => {
  const { url } = await bare([])
  const plain = await connectNats({ servers: url, name: 'test' })
  onTestFinished(() => plain.close())
  for (const opening of [
    () => createNamespace(plain, { namespace: 'troupe' }),
    () => natsPorts(plain, 'troupe'),
    () => connectTroupe({ connection: plain, namespace: 'troupe' }),
  ]) {
    const failure: unknown = await opening().catch((error: unknown) => error)
    expect(failure).toMatchObject({ code: 'TR_SERVER_UNAVAILABLE', message: expect.stringMatching(/jetstream is not enabled/i) })
  }
})

test('a namespace whose name is none is refused by that, whoever opens it', async () => {
  for (const opening of [
    () => natsPorts(connection, 'a.b'),
    () => natsPorts(connection, ''),
    () => createNamespace(connection, { namespace: 'a b' }),
  ])
    await expect(opening()).rejects.toMatchObject({ code: 'TR_NAMESPACE_NOT_FOUND', message: expect.stringContaining('is not 1 to 32 of') })
})

test('options that no namespace can have are refused, and nothing is created', async () => {
  const created = createNamespace(connection, { namespace: 'odd', partitions: 0, replicas: 2 })
  await expect(created).rejects.toMatchObject({
    code: 'TR_OPTION_INVALID',
    message: expect.stringMatching(/partitions is 0.*; replicas is 2/),
  })
  await expect(natsPorts(connection, 'odd')).rejects.toMatchObject({ code: 'TR_NAMESPACE_NOT_FOUND' })
})

test('two namespaces on one server share no message, id, state, member or dead letter, though their actors have the same names', async () => {
  const open = async (namespace: string, partitions: number) => {
    await createNamespace(connection, { namespace, partitions })
    const ports = await natsPorts(connection, namespace)
    const worker = await startWorker({ ports, definitions: [counter], id: 'w' })
    const client = await connectTroupe({ connection, namespace, tenant: 'main' })
    onTestFinished(async () => void (await Promise.all([client.close(), worker.drain()])))
    await expect.poll(() => worker.owned.length, { timeout: 10_000 }).toBe(partitions)
    return { worker, client }
  }
  const [one, two] = await Promise.all([open('twin', 2), open('twin_2', 3)])
  const add = (n: number) => ({ type: 'add', n })
  expect(await one.client.ask('main/counter/a', add(5))).toEqual({ total: 5 })
  expect(await one.client.ask('main/counter/a', add(5), { id: 'same' })).toEqual({ total: 10 })
  await expect(two.client.query('main/counter/a')).rejects.toMatchObject({ code: 'TR_ACTOR_NOT_FOUND' })
  expect(await two.client.ask('main/counter/a', add(1), { id: 'same' })).toEqual({ total: 1 })
  await expect(one.client.ask('main/counter/a', { type: 'add', n: 'many' })).rejects.toMatchObject({ code: 'TR_EVENT_NOT_ACCEPTED' })
  expect(await one.client.query('main/counter/a')).toMatchObject({ context: { total: 10 } })
  expect(one.worker.owned).toEqual([0, 1])
  expect(two.worker.owned).toEqual([0, 1, 2])
  const lettersOf = async (namespace: string): Promise<number> => (await Array.fromAsync(readDeadLetters(connection, namespace))).length
  await expect.poll(() => lettersOf('twin'), { timeout: 5_000 }).toBe(1)
  expect(await lettersOf('twin_2')).toBe(0)
})
