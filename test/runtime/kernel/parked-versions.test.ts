import { assign, setup } from 'xstate'
import { expect, test } from 'vitest'
import { effect, reply } from '../../../machines/authoring.ts'
import { defineActor, type ActorDefinition } from '../../../runtime/define-actor.ts'
import type { StoredChart } from '../../../runtime/statechart/index.ts'
import { startFleet } from '../../support/fleet.ts'
import { askAndGoOn, codesOf, crashAll, knocksOf, replaceBy, shutDoors, v1, v2, v3 } from './doors.ts'

test('an actor whose state fits no version hosted takes no turn: its messages wait in order, and its stored state stays', async () => {
  const second = await replaceBy(await shutDoors(), v2)
  const before = (await second.entries('main/door/d')).length
  for (const n of [1, 2, 3]) second.send('main/door/d', { type: 'knock', n })
  await second.clock.advance(100)
  expect(await second.query('main/door/d')).toMatchObject({ ok: false, error: { code: 'TR_NEEDS_MIGRATION' } })
  const parking = (await second.entries('main/door/d')).slice(before)
  expect(parking.map(({ event }) => event.type)).toEqual(['@parked', '@parked', '@parked'])
  expect(parking.flatMap(({ patch = [] }) => patch.map(([, path]) => path.join('.')))).toEqual(Array(3).fill('keeping.parked'))
  expect(codesOf(second)).toEqual([])
  const again = await replaceBy(second, v1)
  await again.clock.advance(100)
  expect(await again.query('main/door/d')).toMatchObject({ state: { value: 'closed', context: { knocks: [1, 2, 3] } } })
  await again.stop()
})

test('what waits for a version that fits is taken in order by the deployment that has it, though its worker crashed and nobody sends again', async () => {
  const second = await replaceBy(await shutDoors(['a', 'b', 'c']), v2)
  for (const n of [1, 2]) for (const key of ['a', 'b', 'c']) second.send(`main/door/${key}`, { type: 'knock', n })
  await second.clock.advance(100)
  await crashAll(second)
  const third = await startFleet({ definitions: [v2], world: second })
  for (const key of ['a', 'b', 'c']) third.send(`main/door/${key}`, { type: 'knock', n: 3 })
  await third.clock.advance(60_000)
  expect(third.workers.map(({ actors }) => actors)).toEqual([0]) // none stays in memory for what it waits for
  const entries = (await third.entries()).length
  await third.clock.advance(120_000)
  expect((await third.entries()).length).toBe(entries)
  const last = await replaceBy(third, v3)
  await last.clock.advance(1_000)
  for (const key of ['a', 'b', 'c'])
    expect(await last.query(`main/door/${key}`)).toMatchObject({
      state: { value: 'locked', context: { knocks: [1, 2, 3], colour: 'red' } },
    })
  expect(codesOf(last)).toEqual([])
  await last.stop()
})

test('an ask for an actor that waits for a version is answered by the one that comes before its deadline, else refused', async () => {
  const second = await replaceBy(await shutDoors(['early', 'late']), v2)
  const deadline = second.clock.now() + 60_000
  const early = askAndGoOn(second, 'main/door/early', { type: 'knock' }, { 'Troupe-Deadline': String(deadline) })
  const late = askAndGoOn(second, 'main/door/late', { type: 'knock' }, { 'Troupe-Deadline': String(second.clock.now() + 100) })
  await second.clock.advance(5_000)
  expect([early, late]).toEqual([[], []])
  const third = await replaceBy(second, v3)
  await third.clock.advance(1_000)
  expect(early).toMatchObject([{ ok: true }])
  expect(late).toMatchObject([{ ok: false, error: { code: 'TR_DEADLINE_PASSED' } }])
  await third.stop()
})

test('beyond its limits a message for an actor that waits for a version is refused, and those before it stay', async () => {
  const before = await shutDoors()
  const second = await startFleet({ definitions: [v2], world: before, options: { parkedMax: 2 } })
  for (const n of [1, 2, 3]) second.send('main/door/d', { type: 'knock', n })
  await second.clock.advance(100)
  expect(codesOf(second)).toEqual(['TR_PARKED_FULL'])
  await second.stop()
  const third = await startFleet({ definitions: [v2], world: before, options: { stateBytesMax: 2_000 } })
  third.send('main/door/d', { type: 'knock', n: 4, why: 'x'.repeat(2_000) })
  await third.clock.advance(100)
  expect(codesOf(third)).toEqual(['TR_PARKED_FULL', 'TR_PARKED_FULL'])
  const last = await replaceBy(third, v3)
  await last.clock.advance(100)
  expect(await knocksOf(last)).toEqual([1, 2])
  await last.stop()
})

