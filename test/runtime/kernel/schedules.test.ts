// Schedules on the whole kernel: hosted, out of memory between two firings, through crashes and downtimes.
import { expect, test } from 'vitest'
import { assign, sendTo, setup } from 'xstate'
import { scheduleActor } from '../../../actors/schedule-actor.ts'
import { refTo } from '../../../machines/authoring.ts'
import { metaOf } from '../../../machines/message.ts'
import { firedBy, runFinished, type CatchUp, type Fired, type ScheduleDescription } from '../../../machines/schedule.ts'
import { defineActor } from '../../../runtime/define-actor.ts'
import { inMemoryServer, type InMemoryServer } from '../../../runtime/in-memory/server.ts'
import { seededRandom, simulatedClock } from '../../../runtime/in-memory/simulated-clock.ts'
import { startFleet } from '../../support/fleet.ts'

type Seen = Fired & { readonly at: number }

const ledger = defineActor({
  name: 'ledger',
  version: '1',
  machine: setup({
    types: { context: {} as { seen: readonly Seen[] }, events: {} as { type: 'book'; ends?: boolean; schedule: Fired } },
    actions: {
      note: assign({ seen: ({ context, event }) => [...context.seen, { ...event.schedule, at: metaOf(event)?.at ?? 0 }] }),
      tellEnd: sendTo(
        ({ event }) => refTo(event.schedule.address),
        ({ event }) => runFinished(event.schedule),
      ),
    },
  }).createMachine({
    id: 'ledger',
    context: { seen: [] },
    on: {
      book: [
        { guard: ({ event }) => firedBy(event) !== undefined && event.ends === true, actions: ['note', 'tellEnd'] },
        { guard: ({ event }) => firedBy(event) !== undefined, actions: 'note' },
      ],
    },
  }),
  accepts: ({ type }) => (type === 'book' ? undefined : `'${type}' is no booking`),
})

const definitions = [ledger, scheduleActor([ledger])]
const schedule = 'main/schedule/nightly'
const target = 'main/ledger/books'
const minute = 60_000

type Fleet = Awaited<ReturnType<typeof startFleet>>

async function set(fleet: Fleet, spec: object): Promise<{ next: number }> {
  const reply = await fleet.ask(schedule, { type: 'schedule.set', target, event: { type: 'book' }, ...spec })
  expect(reply).toMatchObject({ ok: true, value: { ok: true } })
  return (reply as { value: { next: number } }).value
}

const seen = async (fleet: Fleet): Promise<readonly Seen[]> =>
  ((await fleet.query(target)).state?.context['seen'] as readonly Seen[] | undefined) ?? []

async function describe(fleet: Fleet): Promise<Extract<ScheduleDescription, { spec: unknown }>> {
  const reply = await fleet.ask(schedule, { type: 'schedule.describe' })
  if (!reply.ok) throw new Error(reply.error.message)
  return reply.value as Extract<ScheduleDescription, { spec: unknown }>
}

async function crashAll(fleet: Fleet): Promise<void> {
  for (const worker of fleet.workers.slice()) await fleet.crash(worker)
}

test('a schedule fires at every due time, once, on time and never early, and is out of memory in between', async () => {
  const fleet = await startFleet({ definitions, options: { idleMs: 2_000 } })
  const { next } = await set(fleet, { when: { cron: '*/20 * * * * *', timeZone: 'Europe/Berlin' } })
  for (let round = 0; round < 4; round++) {
    await fleet.clock.advance(next + round * 20_000 + 10_000 - fleet.clock.now())
    expect(fleet.workers[0]?.actors).toBe(0)
  }
  const bookings = await seen(fleet)
  expect(bookings.map(({ run, due }) => [run, due])).toEqual([0, 1, 2, 3].map((round) => [round + 1, next + round * 20_000]))
  for (const { due, firedAt, at } of bookings) {
    expect(firedAt).toBeGreaterThanOrEqual(due)
    expect(at - due).toBeLessThan(50)
  }
  await fleet.stop()
})

const tenMinutes = 10 * minute
test.each<[CatchUp, number[], object]>([
  ['all', [1, 2, 3, 4], { fired: 4, caughtUp: 3, skipped: 0 }],
  ['last', [3, 4], { fired: 2, caughtUp: 1, skipped: 2 }],
  ['skip', [4], { fired: 1, caughtUp: 0, skipped: 3 }],
])('after thirty minutes without a worker, a schedule of every ten that catches up %s fires %j', async (catchUp, rounds, counts) => {
  const fleet = await startFleet({ definitions, options: { idleMs: 2_000 } })
  const { next } = await set(fleet, { when: { everyMs: tenMinutes }, catchUp })
  await fleet.clock.advance(5 * minute)
  await crashAll(fleet)
  await fleet.clock.advance(30 * minute)
  await fleet.addWorker()
  await fleet.clock.advanceUntil(() => fleet.owned() === 4, 20_000)
  await fleet.clock.advance(6 * minute)
  expect((await seen(fleet)).map(({ due }) => (due - next) / tenMinutes + 1)).toEqual(rounds)
  expect((await describe(fleet)).counts).toMatchObject(counts)
  await fleet.stop()
})

