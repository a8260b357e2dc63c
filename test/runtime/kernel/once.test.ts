import { assign, setup } from 'xstate'
import { expect, test } from 'vitest'
import { defineActor } from '../../../runtime/define-actor.ts'
import { startFleet } from '../../support/fleet.ts'
import { counter } from './actors.ts'

const by = (seq: number, producer = 'orders') => ({ 'Troupe-Producer': producer, 'Troupe-Sequence': String(seq) })
const add = { type: 'add', n: 1 }

type Fleet = Awaited<ReturnType<typeof startFleet>>
const totalOf = async (fleet: Fleet): Promise<unknown> => (await fleet.query('main/counter/a')).state?.context['total']

test('what a producer numbers is applied once, a year later too, through passivation and new owners', async () => {
  const fleet = await startFleet({ definitions: [counter], workers: 2 })
  for (const seq of [1, 2, 2, 1, 7]) fleet.send('main/counter/a', add, by(seq))
  await fleet.clock.advance(20_000) // the actor leaves the memory
  for (const worker of fleet.workers.slice()) await fleet.crash(worker)
  await fleet.clock.advance(365 * 86_400_000)
  await fleet.addWorker()
  await fleet.clock.advanceUntil(() => fleet.owned() === 4, 20_000)
  for (const seq of [7, 2, 8]) fleet.send('main/counter/a', add, by(seq))
  await fleet.clock.advance(100)
  expect(await totalOf(fleet)).toBe(4)
  await fleet.stop()
})

test('an ask that a producer repeats gets the reply of the first, and is not applied again', async () => {
  const fleet = await startFleet({ definitions: [counter] })
  for (const seq of [1, 2]) await fleet.ask('main/counter/a', add, by(seq))
  const again = await fleet.ask('main/counter/a', add, by(1))
  expect(again).toMatchObject({ ok: true, value: { total: 1 } })
  for (const worker of fleet.workers.slice()) await fleet.crash(worker)
  await fleet.addWorker()
  await fleet.clock.advanceUntil(() => fleet.owned() === 4, 20_000)
  expect(await fleet.ask('main/counter/a', add, by(2))).toMatchObject({ ok: true, value: { total: 2 } })
  expect(await totalOf(fleet)).toBe(2)
  await fleet.stop()
})

test('an ask that failed fails again with the same refusal, without a second dead letter', async () => {
  const fleet = await startFleet({ definitions: [counter] })
  const first = await fleet.ask('main/counter/a', { type: 'boom' }, by(1))
  const again = await fleet.ask('main/counter/a', { type: 'boom' }, by(1))
  expect({ ...again, id: '' }).toEqual({ ...first, id: '' })
  expect(fleet.server.deadLetters()).toHaveLength(1)
  await fleet.stop()
})

test('producers are counted apart, and so are actors', async () => {
  const fleet = await startFleet({ definitions: [counter] })
  for (const producer of ['orders', 'refunds']) fleet.send('main/counter/a', add, by(1, producer))
  fleet.send('main/counter/b', add, by(1))
  await fleet.clock.advance(100)
  expect(await totalOf(fleet)).toBe(2)
  expect((await fleet.query('main/counter/b')).state?.context).toEqual({ total: 1 })
  await fleet.stop()
})

/** Answers only when it ends. */
const patient = defineActor({
  name: 'patient',
  version: '1',
  machine: setup({
    types: { context: {} as { asked: number }, events: {} as { type: 'wait' } | { type: 'end' } },
    actions: { count: assign({ asked: ({ context }) => context.asked + 1 }) },
  }).createMachine({
    id: 'patient',
    context: { asked: 0 },
    initial: 'here',
    states: { here: { on: { wait: { actions: 'count' }, end: 'gone' } }, gone: { type: 'final' } },
    output: ({ context }) => context.asked,
  }),
})

test('an ask repeated while the first waits is answered with it, at the inbox named last', async () => {
  const fleet = await startFleet({ definitions: [patient] })
  const heard: string[] = []
  for (const inbox of ['_INBOX.first', '_INBOX.second']) {
    fleet.ports.signals.subscribe(inbox, ({ subject, bytes }) => heard.push(`${subject} ${Buffer.from(bytes).toString()}`))
    fleet.send('main/patient/p', { type: 'wait' }, { ...by(1), 'Troupe-Reply': inbox, 'Troupe-Reply-Id': inbox })
    await fleet.clock.advance(10)
  }
  fleet.send('main/patient/p', { type: 'end' })
  await fleet.clock.advance(10)
  expect(heard).toEqual(['_INBOX.second [{"id":"_INBOX.second","ok":true,"value":1}]'])
  await fleet.stop()
})

test('replies are kept up to a limit; what is asked again after it is refused with what to do, and not applied', async () => {
  const fleet = await startFleet({ definitions: [counter] })
  for (let seq = 1; seq <= 20; seq++) await fleet.ask('main/counter/a', add, by(seq))
  expect(await fleet.ask('main/counter/a', add, by(5))).toMatchObject({ value: { total: 5 } })
  expect(await fleet.ask('main/counter/a', add, by(4))).toMatchObject({ ok: false, error: { code: 'TR_REPLY_NOT_KEPT' } })
  expect(await totalOf(fleet)).toBe(20)
  await fleet.stop()
})

test('an actor knows up to 256 producers; one more is refused, none is forgotten', async () => {
  const fleet = await startFleet({ definitions: [counter] })
  for (let one = 0; one < 256; one++) fleet.send('main/counter/a', add, by(1, `p${one}`))
  expect(await fleet.ask('main/counter/a', add, by(1, 'late'))).toMatchObject({ ok: false, error: { code: 'TR_PRODUCERS_FULL' } })
  fleet.send('main/counter/a', add, by(1, 'p0'))
  await fleet.clock.advance(100)
  expect(await totalOf(fleet)).toBe(256)
  await fleet.stop()
})

test('a sequence that is no positive integer, or a producer without a name, is refused', async () => {
  const fleet = await startFleet({ definitions: [counter] })
  for (const wrong of [by(0), by(-1), by(1.5), by(NaN), by(1, ''), by(1, 'a b'), by(1, 'x'.repeat(130))])
    expect(await fleet.ask('main/counter/a', add, wrong)).toMatchObject({ ok: false, error: { code: 'TR_MESSAGE_INVALID' } })
  await fleet.stop()
})

test('a producer may be called what every object inherits', async () => {
  const fleet = await startFleet({ definitions: [counter] })
  for (const producer of ['constructor', 'toString', '__proto__', 'hasOwnProperty'])
    for (const seq of [1, 1, 2]) fleet.send('main/counter/a', add, by(seq, producer))
  await fleet.clock.advance(20_000)
  for (const worker of fleet.workers.slice()) await fleet.crash(worker)
  await fleet.addWorker()
  await fleet.clock.advanceUntil(() => fleet.owned() === 4, 20_000)
  for (const producer of ['constructor', '__proto__']) fleet.send('main/counter/a', add, by(2, producer))
  await fleet.clock.advance(100)
  expect(await totalOf(fleet)).toBe(8)
  expect(fleet.server.deadLetters()).toEqual([])
  await fleet.stop()
})
