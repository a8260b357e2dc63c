import { expect, test } from 'vitest'
import { partitionOf } from '../../../machines/address.ts'
import { defineActor } from '../../../runtime/define-actor.ts'
import { startFleet } from '../../support/fleet.ts'
import { counter } from './actors.ts'

const partitions = 4
const home = partitionOf({ tenant: 'main', type: 'counter', key: 'a' }, partitions)
const elsewhere = (home + 1) % partitions
const frame = `in.${home}.frame.main`
const good = { id: 'm', to: 'main/counter/a', kind: 'event', event: { type: 'add', n: 1 } }
const withEvent = (event: unknown) => ({ ...good, event })

/** What is published where, and the code of the dead letter that comes of it. */
const rubbish: readonly [what: string, subject: string, body: unknown, code: string][] = [
  ['a frame that is null', frame, null, 'TR_MESSAGE_INVALID'],
  ['a frame without messages', frame, { messages: 5 }, 'TR_MESSAGE_INVALID'],
  ['a frame for another partition', `in.${elsewhere}.frame.main`, { messages: [good] }, 'TR_ADDRESS_INVALID'],
  ['a frame of another tenant', `in.${home}.frame.other`, { messages: [good] }, 'TR_ADDRESS_INVALID'],
  ['a frame of what is no tenant', `in.${home}.frame.te$t`, { messages: [good] }, 'TR_ADDRESS_INVALID'],
  ['a frame on a long subject in another script', `in.${home}.frame.${'\u00e9'.repeat(200)}`, {}, 'TR_ADDRESS_INVALID'],
  ['a channel that no worker wrote', `in.${home}.channel.1`, 5, 'TR_MESSAGE_INVALID'],
  ['a channel of messages to nobody', `in.${home}.channel.1`, { source: 1, first: 1, messages: [null] }, 'TR_MESSAGE_INVALID'],
  ['a key that is not encoded', 'send.main.counter.a$b', good.event, 'TR_ADDRESS_INVALID'],
  ['a key of 300 bytes', `send.main.counter.${'k'.repeat(300)}`, good.event, 'TR_ADDRESS_INVALID'],
  ['a tenant with a space', 'send.ma=20in.counter.a', good.event, 'TR_ADDRESS_INVALID'],
  ['a type with a wildcard', 'send.main.coun*er.a', good.event, 'TR_ADDRESS_INVALID'],
]

/** Messages of a frame that is well-formed but for them. */
const badMessages: readonly [what: string, message: unknown, code: string][] = [
  ['null', null, 'TR_MESSAGE_INVALID'],
  ['a number', 5, 'TR_MESSAGE_INVALID'],
  ['nothing', {}, 'TR_MESSAGE_INVALID'],
  ['without a target', { id: 'm' }, 'TR_ADDRESS_INVALID'],
  ['to no address', { ...good, to: 'main/counter' }, 'TR_ADDRESS_INVALID'],
  ['to an empty key', { ...good, to: 'main/counter/' }, 'TR_ADDRESS_INVALID'],
  ['of the kind that only workers send', { ...good, kind: 'system', event: { type: '@failed' } }, 'TR_MESSAGE_INVALID'],
  ['from an actor it is not', { ...good, from: 'main/counter/b' }, 'TR_MESSAGE_INVALID'],
  ['with a reply to null', { ...good, replyTo: null }, 'TR_MESSAGE_INVALID'],
  ['with a reply to a subject of the system', { ...good, replyTo: { inbox: 'test.log.0', id: '1' } }, 'TR_MESSAGE_INVALID'],
  ['with a reply to a list', { ...good, replyTo: { inbox: ['_INBOX.x'], id: '1' } }, 'TR_MESSAGE_INVALID'],
  ['of a producer that is null', { ...good, once: null }, 'TR_MESSAGE_INVALID'],
  ['with a deadline that is null', { ...good, deadline: null }, 'TR_MESSAGE_INVALID'],
  ['with a deadline that is a word', { ...good, deadline: 'soon' }, 'TR_MESSAGE_INVALID'],
  ['with an id of 400,000 characters', { ...good, id: 'x'.repeat(400_000) }, 'TR_MESSAGE_INVALID'],
  ['with a correlation that is an object', { ...good, correlation: {} }, 'TR_MESSAGE_INVALID'],
  ['with an event that is a list', withEvent([]), 'TR_MESSAGE_INVALID'],
  ['with a type of 300,000 characters', withEvent({ type: 'x'.repeat(300_000) }), 'TR_MESSAGE_INVALID'],
  ['with a reserved type', withEvent({ type: '@stopped' }), 'TR_EVENT_RESERVED'],
  ['nested too deep', withEvent({ type: 'add', n: JSON.parse(`${'['.repeat(300)}${']'.repeat(300)}`) }), 'TR_MESSAGE_INVALID'],
  ['that is too large', withEvent({ type: 'add', n: 1, pad: 'x'.repeat(600_000) }), 'TR_MESSAGE_TOO_LARGE'],
]

