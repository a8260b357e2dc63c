import { assign, sendTo, setup } from 'xstate'
import { expect, test } from 'vitest'
import { refTo } from '../../../machines/authoring.ts'
import { actorId } from '../../../machines/address.ts'
import { defineActor, type ActorDefinition } from '../../../runtime/define-actor.ts'
import type { Entry } from '../../../runtime/record.ts'
import type { StoredChart } from '../../../runtime/statechart/index.ts'
import { startFleet } from '../../support/fleet.ts'
import { codesOf, crashAll, doorMachine, knocksOf, painted, renamed, replaceBy, shutDoors, v1, v2, v2Migrating, v3 } from './doors.ts'

const stampsOf = (entries: readonly Entry[]): string =>
  JSON.stringify(entries.map(({ patch, snapshot }) => [patch, snapshot?.definition.version]))

test('in a rolling upgrade the actors in a state that is gone wait on new workers and go on with a version that migrates them', async () => {
  const keys = Array.from({ length: 12 }, (_, index) => `k${index}`)
  const fleet = await startFleet({ definitions: [v1], workers: 2 })
  const knock = async (n: number): Promise<void> => {
    for (const key of keys) fleet.send(`main/door/${key}`, { type: 'knock', n })
    await fleet.clock.advance(3_000)
  }
  for (const key of keys.slice(0, 6)) fleet.send(`main/door/${key}`, { type: 'shut' })
  await knock(0)
  for (const [round, definition] of [v2, v3].entries()) {
    const old = [...fleet.workers]
    for (const [index, worker] of old.entries()) {
      await fleet.addWorker([definition])
      await knock(1 + round * 4 + index * 2)
      fleet.workers.splice(fleet.workers.indexOf(worker), 1)
      await fleet.until(worker.drain())
      await knock(2 + round * 4 + index * 2)
    }
  }
  await fleet.clock.advance(5_000)
  for (const key of keys) expect([key, await knocksOf(fleet, key)]).toEqual([key, [0, 1, 2, 3, 4, 5, 6, 7, 8]])
  expect(codesOf(fleet)).toEqual([])
  await fleet.stop()
})

test('an actor whose state a migration brings to the new version goes on with it', async () => {
  const second = await replaceBy(await shutDoors(), v2Migrating)
  expect(await second.query('main/door/d')).toMatchObject({ state: { value: 'shut', context: { colour: 'red' } } })
  second.send('main/door/d', { type: 'open' })
  await second.clock.advance(10)
  expect(await second.query('main/door/d')).toMatchObject({ state: { value: 'open' } })
  await second.stop()
})

test('migrations are chained, run where only the context changed, and nothing is written before the next turn', async () => {
  const before = await shutDoors()
  const entries = (await before.entries()).length
  const third = await replaceBy(before, v3)
  expect(await third.query('main/door/d')).toMatchObject({ state: { value: 'locked', version: '3', context: { colour: 'red' } } })
  await third.clock.advance(30_000)
  expect((await third.entries()).length).toBe(entries)
  await third.ask('main/door/d', { type: 'knock', n: 1 })
  const [turn] = (await third.entries('main/door/d')).slice(-1)
  expect(turn?.patch).toEqual(
    expect.arrayContaining([
      ['set', ['definition', 'version'], '3'],
      ['set', ['context', 'colour'], 'red'],
    ]),
  )
  const contextOnly = defineActor({ name: 'door', version: '4', machine: v3.machine, migrate: { '3': painted } })
  const fourth = await replaceBy(third, contextOnly)
  expect(await fourth.query('main/door/d')).toMatchObject({ state: { version: '4' } })
  await fourth.stop()
})

test('a worker that crashes after the first turn on a migrated state, before its snapshot, loses nothing of it', async () => {
  const second = await replaceBy(await shutDoors(), v2Migrating)
  for (const n of [1, 2]) await second.ask('main/door/d', { type: 'knock', n })
  await crashAll(second)
  const third = await startFleet({ definitions: [v2], world: second }) // no migration is left to mend it
  expect(await third.query('main/door/d')).toMatchObject({ state: { value: 'shut', context: { knocks: [1, 2], colour: 'red' } } })
  await third.ask('main/door/d', { type: 'knock', n: 3 })
  await third.clock.advance(30_000)
  expect(await knocksOf(third)).toEqual([1, 2, 3])
  await third.stop()
})

const badSteps: readonly [string, (stored: StoredChart) => unknown, RegExp][] = [
  [
    'throws',
    () => {
      throw new Error('no idea')
    },
    /migrating from 1 to 2: it threw Error: no idea/,
  ],
  ['gives nothing', () => undefined, /migrating from 1 to 2: it gave no stored state/],
  ['gives a state that is not there', renamed('closed', 'ajar'), /migrated to 2: state 'door\.ajar' does not exist/],
  [
    'gives what is no JSON',
    (stored) => ({ ...painted(stored), context: { since: new Date(0) } }),
    /'context\.since' is an object that is no JSON/,
  ],
  ['forgets the counter', (stored) => ({ ...painted(stored), counter: -1 }), /counter is below 0/],
  [
    'changes what it is given in place and throws',
    (stored) => {
      Object.assign(stored, { value: 'shut' })
      throw new Error('half')
    },
    /it threw Error: half/,
  ],
]
for (const [what, run, reason] of badSteps)
  test(`a migration that ${what} leaves the actor waiting, with the cause, and its state as it was`, async () => {
    const bad = defineActor({ name: 'door', version: '2', machine: v2.machine, migrate: { '1': run } })
    const second = await replaceBy(await shutDoors(), bad)
    second.send('main/door/d', { type: 'knock', n: 1 })
    await second.clock.advance(30_000)
    const { error } = await second.query('main/door/d')
    expect(error?.code).toBe('TR_NEEDS_MIGRATION')
    expect(error?.message).toMatch(reason)
    const again = await replaceBy(second, v1)
    await again.clock.advance(100)
    expect(await again.query('main/door/d')).toMatchObject({ state: { value: 'closed', context: { knocks: [1] } } })
    await again.stop()
  })

