import { expect, test } from 'vitest'
import { inMemoryServer } from '../../../runtime/in-memory/server.ts'
import { simulatedClock } from '../../../runtime/in-memory/simulated-clock.ts'
import { startFleet } from '../../support/fleet.ts'
import { account, counter, fetcher, parent, sleeper } from './actors.ts'

test('a crashed worker loses nothing: another one goes on from the log', async () => {
  const fleet = await startFleet({ definitions: [counter], workers: 2 })
  for (let round = 0; round < 3; round++) {
    for (let key = 0; key < 20; key++) fleet.send(`main/counter/${key}`, { type: 'add', n: 1 })
    await fleet.clock.advance(round === 1 ? 4_000 : 5) // with and without snapshots in the state store
    const [worker] = fleet.workers
    if (worker) await fleet.crash(worker)
    await fleet.addWorker()
    await fleet.clock.advanceUntil(() => fleet.owned() === 4, 20_000)
  }
  for (let key = 0; key < 20; key++)
    expect(await fleet.ask(`main/counter/${key}`, { type: 'add', n: 0 })).toMatchObject({ value: { total: 3 } })
  await fleet.stop()
})

test('transfers between partitions survive crashes at any moment, and the sum stays', async () => {
  const fleet = await startFleet({ definitions: [account], workers: 2, partitions: 8 })
  const accounts = Array.from({ length: 10 }, (_, index) => `a${index}`)
  for (let step = 0; step < 12; step++) {
    for (let round = 0; round < 30; round++)
      fleet.send(`bank/account/${accounts[round % 10]}`, { type: 'pay', to: accounts[(round * 3 + step) % 10] ?? '', amount: 1 })
    await fleet.clock.advance(step * 3)
    const worker = fleet.workers[step % fleet.workers.length]
    if (worker) await fleet.crash(worker)
    await fleet.addWorker()
  }
  await fleet.clock.advanceUntil(() => fleet.owned() === 8, 20_000)
  await fleet.clock.advance(10_000)
  let sum = 0
  let received = 0
  for (const key of accounts) {
    const { state } = await fleet.query(`bank/account/${key}`)
    sum += Number(state?.context['balance'])
    received += Number(state?.context['received'])
  }
  expect({ sum, received }).toEqual({ sum: 1_000, received: 12 * 30 })
  await fleet.stop()
})

test('an effect without a result is run again by the next owner, under the same key, and its result is applied once', async () => {
  const keys: string[] = []
  const pending: ((text: string) => void)[] = []
  const slow = fetcher(({ idempotencyKey, input }) => {
    keys.push(idempotencyKey)
    return new Promise<string>((resolve) => pending.push(() => resolve(`got ${input.what}`)))
  })
  const fleet = await startFleet({ definitions: [slow] })
  fleet.send('main/fetcher/a', { type: 'go', what: 'it' })
  await fleet.clock.advanceUntil(() => keys.length === 1, 5_000)
  const [worker] = fleet.workers
  if (worker) await fleet.crash(worker)
  await fleet.addWorker()
  await fleet.clock.advanceUntil(() => keys.length === 2, 20_000)
  for (const finish of pending) finish('')
  await fleet.clock.advance(100)
  expect(await fleet.query('main/fetcher/a')).toMatchObject({ state: { status: 'done', context: { result: 'got it' } } })
  expect(new Set(keys).size).toBe(1)
  const results = (await fleet.entries('main/fetcher/a')).filter((entry) => entry.result !== undefined)
  expect(results).toHaveLength(1)
  await fleet.stop()
})

test('a timer fires once, on time, though its actor has left the memory and its owner has crashed', async () => {
  const fleet = await startFleet({ definitions: [sleeper], options: { idleMs: 2_000 } })
  fleet.send('main/sleeper/a', { type: 'nudge' })
  await fleet.clock.advance(20_000)
  expect(fleet.workers[0]?.actors).toBe(0)
  const [worker] = fleet.workers
  if (worker) await fleet.crash(worker)
  await fleet.addWorker()
  await fleet.clock.advanceUntil(() => fleet.owned() === 4, 20_000)
  expect(await fleet.query('main/sleeper/a')).toMatchObject({ state: { value: 'waiting', context: { rings: 0 } } })
  await fleet.clock.advance(60_000)
  expect(await fleet.query('main/sleeper/a')).toMatchObject({ state: { value: 'asleep', context: { rings: 1 } } })
  await fleet.clock.advance(120_000)
  expect(await fleet.query('main/sleeper/a')).toMatchObject({ state: { context: { rings: 1 } } })
  await fleet.stop()
})

