import { expect, test } from 'vitest'
import { assign, setup } from 'xstate'
import type { TypeBreakpoint } from '../../../machines/debug.ts'
import { defineActor } from '../../../runtime/define-actor.ts'
import { noOrders, orderBreakpoints, typeBreakpointsMax } from '../../../runtime/orders.ts'
import { startFleet } from '../../support/fleet.ts'

const clerk = defineActor({
  name: 'clerk',
  version: '1',
  machine: setup({
    types: {
      context: {} as { readonly words: readonly string[] },
      events: {} as { type: 'say'; word: string } | { type: 'leave' } | { type: 'end' },
    },
    guards: { isLoud: ({ event }) => event.type === 'say' && event.word === 'LOUD' },
    actions: { keep: assign({ words: ({ context, event }) => (event.type === 'say' ? [...context.words, event.word] : context.words) }) },
  }).createMachine({
    id: 'clerk',
    context: { words: [] },
    initial: 'in',
    states: {
      in: { on: { say: [{ guard: 'isLoud', actions: 'keep' }, { actions: 'keep' }], leave: 'out' } },
      out: { on: { say: { actions: 'keep' }, end: 'gone' } },
      gone: { type: 'final' },
    },
  }),
})

const of = { tenant: 'main', type: 'clerk' }

async function start(wanted: readonly Pick<TypeBreakpoint, 'on' | 'match'>[]) {
  const fleet = await startFleet({ definitions: [clerk], workers: 2 })
  const set = async (list: readonly Pick<TypeBreakpoint, 'on' | 'match'>[]): Promise<void> => {
    const now = fleet.clock.now()
    const all = list.map((one): TypeBreakpoint => ({
      ...of,
      ...one,
      id: `${one.on}:${one.match}`,
      by: 'ann',
      until: now + 60_000,
      holdMs: 10_000,
    }))
    await fleet.ports.orders.change(orderBreakpoints({ ...of, now }, all))
    await fleet.clock.advance(20)
  }
  await set(wanted)
  const send = (key: string, event: { type: string; word?: string }) => fleet.send(`main/clerk/${key}`, event)
  const stateOf = async (key: string) => (await fleet.query(`main/clerk/${key}`)).state
  const debug = (key: string, type: string) => fleet.ask(`main/clerk/${key}`, { type, by: 'bob' }, { 'Troupe-Kind': 'debug' })
  return { fleet, set, send, stateOf, debug }
}

test('every actor of a type stands still at its breakpoint, on every worker and born later; others go on', async () => {
  const { fleet, send, stateOf, debug } = await start([{ on: 'state', match: 'clerk.out' }])
  for (const key of ['a', 'b', 'c', 'd']) send(key, { type: 'leave' })
  send('e', { type: 'say', word: 'one' })
  await fleet.clock.advance(100)
  for (const key of ['a', 'b', 'c', 'd']) {
    send(key, { type: 'say', word: 'after' })
    await fleet.clock.advance(20)
    expect(await stateOf(key)).toMatchObject({
      value: 'out',
      context: { words: [] },
      hold: { held: true, by: 'ann', hit: { breakpoint: 'state:clerk.out' } },
      waiting: [{ type: 'say' }],
    })
  }
  expect(await stateOf('e')).toMatchObject({ context: { words: ['one'] } })
  expect(await stateOf('e')).not.toHaveProperty('hold')
  await debug('a', '@release')
  await fleet.clock.advance(100)
  expect(await stateOf('a')).toMatchObject({ context: { words: ['after'] } })
  expect(await stateOf('a')).not.toHaveProperty('hold')
  await fleet.stop()
})

test('an event at which an actor stood still passes when it is released, and the next one of its kind stops it again', async () => {
  const { fleet, send, stateOf, debug } = await start([{ on: 'event', match: 'say' }])
  send('a', { type: 'say', word: 'one' })
  send('a', { type: 'say', word: 'two' })
  await fleet.clock.advance(100)
  expect(await stateOf('a')).toMatchObject({ context: { words: [] }, hold: { held: true, hit: { breakpoint: 'event:say' } } })
  await debug('a', '@release')
  await fleet.clock.advance(100)
  expect(await stateOf('a')).toMatchObject({ context: { words: ['one'] }, hold: { held: true }, waiting: [{ type: 'say' }] })
  await fleet.clock.advance(10_100) // the hold ends by itself
  expect(await stateOf('a')).toMatchObject({ context: { words: ['one', 'two'] }, waiting: [] })
  expect(await stateOf('a')).not.toHaveProperty('hold')
  await fleet.stop()
})

test('a guard that says yes stops the actor after the turn; breakpoints that are taken away or over stop nobody', async () => {
  const { fleet, set, send, stateOf, debug } = await start([{ on: 'guard', match: 'isLoud' }])
  send('a', { type: 'say', word: 'quiet' })
  send('a', { type: 'say', word: 'LOUD' })
  send('a', { type: 'say', word: 'later' })
  await fleet.clock.advance(100)
  expect(await stateOf('a')).toMatchObject({
    context: { words: ['quiet', 'LOUD'] },
    hold: { held: true, hit: { breakpoint: 'guard:isLoud' } },
  })
  await debug('a', '@release')
  await fleet.clock.advance(70_000)
  send('a', { type: 'say', word: 'LOUD' })
  await fleet.clock.advance(100)
  expect(await stateOf('a')).toMatchObject({ context: { words: ['quiet', 'LOUD', 'later', 'LOUD'] } })
  expect(await stateOf('a')).not.toHaveProperty('hold')
  await set([{ on: 'guard', match: 'isLoud' }])
  await set([])
  send('a', { type: 'say', word: 'LOUD' })
  await fleet.clock.advance(100)
  expect(await stateOf('a')).not.toHaveProperty('hold')
  await fleet.stop()
})