/** A server of which one append, the first that holds the firing, is where its worker dies: before it is stored, or before it is answered. */
function mortal(server: InMemoryServer, where: 'before' | 'after', dies: () => void): InMemoryServer {
  let armed = true
  const ports: InMemoryServer['ports'] = (own) => {
    const given = server.ports(own)
    const append: typeof given.log.append = async (partition, expected, bytes) => {
      if (!armed || !new TextDecoder().decode(bytes).includes('"schedule.fired"')) return given.log.append(partition, expected, bytes)
      armed = false
      if (where === 'after') await given.log.append(partition, expected, bytes)
      dies()
      return new Promise(() => {}) // nobody is left to hear of it
    }
    return { ...given, log: { ...given.log, append } }
  }
  return { ...server, ports }
}

test.each(['before', 'after'] as const)('a worker that dies %s its firing is stored fires once in effect', async (where) => {
  const clock = simulatedClock()
  let died = false
  const server = mortal(inMemoryServer({ partitions: 4, clock, random: seededRandom(7) }), where, () => (died = true))
  const fleet = await startFleet({ definitions, world: { clock, server } })
  const { next } = await set(fleet, { when: { everyMs: minute } })
  await clock.advanceUntil(() => died, 2 * minute)
  await crashAll(fleet)
  await fleet.addWorker()
  await clock.advanceUntil(() => fleet.owned() === 4, 20_000)
  await clock.advance(minute)
  expect((await seen(fleet)).map(({ run, due }) => [run, due])).toEqual([
    [1, next],
    [2, next + minute],
  ])
  await fleet.stop()
})

test('a run is over when its target says so: the next one is fired, the one that came meanwhile waits', async () => {
  const fleet = await startFleet({ definitions, workers: 2 })
  await set(fleet, { when: { everyMs: minute }, overlap: 'queue-one', event: { type: 'book', ends: true } })
  await fleet.clock.advance(3.5 * minute)
  expect(await describe(fleet)).toMatchObject({ counts: { fired: 3, overlapped: 0 } })
  await set(fleet, { when: { everyMs: minute }, overlap: 'queue-one' }) // nobody says that it is over
  await fleet.clock.advance(3.5 * minute)
  expect(await describe(fleet)).toMatchObject({ running: { run: 4 }, counts: { fired: 1, overlapped: 1 } })
  fleet.send(schedule, { type: 'schedule.finished', run: 4 })
  await fleet.clock.advance(100)
  expect((await seen(fleet)).map(({ run }) => run)).toEqual([1, 2, 3, 4, 5])
  await fleet.stop()
})

test('a paused schedule, and a deleted one, stay silent through a crash', async () => {
  const fleet = await startFleet({ definitions, options: { idleMs: 2_000 } })
  for (const end of ['schedule.pause', 'schedule.delete']) {
    await set(fleet, { when: { everyMs: 30_000 } })
    await fleet.ask(schedule, { type: end })
    await fleet.clock.advance(15_000)
    await crashAll(fleet)
    await fleet.addWorker()
    await fleet.clock.advanceUntil(() => fleet.owned() === 4, 20_000)
    await fleet.clock.advance(2 * minute)
    expect((await fleet.query(target)).ok).toBe(false) // it was never sent anything
  }
  await fleet.stop()
})

test('a schedule takes for its target only what the target takes from outside, and knows which targets there are', async () => {
  const fleet = await startFleet({ definitions })
  const refused = (spec: object) =>
    fleet.ask(schedule, { type: 'schedule.set', target, event: { type: 'book' }, when: { everyMs: minute }, ...spec })
  expect(await refused({ event: { type: 'steal' } })).toMatchObject({
    error: { code: 'TR_EVENT_NOT_ACCEPTED', message: expect.stringContaining("'steal' is no booking") },
  })
  expect(await refused({ target: 'main/nobody/x' })).toMatchObject({
    error: { code: 'TR_EVENT_NOT_ACCEPTED', message: expect.stringContaining("no actor type 'nobody'") },
  })
  expect(await refused({ when: { cron: '* * * * *', at: 5 } })).toMatchObject({
    error: { code: 'TR_EVENT_NOT_ACCEPTED', message: expect.stringContaining('when') },
  })
  expect(await refused({ target: 'other/ledger/books' })).toMatchObject({ value: { ok: false, code: 'TR_SCHEDULE_TARGET_INVALID' } })
  expect(await fleet.ask(schedule, { type: 'schedule.due' })).toMatchObject({ error: { code: 'TR_EVENT_NOT_ACCEPTED' } })
  await fleet.stop()
})

test('a cancelled schedule is deleted and can be set again', async () => {
  const fleet = await startFleet({ definitions })
  await set(fleet, { when: { everyMs: minute } })
  fleet.send(schedule, { type: 'cancel' }, { 'Troupe-Kind': 'cancel' })
  expect(await describe(fleet)).toEqual({ state: 'unset' })
  await set(fleet, { when: { everyMs: minute } })
  await fleet.clock.advance(minute + 100)
  expect((await seen(fleet)).map(({ run }) => run)).toEqual([1])
  await fleet.stop()
})
