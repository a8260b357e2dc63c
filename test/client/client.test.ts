import { connect, type NatsConnection } from 'nats'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { connectTroupe, type ClientLimits, type Target, type TroupeClient } from '../../client/index.ts'
import { partitionOf } from '../../machines/address.ts'
import type { Message } from '../../machines/message.ts'
import { subjects } from '../../machines/subject.ts'
import { startNatsServer, type NatsServer } from '../support/nats-server.ts'
import { createMailbox, partitions, StandInOwner, storedIn } from './stand-in.ts'

let server: NatsServer
let connection: NatsConnection
let made = 0

beforeAll(async () => {
  server = await startNatsServer()
  connection = await connect({ servers: server.url })
})
afterAll(async () => {
  await connection.close()
  await server.stop()
})

interface Stage {
  readonly namespace: string
  readonly client: TroupeClient
  readonly owner: StandInOwner
}

/** A namespace of its own with a stand-in owner and a client. */
async function stage(spec: { messagesMax?: number; takesFrames?: boolean; limits?: Partial<ClientLimits> } = {}): Promise<Stage> {
  const namespace = `client${++made}`
  await createMailbox(server.url, { namespace, ...spec })
  const owner = new StandInOwner(connection, namespace)
  await connection.flush()
  const client = await connectTroupe({ servers: server.url, namespace, tenant: 'acme', limits: spec.limits ?? {} })
  return { namespace, client, owner }
}

/** Keys of one partition: their messages share a lane. */
const keysTogether = (count: number): string[] =>
  Array.from({ length: 1_000 }, (_, at) => `k${at}`)
    .filter((key) => partitionOf({ tenant: 'acme', type: 'ledger', key }, partitions) === 0)
    .slice(0, count)

test('a send resolves with the message id once the stream has stored it', async () => {
  const { client, owner, namespace } = await stage()
  const { id } = await client.send('acme/ledger/main', { type: 'entry.add', amount: 5 }, { correlation: 'order-7' })
  expect(await storedIn(connection, namespace)).toBe(1)
  expect(owner.messages).toEqual([
    { id, to: 'acme/ledger/main', kind: 'event', event: { type: 'entry.add', amount: 5 }, correlation: 'order-7' },
  ])
  await client.close()
})

test('a frame goes to the partition of its actors', async () => {
  const { client, owner, namespace } = await stage()
  const keys = ['main', 'a/b', 'ü', 'x y.z']
  await Promise.all(keys.map((key) => client.send({ type: 'ledger', key }, { type: 'add' })))
  await owner.heard(keys.length)
  const partitionsSeen = Object.fromEntries(owner.frames.flatMap(({ subject, messages }) => messages.map(({ to }) => [to, subject])))
  for (const key of keys) {
    const address = { tenant: 'acme', type: 'ledger', key }
    expect(partitionsSeen[`acme/ledger/${key}`]).toBe(subjects(namespace).frame(partitionOf(address, partitions), 'acme'))
  }
  await client.close()
})

test('the partition of a plain send, given by the server, is the one the client computes', async () => {
  const { client, namespace } = await stage()
  const address = { tenant: 'acme', type: 'ledger', key: 'a/b ü' }
  await connection.request(subjects(namespace).send(address), '{"type":"add"}')
  const stored = await connection.request(`$JS.API.STREAM.MSG.GET.${namespace}_MAILBOX`, '{"seq":1}')
  expect(stored.json()).toMatchObject({
    message: { subject: `${namespace}.in.${partitionOf(address, partitions)}.acme.ledger.a=2Fb=20=C3=BC` },
  })
  await client.close()
})

test('an ask resolves with the answer of its own message', async () => {
  const { client } = await stage()
  const asked = Array.from({ length: 1_000 }, (_, n) => client.ask<number>({ type: 'ledger', key: `k${n % 50}` }, { type: 'add', n }))
  expect(await Promise.all(asked)).toEqual(Array.from({ length: 1_000 }, (_, n) => n))
  await client.close()
})

test('an ask that the worker refuses rejects with the code of the worker', async () => {
  const { client, owner } = await stage()
  owner.answer = () => ({ ok: false, error: { code: 'TR_ACTOR_TYPE_UNKNOWN', message: 'no such type' } })
  await expect(client.ask('acme/nothing/1', { type: 'add' })).rejects.toMatchObject({
    name: 'AskRefused',
    code: 'TR_ACTOR_TYPE_UNKNOWN',
    retryable: false,
  })
  await client.close()
})