test('a child on another partition finishes for its parent through a crash of either', async () => {
  const fleet = await startFleet({ definitions: [parent], workers: 2, partitions: 8 })
  fleet.send('main/parent/p', { type: 'start', n: 4 })
  await fleet.clock.advance(3)
  for (const worker of fleet.workers.slice()) {
    await fleet.crash(worker)
    await fleet.addWorker()
  }
  await fleet.clock.advanceUntil(() => fleet.owned() === 8, 20_000)
  fleet.send('main/parent/p', { type: 'work' })
  await fleet.clock.advance(10_000)
  expect(await fleet.query('main/parent/p')).toMatchObject({ state: { value: 'idle', context: { results: [40], failed: [] } } })
  await fleet.stop()
})

test('a drained worker hands its partitions over without a claim against a living owner', async () => {
  const fleet = await startFleet({ definitions: [counter], workers: 2 })
  for (let key = 0; key < 10; key++) fleet.send(`main/counter/${key}`, { type: 'add', n: 1 })
  const [worker] = fleet.workers.splice(0, 1)
  if (worker) await fleet.until(worker.drain())
  await fleet.clock.advanceUntil(() => fleet.owned() === 4, 5_000)
  for (let key = 0; key < 10; key++)
    expect(await fleet.ask(`main/counter/${key}`, { type: 'add', n: 1 })).toMatchObject({ value: { total: 2 } })
  const records = await fleet.log()
  for (const [index, record] of records.entries())
    if (record.kind === 'claim' && record.epoch > 1) expect(records[index - 1]?.kind).toBe('release')
  await fleet.stop()
})

test('what an actor keeps is bounded in memory: idle actors leave it and come back as they were', async () => {
  const fleet = await startFleet({ definitions: [counter], options: { idleMs: 1_000 } })
  for (let key = 0; key < 300; key++) fleet.send(`main/counter/${key}`, { type: 'add', n: key })
  await fleet.clock.advance(10_000)
  expect(fleet.workers[0]?.actors).toBe(0)
  expect(await fleet.ask('main/counter/123', { type: 'add', n: 1 })).toMatchObject({ value: { total: 124 } })
  await fleet.stop()
})

test('an ask whose owner died between the commit and the reply is answered by the next owner', async () => {
  const clock = simulatedClock()
  const server = inMemoryServer({ partitions: 2, clock })
  let dead = false
  const ports: typeof server.ports = (own) => {
    const real = server.ports(own)
    const publish: typeof real.signals.publish = (...signal) => (dead ? undefined : real.signals.publish(...signal))
    return { ...real, signals: { publish, subscribe: real.signals.subscribe.bind(real.signals) } }
  }
  const fleet = await startFleet({ definitions: [counter], partitions: 2, world: { clock, server: { ...server, ports } } })
  dead = true
  const heard: string[] = []
  server.ports().signals.subscribe('_INBOX.me', ({ bytes }) => heard.push(Buffer.from(bytes).toString()))
  fleet.send('main/counter/a', { type: 'add', n: 5 }, { 'Troupe-Reply': '_INBOX.me', 'Troupe-Reply-Id': '1' })
  await clock.advance(100)
  expect(await fleet.entries('main/counter/a')).toHaveLength(2)
  for (const worker of fleet.workers.slice()) await fleet.crash(worker)
  dead = false
  await fleet.addWorker()
  await clock.advanceUntil(() => fleet.owned() === 2, 20_000)
  await clock.advance(100)
  expect(heard).toEqual(['[{"id":"1","ok":true,"value":{"total":5}}]'])
  await fleet.stop()
})
