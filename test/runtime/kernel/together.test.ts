import { assign, sendTo, setup } from 'xstate'
import { expect, test } from 'vitest'
import type { ActorId } from '../../../machines/address.ts'
import type { SupervisionSpec } from '../../../machines/supervision.ts'
import { defineActor } from '../../../runtime/define-actor.ts'
import { startFleet } from '../../support/fleet.ts'

const handMachine = setup({
  types: { context: {} as { done: number }, events: {} as { type: 'work' } | { type: 'boom' } },
  actions: {
    count: assign({ done: ({ context }) => context.done + 1 }),
    fail: assign(() => {
      throw new Error('a hand slipped')
    }),
  },
}).createMachine({
  id: 'hand',
  context: { done: 0 },
  initial: 'ready',
  states: { ready: { on: { work: { actions: 'count' }, boom: { actions: 'fail' } } } },
})

const crewMachine = setup({
  types: {
    context: {} as { failed: string[] },
    events: {} as { type: 'tell'; who: string; what: 'work' | 'boom' } | { type: 'home' },
  },
  actors: { hand: handMachine, helper: handMachine },
  actions: {
    pass: sendTo(
      ({ event }) => (event.type === 'tell' ? event.who : ''),
      ({ event }) => ({ type: event.type === 'tell' ? event.what : 'work' }),
    ),
    note: assign({ failed: ({ context }, { who }: { who: string }) => [...context.failed, who] }),
  },
}).createMachine({
  id: 'crew',
  context: { failed: [] },
  initial: 'at work',
  states: {
    'at work': {
      invoke: [
        { id: 'ann', src: 'hand', onError: { actions: { type: 'note', params: { who: 'ann' } } } },
        { id: 'bob', src: 'hand', onError: { actions: { type: 'note', params: { who: 'bob' } } } },
        { id: 'cat', src: 'helper', onError: { actions: { type: 'note', params: { who: 'cat' } } } },
      ],
      on: { tell: { actions: 'pass' }, home: 'at home' },
    },
    'at home': {},
  },
})

const crewOf = (strategy: SupervisionSpec['strategy'], helper: Partial<SupervisionSpec> = {}) => {
  const failsAtOnce = { failingMessagesMax: 1, backoff: { baseMs: 100, factor: 2, maxMs: 1_000, jitter: 0 } }
  const hand = defineActor({ name: 'hand', version: '1', machine: handMachine, createdByMessage: false, supervision: failsAtOnce })
  const other = defineActor({
    name: 'helper',
    version: '1',
    machine: handMachine,
    createdByMessage: false,
    supervision: { ...failsAtOnce, ...helper },
  })
  return defineActor({
    name: 'crew',
    version: '1',
    machine: crewMachine,
    children: { hand, helper: other },
    supervision: { strategy, intensity: { restarts: 2, withinMs: 60_000 }, backoff: failsAtOnce.backoff },
  })
}

type Fleet = Awaited<ReturnType<typeof startFleet>>
const boss = 'main/crew/c'

async function atWork(strategy: SupervisionSpec['strategy'], helper?: Partial<SupervisionSpec>): Promise<Fleet> {
  const fleet = await startFleet({ definitions: [crewOf(strategy, helper)], workers: 2, partitions: 8 })
  for (const who of ['ann', 'bob', 'cat']) await tell(fleet, who, 'work')
  return fleet
}

async function tell(fleet: Fleet, who: string, what: 'work' | 'boom', ms = 20): Promise<void> {
  fleet.send(boss, { type: 'tell', who, what })
  await fleet.clock.advance(ms)
}

async function addressOf(fleet: Fleet, who: string): Promise<ActorId> {
  const { state } = await fleet.query(boss)
  const children = (state as unknown as { children: Record<string, { address: ActorId }> }).children
  return children[who]?.address ?? ('main/hand/nobody' as ActorId)
}

/** What each hand has done since it last started. */
async function work(fleet: Fleet): Promise<Record<string, unknown>> {
  const done: Record<string, unknown> = {}
  for (const who of ['ann', 'bob', 'cat']) done[who] = (await fleet.query(await addressOf(fleet, who))).state?.context['done']
  return done
}

/** Whom the supervisor told what, in the order of its turns. */
async function told(fleet: Fleet): Promise<string[]> {
  const entries = await fleet.entries(boss)
  const names = new Map<string, string>()
  for (const who of ['ann', 'bob', 'cat']) names.set(await addressOf(fleet, who), who)
  return entries
    .flatMap((entry) => entry.sends ?? [])
    .filter(({ message }) => message.kind === 'system')
    .map(({ message }) => `${message.event.type.slice(1)} ${names.get(message.to)}`)
}

test('one_for_one: the others do not notice that a child restarts', async () => {
  const fleet = await atWork('one_for_one')
  await tell(fleet, 'bob', 'boom', 500)
  expect(await work(fleet)).toEqual({ ann: 1, bob: 0, cat: 1 })
  await fleet.stop()
})

