import { connect, type NatsConnection } from 'nats'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { connectTroupe, type AskOptions, type ConnectOptions, type TroupeClient } from '../../client/index.ts'
import { startNatsServer, type NatsServer } from '../support/nats-server.ts'
import { createMailbox, StandInOwner, storedIn } from './stand-in.ts'

const namespace = 'input'
let server: NatsServer
let connection: NatsConnection
let client: TroupeClient
let owner: StandInOwner

beforeAll(async () => {
  server = await startNatsServer()
  connection = await connect({ servers: server.url })
  await createMailbox(server.url, { namespace })
  owner = new StandInOwner(connection, namespace)
  await connection.flush()
  client = await connectTroupe({ connection, namespace, tenant: 'acme' })
})
afterAll(async () => {
  await client.close()
  await connection.close()
  await server.stop()
})

test.each<[what: string, target: unknown, why: RegExp]>([
  ['without a key', 'acme/ledger', /'acme\/ledger' is not the address of an actor: tenant\/type\/key$/],
  ['with an empty key', 'acme/ledger/', /the key is empty/],
  ['with a key of 300 bytes', `acme/ledger/${'\u00e9'.repeat(150)}`, /the key is 300 bytes, the limit is 256/],
  ['with half a character in its key', 'acme/ledger/\ud800', /half a surrogate pair/],
  ['with a space in its tenant', 'ac me/ledger/main', /tenant 'ac me' is not 1 to 64 of/],
  ['with a dot in its type', 'acme/led.ger/main', /type 'led.ger' is not 1 to 64 of/],
  ['with a wildcard for a type', { type: '*', key: 'main' }, /type '\*' is not 1 to 64 of/],
  ['whose key is a number', { type: 'ledger', key: 42 }, /the key is no text/],
])('a target %s is refused with what is wrong, and nothing is sent', async (_what, target, why) => {
  const before = await storedIn(connection, namespace)
  const refused = client.send(target as string, { type: 'add' })
  await expect(refused).rejects.toMatchObject({ code: 'TR_ADDRESS_INVALID', retryable: false, message: expect.stringMatching(why) })
  expect(await storedIn(connection, namespace)).toBe(before)
})

const cycle: Record<string, unknown> = { type: 'add' }
cycle['self'] = cycle

test.each<[what: string, event: unknown, why: RegExp]>([
  ['that is nothing', undefined, /the event is no object with a type$/],
  ['that is a text', 'add', /the event is no object with a type$/],
  ['without a type', { n: 1 }, /the event is no object with a type$/],
  ['that holds a cycle', cycle, /^sending 'add' to acme\/ledger\/main: no JSON can be made of the event \(.*circular/],
  ['that holds a big integer', { type: 'add', n: 1n }, /no JSON can be made of the event \(.*BigInt/],
])('an event %s is refused before it is sent', async (_what, event, why) => {
  const refused = client.send('acme/ledger/main', event as { type: string })
  await expect(refused).rejects.toMatchObject({ code: 'TR_MESSAGE_INVALID', message: expect.stringMatching(why) })
})

test.each([NaN, -1, Infinity, 1e15])('an ask with a deadline of %s ms is refused, and others are answered', async (deadlineMs) => {
  const options: AskOptions = { deadlineMs }
  const refused = client.ask('acme/ledger/main', { type: 'add', n: 1 }, options)
  await expect(refused).rejects.toMatchObject({
    code: 'TR_OPTION_INVALID',
    message: expect.stringContaining(`deadlineMs is ${deadlineMs}`),
  })
  owner.answer = (event) => ({ ok: true, value: event['n'] })
  expect(await client.ask('acme/ledger/main', { type: 'add', n: 7 })).toBe(7)
})

test.each<[what: string, options: object, code: string, why: RegExp]>([
  ['a tenant that is none', { tenant: 'a.b' }, 'TR_ADDRESS_INVALID', /tenant 'a.b' is not/],
  ['a namespace that is none', { namespace: 'a.b' }, 'TR_NAMESPACE_NOT_FOUND', /'a.b' is not the name of a namespace/],
  ['an inbox nobody answers to', { inboxPrefix: 'MINE' }, 'TR_ADDRESS_INVALID', /does not begin with _INBOX/],
  [
    'limits that are none',
    { limits: { askDeadlineMs: NaN, unsettledMax: 0, acceptsMs: 5 } },
    'TR_OPTION_INVALID',
    /askDeadlineMs is NaN, not a number from 0 on; unsettledMax is 0, not a number from 1 on; acceptsMs is not known$/,
  ],
])('a client with %s is refused with what is wrong', async (_what, options, code, why) => {
  const refused = connectTroupe({ connection, namespace, ...(options as Partial<ConnectOptions>) })
  await expect(refused).rejects.toMatchObject({ code, message: expect.stringMatching(why) })
})