test('an actor that neither fits nor migrates runs on its own version while a worker hosts it, and new ones are born on the newest', async () => {
  const both = defineActor({ name: 'door', version: '2', machine: v2.machine, previous: [v1] })
  const second = await replaceBy(await shutDoors(), both)
  expect(await second.ask('main/door/d', { type: 'knock', n: 1 })).toMatchObject({ ok: true, value: [1] })
  expect(await second.query('main/door/d')).toMatchObject({ state: { value: 'closed', version: '1' } })
  await second.ask('main/door/new', { type: 'knock', n: 1 })
  expect(await second.query('main/door/new')).toMatchObject({ state: { version: '2' } })
  expect(stampsOf(await second.entries('main/door/d'))).not.toContain('"2"')
  second.send('main/door/d', { type: 'open' })
  await second.clock.advance(60_000) // it has left the memory, in a state that the newest has too
  await second.ask('main/door/d', { type: 'knock', n: 2 })
  expect(await second.query('main/door/d')).toMatchObject({ state: { value: 'open', version: '2', context: { knocks: [1, 2] } } })
  await second.stop()
})

for (const [how, back] of [
  ['a migration back', defineActor({ name: 'door', version: '1', machine: v1.machine, migrate: { '2': renamed('shut', 'closed') } })],
  ['the new version as a previous one', defineActor({ name: 'door', version: '1', machine: v1.machine, previous: [v2] })],
] as const)
  test(`a rollback after half of the actors were migrated leaves none behind, with ${how}`, async () => {
    const keys = Array.from({ length: 10 }, (_, index) => `k${index}`)
    const second = await replaceBy(await shutDoors(keys), v2Migrating)
    for (const key of keys.slice(0, 5)) await second.ask(`main/door/${key}`, { type: 'knock', n: 1 })
    const first = await replaceBy(second, back)
    for (const key of keys) expect(await first.ask(`main/door/${key}`, { type: 'knock', n: 2 })).toMatchObject({ ok: true })
    for (const [index, key] of keys.entries()) expect(await knocksOf(first, key)).toEqual(index < 5 ? [1, 2] : [2])
    await first.stop()
  })

test('versions that run at once pass on fields of events that only one of them knows, also of messages that wait', async () => {
  const log = (name: string, version: string, next?: string): ActorDefinition =>
    defineActor({
      name,
      version,
      machine: setup({
        types: { context: {} as { noted: unknown[] }, events: {} as { type: 'note'; text: string } },
        actions: {
          note: assign({ noted: ({ context, event }) => [...context.noted, event] }),
          pass: sendTo(
            () => refTo(actorId('main', next ?? name, 'l')),
            ({ event }) => event,
          ),
        },
      }).createMachine({
        id: name,
        context: { noted: [] },
        initial: version === '1' ? 'on' : 'noting',
        states: { [version === '1' ? 'on' : 'noting']: {} },
        on: { note: { actions: next === undefined ? ['note'] : ['note', 'pass'] } },
      }),
    })
  const first = await startFleet({ definitions: [log('from', '1', 'to'), log('to', '1')] })
  first.send('main/from/l', { type: 'note', text: 'a', urgent: { by: ['me'] } })
  await first.clock.advance(6_000)
  await first.addWorker([log('from', '2', 'to'), log('to', '2')])
  first.send('main/from/l', { type: 'note', text: 'b', urgent: true })
  await first.clock.advance(6_000)
  await first.stop()
  const last = await startFleet({ definitions: [log('from', '1', 'to'), log('to', '1')], world: first })
  await last.clock.advance(1_000)
  for (const type of ['from', 'to'])
    expect((await last.query(`main/${type}/l`)).state?.context['noted']).toMatchObject([
      { type: 'note', text: 'a', urgent: { by: ['me'] } },
      { type: 'note', text: 'b', urgent: true },
    ])
  expect(codesOf(last)).toEqual([])
  await last.stop()
})

test('a rolling upgrade with an unchanged machine changes nothing: not an error, not a lost or repeated message, the same states', async () => {
  const run = async (upgraded: readonly ActorDefinition[] | undefined) => {
    const fleet = await startFleet({ definitions: [v1], workers: 2 })
    const send = async (n: number): Promise<void> => {
      for (const key of ['a', 'b', 'c', 'd', 'e']) fleet.send(`main/door/${key}`, { type: n % 3 === 2 ? 'shut' : 'knock', n })
      await fleet.clock.advance(2_000)
    }
    await send(0)
    for (const [index, worker] of [...fleet.workers].entries()) {
      await fleet.addWorker(upgraded)
      await send(1 + index * 2)
      fleet.workers.splice(fleet.workers.indexOf(worker), 1)
      await fleet.until(worker.drain())
      await send(2 + index * 2)
    }
    await fleet.stop()
    const entries = await fleet.entries()
    return ['a', 'b', 'c', 'd', 'e'].map((key) =>
      entries
        .filter(({ actor }) => actor === actorId('main', 'door', key))
        .map(({ turn, event, dead, patch = [] }) => ({ turn, event, dead, patch: patch.filter(([, path]) => path[0] !== 'definition') })),
    )
  }
  const unchanged = defineActor({ name: 'door', version: '1.1', machine: doorMachine('closed') })
  expect(await run([unchanged])).toEqual(await run(undefined))
})