test('one_for_all: when a child fails all halt, the last born first, and start again in order', async () => {
  const fleet = await atWork('one_for_all')
  await tell(fleet, 'bob', 'boom', 500)
  expect(await work(fleet)).toEqual({ ann: 0, bob: 0, cat: 0 })
  expect(await told(fleet)).toEqual(['halt cat', 'halt bob', 'halt ann', 'start ann', 'start bob', 'start cat'])
  await tell(fleet, 'cat', 'work')
  expect(await work(fleet)).toEqual({ ann: 0, bob: 0, cat: 1 })
  await fleet.stop()
})

test('rest_for_one: those born after the child that failed restart with it', async () => {
  const fleet = await atWork('rest_for_one')
  await tell(fleet, 'bob', 'boom', 500)
  expect(await work(fleet)).toEqual({ ann: 1, bob: 0, cat: 0 })
  expect(await told(fleet)).toEqual(['halt cat', 'halt bob', 'start bob', 'start cat'])
  await fleet.stop()
})

test('messages to children that restart together wait, and are taken in order after the restart', async () => {
  const fleet = await atWork('one_for_all')
  await tell(fleet, 'bob', 'boom')
  for (const who of ['ann', 'ann', 'cat']) fleet.send(boss, { type: 'tell', who, what: 'work' })
  await fleet.clock.advance(500)
  expect(await work(fleet)).toEqual({ ann: 2, bob: 0, cat: 1 })
  expect(fleet.server.deadLetters()).toHaveLength(1)
  await fleet.stop()
})

test('a supervisor whose worker dies in the middle of a one_for_all goes on with its plan, whenever that is', async () => {
  for (const moment of [0, 1, 2, 3, 5, 60, 110, 130]) {
    const fleet = await atWork('one_for_all')
    fleet.send(boss, { type: 'tell', who: 'ann', what: 'boom' })
    await fleet.clock.advance(moment)
    for (const worker of fleet.workers.slice()) await fleet.crash(worker)
    await fleet.addWorker()
    await fleet.clock.advanceUntil(() => fleet.owned() === 8, 20_000)
    await fleet.clock.advance(3_000)
    expect(await work(fleet), `after ${moment} ms`).toEqual({ ann: 0, bob: 0, cat: 0 })
    expect((await fleet.query(boss)).state).toMatchObject({ status: 'active', context: { failed: [] } })
    const steps = await told(fleet)
    expect(steps, `after ${moment} ms`).toEqual(['halt cat', 'halt bob', 'halt ann', 'start ann', 'start bob', 'start cat'])
    await fleet.stop()
  }
}, 60_000)

test('children that restart together too often are given up, each an error event for the machine of their parent', async () => {
  const fleet = await atWork('one_for_all')
  for (let count = 0; count < 3; count++) await tell(fleet, 'bob', 'boom', 1_000)
  expect((await fleet.query(boss)).state).toMatchObject({ status: 'active', context: { failed: ['bob', 'ann', 'cat'] } })
  for (const who of ['ann', 'bob', 'cat'])
    expect((await fleet.query(await addressOf(fleet, who))).state).toMatchObject({ status: 'stopped' })
  await fleet.stop()
})

test('a temporary child stops with its siblings and does not start again', async () => {
  const fleet = await atWork('one_for_all', { restart: 'temporary' })
  await tell(fleet, 'bob', 'boom', 500)
  expect((await fleet.query(await addressOf(fleet, 'cat'))).state).toMatchObject({ status: 'stopped' })
  expect((await fleet.query(await addressOf(fleet, 'ann'))).state).toMatchObject({ status: 'active', context: { done: 0 } })
  await fleet.stop()
})

test('a parent that leaves the state of its children in the middle of their restart stops them all', async () => {
  const fleet = await atWork('one_for_all')
  const addresses = [await addressOf(fleet, 'ann'), await addressOf(fleet, 'bob'), await addressOf(fleet, 'cat')]
  fleet.send(boss, { type: 'tell', who: 'bob', what: 'boom' })
  fleet.send(boss, { type: 'home' })
  await fleet.clock.advance(1_000)
  for (const address of addresses) expect((await fleet.query(address)).state).toMatchObject({ status: 'stopped' })
  expect((await fleet.query(boss)).state).toMatchObject({ value: 'at home' })
  await fleet.stop()
})

test('children stop one after another, the last born first', async () => {
  const fleet = await atWork('one_for_one')
  const [ann, bob, cat] = [await addressOf(fleet, 'ann'), await addressOf(fleet, 'bob'), await addressOf(fleet, 'cat')]
  fleet.send(boss, { type: 'home' })
  await fleet.clock.advance(100)
  const stops = (await fleet.entries()).flatMap((entry) =>
    (entry.sends ?? []).filter(({ message }) => message.kind === 'stop').map(({ message }) => `${entry.actor} stops ${message.to}`),
  )
  expect(stops).toEqual([`${boss} stops ${cat}`, `${boss} stops ${bob}`, `${boss} stops ${ann}`])
  await fleet.stop()
})