test('effects and timers of an actor that waits for a version go on with it, though nobody sends a message and it left the memory', async () => {
  const runs: string[] = []
  const sleeper = (waiting: string, version: string, previous?: Record<string, (stored: StoredChart) => unknown>): ActorDefinition =>
    defineActor({
      name: 'sleeper',
      version,
      machine: setup({
        types: { events: {} as { type: 'go' } | { type: 'nap' } },
        actors: { work: effect<undefined, string>() },
        delays: { nap: 40_000 },
      }).createMachine({
        id: 'sleeper',
        initial: 'idle',
        states: {
          idle: { on: { go: waiting, nap: `${waiting}Nap` } },
          [waiting]: { invoke: { id: 'w', src: 'work', onDone: 'done' } },
          [`${waiting}Nap`]: { after: { nap: 'done' } },
          done: {},
        },
      } as never),
      effects: { work: { run: () => (runs.push(version), version === '1' ? new Promise<string>(() => {}) : Promise.resolve('done')) } },
      ...(previous && { migrate: previous }),
    } as never)
  const first = await startFleet({ definitions: [sleeper('waiting', '1')] })
  first.send('main/sleeper/work', { type: 'go' })
  first.send('main/sleeper/nap', { type: 'nap' })
  await first.clock.advance(5_000)
  await crashAll(first)
  const second = await startFleet({ definitions: [sleeper('busy', '2')], world: first })
  await second.clock.advance(100_000)
  expect(second.workers.map(({ actors }) => actors)).toEqual([0])
  await crashAll(second)
  const renaming = (stored: StoredChart): StoredChart => ({
    ...stored,
    value: (stored.value as string).replace('waiting', 'resting'),
    timers: Object.fromEntries(
      Object.entries(stored.timers).map(([id, timer]) => {
        const renamedId = id.replace('waiting', 'resting')
        return [renamedId, { ...timer, event: { type: renamedId } }]
      }),
    ),
  })
  const third = await startFleet({ definitions: [sleeper('resting', '3', { '1': renaming })], world: second })
  await third.clock.advance(1_000)
  expect(runs).toEqual(['1', '3'])
  for (const key of ['work', 'nap']) expect(await third.query(`main/sleeper/${key}`)).toMatchObject({ state: { value: 'done' } })
  await third.stop()
})

test('an actor that has ended needs no version that fits: who asks is told what came of it', async () => {
  const ending = (last: string, version: string): ActorDefinition =>
    defineActor({
      name: 'ending',
      version,
      machine: setup({ types: { events: {} as { type: 'end' } } }).createMachine({
        id: 'ending',
        initial: 'on',
        states: { on: { on: { end: last } }, [last]: { type: 'final' } },
        output: { came: 'well' },
      }),
    })
  const first = await startFleet({ definitions: [ending('over', '1')] })
  await first.ask('main/ending/e', { type: 'end' })
  await first.stop()
  const second = await startFleet({ definitions: [ending('past', '2')], world: first })
  expect(await second.ask('main/ending/e', { type: 'end' })).toMatchObject({ ok: true, value: { came: 'well' } })
  expect(await second.query('main/ending/e')).toMatchObject({ state: { value: 'over', status: 'done' } })
  await second.stop()
})

test('an actor that waits for its restart restarts on the new version, though its state is gone there', async () => {
  const failing = (first: string, version: string): ActorDefinition =>
    defineActor({
      name: 'failing',
      version,
      machine: setup({
        types: { context: {} as { key: string }, events: {} as { type: 'boom' } | { type: 'ask' }, input: {} as { key: string } },
        actions: {
          boom: assign(() => {
            throw new Error('boom')
          }),
          answer: reply(({ context }) => context.key),
        },
      }).createMachine({
        id: 'failing',
        context: ({ input }) => ({ key: input.key }),
        initial: first,
        states: { [first]: { on: { boom: { actions: 'boom' }, ask: { actions: 'answer' } } } },
      }),
      supervision: { failingMessagesMax: 1, backoff: { baseMs: 30_000, factor: 1, maxMs: 30_000, jitter: 0 } },
    })
  const first = await startFleet({ definitions: [failing('up', '1')] })
  first.send('main/failing/f', { type: 'boom' })
  await first.clock.advance(100)
  const answers = askAndGoOn(first, 'main/failing/f', { type: 'ask' })
  await first.clock.advance(100)
  const second = await replaceBy(first, failing('on', '2'))
  await second.clock.advance(60_000)
  expect(await second.query('main/failing/f')).toMatchObject({ state: { value: 'on', version: '2' } })
  expect(answers).toMatchObject([{ ok: true, value: 'f' }])
  await second.stop()
})
