import { expect, test } from 'vitest'
import { assign, setup } from 'xstate'
import { actorId } from '../../../machines/address.ts'
import { effect } from '../../../machines/authoring.ts'
import { metaOf } from '../../../machines/message.ts'
import { nothingKept } from '../../../runtime/activation.ts'
import { defineActor } from '../../../runtime/define-actor.ts'
import { dueOf, keptTime, ownMeta } from '../../../runtime/fork-clock.ts'
import { momentOf } from '../../../runtime/moment.ts'
import type { Entry } from '../../../runtime/record.ts'
import { recordingsOf } from '../../../runtime/recordings.ts'
import { prepare } from '../../../runtime/statechart/index.ts'
import { startFleet } from '../../support/fleet.ts'

const restMs = 120_000
const tiredMs = 900_000

interface Context {
  readonly at: number
  readonly worked: readonly number[]
}

/** Works, rests, works again; each piece of work is named by the time, and it gives up some time after it began. */
const worker = setup({
  types: { context: {} as Context, events: {} as { type: 'start' } | { type: 'hurry' } },
  actors: { work: effect<{ readonly at: number; readonly n: number }, string>() },
  actions: {
    note: assign({
      at: ({ event }) => metaOf(event)?.at ?? 0,
      worked: ({ context, event }) => [...context.worked, (metaOf(event)?.at ?? 0) - context.at],
    }),
  },
  delays: { rest: restMs, tired: tiredMs },
}).createMachine({
  id: 'labourer',
  context: { at: 0, worked: [] },
  initial: 'idle',
  states: {
    idle: { on: { start: { target: 'shift', actions: 'note' } } },
    shift: {
      after: { tired: 'asleep' },
      initial: 'working',
      states: {
        working: {
          invoke: {
            src: 'work',
            input: ({ context }) => ({ at: context.at, n: context.worked.length }),
            onDone: [
              { guard: ({ context }) => context.worked.length < 5, target: 'resting', actions: 'note' },
              { target: 'ready', actions: 'note' },
            ],
          },
        },
        resting: { after: { rest: { target: 'working', actions: 'note' } }, on: { hurry: { target: 'working', actions: 'note' } } },
        ready: {},
      },
    },
    asleep: { type: 'final' },
  },
})

async function lived() {
  let calls = 0
  const labourer = defineActor({
    name: 'labourer',
    version: '1',
    machine: worker,
    effects: { work: { run: () => Promise.resolve(`piece ${++calls}`) } },
  })
  const fleet = await startFleet({ definitions: [labourer], workers: 2 })
  fleet.send('main/labourer/a', { type: 'start' })
  await fleet.clock.advance(2 * restMs + 10_000)
  const entriesOf = async (actor: string) =>
    (await fleet.log())
      .flatMap((record): readonly Entry[] => (record.kind === 'turns' ? record.entries : []))
      .filter((entry) => entry.actor === actor)
  const fork = async (key: string, turn: number, more: Record<string, unknown> = {}, of = 'main/labourer/a') => {
    const entries = await entriesOf(of)
    const { stored, ownTime: at } = momentOf(
      prepare(labourer),
      entries.filter((entry) => entry.turn <= turn),
    )
    const { keeping: _keeping, ...chart } = stored
    const recorded = recordingsOf(entries, turn)
    const command = { type: '@fork', by: 'ann', of, turn, at, stored: chart, recorded, unrecorded: 'hold', sendsTo: [] }
    return fleet.ask(`main/labourer/${key}`, { ...command, ttlMs: 60_000, ...more }, { 'Troupe-Kind': 'debug' })
  }
  const stateOf = async (key: string) => (await fleet.query(`main/labourer/${key}`)).state
  return { fleet, labourer, fork, stateOf, entriesOf, calls: () => calls }
}

test('a fork relives what took long at once: its turns have the times of its original, and the timers that fired fire', async () => {
  const { fleet, labourer, fork, stateOf, entriesOf, calls } = await lived()
  const original = await stateOf('a')
  expect(original).toMatchObject({ value: { shift: 'ready' } })
  const before = calls()
  expect(await fork('b', 2)).toMatchObject({ ok: true })
  await fleet.clock.advance(2_000)
  expect(await stateOf('b')).toMatchObject({ value: { shift: 'ready' }, context: original?.context ?? {} })
  expect(calls()).toBe(before)
  const turns = await entriesOf('main/labourer/b')
  const traces = turns.map((_, n) => momentOf(prepare(labourer), turns.slice(0, n + 1)))
  expect(traces.filter(({ event, trace }) => !/^@(?!timer)/.test(event.type) && !trace)).toEqual([])
  await fleet.stop()
})

