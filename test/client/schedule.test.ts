import { connect, type NatsConnection } from 'nats'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { AskRefused, connectTroupe, type TroupeClient } from '../../client/index.ts'
import { startNatsServer, type NatsServer } from '../support/nats-server.ts'
import { createMailbox, StandInOwner } from './stand-in.ts'

let server: NatsServer
let connection: NatsConnection
let client: TroupeClient
let owner: StandInOwner

beforeAll(async () => {
  server = await startNatsServer()
  connection = await connect({ servers: server.url })
  await createMailbox(server.url, { namespace: 'later' })
  owner = new StandInOwner(connection, 'later')
  await connection.flush()
  client = await connectTroupe({ servers: server.url, namespace: 'later', tenant: 'acme' })
})
afterAll(async () => {
  await client.close()
  await connection.close()
  await server.stop()
})

test('an event for later is set at a schedule of the tenant, under the name that is given', async () => {
  owner.answer = () => ({ ok: true, value: { ok: true, next: 17 } })
  const at = Date.now() + 60_000
  const scheduled = await client.schedule(
    { type: 'report', key: 'main' },
    { type: 'report.make' },
    { at },
    { key: 'once', catchUp: 'skip' },
  )
  expect(scheduled).toEqual({ schedule: 'acme/schedule/once', next: 17 })
  expect(owner.messages.at(-1)).toMatchObject({
    to: 'acme/schedule/once',
    event: { type: 'schedule.set', target: 'acme/report/main', event: { type: 'report.make' }, when: { at }, catchUp: 'skip' },
  })
  expect(Object.keys(owner.messages.at(-1)?.event ?? {})).not.toContain('key')
})

test('without a name every call is a schedule of its own', async () => {
  owner.answer = () => ({ ok: true, value: { ok: true } })
  const set = () => client.schedule('acme/report/main', { type: 'report.make' }, { everyMs: 5_000 }, { paused: true })
  const [one, other] = [await set(), await set()]
  expect(one.schedule).toMatch(/^acme\/schedule\/\w+$/)
  expect(one).toMatchObject({ next: undefined })
  expect(one.schedule).not.toBe(other.schedule)
})

test('what the schedule refuses is rejected with its code', async () => {
  owner.answer = () => ({ ok: true, value: { ok: false, code: 'TR_SCHEDULE_NEVER_DUE', reason: 'that was yesterday' } })
  const refused = client.schedule('acme/report/main', { type: 'report.make' }, { at: 1 }, { key: 'late' })
  await expect(refused).rejects.toThrow(AskRefused)
  await expect(refused).rejects.toMatchObject({ code: 'TR_SCHEDULE_NEVER_DUE', message: 'setting acme/schedule/late: that was yesterday' })
})
