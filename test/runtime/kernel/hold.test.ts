import { expect, test } from 'vitest'
import { assign, setup } from 'xstate'
import { effect } from '../../../machines/authoring.ts'
import { defineActor } from '../../../runtime/define-actor.ts'
import { startFleet } from '../../support/fleet.ts'

const machine = setup({
  types: {
    context: {} as { readonly words: readonly string[] },
    events: {} as { type: 'say'; word: string } | { type: 'fetch' } | { type: 'wait' },
  },
  actors: { fetch: effect<undefined, string>() },
  guards: { isLoud: ({ event }) => event.type === 'say' && event.word === 'LOUD' },
  actions: { keep: assign({ words: ({ context, event }) => (event.type === 'say' ? [...context.words, event.word] : context.words) }) },
}).createMachine({
  id: 'clerk',
  context: { words: [] },
  initial: 'idle',
  on: { say: [{ guard: 'isLoud', actions: 'keep' }, { actions: 'keep' }] },
  states: {
    idle: { on: { fetch: 'fetching', wait: 'waiting' } },
    fetching: { invoke: { src: 'fetch', onDone: 'fetched' } },
    fetched: {},
    waiting: { after: { 1_000: 'waited' } },
    waited: {},
  },
})

const clerk = defineActor({
  name: 'clerk',
  version: '1',
  machine,
  effects: { fetch: { run: () => Promise.resolve('it') } },
})

const id = 'main/clerk/a'
const by = 'ann'

async function start() {
  const fleet = await startFleet({ definitions: [clerk], workers: 2 })
  const debug = (command: Record<string, unknown>) => fleet.ask(id, { by, ...command } as never, { 'Troupe-Kind': 'debug' })
  const words = async () => (await fleet.query(id)).state?.context['words']
  const say = (word: string) => fleet.send(id, { type: 'say', word })
  say('first')
  await fleet.clock.advance(50)
  return { fleet, debug, words, say }
}

test('a held actor keeps its messages, and takes them in order when it is released', async () => {
  const { fleet, debug, words, say } = await start()
  const before = await words()
  expect(await debug({ type: '@hold', ttlMs: 60_000 })).toMatchObject({ ok: true, value: { held: true, by, waiting: 0 } })
  for (const word of ['a', 'b', 'c']) say(word)
  await fleet.clock.advance(500)
  expect(await words()).toEqual(before)
  expect(await fleet.query(id)).toMatchObject({
    state: { hold: { held: true }, waiting: [{ type: 'say' }, { type: 'say' }, { type: 'say' }] },
  })
  expect(await debug({ type: '@release' })).toMatchObject({ ok: true, value: { held: false, waiting: 3 } })
  await fleet.clock.advance(500)
  expect(await words()).toEqual([...(before as string[]), 'a', 'b', 'c'])
  await fleet.stop()
})

test('a step lets one message through, and so many as it says', async () => {
  const { fleet, debug, words, say } = await start()
  const before = (await words()) as string[]
  await debug({ type: '@hold', ttlMs: 60_000 })
  for (const word of ['a', 'b', 'c', 'd']) say(word)
  await fleet.clock.advance(100)
  await debug({ type: '@step' })
  await fleet.clock.advance(500)
  expect(await words()).toEqual([...before, 'a'])
  await debug({ type: '@step', count: 2 })
  await fleet.clock.advance(500)
  expect(await words()).toEqual([...before, 'a', 'b', 'c'])
  await fleet.stop()
})

test('a held actor takes no result and no timer; each is a step', async () => {
  const { fleet, debug } = await start()
  const value = async () => (await fleet.query(id)).state?.value
  await debug({ type: '@breakpoints', ttlMs: 60_000, breakpoints: [{ id: 'x', on: 'state', match: 'clerk.fetching' }] })
  fleet.send(id, { type: 'fetch' })
  await fleet.clock.advance(2_000)
  expect(await value()).toBe('fetching')
  await debug({ type: '@step' })
  await fleet.clock.advance(500)
  expect(await value()).toBe('fetched')
  await fleet.stop()
})

