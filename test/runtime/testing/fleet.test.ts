import { test } from 'vitest'
import { simulate, simulatedFleet, someFaults, type Scenario } from '../../../runtime/testing/index.ts'
import { expect } from '../../support/matchers.ts'
import { counter } from '../kernel/actors.ts'

const total = async (fleet: Awaited<ReturnType<typeof simulatedFleet>>, key: string) =>
  (await fleet.query(`main/counter/${key}`)).state?.context['total']

test('a fleet settles when everything that was sent is taken', async () => {
  const fleet = await simulatedFleet({ actors: [counter] })
  for (let n = 1; n <= 20; n++) fleet.send('main/counter/one', { type: 'add', n })
  await fleet.settle()
  expect(await total(fleet, 'one')).toBe(210)
  await fleet.stop()
})

test('a worker that was frozen while others took its partitions commits nothing when it wakes up', async () => {
  const fleet = await simulatedFleet({ actors: [counter], workers: 2 })
  const [frozen] = fleet.workers
  if (!frozen) throw new Error('no worker started')
  fleet.freeze(frozen)
  for (let key = 0; key < 12; key++) fleet.send(`main/counter/${key}`, { type: 'add', n: 1 })
  await fleet.settle()
  fleet.heal()
  await fleet.advance(5_000)
  for (let key = 0; key < 12; key++) expect(await total(fleet, String(key))).toBe(1)
  await fleet.stop()
})

test('a worker that is cut off is replaced, and works again when it is not', async () => {
  const fleet = await simulatedFleet({ actors: [counter], workers: 2 })
  const [cut] = fleet.workers
  if (!cut) throw new Error('no worker started')
  fleet.cut(cut, 8_000)
  fleet.send('main/counter/one', { type: 'add', n: 1 })
  await fleet.settle()
  await fleet.advance(12_000)
  expect(await total(fleet, 'one')).toBe(1)
  expect(fleet.owned()).toBe(4)
  await fleet.stop()
})

test('a message to nobody is a dead letter that a matcher finds', async () => {
  const fleet = await simulatedFleet({ actors: [counter] })
  fleet.send('main/nobody/one', { type: 'hello' })
  await fleet.settle()
  expect(fleet).toHaveDeadLetter('TR_ACTOR_TYPE_UNKNOWN', { actor: 'main/nobody/one' as never })
  expect(() => expect(fleet).toHaveDeadLetter('TR_OTHER')).toThrow(/TR_ACTOR_TYPE_UNKNOWN/)
  await fleet.stop()
})

test('a fleet with faults and the same seed has the same history', async () => {
  const run = async (): Promise<readonly string[]> => {
    const fleet = await simulatedFleet({ actors: [counter], workers: 3, seed: 7, faults: someFaults })
    for (let n = 1; n <= 30; n++) fleet.send(`main/counter/${n % 5}`, { type: 'add', n })
    await fleet.advance(6_000)
    fleet.heal()
    await fleet.settle()
    const log = await fleet.log()
    return [...fleet.history, ...log.map((record) => JSON.stringify(record))]
  }
  expect(await run()).toEqual(await run())
})

test('a check that does not hold fails with its seed', async () => {
  const scenario: Scenario = {
    actors: [counter],
    plan: (thrown) => ({ ...thrown, loadMs: 500 }),
    load: (clients) => void clients.client('c').send('main/counter/one', { type: 'add', n: 1 }),
    check: () => ['the counter should be green'],
  }
  await expect(simulate([5], scenario)).rejects.toThrow(/seed 5 fails:\n- the counter should be green\nrun it again: simulate\(\[5\], …\)/)
})
