import { assign, setup } from 'xstate'
import { expect, test } from 'vitest'
import type { ActorId } from '../../../machines/address.ts'
import { demonitor, link, monitor, unlink, type ActorDown, type ActorExit } from '../../../machines/authoring.ts'
import { defineActor } from '../../../runtime/define-actor.ts'
import { startFleet } from '../../support/fleet.ts'

type Words =
  | { type: 'watch' | 'forget' | 'tie' | 'untie'; who: ActorId }
  | { type: 'boom' }
  | { type: 'end' }
  | { type: 'ping' }
  | ActorDown
  | ActorExit

interface Heard {
  readonly actor: string
  readonly reason: string
  readonly restarting: boolean
}

const named = ({ event }: { event: Words }): ActorId => ('who' in event ? event.who : ('main/peer/nobody' as ActorId))

/** Watches and ties itself to others; `trapping` takes the ends of linked actors as events. */
const peerMachine = (trapping: boolean) =>
  setup({
    types: { context: {} as { heard: Heard[]; pings: number }, events: {} as Words },
    actions: {
      watch: monitor(named),
      forget: demonitor(named),
      tie: link(named),
      untie: unlink(named),
      hear: assign({
        heard: ({ context, event }) =>
          event.type === 'actor.down' || event.type === 'actor.exit'
            ? [...context.heard, { actor: event.actor, reason: event.reason, restarting: event.restarting }]
            : context.heard,
      }),
      count: assign({ pings: ({ context }) => context.pings + 1 }),
      fail: assign(() => {
        throw new Error('it broke')
      }),
    },
  }).createMachine({
    id: 'peer',
    context: { heard: [], pings: 0 },
    initial: 'here',
    states: {
      here: {
        on: {
          watch: { actions: 'watch' },
          forget: { actions: 'forget' },
          tie: { actions: 'tie' },
          untie: { actions: 'untie' },
          ping: { actions: 'count' },
          boom: { actions: 'fail' },
          end: 'gone',
          'actor.down': { actions: 'hear' },
          ...(trapping && { 'actor.exit': { actions: 'hear' } }),
        },
      },
      gone: { type: 'final' },
    },
  })

const supervision = { failingMessagesMax: 1, intensity: { restarts: 1, withinMs: 60_000 } }
const peer = defineActor({ name: 'peer', version: '1', machine: peerMachine(false), supervision })
const trapper = defineActor({ name: 'trapper', version: '1', machine: peerMachine(true), supervision })

const start = () => startFleet({ definitions: [peer, trapper], workers: 2, partitions: 8 })
type Fleet = Awaited<ReturnType<typeof start>>

async function say(fleet: Fleet, actor: string, event: { type: string; who?: string }, ms = 20): Promise<void> {
  fleet.send(actor, event)
  await fleet.clock.advance(ms)
}

const heardBy = async (fleet: Fleet, actor: string): Promise<unknown> => (await fleet.query(actor)).state?.context['heard']
const [ann, bob, eve] = ['main/peer/ann', 'main/peer/bob', 'main/trapper/eve']

test('a monitor hears once that an actor is done', async () => {
  const fleet = await start()
  await say(fleet, bob, { type: 'ping' })
  await say(fleet, ann, { type: 'watch', who: bob })
  await say(fleet, bob, { type: 'end' })
  await say(fleet, bob, { type: 'end' })
  expect(await heardBy(fleet, ann)).toEqual([{ actor: bob, reason: 'done', restarting: false }])
  await fleet.stop()
})

test('a monitor hears of a failure, and whether the actor starts again', async () => {
  const fleet = await start()
  for (const restarting of [true, false]) {
    await say(fleet, bob, { type: 'ping' })
    await say(fleet, ann, { type: 'watch', who: bob })
    await say(fleet, bob, { type: 'boom' }, 1_000)
    expect((await heardBy(fleet, ann)) as Heard[]).toContainEqual({ actor: bob, reason: 'failed', restarting })
  }
  await fleet.stop()
})

test('who monitors an actor that does not live, or no longer, is told at once, and brings nobody to life', async () => {
  const fleet = await start()
  await say(fleet, ann, { type: 'watch', who: 'main/peer/never' })
  expect(await heardBy(fleet, ann)).toEqual([{ actor: 'main/peer/never', reason: 'not-found', restarting: false }])
  expect(await fleet.query('main/peer/never')).toMatchObject({ ok: false, error: { code: 'TR_ACTOR_NOT_FOUND' } })
  await fleet.stop()
})

