import { once } from 'node:events'
import { createServer } from 'node:net'
import { jetstream, jetstreamManager } from '@nats-io/jetstream'
import { headers, type NatsConnection } from 'nats'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { partitionOf, type Address } from '../../machines/address.ts'
import { streams, subjects } from '../../machines/subject.ts'
import { NamespaceMismatch, NamespaceNotFound, ServerTooOld, ServerUnavailable } from '../../runtime/errors.ts'
import { seededRandom } from '../../runtime/in-memory/simulated-clock.ts'
import { connectNats } from '../../runtime/nats/connect.ts'
import { createNamespace } from '../../runtime/nats/create-namespace.ts'
import { natsPorts } from '../../runtime/nats/ports.ts'
import { Collector } from '../support/collector.ts'
import { startNatsServer, type NatsServer } from '../support/nats-server.ts'
import { awkwardKeys } from './world.ts'

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

test('the partition a client computes is the one the server puts 1,000 random addresses in', async () => {
  await createNamespace(connection, { namespace: 'partitions', partitions: 7 })
  const { mailbox } = await natsPorts(connection, 'partitions')
  const found = new Collector<{ readonly partition: number; readonly address: Address }>()
  const readers = await Promise.all(
    Array.from({ length: 7 }, (_, partition) =>
      mailbox.read(partition, 1, ({ source }) => source.kind === 'send' && found.add({ partition, address: source.address })),
    ),
  )
  const random = seededRandom(7)
  const pick = (characters: readonly string[], lengthMax: number): string =>
    Array.from({ length: 1 + Math.floor(random.next() * lengthMax) }, () => characters[Math.floor(random.next() * characters.length)]).join(
      '',
    )
  const plain = Array.from('ABCxyz019_-')
  const awkward = [...plain, ...Array.from(awkwardKeys.slice(0, -1).join(''))]
  const addresses = Array.from({ length: 1000 }, (_, n) => ({
    tenant: pick(plain, 12),
    type: pick(plain, 12),
    key: `${n}${pick(awkward, 30)}`,
  }))
  const js = jetstream(connection)
  await Promise.all(addresses.map((address) => js.publish(subjects('partitions').send(address), '{}')))
  await found.count(1000)
  const wrong = found.items.filter(({ partition, address }) => partitionOf(address, 7) !== partition)
  expect(wrong).toEqual([])
  expect(new Set(found.items.map(({ address }) => JSON.stringify(address)))).toEqual(
    new Set(addresses.map((address) => JSON.stringify(address))),
  )
  await Promise.all(readers.map((reader) => reader.stop()))
})

test('creating a namespace again changes what is given and keeps the rest', async () => {
  const first = await createNamespace(connection, { namespace: 'again', partitions: 3, mailboxMessagesMax: 10 })
  expect(await createNamespace(connection, { namespace: 'again' })).toEqual(first)
  expect(await createNamespace(connection, { namespace: 'again', messageBytesMax: 1000 })).toEqual({ ...first, messageBytesMax: 1000 })
  const { config } = await (await jetstreamManager(connection)).streams.info(streams('again').mailbox)
  expect(config).toMatchObject({ max_msgs: 10, max_msg_size: 1000, discard: 'new' })
  expect((await natsPorts(connection, 'again')).partitions).toBe(3)
})

test('two processes may create the same namespace at once', async () => {
  const other = await connectNats({ servers: server.url, name: 'other' })
  const created = await Promise.all([connection, other].map((each) => createNamespace(each, { namespace: 'twice' })))
  expect(created[0]).toEqual(created[1])
  await other.close()
})

test('another number of partitions is refused and changes nothing', async () => {
  await createNamespace(connection, { namespace: 'fixed', partitions: 4 })
  const refused = createNamespace(connection, { namespace: 'fixed', partitions: 8 })
  await expect(refused).rejects.toThrow(NamespaceMismatch)
  await expect(refused).rejects.toThrow('namespace fixed has 4 partitions and cannot be given 8')
  expect((await natsPorts(connection, 'fixed')).partitions).toBe(4)
})

test('a namespace that was not created, or has no valid name, is refused', async () => {
  await expect(natsPorts(connection, 'nowhere')).rejects.toThrow(NamespaceNotFound)
  await expect(createNamespace(connection, { namespace: 'a.b' })).rejects.toThrow(NamespaceNotFound)
})

test('a publisher cannot wipe, schedule or expire anything in the mailbox', async () => {
  await createNamespace(connection, { namespace: 'plain' })
  const js = jetstream(connection)
  const subject = subjects('plain').send({ tenant: 'acme', type: 'counter', key: 'one' })
  await js.publish(subject, '{}')
  const attacks = [
    { 'Nats-Rollup': 'all' },
    { 'Nats-Rollup': 'sub' },
    { 'Nats-TTL': '1s' },
    { 'Nats-Schedule': '@at 2030-01-01T00:00:00Z', 'Nats-Schedule-Target': subject },
  ]
  for (const attack of attacks) {
    const set = headers()
    for (const [name, value] of Object.entries(attack)) set.set(name, value)
    await expect(js.publish(subject, '{}', { headers: set }), JSON.stringify(attack)).rejects.toThrow()
  }
  expect((await (await jetstreamManager(connection)).streams.info(streams('plain').mailbox)).state.messages).toBe(1)
})

test('when no server answers, the error is one sentence that says where, without the password', async () => {
  const refused = connectNats({ servers: 'nats://user:secret@127.0.0.1:9', name: 'test' })
  await expect(refused).rejects.toThrow(ServerUnavailable)
  await expect(refused).rejects.toThrow(/^No NATS server answers at nats:\/\/127\.0\.0\.1:9 \(.*\): start one or set NATS_URL\.$/)
})

test('a server older than 2.12 is refused with its version', async () => {
  // A stand-in that says it is an old server; no real one is at hand.
  const old = createServer((socket) => {
    socket.write('INFO {"server_id":"old","version":"2.11.9","headers":true,"max_payload":1048576,"proto":1}\r\n')
    socket.on('data', (sent) => sent.includes('PING') && socket.write('PONG\r\n'))
    socket.on('error', () => undefined)
  }).listen(0, '127.0.0.1')
  await once(old, 'listening')
  const address = old.address()
  const port = typeof address === 'object' ? address?.port : undefined
  const refused = connectNats({ servers: `127.0.0.1:${port}`, name: 'test' })
  await expect(refused).rejects.toThrow(ServerTooOld)
  await expect(refused).rejects.toThrow('is version 2.11.9: this needs 2.12 or newer')
  old.close()
})
