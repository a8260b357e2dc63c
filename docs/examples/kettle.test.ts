// A kettle and its tests, as docs/testing.md shows them.
import { expect, test } from 'vitest'
import { assign, setup } from 'xstate'
import { defineActor, effect } from '../../runtime/index.ts'
import { breaks, elapses, ends, everyPathReplays, given, matchers, simulate, simulatedFleet } from '../../runtime/testing/index.ts'

expect.extend(matchers)

const machine = setup({
  types: { context: {} as { boiled: number }, events: {} as { type: 'fill' } },
  actors: { heat: effect<undefined, string>() },
}).createMachine({
  id: 'kettle',
  context: { boiled: 0 },
  initial: 'empty',
  states: {
    empty: { on: { fill: 'heating' } },
    heating: {
      invoke: {
        src: 'heat',
        onDone: { target: 'hot', actions: assign({ boiled: ({ context }) => context.boiled + 1 }) },
        onError: 'broken',
      },
    },
    hot: { after: { 60_000: 'empty' } },
    broken: {},
  },
})
const kettle = defineActor({ name: 'kettle', version: '1', machine, effects: { heat: () => Promise.resolve('100 °C') } })

test('a kettle that is filled heats, and is empty again in a minute', () => {
  given(machine)
    .when({ type: 'fill' })
    .thenIs({ state: 'heating', running: ['heat'] })
    .when(ends('heat', '100 °C'))
    .thenIs({ state: 'hot', context: { boiled: 1 } })
    .when(elapses('60000'))
    .thenIs({ state: 'empty' })
  given(machine).when({ type: 'fill' }, breaks('heat')).thenIs({ state: 'broken' })
})

test('every state of a kettle is reached, and every way there survives a restart at each step', () => {
  everyPathReplays(kettle, { events: [{ type: 'fill' }] })
})

test('a kettle is still hot when its worker is gone, and cools down elsewhere', async () => {
  const fleet = await simulatedFleet({ actors: [kettle], workers: 2 })
  fleet.send('home/kettle/one', { type: 'fill' })
  await fleet.settle()
  for (const worker of fleet.workers.slice()) {
    await fleet.start()
    await fleet.kill(worker)
  }
  await fleet.settle()
  expect(await fleet.query('home/kettle/one')).toMatchObject({ state: { value: 'hot' } })
  expect(await fleet.entries('home/kettle/one')).toHaveStartedEffect('heat')
  await fleet.advance(60_000)
  expect(await fleet.query('home/kettle/one')).toBeInState('empty')
  await fleet.stop()
})

test('no fill is lost under faults', async () => {
  await simulate(3, {
    actors: [kettle],
    plan: (thrown) => ({ ...thrown, loadMs: 2_000 }),
    load: (clients) => {
      const cook = clients.client('cook')
      for (let key = 0; key < 5; key++) cook.send(`home/kettle/${key}`, { type: 'fill' })
    },
    *check({ actors }) {
      for (const [actor, { context }] of actors('kettle')) if ((context as { boiled: number }).boiled !== 1) yield `${actor} did not boil`
    },
  })
})