test('after what was recorded time goes on for a fork from where its original was: a timer that did not fire has as long to go', async () => {
  const { fleet, fork, stateOf } = await lived()
  await fleet.clock.advance(3 * restMs)
  await fork('b', 2)
  await fleet.clock.advance(tiredMs - 2 * restMs - 10_000)
  expect(await stateOf('b')).toMatchObject({ timers: { 'xstate.after.tired.labourer.shift': { due: fleet.clock.now() + 10_000 } } })
  await fleet.clock.advance(20_000)
  expect(await stateOf('b')).toMatchObject({ value: 'asleep', status: 'done' })
  await fleet.stop()
})

test('a new owner of a fork keeps its time', async () => {
  const { fleet, fork, stateOf } = await lived()
  await fork('b', 2)
  await fleet.clock.advance(2_000)
  for (const one of fleet.workers.slice()) {
    await fleet.crash(one)
    await fleet.addWorker()
  }
  await fleet.clock.advanceUntil(() => fleet.owned() === 4, 20_000)
  await fleet.clock.advance(tiredMs - 2 * restMs - 20_000)
  expect(await stateOf('b')).toMatchObject({ value: { shift: 'ready' } })
  await fleet.clock.advance(30_000)
  expect(await stateOf('b')).toMatchObject({ value: 'asleep' })
  await fleet.stop()
})

test('where its original waited and a fork does not, the timer that fired then is passed over, and nothing waits for it', async () => {
  const { fleet, fork, stateOf } = await lived()
  await fork('b', 2, { held: true, unrecorded: 'real' })
  const letOne = async (): Promise<void> => {
    await fleet.ask('main/labourer/b', { type: '@step', by: 'ann', count: 1 }, { 'Troupe-Kind': 'debug' })
    await fleet.clock.advance(1_000)
  }
  await letOne()
  expect(await stateOf('b')).toMatchObject({ value: { shift: 'resting' } })
  fleet.send('main/labourer/b', { type: 'hurry' })
  await letOne()
  await fleet.ask('main/labourer/b', { type: '@release', by: 'ann' }, { 'Troupe-Kind': 'debug' })
  await fleet.clock.advance(2 * restMs)
  expect(await stateOf('b')).toMatchObject({ value: { shift: 'ready' } })
  await fleet.stop()
})

test('a fork that was held for long relives the same when it goes on, and when it is stepped: no timer comes before what is recorded', async () => {
  const { fleet, fork, stateOf } = await lived()
  const original = await stateOf('a')
  await fork('b', 2, { held: true, ttlMs: 3_000_000 })
  await fork('c', 2, { held: true, ttlMs: 3_000_000 })
  await fleet.clock.advance(tiredMs + 60_000)
  await fleet.ask('main/labourer/b', { type: '@release', by: 'ann' }, { 'Troupe-Kind': 'debug' })
  await fleet.clock.advance(3_000)
  expect(await stateOf('b')).toMatchObject({ value: { shift: 'ready' }, context: original?.context ?? {} })
  for (const value of ['resting', 'working']) {
    await fleet.ask('main/labourer/c', { type: '@step', by: 'ann', count: 1 }, { 'Troupe-Kind': 'debug' })
    await fleet.clock.advance(tiredMs / 2)
    expect(await stateOf('c')).toMatchObject({ value: { shift: value } })
  }
  await fleet.stop()
})

test('a fork of a fork lives in the time of the first original, and relives the same', async () => {
  const { fleet, fork, stateOf } = await lived()
  await fleet.clock.advance(3 * restMs)
  await fork('b', 2)
  await fleet.clock.advance(2_000)
  const first = await stateOf('b')
  await fleet.clock.advance(60_000)
  await fork('c', 2, {}, 'main/labourer/b')
  await fleet.clock.advance(2_000)
  expect(await stateOf('c')).toMatchObject({ value: { shift: 'ready' }, context: first?.context ?? {} })
  await fleet.stop()
})

test('a fork that a build stored before forks kept a time lives in the time of the world', () => {
  const fork = {
    of: actorId('main', 'labourer', 'a'),
    turn: 2,
    by: 'ann',
    unrecorded: 'hold',
    sendsTo: [],
    ttlMs: 1,
    recorded: [],
  } as const
  const keeping = { ...nothingKept, fork }
  expect(dueOf(keeping, { due: 500 })).toBe(500)
  expect(ownMeta(keeping, { at: 7, id: 'm', random: 0.5 }, { message: 'm' })).toEqual({ at: 7, id: 'm', random: 0.5 })
  expect(keptTime(keeping, { at: 7, now: 7 }).fork).toMatchObject({ clock: { at: 7, now: 7 } })
})
