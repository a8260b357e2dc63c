import { assign, setup } from 'xstate'
import { expect, test } from 'vitest'
import { partitionOf } from '../../../machines/address.ts'
import { effect } from '../../../machines/authoring.ts'
import { defineActor } from '../../../runtime/define-actor.ts'
import { inMemoryServer } from '../../../runtime/in-memory/server.ts'
import { simulatedClock } from '../../../runtime/in-memory/simulated-clock.ts'
import { startFleet } from '../../support/fleet.ts'

/** A machine that takes its process down with some events, in an effect, or when a timer comes up. */
const machineOf = (die: () => void) =>
  setup({
    types: { context: {} as { n: number }, events: {} as { type: 'add' } | { type: 'kill' } | { type: 'run' } | { type: 'wait' } },
    actors: { run: effect<number, string>() },
    actions: { add: assign({ n: ({ context }) => context.n + 1 }), die: () => die() },
  }).createMachine({
    id: 'fragile',
    context: { n: 0 },
    initial: 'idle',
    on: { add: { actions: 'add' }, kill: { actions: 'die' } },
    states: {
      idle: { on: { run: 'running', wait: 'waiting' } },
      running: { invoke: { src: 'run', input: ({ context }) => context.n, onDone: 'idle', onError: 'failed' } },
      waiting: { after: { 3_000: { target: 'idle', actions: 'die' } } },
      failed: {},
    },
  })

/** A fleet of one worker at a time, each of which dies as the machine says: from then on nothing of it reaches the log. */
async function mortalFleet() {
  const clock = simulatedClock()
  const server = inMemoryServer({ partitions: 2, clock })
  let dead = false
  let deaths = 0
  const die = (): void => {
    dead = true
    deaths++
  }
  const ports: typeof server.ports = (own) => {
    const real = server.ports(own)
    const append: typeof real.log.append = (...record) => (dead ? new Promise(() => {}) : real.log.append(...record))
    return {
      ...real,
      log: {
        ...real.log,
        append,
        last: real.log.last.bind(real.log),
        at: real.log.at.bind(real.log),
        read: real.log.read.bind(real.log),
        isLast: real.log.isLast.bind(real.log),
      },
    }
  }
  const machine = machineOf(die)
  const fragile = defineActor({
    name: 'fragile',
    version: '1',
    machine,
    effects: {
      run: ({ actor }) => {
        if (!actor.startsWith('main/fragile/patient')) die()
        return new Promise<string>((resolve) => actor.startsWith('main/fragile/patient') && clock.after(20_000, () => resolve('done')))
      },
    },
    supervision: { backoff: { baseMs: 10, factor: 1, maxMs: 10, jitter: 0 } },
  })
  const fleet = await startFleet({ definitions: [fragile], world: { clock, server: { ...server, ports } }, partitions: 2 })
  /** Lets time pass; a worker that has died is replaced. */
  const live = async (ms: number): Promise<void> => {
    for (let left = ms; left > 0; left -= 50) {
      await clock.advance(50)
      if (!dead) continue
      for (const worker of fleet.workers.slice()) await fleet.crash(worker)
      dead = false
      await fleet.addWorker()
      await clock.advanceUntil(() => fleet.owned() === 2, 20_000)
    }
  }
  return { fleet, live, deaths: () => deaths }
}

test('a message that takes its worker down again and again is a dead letter, and everyone else goes on', async () => {
  const { fleet, live, deaths } = await mortalFleet()
  for (const actor of ['a', 'b', 'c']) fleet.send(`main/fragile/${actor}`, { type: 'add' })
  await live(200)
  for (const actor of ['a', 'b', 'c']) fleet.send(`main/fragile/${actor}`, { type: 'add' })
  fleet.send('main/fragile/b', { type: 'kill' })
  for (const actor of ['a', 'b', 'c']) fleet.send(`main/fragile/${actor}`, { type: 'add' })
  await live(60_000)
  expect(deaths()).toBe(4)
  for (const actor of ['a', 'b', 'c']) expect((await fleet.query(`main/fragile/${actor}`)).state?.context).toEqual({ n: 3 })
  const letters = fleet.server
    .deadLetters()
    .map(({ bytes }) => JSON.parse(Buffer.from(bytes).toString()) as { code: string; event: object })
  expect(letters).toMatchObject([{ code: 'TR_QUARANTINED', event: { type: 'kill' }, actor: 'main/fragile/b' }])
  await fleet.stop()
})

test('an effect that takes its worker down again and again has failed for its machine', async () => {
  const { fleet, live, deaths } = await mortalFleet()
  fleet.send('main/fragile/a', { type: 'run' })
  await live(60_000)
  expect(deaths()).toBe(4)
  expect((await fleet.query('main/fragile/a')).state).toMatchObject({ value: 'failed' })
  await fleet.stop()
})

test('an effect that runs while its workers die of something else is not blamed for it', async () => {
  const { fleet, live, deaths } = await mortalFleet()
  const inPartition = (partition: number, names: readonly string[]): string =>
    names.find((key) => partitionOf({ tenant: 'main', type: 'fragile', key }, 2) === partition) ?? 'none'
  const patient = `main/fragile/${inPartition(0, ['patient', 'patient2', 'patient3', 'patient4'])}`
  fleet.send(patient, { type: 'run' })
  await live(200)
  fleet.send(`main/fragile/${inPartition(1, ['a', 'b', 'c', 'd', 'e'])}`, { type: 'kill' })
  await live(100_000)
  expect(deaths()).toBe(4)
  expect((await fleet.query(patient)).state).toMatchObject({ value: 'idle' })
  await fleet.stop()
})

test('an actor whose timer takes its worker down again and again restarts from its first state', async () => {
  const { fleet, live, deaths } = await mortalFleet()
  fleet.send('main/fragile/a', { type: 'wait' })
  await live(90_000)
  expect(deaths()).toBe(4)
  expect((await fleet.query('main/fragile/a')).state).toMatchObject({ value: 'idle', context: { n: 0 } })
  await fleet.stop()
})

test('workers that die for other reasons quarantine nothing', async () => {
  const { fleet } = await mortalFleet()
  for (let round = 0; round < 6; round++) {
    for (let count = 0; count < 5; count++) fleet.send('main/fragile/a', { type: 'add' })
    await fleet.clock.advance(30)
    for (const worker of fleet.workers.slice()) await fleet.crash(worker)
    await fleet.addWorker()
    await fleet.clock.advanceUntil(() => fleet.owned() === 2, 20_000)
  }
  await fleet.clock.advance(2_000)
  expect((await fleet.query('main/fragile/a')).state?.context).toEqual({ n: 30 })
  expect(fleet.server.deadLetters()).toEqual([])
  await fleet.stop()
})
