import { expect, test } from 'vitest'
import { actorId, type ActorId } from '../../machines/address.ts'
import { inMemoryServer } from '../../runtime/in-memory/server.ts'
import { seededRandom, simulatedClock } from '../../runtime/in-memory/simulated-clock.ts'
import { Inflow } from '../../runtime/inflow.ts'
import type { Item } from '../../runtime/items.ts'
import { workerDefaults, type WorkerOptions } from '../../runtime/options.ts'
import { Pressure } from '../../runtime/pressure.ts'
import { openTelemetry, quietLogger } from '../../runtime/telemetry.ts'

const telemetry = openTelemetry(quietLogger)
const smallDepths = { actor: 8, type: 16, tenant: 32 }

interface Said {
  readonly at: number
  readonly shares: Readonly<Record<string, number>>
  readonly retryAfterMs: number
  readonly ttlMs: number
}

/** A queue that is filled and emptied by hand, and what its pressure says, with the time of each word. */
function stage(given: Partial<WorkerOptions> = {}) {
  const clock = simulatedClock()
  const options = { ...workerDefaults, depthMax: smallDepths, waitingMsMax: 1_000, ...given }
  const ports = inMemoryServer({ partitions: 1, clock, random: seededRandom(1) }).ports()
  const queue = { waiting: [] as Item[], oldestMs: 0 }
  const pressure = new Pressure(
    { partition: 0, backlogTo: 0, size: () => queue.waiting.length, waiting: () => queue.waiting, oldestMs: () => queue.oldestMs },
    ports,
    options,
    telemetry,
  )
  const said: Said[] = []
  ports.signals.subscribe('troupe.pressure.0.main', ({ bytes }) =>
    said.push({
      at: clock.now() - began,
      ...(JSON.parse(Buffer.from(bytes).toString()) as Omit<Said, 'at'>),
    }),
  )
  const began = clock.now()
  const put = (key: string, count: number, more: object = {}): readonly Item[] => {
    const to = actorId('main', 'counter', key)
    const items = Array.from({ length: count }, (_, n): Item => ({
      kind: 'message',
      actor: to,
      message: { id: `${n}`, to, kind: 'event', event: { type: 'add' }, ...more },
    }))
    const admitted = pressure.admit(items)
    queue.waiting.push(...admitted)
    return admitted
  }
  const take = (count: number, isLeftOver = false): readonly Item[] => pressure.take(queue.waiting.splice(0, count), isLeftOver)
  return { clock, queue, pressure, said, put, take }
}

test('pressure is said at once at the high-water mark, again every period while it lasts; below the low-water mark more and more is let through, then all', async () => {
  const { clock, said, put, take } = stage()
  put('hot', 5)
  await clock.advance(50)
  expect(said).toEqual([])
  put('hot', 1)
  await clock.advance(350)
  take(2)
  await clock.advance(100)
  expect(said.at(-1)?.shares).toEqual({ 'main/counter/hot': 0 }) // between the marks nothing changes
  take(1)
  await clock.advance(100)
  expect(said.at(-1)?.shares['main/counter/hot']).toBeGreaterThan(0)
  take(3)
  await clock.advance(5_000)
  const shares = said.map((one) => one.shares['main/counter/hot'] ?? 1)
  expect(shares).toEqual(shares.toSorted((a, b) => a - b))
  expect(said.at(-1)?.shares).toEqual({})
  expect(said[0]).toEqual({ at: 50, shares: { 'main/counter/hot': 0 }, retryAfterMs: 100, ttlMs: 1_000 })
})

test('clients are told at most once a period, however fast scopes close', async () => {
  const { clock, said, put } = stage()
  for (let key = 0; key < 5; key++) {
    put(`hot${key}`, 6)
    await clock.advance(10)
  }
  await clock.advance(1_000)
  const gaps = said.slice(1).map(({ at }, index) => at - (said[index]?.at ?? 0))
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(100)
  expect(Object.keys(said.at(-1)?.shares ?? {})).toEqual(expect.arrayContaining(['main/counter/hot0', 'main/counter']))
})

/** Much of one actor and little of another, in a queue whose depths are far away. */
function slowStage(more: object = { replyTo: { inbox: '_INBOX.a', id: '1' } }) {
  const staged = stage({ depthMax: { actor: 1_000, type: 1_000, tenant: 1_000 } })
  staged.put('slow', 80, more)
  staged.put('calm', 20, more)
  return staged
}

test('when a queue stays slow, the narrowest scope that fills most of it is throttled, long before any depth is reached, and let through again in time', async () => {
  const { clock, queue, said, take } = slowStage()
  queue.oldestMs = 900
  take(1, true)
  await clock.advance(2_000)
  expect(said).toEqual([])
  queue.oldestMs = 1_100
  take(1, true)
  await clock.advance(900)
  expect(said).toEqual([]) // perhaps it is a burst
  take(1, true)
  await clock.advance(300)
  expect(said[0]).toMatchObject({ shares: { 'main/counter/slow': expect.any(Number) }, retryAfterMs: 1_100 })
  expect(Object.keys(said[0]?.shares ?? {})).toEqual(['main/counter/slow'])
  take(97)
  queue.oldestMs = 0
  take(0)
  await clock.advance(10_000)
  expect(said.at(-1)?.shares).toEqual({})
})

