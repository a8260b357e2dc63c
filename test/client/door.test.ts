import { connect, type NatsConnection } from 'nats'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { connectTroupe, Overloaded } from '../../client/index.ts'
import { partitionOf } from '../../machines/address.ts'
import { subjects } from '../../machines/subject.ts'
import { startNatsServer, type NatsServer } from '../support/nats-server.ts'
import { createMailbox, partitions, StandInOwner } from './stand-in.ts'

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

/** A client that hears the pressure of its tenant, and a way to say it: resolved once the client has heard. */
async function stage(takesFrames = true) {
  const namespace = `door${++made}`
  await createMailbox(server.url, { namespace, takesFrames })
  const owner = new StandInOwner(connection, namespace)
  await connection.flush()
  const client = await connectTroupe({ servers: server.url, namespace, tenant: 'acme' })
  /** Answers follow on the connection of the pressure, so what was said before them has been heard. An actor of another tenant is never closed here. */
  const heard = async (): Promise<void> => void (await client.ask('other/ledger/barrier', { type: 'add', n: 1 }))
  const say = async (closed: readonly string[], { ttlMs = 10_000, share = 0 } = {}): Promise<void> => {
    const said = JSON.stringify({ shares: Object.fromEntries(closed.map((scope) => [scope, share])), retryAfterMs: 700, ttlMs })
    for (let partition = 0; partition < partitions; partition++) connection.publish(subjects(namespace).pressure(partition, 'acme'), said)
    if (takesFrames) await heard()
  }
  if (takesFrames) {
    await client.ask('acme/ledger/first', { type: 'add', n: 1 }) // the first message of a tenant makes its client listen
  }
  return { namespace, owner, client, say }
}

test('an event for a closed actor is refused at once, nothing of it is sent, and other actors are not refused', async () => {
  const { client, owner, say } = await stage()
  await say(['acme/ledger/hot/a'])
  const before = owner.messages.length
  const refused = await client.send('acme/ledger/hot/a', { type: 'add' }).catch((error: unknown) => error)
  expect(refused).toBeInstanceOf(Overloaded)
  expect(refused).toMatchObject({ code: 'TR_OVERLOADED', retryable: true, retryAfterMs: 700 })
  await expect(client.ask('acme/ledger/hot/a', { type: 'add' })).rejects.toMatchObject({ code: 'TR_OVERLOADED' })
  expect(await client.ask('acme/ledger/hot', { type: 'add', n: 3 })).toBe(3)
  expect(owner.messages.slice(before).map(({ to }) => to)).toEqual(['acme/ledger/hot'])
  expect(client.refusedAtDoor).toBe(2)
  await client.close()
})

test('a closed type refuses its actors, a closed tenant all of its own, and a word without any opens the door', async () => {
  const { client, say } = await stage()
  await say(['acme/ledger'])
  await expect(client.send('acme/ledger/a', { type: 'add' })).rejects.toMatchObject({ code: 'TR_OVERLOADED' })
  await client.send('acme/task/a', { type: 'add' })
  await say(['acme'])
  await expect(client.send('acme/task/a', { type: 'add' })).rejects.toMatchObject({ code: 'TR_OVERLOADED' })
  await client.send('other/task/a', { type: 'add' })
  await say([])
  await client.send('acme/task/a', { type: 'add' })
  await client.close()
})

test('a throttled actor is let through by its share, and an event that was let through is not asked for another lot', async () => {
  const { client, owner, say } = await stage()
  await say(['acme/ledger/hot'], { share: 0.25 })
  const before = owner.messages.length
  const ends = await Promise.allSettled(Array.from({ length: 2_000 }, () => client.send('acme/ledger/hot', { type: 'add' })))
  const sent = ends.filter(({ status }) => status === 'fulfilled').length
  expect(sent).toBeGreaterThan(400) // five standard deviations from 500
  expect(sent).toBeLessThan(600)
  await vi.waitFor(() => expect(owner.messages.length - before).toBe(sent)) // the stand-in hears of a frame after the server has stored it
  expect(client.refusedAtDoor).toBe(2_000 - sent)
  await client.close()
})

test('a door that is not spoken of any more opens when the time to live is over', async () => {
  const { client, say } = await stage()
  await say(['acme'], { ttlMs: 40 })
  await vi.waitFor(() => client.send('acme/ledger/a', { type: 'add' }), { interval: 5, timeout: 2_000 })
  await client.close()
})

test('a cancel passes a closed door', async () => {
  const { client, say } = await stage()
  await say(['acme'])
  await client.cancel('acme/task/42', 'it is what keeps us busy')
  await client.close()
})

test('what waits for its frame when the door closes is refused instead of sent', async () => {
  const { client, owner, say, namespace } = await stage(false)
  const keys = Array.from({ length: 1_000 }, (_, at) => `k${at}`)
  const ofOne = keys.filter((key) => partitionOf({ tenant: 'acme', type: 'ledger', key }, partitions) === 0)
  const [hot = '', calm = ''] = ofOne
  const first = client.send({ type: 'ledger', key: hot }, { type: 'add', n: 0 })
  await owner.until(({ frames }) => frames.length === 1)
  const waiting = Promise.allSettled([hot, calm, hot].map((key, n) => client.send({ type: 'ledger', key }, { type: 'add', n: n + 1 })))
  await say([`acme/ledger/${hot}`])
  owner.frames[0]?.acknowledge() // after the pressure, on the same connection
  await first
  await owner.until(({ frames }) => frames.length === 2)
  owner.frames[1]?.acknowledge()
  expect((await waiting).map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'rejected'])
  expect(owner.frames[1]?.messages.map(({ event }) => event['n'])).toEqual([2])
  expect(owner.frames[1]?.subject).toBe(subjects(namespace).frame(0, 'acme'))
  await client.close()
})

test('an ask that the owner refuses for too much load says when to try again', async () => {
  const { client, owner } = await stage()
  owner.answer = () => ({ ok: false, error: { code: 'TR_OVERLOADED', message: '8 messages wait', retryAfterMs: 250 } })
  await expect(client.ask('acme/ledger/hot', { type: 'add' })).rejects.toMatchObject({
    name: 'Overloaded',
    retryAfterMs: 250,
    retryable: true,
  })
  expect(client.refusedAtDoor).toBe(0)
  await client.close()
})
