import { expect, test } from 'vitest'
import { setup } from 'xstate'
import { effect } from '../../machines/authoring.ts'
import { defineActor } from '../../runtime/define-actor.ts'
import { restMs, rollupMs, type Rollup } from '../../runtime/rollup.ts'
import { startFleet } from '../support/fleet.ts'

const machine = setup({
  types: { events: {} as { type: 'open' } | { type: 'close' } | { type: 'smash' } | { type: 'work' } },
  actors: { work: effect<null, number>() },
  actions: {
    smash: () => {
      throw new Error('broken')
    },
  },
}).createMachine({
  id: 'door',
  initial: 'closed',
  on: { smash: { actions: 'smash' } },
  states: {
    closed: { on: { open: 'open', work: 'working' } },
    open: { initial: 'wide', on: { close: 'closed' }, states: { wide: {} } },
    working: { invoke: { id: 'work', src: 'work', input: null, onDone: 'closed' } },
  },
})
const door = defineActor({ name: 'door', version: '1', machine, effects: { work: { run: () => Promise.resolve(1) } } })

async function listening() {
  const fleet = await startFleet({ definitions: [door] })
  const told: Rollup[] = []
  fleet.ports.signals.subscribe('*.rollup.*', ({ bytes }) => void told.push(JSON.parse(Buffer.from(bytes).toString())))
  await fleet.clock.advance(2 * rollupMs)
  told.length = 0
  return { fleet, told }
}

test('a worker tells once a second what it did, by actor type, machine and edge, and how long it took', async () => {
  const { fleet, told } = await listening()
  for (const type of ['open', 'close', 'open', 'work']) fleet.send('main/door/a', { type })
  fleet.send('main/door/b', { type: 'work' })
  await fleet.clock.advance(rollupMs)
  expect(told).toHaveLength(1)
  const [rollup] = told
  expect(rollup).toMatchObject({
    worker: fleet.workers[0]?.id,
    forMs: rollupMs,
    total: { turns: 8, failures: 0, deadLetters: 0, effects: 1 }, // two births, five messages, one result
    types: { door: { turns: 8, failures: 0, deadLetters: 0, effects: 1 } },
    pulse: { rssBytes: 0 },
  })
  const [counts] = rollup?.machines ?? []
  expect(counts).toEqual({
    type: 'door',
    version: '1',
    hash: expect.any(String),
    births: 2,
    edges: {
      'door.closed|open|0': 2,
      'door.open|close|0': 1,
      'door.closed|work|0': 1,
      'door.working|xstate.done.actor.work|0': 1,
    },
    entered: { door: 2, 'door.closed': 4, 'door.open': 2, 'door.open.wide': 2, 'door.working': 1 },
  })
  const sum = (times: Readonly<Record<number, number>> = {}): number => Object.values(times).reduce((all, count) => all + count, 0)
  expect(sum(rollup?.turnTimes)).toBe(8)
  expect(sum(rollup?.waitTimes)).toBe(5)
  await fleet.stop()
})

test('failures and dead letters are counted by the type they are of', async () => {
  const { fleet, told } = await listening()
  fleet.send('main/door/a', { type: 'smash' })
  fleet.send('main/nobody/a', { type: 'open' })
  await fleet.clock.advance(rollupMs)
  expect(told).toMatchObject([
    {
      total: { failures: 1, deadLetters: 2 },
      types: { door: { failures: 1, deadLetters: 1 }, nobody: { failures: 0, deadLetters: 1, turns: 0 } },
    },
  ])
  await fleet.stop()
})

test('a worker that does nothing says so seldom, and its last word is that it ends', async () => {
  const { fleet, told } = await listening()
  await fleet.clock.advance(3 * restMs)
  expect(told.length).toBeGreaterThanOrEqual(2)
  expect(told.length).toBeLessThanOrEqual(4)
  expect(told.every(({ total, machines }) => total.turns === 0 && machines.length === 0)).toBe(true)
  await fleet.stop()
  expect(told.at(-1)).toMatchObject({ ended: true })
  const count = told.length
  await fleet.clock.advance(2 * restMs)
  expect(told).toHaveLength(count)
})

test('what was told is not told again', async () => {
  const { fleet, told } = await listening()
  fleet.send('main/door/a', { type: 'open' })
  await fleet.clock.advance(rollupMs)
  fleet.send('main/door/a', { type: 'close' })
  await fleet.clock.advance(rollupMs)
  expect(told.map(({ total }) => total.turns)).toEqual([2, 1])
  expect(told.map(({ machines }) => machines.flatMap(({ edges }) => Object.keys(edges)))).toEqual([
    ['door.closed|open|0'],
    ['door.open|close|0'],
  ])
  await fleet.stop()
})
