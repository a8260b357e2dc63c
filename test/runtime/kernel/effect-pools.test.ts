import { expect, test } from 'vitest'
import { startFleet } from '../../support/fleet.ts'
import { fetcher } from './actors.ts'

/** Actors of these tenants, each told to fetch. */
const many = (tenants: readonly string[], count: number): string[] =>
  Array.from({ length: count }, (_, index) => `${tenants[index % tenants.length]}/fetcher/a${index}`)

test('a rate is kept by the whole fleet, also when workers join and die, and then by those that live', async () => {
  const starts: number[] = []
  const definition = fetcher(() => {
    starts.push(fleet.clock.now())
    return Promise.resolve('done')
  })
  const options = { effectKeys: { default: { rate: { count: 10, perMs: 1_000 } } } }
  const fleet = await startFleet({ definitions: [definition], workers: 3, partitions: 12, options })
  const inTheLast = (ms: number): number => starts.filter((at) => at > fleet.clock.now() - ms).length
  for (const actor of many(['main'], 600)) fleet.send(actor, { type: 'go', what: 'it' })
  await fleet.clock.advance(5_000)
  expect(inTheLast(5_000)).toBeGreaterThanOrEqual(45)
  expect(inTheLast(5_000)).toBeLessThanOrEqual(50 + 3) // a first one at once for each worker
  const [worker] = fleet.workers
  if (worker) await fleet.crash(worker)
  await fleet.clock.advance(10_000)
  expect(inTheLast(5_000)).toBeGreaterThanOrEqual(45)
  expect(inTheLast(5_000)).toBeLessThanOrEqual(50 + 2)
  await fleet.addWorker()
  await fleet.clock.advance(10_000)
  expect(inTheLast(10_000)).toBeLessThanOrEqual(100 + 3)
  await fleet.stop()
})

test('tenants take turns in a pool, whatever one of them has waiting', async () => {
  const ran: string[] = []
  const ends: (() => void)[] = []
  const definition = fetcher(({ actor }) => {
    ran.push(actor.split('/')[0] ?? '')
    return new Promise((resolve) => ends.push(() => resolve('done')))
  })
  const fleet = await startFleet({ definitions: [definition], options: { effectsMax: { default: 1 } } })
  for (const actor of many(['greedy'], 1_000)) fleet.send(actor, { type: 'go', what: 'it' })
  await fleet.clock.advance(100)
  for (const actor of many(['modest'], 3)) fleet.send(actor, { type: 'go', what: 'it' })
  await fleet.clock.advance(100)
  for (let count = 0; count < 6; count++) {
    ends.shift()?.()
    await fleet.clock.advance(10)
  }
  expect(ran.filter((tenant) => tenant === 'modest')).toHaveLength(3)
  await fleet.stop()
})

test('an effect of higher priority is run first, and one that has waited long enough before it', async () => {
  const ran: string[] = []
  const ends: (() => void)[] = []
  const definition = fetcher(
    ({ input }) => {
      ran.push(input.what)
      return new Promise((resolve) => ends.push(() => resolve('done')))
    },
    { priority: ({ what }: { what: string }) => (what.startsWith('urgent') ? 2 : 0) },
  )
  const fleet = await startFleet({
    definitions: [definition],
    partitions: 1,
    options: { effectsMax: { default: 1 }, effectPriorityMs: 1_000 },
  })
  const go = async (what: string): Promise<void> => {
    fleet.send(`main/fetcher/${what}`, { type: 'go', what })
    await fleet.clock.advance(10)
  }
  await go('first')
  await go('old')
  await fleet.clock.advance(3_000)
  await go('young')
  await go('urgent')
  for (let count = 0; count < 3; count++) {
    ends.shift()?.()
    await fleet.clock.advance(10)
  }
  expect(ran).toEqual(['first', 'old', 'urgent', 'young'])
  await fleet.stop()
})

test('an effect that its pool has no room for is a failure that its machine hears of, and the others are run', async () => {
  const ends: (() => void)[] = []
  const definition = fetcher(() => new Promise((resolve) => ends.push(() => resolve('done'))))
  const options = { effectsMax: { default: 1 }, effectsWaitingMax: 4 }
  const fleet = await startFleet({ definitions: [definition], partitions: 1, options })
  for (const actor of many(['main'], 6)) {
    fleet.send(actor, { type: 'go', what: 'it' })
    await fleet.clock.advance(10)
  }
  const states = await Promise.all(many(['main'], 6).map(async (actor) => (await fleet.query(actor)).state))
  expect(states.map((state) => state?.value)).toEqual(['fetching', 'fetching', 'fetching', 'idle', 'idle', 'idle'])
  expect(states[3]?.context['why']).toContain("2 runs wait in pool 'default', 2 of them for tenant main; the limit is 4")
  fleet.send('other/fetcher/b', { type: 'go', what: 'it' })
  await fleet.clock.advance(10)
  expect((await fleet.query('other/fetcher/b')).state?.value).toBe('fetching')
  for (let count = 0; count < 4; count++) {
    ends.shift()?.()
    await fleet.clock.advance(10)
  }
  expect((await fleet.query('main/fetcher/a2')).state?.value).toBe('done')
  await fleet.stop()
})

test('an effect that is cancelled while it waits is never run', async () => {
  const ran: string[] = []
  const ends: (() => void)[] = []
  const definition = fetcher(({ actor }) => {
    ran.push(actor.at(-1) ?? '')
    return new Promise((resolve) => ends.push(() => resolve('done')))
  })
  const fleet = await startFleet({ definitions: [definition], partitions: 1, options: { effectsMax: { default: 1 } } })
  for (const actor of many(['main'], 3)) {
    fleet.send(actor, { type: 'go', what: 'it' })
    await fleet.clock.advance(10)
  }
  fleet.send('main/fetcher/a1', { type: 'leave' })
  await fleet.clock.advance(10)
  for (let count = 0; count < 3; count++) {
    ends.shift()?.()
    await fleet.clock.advance(10)
  }
  expect(ran.join('')).toBe('02')
  await fleet.stop()
})