test('a monitor that was taken back hears nothing', async () => {
  const fleet = await start()
  await say(fleet, bob, { type: 'ping' })
  await say(fleet, ann, { type: 'watch', who: bob })
  await say(fleet, ann, { type: 'forget', who: bob })
  await say(fleet, bob, { type: 'end' })
  expect(await heardBy(fleet, ann)).toEqual([])
  await fleet.stop()
})

test('leaving the memory, a crash and a new owner are no end: a monitor hears nothing of them, and still hears of the end', async () => {
  const fleet = await start()
  await say(fleet, bob, { type: 'ping' })
  await say(fleet, ann, { type: 'watch', who: bob })
  await fleet.clock.advance(30_000)
  for (const worker of fleet.workers.slice()) await fleet.crash(worker)
  await fleet.addWorker()
  await fleet.clock.advanceUntil(() => fleet.owned() === 8, 20_000)
  expect(await heardBy(fleet, ann)).toEqual([])
  await say(fleet, bob, { type: 'end' })
  expect(await heardBy(fleet, ann)).toEqual([{ actor: bob, reason: 'done', restarting: false }])
  await fleet.stop()
})

test('DOWN is heard once, whenever the workers die', async () => {
  for (const moment of [0, 1, 2, 4]) {
    const fleet = await start()
    await say(fleet, bob, { type: 'ping' })
    await say(fleet, ann, { type: 'watch', who: bob })
    fleet.send(bob, { type: 'end' })
    await fleet.clock.advance(moment)
    for (const worker of fleet.workers.slice()) await fleet.crash(worker)
    await fleet.addWorker()
    await fleet.clock.advanceUntil(() => fleet.owned() === 8, 20_000)
    await fleet.clock.advance(3_000)
    expect(await heardBy(fleet, ann), `after ${moment} ms`).toEqual([{ actor: bob, reason: 'done', restarting: false }])
    await fleet.stop()
  }
})

test('an actor fails with the actor it is linked with, whichever of them made the link', async () => {
  for (const [failing, other] of [
    [ann, bob],
    [bob, ann],
  ] as const) {
    const fleet = await start()
    for (const actor of [ann, bob]) await say(fleet, actor, { type: 'ping' })
    await say(fleet, ann, { type: 'tie', who: bob })
    await say(fleet, failing, { type: 'boom' }, 2_000)
    expect((await fleet.query(other)).state, other).toMatchObject({ status: 'active', context: { pings: 0 } }) // it has restarted
    await fleet.stop()
  }
})

test('an actor that takes actor.exit hears of the end of a linked one instead of failing', async () => {
  const fleet = await start()
  for (const actor of [ann, eve]) await say(fleet, actor, { type: 'ping' })
  await say(fleet, eve, { type: 'tie', who: ann })
  await say(fleet, ann, { type: 'boom' }, 1_000)
  expect((await fleet.query(eve)).state).toMatchObject({
    context: { pings: 1, heard: [{ actor: ann, reason: 'failed', restarting: true }] },
  })
  await fleet.stop()
})

test('a regular end and a link that was cut tie nobody down', async () => {
  const fleet = await start()
  for (const actor of [ann, bob]) await say(fleet, actor, { type: 'ping' })
  await say(fleet, ann, { type: 'tie', who: bob })
  await say(fleet, bob, { type: 'end' })
  expect((await fleet.query(ann)).state).toMatchObject({ context: { pings: 1 } })
  await say(fleet, 'main/peer/carl', { type: 'ping' })
  await say(fleet, ann, { type: 'tie', who: 'main/peer/carl' })
  await say(fleet, ann, { type: 'untie', who: 'main/peer/carl' })
  await say(fleet, 'main/peer/carl', { type: 'boom' }, 1_000)
  expect((await fleet.query(ann)).state).toMatchObject({ context: { pings: 1 } })
  await fleet.stop()
})

test('an end that is on its way when the link is cut ties nobody down', async () => {
  const fleet = await start()
  for (const actor of [ann, bob]) await say(fleet, actor, { type: 'ping' })
  await say(fleet, ann, { type: 'tie', who: bob })
  fleet.send(bob, { type: 'boom' })
  fleet.send(ann, { type: 'untie', who: bob })
  await fleet.clock.advance(1_000)
  expect((await fleet.query(ann)).state).toMatchObject({ context: { pings: 1 } })
  await fleet.stop()
})