test('an ask without an answer is rejected at its deadline, and the deadline travels with it', async () => {
  const { client, owner } = await stage()
  owner.answer = () => undefined
  const before = Date.now()
  await expect(client.ask('acme/ledger/main', { type: 'add' }, { deadlineMs: 60 })).rejects.toMatchObject({
    code: 'TR_ASK_TIMEOUT',
    retryable: true,
  })
  expect(Date.now() - before).toBeGreaterThanOrEqual(60)
  await owner.heard(1)
  expect(owner.messages[0]?.deadline).toBeGreaterThanOrEqual(before + 60)
  await client.close()
})

test('what is sent in one go travels in one frame a partition', async () => {
  const { client, owner } = await stage()
  await Promise.all(keysTogether(20).map((key) => client.send({ type: 'ledger', key }, { type: 'add' })))
  await owner.heard(20)
  expect(owner.frames.map(({ messages }) => messages.length)).toEqual([20])
  await client.close()
})

test('what is sent while a frame is unacknowledged gathers, and leaves in order after it', async () => {
  const { client, owner } = await stage({ takesFrames: false, limits: { republishMs: 20 } })
  const [key = ''] = keysTogether(1)
  const send = (n: number) => client.send({ type: 'ledger', key }, { type: 'add', n })
  const sends = [send(0)]
  await owner.until(({ frames }) => frames.length === 1)
  sends.push(send(1), send(2), send(3))
  await owner.until(({ frames }) => frames.length === 4) // no acknowledgement: published again, three times
  expect(new Set(owner.frames.map(({ messageId }) => messageId)).size).toBe(1)
  expect(new Set(owner.frames.map(({ messages }) => JSON.stringify(messages))).size).toBe(1)

  owner.frames[0]?.acknowledge()
  await sends[0]
  await owner.until(({ frames }) => frames.at(-1)?.messages.length === 3)
  owner.frames.at(-1)?.acknowledge()
  await Promise.all(sends)
  expect(owner.frames.at(-1)?.messages.map(({ event }) => event['n'])).toEqual([1, 2, 3])
  await client.close()
})

test('a frame holds at most 256 messages and 256 KiB, but one message may be larger', async () => {
  const { client, owner } = await stage()
  const [key = ''] = keysTogether(1)
  const send = (bytes: number) => client.send({ type: 'ledger', key }, { type: 'add', filling: 'x'.repeat(bytes) })
  await Promise.all(Array.from({ length: 300 }, () => send(1)))
  await owner.heard(300)
  expect(owner.frames.map(({ messages }) => messages.length)).toEqual([256, 44])
  await Promise.all([send(100_000), send(100_000), send(100_000), send(400_000), send(1)])
  await owner.heard(305)
  expect(owner.frames.slice(2).map(({ messages }) => messages.length)).toEqual([2, 1, 1, 1])
  await client.close()
})

test('an event over 512 KiB is refused before it is sent', async () => {
  const { client, owner } = await stage()
  await expect(client.send('acme/ledger/main', { type: 'add', filling: 'ü'.repeat(270_000) })).rejects.toMatchObject({
    code: 'TR_MESSAGE_TOO_LARGE',
  })
  expect(owner.frames).toEqual([])
  await client.close()
})

test('a full mailbox refuses sends and asks, and stores nothing of them', async () => {
  const { client, namespace } = await stage({ messagesMax: 1 })
  const [key = ''] = keysTogether(1)
  const target = { type: 'ledger', key }
  await client.send(target, { type: 'add' })
  const refused = await Promise.allSettled([client.send(target, { type: 'add' }), client.send(target, { type: 'add' })])
  for (const outcome of refused)
    expect(outcome).toMatchObject({ status: 'rejected', reason: { name: 'MailboxFull', code: 'TR_MAILBOX_FULL', retryable: true } })
  expect(await storedIn(connection, namespace)).toBe(1)
  await client.close()
})

test('a frame that no stream takes for long is given up, and the next one goes on', async () => {
  const { client, owner } = await stage({ takesFrames: false, limits: { republishMs: 20, acceptMs: 100 } })
  const [key = ''] = keysTogether(1)
  const first = client.send({ type: 'ledger', key }, { type: 'add', n: 1 })
  const second = client.send({ type: 'ledger', key }, { type: 'add', n: 2 }, { id: 'second' })
  await expect(first).rejects.toMatchObject({ code: 'TR_SERVER_UNAVAILABLE', retryable: true })
  await owner.until(({ frames }) => frames.at(-1)?.messages[0]?.event['n'] === 2)
  owner.frames.at(-1)?.acknowledge()
  await second
  await client.close()
})

