import { expect, test } from 'vitest'
import { startFleet } from '../../support/fleet.ts'
import { account, counter } from './actors.ts'

test('an actor is born by its first message and answers with its reply', async () => {
  const fleet = await startFleet({ definitions: [counter] })
  expect(await fleet.ask('main/counter/a', { type: 'add', n: 2 })).toEqual({ id: 'ask-1', ok: true, value: { total: 2 } })
  expect(await fleet.ask('main/counter/a', { type: 'add', n: 3 })).toMatchObject({ ok: true, value: { total: 5 } })
  expect(await fleet.query('main/counter/a')).toMatchObject({ ok: true, state: { value: 'counting', context: { total: 5 }, turn: 3 } })
  await fleet.stop()
})

test('messages of one sender to one actor are applied in order', async () => {
  const fleet = await startFleet({ definitions: [counter] })
  for (let n = 1; n <= 500; n++) fleet.send('main/counter/a', { type: 'add', n })
  await fleet.ask('main/counter/a', { type: 'add', n: 0 })
  const added = (await fleet.entries('main/counter/a')).flatMap((entry) => (entry.event.type === 'add' ? [entry.event['n']] : []))
  expect(added).toEqual([...Array.from({ length: 500 }, (_, index) => index + 1), 0])
  await fleet.stop()
})

test('an ask that is not replied to is answered when the actor ends, and after it', async () => {
  const fleet = await startFleet({ definitions: [counter] })
  expect(await fleet.ask('main/counter/a', { type: 'finish' })).toMatchObject({ ok: true, value: { total: 0 } })
  expect(await fleet.ask('main/counter/a', { type: 'add', n: 1 })).toMatchObject({ ok: true, value: { total: 0 } })
  await fleet.stop()
})

test('money that actors of several partitions send each other is neither lost nor doubled', async () => {
  const fleet = await startFleet({ definitions: [account], workers: 2, partitions: 8 })
  const accounts = Array.from({ length: 10 }, (_, index) => `a${index}`)
  for (let round = 0; round < 200; round++)
    fleet.send(`bank/account/${accounts[round % 10]}`, { type: 'pay', to: accounts[(round * 7 + 3) % 10] ?? '', amount: 1 + (round % 5) })
  await fleet.clock.advance(5_000)
  let sum = 0
  for (const key of accounts) sum += Number((await fleet.query(`bank/account/${key}`)).state?.context['balance'])
  expect(sum).toBe(1_000)
  await fleet.stop()
})

test.each([
  ['not JSON', Buffer.from('{nope'), 'TR_MESSAGE_NOT_JSON'],
  ['without a type', Buffer.from('{"n":1}'), 'TR_MESSAGE_INVALID'],
  ['with a reserved type', Buffer.from('{"type":"xstate.done.actor.x"}'), 'TR_EVENT_RESERVED'],
  ['nested too deep', Buffer.from(`{"type":"add","n":${'['.repeat(5_000)}${']'.repeat(5_000)}}`), 'TR_MESSAGE_INVALID'],
  ['of a wrong shape', Buffer.from('{"type":"add","n":"two"}'), 'TR_EVENT_NOT_ACCEPTED'],
  ['too large', Buffer.from(JSON.stringify({ type: 'add', n: 1, pad: 'x'.repeat(600_000) })), 'TR_MESSAGE_TOO_LARGE'],
])('a message %s becomes a dead letter, its asker is told, and the partition goes on', async (_name, bytes, code) => {
  const fleet = await startFleet({ definitions: [counter] })
  expect(await fleet.ask('main/counter/a', bytes as never)).toMatchObject({ ok: false, error: { code } })
  expect(fleet.server.deadLetters().map((letter) => JSON.parse(Buffer.from(letter.bytes).toString()) as { code: string })).toMatchObject([
    { code },
  ])
  expect(await fleet.ask('main/counter/a', { type: 'add', n: 1 })).toMatchObject({ ok: true, value: { total: 1 } })
  await fleet.stop()
})

test('a message to an unknown actor type is a dead letter', async () => {
  const fleet = await startFleet({ definitions: [counter] })
  expect(await fleet.ask('main/nobody/a', { type: 'hello' })).toMatchObject({ ok: false, error: { code: 'TR_ACTOR_TYPE_UNKNOWN' } })
  await fleet.stop()
})

test('an event that no transition takes is refused to its asker and changes nothing', async () => {
  const fleet = await startFleet({ definitions: [counter] })
  expect(await fleet.ask('main/counter/a', { type: 'unheard' })).toMatchObject({ ok: false, error: { code: 'TR_EVENT_NOT_ACCEPTED' } })
  expect(await fleet.query('main/counter/a')).toMatchObject({ state: { context: { total: 0 } } })
  await fleet.stop()
})

test('an ask whose deadline has passed is not applied', async () => {
  const fleet = await startFleet({ definitions: [counter] })
  const past = String(fleet.clock.now() - 1)
  fleet.send('main/counter/a', { type: 'add', n: 1 }, { 'Troupe-Reply': '_INBOX.late', 'Troupe-Deadline': past })
  expect(await fleet.ask('main/counter/a', { type: 'add', n: 1 })).toMatchObject({ value: { total: 1 } })
  await fleet.stop()
})