test('a queue in which nobody waits for an answer may be ten times slower', async () => {
  const { clock, queue, said, take } = slowStage({})
  const wait = async (oldestMs: number): Promise<void> => {
    queue.oldestMs = oldestMs
    for (let n = 0; n < 13; n++) {
      take(1, true)
      await clock.advance(100)
    }
  }
  await wait(9_900)
  expect(said).toEqual([])
  await wait(10_100)
  expect(said[0]?.shares).toEqual({ 'main/counter/slow': expect.any(Number) })
})

test('a queue that each group empties is not slow, however long its mail has waited: it waited for others', async () => {
  const { clock, queue, said, take } = slowStage()
  queue.oldestMs = 60_000
  for (let n = 0; n < 50; n++) {
    take(1, false)
    await clock.advance(100)
  }
  expect(said).toEqual([])
})

test('in a slow queue an ask of the throttled scope is refused when it has waited too long, others are not; a send, a cancel and what waited before the owner came never are', async () => {
  const { clock, queue, put, take } = slowStage()
  const now = clock.now()
  const asked = (key: string, more: object = {}): Item => {
    const to = actorId('main', 'counter', key)
    const message = { id: key, to, kind: 'event' as const, event: { type: 'add' }, ...more }
    return { kind: 'message', actor: to, message, mail: { seq: 1, count: 1, at: now } }
  }
  const replyTo = { inbox: '_INBOX.a', id: '1' }
  queue.oldestMs = 1_100
  take(1, true)
  await clock.advance(1_300)
  take(1, true)
  await clock.advance(1_700)
  const deadline = now + 8_000
  const items = [
    asked('slow', { replyTo, deadline }),
    asked('slow', { replyTo, deadline: now + 30_000 }),
    asked('slow', { replyTo, deadline: now + 3_010 }),
    asked('calm', { replyTo, deadline }),
    asked('calm', { replyTo, deadline: now + 3_010 }),
    asked('slow'),
    asked('slow', { replyTo, deadline, kind: 'cancel' }),
    { ...asked('slow', { replyTo, deadline }), mail: { seq: 0, count: 1, at: now } }, // from before the owner began to read
  ]
  put('slow', 1)
  queue.waiting.unshift(...items)
  expect(take(items.length, true).map(({ kind }) => kind)).toEqual([
    'shed',
    'message',
    'shed',
    'message',
    'shed',
    'message',
    'message',
    'message',
  ])
})

test('asks that expired side by side are one item, which counts them by tenant and type; what stands between them keeps its place', () => {
  const { clock, queue, take } = stage()
  const ask = (to: string, seq: number, deadline: number): Item => ({
    kind: 'message',
    actor: to as ActorId,
    message: { id: `m${seq}`, to: to as ActorId, kind: 'event', event: { type: 'add' }, replyTo: { inbox: '_INBOX.a', id: '1' }, deadline },
    mail: { seq, count: 1, at: 0 },
  })
  const past = clock.now() - 1
  queue.waiting.push(
    ask('main/counter/a', 1, past),
    ask('main/ledger/b', 2, past),
    ask('main/counter/c', 3, past),
    ask('main/counter/a', 4, clock.now() + 1_000),
    ask('main/counter/a', 5, past),
    ask('other/counter/a', 6, past),
  )
  expect(take(6)).toMatchObject([
    { kind: 'expired', actor: 'main/door/0', id: 'm1', asks: { counter: 2, ledger: 1 }, mail: { seq: 3 } },
    { kind: 'message', message: { id: 'm4' } },
    { kind: 'expired', actor: 'main/door/0', id: 'm5', asks: { counter: 1 }, mail: { seq: 5 } },
    { kind: 'expired', actor: 'other/door/0', id: 'm6', asks: { counter: 1 }, mail: { seq: 6 } },
  ])
})

test('what waits is bounded in bytes, and nothing is skipped', async () => {
  const clock = simulatedClock()
  const server = inMemoryServer({ partitions: 1, clock, random: seededRandom(1) })
  for (let n = 0; n < 100; n++) server.send({ tenant: 'main', type: 'counter', key: 'k' }, { type: 'add', n, filling: 'x'.repeat(1_000) })
  const inflow = new Inflow(0, { offset: { seq: 0, count: 0, at: 0 }, backlogTo: 0, failed: () => {}, telemetry }, server.ports(), {
    ...workerDefaults,
    waitingBytesMax: 10_000,
    groupMessagesMax: 4,
  })
  await inflow.open()
  const numbers: unknown[] = []
  let largest = 0
  while (numbers.length < 100) {
    await clock.advance(1)
    largest = Math.max(largest, inflow.size)
    await inflow.something()
    const items = inflow.take()
    inflow.putBack(items.slice(3))
    for (const item of items.slice(0, 3)) numbers.push(item.kind === 'message' ? item.message.event['n'] : item)
  }
  expect(numbers).toEqual(Array.from({ length: 100 }, (_, n) => n))
  expect(largest).toBeLessThanOrEqual(10)
  await inflow.finish()
  inflow.close()
})