test('a send repeated with its id is stored once, the same id for another actor is another message', async () => {
  const { client, namespace } = await stage()
  const send = (key: string) => client.send({ type: 'ledger', key }, { type: 'add' }, { id: 'order-7' })
  expect([await send('main'), await send('main'), await send('other')]).toEqual([{ id: 'order-7' }, { id: 'order-7' }, { id: 'order-7' }])
  expect(await storedIn(connection, namespace)).toBe(2)
  await client.close()
})

test('a cancel is a message of kind cancel with its reason', async () => {
  const { client, owner } = await stage()
  await client.cancel('acme/task/42', 'no longer needed')
  await owner.heard(1)
  expect(owner.messages).toMatchObject([{ to: 'acme/task/42', kind: 'cancel', event: { type: 'cancel', reason: 'no longer needed' } }])
  await client.close()
})

test('a query asks the owner of the partition for the state of the actor', async () => {
  const { client, namespace } = await stage()
  const state = {
    actor: 'acme/ledger/main',
    turn: 3,
    status: 'active',
    value: 'open',
    context: { total: 5 },
    tags: [],
    children: {},
    timers: {},
  }
  const partition = partitionOf({ tenant: 'acme', type: 'ledger', key: 'main' }, partitions)
  connection.subscribe(subjects(namespace).queries(partition), {
    callback: (_error, message) => {
      expect(message.json()).toEqual({ actor: 'acme/ledger/main' })
      message.respond(JSON.stringify({ ok: true, state }))
    },
  })
  await connection.flush()
  expect(await client.query('acme/ledger/main')).toEqual(state)
  await client.close()
})

test('a query for an actor that does not exist rejects with the code of the worker', async () => {
  const { client, namespace } = await stage()
  const error = { code: 'TR_ACTOR_NOT_FOUND', message: 'it was never born' }
  connection.subscribe(`${namespace}.query.*.*`, {
    callback: (_error, message) => void message.respond(JSON.stringify({ ok: false, error })),
  })
  await connection.flush()
  await expect(client.query('acme/ledger/none')).rejects.toMatchObject({ name: 'AskRefused', code: 'TR_ACTOR_NOT_FOUND' })
  await client.close()
})

test('a query that no worker hears says which partition has no owner', async () => {
  const { client } = await stage()
  const partition = partitionOf({ tenant: 'acme', type: 'ledger', key: 'main' }, partitions)
  await expect(client.query('acme/ledger/main')).rejects.toMatchObject({
    code: 'TR_SERVER_UNAVAILABLE',
    message: `querying acme/ledger/main: no worker owns partition ${partition} at this moment`,
  })
  await client.close()
})

test('a watch tells owners its pattern and yields what is seen of the actors that match it', async () => {
  const { client, owner, namespace } = await stage()
  const watch = client.watch({ type: 'ledger', key: '*' })
  await owner.until(({ watched }) => watched.length === 1)
  expect(owner.watched[0]).toMatch(/\.event\.acme\.ledger\.\*$/)
  owner.publishTurn({ tenant: 'acme', type: 'task', key: 'a/b' }, 1)
  owner.publishTurn({ tenant: 'acme', type: 'ledger', key: 'a/b' }, 2)
  connection.publish(
    `${namespace}.event.acme.ledger.main`,
    JSON.stringify({ actor: 'acme/ledger/main', effect: { id: 'e', src: 'load' }, progress: 0.5 }),
  )
  const seen: unknown[] = []
  for await (const sighting of watch) if (seen.push(sighting) === 2) break
  expect(seen[0]).toMatchObject({ kind: 'transition', actor: 'acme/ledger/a/b', turn: 2, value: 'open', emits: [], effects: [] })
  expect(seen[1]).toEqual({ kind: 'progress', actor: 'acme/ledger/main', effect: { id: 'e', src: 'load' }, progress: 0.5 })
  expect(watch.dropped).toBe(0)
  await client.close()
})

test('who follows a type says so to owners, and gets the states that came in one message one by one', async () => {
  const { client, owner, namespace } = await stage()
  const watch = client.watchLatest({ type: 'ledger' })
  await owner.until(({ watched }) => watched.length === 1)
  expect(owner.watched[0]).toMatch(/\.latest\.acme\.ledger$/)
  const row = { actor: 'acme/ledger/main', turn: 3, at: 1, event: 'add', value: 'open', status: 'active' }
  connection.publish(`${namespace}.latest.acme.ledger`, 'nonsense')
  connection.publish(`${namespace}.latest.acme.ledger`, JSON.stringify({ latest: [row, { ...row, turn: 4 }] }))
  const turns: number[] = []
  for await (const { turn } of watch) if (turns.push(turn) === 2) break
  expect(turns).toEqual([3, 4])
  expect(watch.dropped).toBe(1)
  expect(() => client.watchLatest({ type: 'a.b' })).toThrow('acme/a.b/*')
  await client.close()
})