test('a timer that is due while its actor is held fires after the release', async () => {
  const { fleet, debug } = await start()
  fleet.send(id, { type: 'wait' })
  await fleet.clock.advance(100)
  await debug({ type: '@hold', ttlMs: 60_000 })
  await fleet.clock.advance(5_000)
  expect((await fleet.query(id)).state?.value).toBe('waiting')
  await debug({ type: '@release' })
  await fleet.clock.advance(500)
  expect((await fleet.query(id)).state?.value).toBe('waited')
  await fleet.stop()
})

test('a breakpoint on an event holds before it is taken, and on a guard after it said yes', async () => {
  const { fleet, debug, words, say } = await start()
  const before = (await words()) as string[]
  await debug({
    type: '@breakpoints',
    ttlMs: 60_000,
    breakpoints: [
      { id: 'fetching', on: 'event', match: 'fetch' },
      { id: 'loud', on: 'guard', match: 'isLoud' },
    ],
  })
  say('quiet')
  fleet.send(id, { type: 'fetch' })
  say('later')
  await fleet.clock.advance(1_000)
  expect(await words()).toEqual([...before, 'quiet'])
  expect(await fleet.query(id)).toMatchObject({ state: { value: 'idle', hold: { held: true, hit: { breakpoint: 'fetching' } } } })
  await debug({ type: '@release' })
  await fleet.clock.advance(1_000)
  expect(await fleet.query(id)).toMatchObject({ state: { value: 'fetched' } })
  expect(await words()).toEqual([...before, 'quiet', 'later'])
  say('LOUD')
  say('after')
  await fleet.clock.advance(1_000)
  expect(await words()).toEqual([...before, 'quiet', 'later', 'LOUD'])
  await fleet.stop()
})

test('a hold nobody releases ends by itself, whoever owns the actor by then', async () => {
  const { fleet, debug, words, say } = await start()
  const before = (await words()) as string[]
  await debug({ type: '@hold', ttlMs: 10_000 })
  say('a')
  await fleet.clock.advance(1_000)
  for (const worker of fleet.workers.slice()) {
    await fleet.crash(worker)
    await fleet.addWorker()
  }
  await fleet.clock.advanceUntil(() => fleet.owned() === 4, 20_000)
  say('b')
  await fleet.clock.advance(1_000)
  const held = await fleet.query(id)
  await fleet.clock.advance(15_000)
  expect(held.state === undefined || 'hold' in held.state).toBe(true)
  expect(await words()).toEqual([...before, 'a', 'b'])
  await fleet.stop()
})

test('a held actor can be cancelled', async () => {
  const { fleet, debug } = await start()
  await debug({ type: '@hold', ttlMs: 60_000 })
  fleet.send(id, { type: 'cancel', reason: 'enough' }, { 'Troupe-Kind': 'cancel' })
  await fleet.clock.advance(500)
  expect(await fleet.query(id)).toMatchObject({ state: { status: 'stopped' } })
  await fleet.stop()
})

test('a debug command that makes no sense is refused, and says why', async () => {
  const { fleet, debug } = await start()
  const refusal = async (command: Record<string, unknown>) => {
    const reply = await debug(command)
    return reply.ok ? '' : reply.error.message
  }
  expect(await refusal({ type: '@hold', ttlMs: -1 })).toContain('ttlMs')
  expect(await refusal({ type: '@step' })).toContain('not held')
  expect(await refusal({ type: '@vanish' })).toContain('@hold, @step')
  expect(await refusal({ type: '@hold', ttlMs: 1_000, by: '' })).toContain("'by'")
  expect(await refusal({ type: '@breakpoints', ttlMs: 1_000, breakpoints: [{ id: 'x', on: 'state', match: 'clerk.nowhere' }] })).toContain(
    "no state 'clerk.nowhere'; it has clerk, clerk.idle",
  )
  expect(await refusal({ type: '@breakpoints', ttlMs: 1_000, breakpoints: [{ id: 'x', on: 'noon', match: 'y' }] })).toContain(
    'a breakpoint is',
  )
  await fleet.stop()
})