test('an actor that stands still after a turn goes on by itself in the end, with all that waited', async () => {
  const { fleet, send, stateOf } = await start([{ on: 'state', match: 'clerk.out' }])
  send('a', { type: 'leave' })
  await fleet.clock.advance(100)
  send('a', { type: 'say', word: 'waited' })
  await fleet.clock.advance(5_000)
  expect(await stateOf('a')).toMatchObject({ hold: { held: true }, waiting: [{ type: 'say' }] })
  await fleet.clock.advance(5_200)
  expect(await stateOf('a')).toMatchObject({ context: { words: ['waited'] }, waiting: [] })
  expect(await stateOf('a')).not.toHaveProperty('hold')
  await fleet.stop()
})

test('an actor stands still in the state it is born in', async () => {
  const { fleet, send, stateOf, debug } = await start([{ on: 'state', match: 'clerk.in' }])
  send('a', { type: 'say', word: 'one' })
  await fleet.clock.advance(100)
  expect(await stateOf('a')).toMatchObject({
    value: 'in',
    context: { words: [] },
    hold: { held: true, hit: { breakpoint: 'state:clerk.in' } },
    waiting: [{ type: 'say' }],
  })
  await debug('a', '@release')
  await fleet.clock.advance(100)
  expect(await stateOf('a')).toMatchObject({ context: { words: ['one'] } })
  send('b', { type: 'say', word: 'two' })
  await fleet.clock.advance(10_300)
  expect(await stateOf('b')).toMatchObject({ context: { words: ['two'] }, waiting: [] })
  await fleet.stop()
})

test('breakpoints of its own stand for as long as they were set, though a breakpoint of its type is let go before', async () => {
  const { fleet, set, send, stateOf, debug } = await start([])
  send('a', { type: 'say', word: 'one' })
  await fleet.clock.advance(100)
  const breakpoints = [{ id: 'mine', on: 'event', match: 'leave' }]
  await fleet.ask('main/clerk/a', { type: '@breakpoints', by: 'bob', ttlMs: 50_000, breakpoints }, { 'Troupe-Kind': 'debug' })
  await set([{ on: 'event', match: 'say' }])
  send('a', { type: 'say', word: 'two' })
  await fleet.clock.advance(10_300) // held, and let go by time
  expect(await stateOf('a')).toMatchObject({ context: { words: ['one', 'two'] }, hold: { held: false, breakpoints } })
  send('a', { type: 'say', word: 'three' })
  await fleet.clock.advance(100)
  await debug('a', '@release')
  await fleet.clock.advance(12_000)
  send('a', { type: 'leave' })
  await fleet.clock.advance(100)
  expect(await stateOf('a')).toMatchObject({
    context: { words: ['one', 'two', 'three'] },
    hold: { held: true, hit: { breakpoint: 'mine' } },
  })
  await fleet.clock.advance(40_000)
  expect(await stateOf('a')).toMatchObject({ value: 'out' })
  expect(await stateOf('a')).not.toHaveProperty('hold')
  await fleet.stop()
})

test('an actor that has ended stands still nowhere', async () => {
  const { fleet, send, stateOf } = await start([{ on: 'state', match: 'clerk.gone' }])
  send('a', { type: 'leave' })
  send('a', { type: 'end' })
  await fleet.clock.advance(100)
  expect(await stateOf('a')).toMatchObject({ value: 'gone', status: 'done' })
  expect(await stateOf('a')).not.toHaveProperty('hold')
  await fleet.stop()
})

test('an actor that stands still at a breakpoint of its type does so with its next owner', async () => {
  const { fleet, send, stateOf } = await start([{ on: 'event', match: 'leave' }])
  send('a', { type: 'leave' })
  await fleet.clock.advance(100)
  for (const one of fleet.workers.slice()) {
    await fleet.crash(one)
    await fleet.addWorker()
  }
  await fleet.clock.advanceUntil(() => fleet.owned() === 4, 20_000)
  expect(await stateOf('a')).toMatchObject({ value: 'in', waiting: [{ type: 'leave' }] })
  await fleet.clock.advance(20_000)
  expect(await stateOf('a')).toMatchObject({ value: 'out', waiting: [] })
  await fleet.stop()
})

test('breakpoints of a type stand in place of those before; too many are refused, and those that are over go', () => {
  const one = (type: string, id: string, until: number): TypeBreakpoint => ({
    tenant: 'main',
    type,
    id,
    on: 'event',
    match: 'x',
    by: 'ann',
    until,
    holdMs: 1,
  })
  const many = Array.from({ length: typeBreakpointsMax }, (_, n) => one('a', `${n}`, 100))
  const full = orderBreakpoints({ tenant: 'main', type: 'a', now: 0 }, many)(noOrders)
  expect(full.breakpoints).toHaveLength(typeBreakpointsMax)
  expect(() => orderBreakpoints({ tenant: 'main', type: 'b', now: 50 }, [one('b', 'x', 200)])(full)).toThrow('is the limit')
  expect(orderBreakpoints({ tenant: 'main', type: 'b', now: 100 }, [one('b', 'x', 200)])(full).breakpoints).toEqual([one('b', 'x', 200)])
  expect(orderBreakpoints({ tenant: 'main', type: 'a', now: 0 }, [])(full)).toEqual(noOrders)
})