test('a watch nobody reads keeps the newest turns and counts what it dropped', async () => {
  const { client, owner } = await stage()
  const watch = client.watch({ type: 'ledger', key: 'main' }, { bufferMax: 2 })
  await owner.until(({ watched }) => watched.length === 1)
  for (let turn = 1; turn <= 5; turn++) owner.publishTurn({ tenant: 'acme', type: 'ledger', key: 'main' }, turn)
  await client.ask('acme/ledger/main', { type: 'add' }) // its answer follows the turns on the same connections
  expect(watch.dropped).toBe(3)
  watch.stop()
  const turns: number[] = []
  for await (const sighting of watch) if (sighting.kind === 'transition') turns.push(sighting.turn)
  expect(turns).toEqual([4, 5])
  await client.close()
})

test('close waits for what is open and refuses what is new', async () => {
  const { client, namespace } = await stage()
  const sends = Array.from({ length: 500 }, (_, n) => client.send({ type: 'ledger', key: `k${n}` }, { type: 'add', n }))
  const asks = Array.from({ length: 500 }, (_, n) => client.ask<number>({ type: 'ledger', key: `k${n}` }, { type: 'add', n }))
  const closed = client.close()
  await expect(client.send('acme/ledger/main', { type: 'add' })).rejects.toMatchObject({ code: 'TR_CLIENT_CLOSED' })
  await closed
  expect(await Promise.all(sends)).toHaveLength(500)
  expect(await Promise.all(asks)).toHaveLength(500)
  expect(await storedIn(connection, namespace)).toBeGreaterThan(0)
})

test('close rejects what is still open after its time', async () => {
  const { client, owner } = await stage({ limits: { closeMs: 30 } })
  owner.answer = () => undefined
  const ask = client.ask('acme/ledger/main', { type: 'add' })
  await Promise.all([expect(ask).rejects.toMatchObject({ code: 'TR_CLIENT_CLOSED' }), client.close()])
})

test('a client on a connection of the caller leaves it open', async () => {
  const { namespace } = await stage()
  const client = await connectTroupe({ connection, namespace, tenant: 'acme' })
  await client.send('acme/ledger/main', { type: 'add' })
  await client.close()
  expect(connection.isClosed()).toBe(false)
})

test('more open messages than the limit are refused, not queued', async () => {
  const { client } = await stage({ limits: { unsettledMax: 2 } })
  const outcomes = await Promise.allSettled([1, 2, 3].map((n) => client.send('acme/ledger/main', { type: 'add', n })))
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected'])
  expect(outcomes[2]).toMatchObject({ reason: { code: 'TR_CLIENT_OVERLOADED' } })
  await client.close()
})

test.each<Target>(['no/address', { type: 'led ger', key: 'x' }, { type: 'ledger', key: '' }])(
  'a target that is no address is refused: %j',
  async (target) => {
    const { client } = await stage()
    await expect(client.send(target, { type: 'add' })).rejects.toMatchObject({ code: 'TR_ADDRESS_INVALID' })
    await client.close()
  },
)

test('a namespace that was never created is named in the error', async () => {
  await expect(connectTroupe({ servers: server.url, namespace: 'nowhere' })).rejects.toMatchObject({ code: 'TR_NAMESPACE_NOT_FOUND' })
})

test('a server that does not run is named in the error, without the credentials of its address', async () => {
  const failure = await connectTroupe({ servers: 'nats://ada:secret@127.0.0.1:1', namespace: 'troupe' }).catch((error: unknown) => error)
  expect(failure).toMatchObject({ code: 'TR_SERVER_UNAVAILABLE' })
  expect(String(failure)).toContain('127.0.0.1:1')
  expect(String(failure)).not.toContain('secret')
})

test('messages of one client to one actor arrive in the order of the calls', async () => {
  const { client, owner } = await stage()
  const sends: Promise<unknown>[] = []
  for (let n = 0; n < 600; n++) {
    sends.push(client.send('acme/ledger/main', { type: 'add', n }, n % 7 === 0 ? { id: `given-${n}` } : {}))
    if (n % 50 === 0) await sends.at(-1)
  }
  await Promise.all(sends)
  await owner.heard(600)
  const numbers = owner.messages.map((message: Message) => message.event['n'])
  expect(numbers).toEqual(Array.from({ length: 600 }, (_, n) => n))
  await client.close()
})