test.each([
  ...rubbish,
  ...badMessages.map(([what, message, code]) => [`a message ${what}`, frame, { messages: [message] }, code] as const),
])('%s is a dead letter, and the partition goes on', async (_what, subject, body, code) => {
  const fleet = await startFleet({ definitions: [counter], partitions })
  fleet.server.publish(`${fleet.server.namespace}.${subject}`, Buffer.from(JSON.stringify(body)))
  await fleet.settle()
  expect(fleet.deadLetters().map((letter) => letter.code)).toEqual([code])
  expect(await fleet.ask('main/counter/a', { type: 'add', n: 1 })).toMatchObject({ ok: true, value: { total: 1 } })
  await fleet.stop()
})

test('headers of a plain publish that are too long or no time are refused, and its asker is told', async () => {
  const fleet = await startFleet({ definitions: [counter] })
  for (const name of ['Nats-Msg-Id', 'Troupe-Correlation', 'traceparent'])
    expect(await fleet.ask('main/counter/a', { type: 'add', n: 1 }, { [name]: 'x'.repeat(200_000) })).toMatchObject({
      ok: false,
      error: { code: 'TR_MESSAGE_INVALID', message: expect.stringContaining('at most 1000 characters') },
    })
  expect(await fleet.ask('main/counter/a', { type: 'add', n: 1 }, { 'Troupe-Deadline': 'soon' })).toMatchObject({
    error: { code: 'TR_MESSAGE_INVALID', message: 'the deadline is no time in epoch milliseconds' },
  })
  expect(await fleet.query('main/counter/a')).toMatchObject({ ok: false })
  await fleet.stop()
})

test('of a frame with one bad message the others are taken', async () => {
  const fleet = await startFleet({ definitions: [counter], partitions })
  const messages = [good, null, { ...good, id: 'n' }]
  fleet.server.publish(`${fleet.server.namespace}.${frame}`, Buffer.from(JSON.stringify({ messages })))
  expect(await fleet.ask('main/counter/a', { type: 'add', n: 1 })).toMatchObject({ value: { total: 3 } })
  await fleet.stop()
})

test('a check of events that throws has refused the event, and says so', async () => {
  const picky = defineActor({
    name: 'picky',
    version: '1',
    machine: counter.machine,
    accepts: (event) => ((event['items'] as readonly unknown[]).length > 9 ? 'too many items' : undefined),
  })
  const fleet = await startFleet({ definitions: [picky] })
  expect(await fleet.ask('main/picky/a', { type: 'add', n: 1 })).toMatchObject({
    error: { code: 'TR_EVENT_NOT_ACCEPTED', message: expect.stringContaining('its check threw: TypeError') },
  })
  expect(await fleet.ask('main/picky/a', { type: 'add', n: 1, items: [] })).toMatchObject({ ok: true })
  await fleet.stop()
})

test('a key may hold any characters, and is one actor', async () => {
  const fleet = await startFleet({ definitions: [counter] })
  for (const key of ['a.b', '*', '>', '\u{1f427}/x', ' ', 'k'.repeat(256)]) {
    expect(await fleet.ask(`main/counter/${key}`, { type: 'add', n: 1 })).toMatchObject({ value: { total: 1 } })
    expect(await fleet.query(`main/counter/${key}`)).toMatchObject({ state: { context: { total: 1 } } })
  }
  await fleet.stop()
})
