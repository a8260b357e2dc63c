import { expect, test } from 'vitest'
import { actorId } from '../../machines/address.ts'
import { inMemoryServer } from '../../runtime/in-memory/server.ts'
import { seededRandom, simulatedClock } from '../../runtime/in-memory/simulated-clock.ts'
import { Inflow } from '../../runtime/inflow.ts'
import type { Item } from '../../runtime/items.ts'
import { workerDefaults, type WorkerOptions } from '../../runtime/options.ts'
import { Pressure } from '../../runtime/pressure.ts'
import { openTelemetry, quietLogger } from '../../runtime/telemetry.ts'

const telemetry = openTelemetry(quietLogger)
const smallDepths = { actor: 8, type: 16, tenant: 32 }

/** A queue that is filled and emptied by hand, and what its pressure says, with the time of each word. */
function stage(given: Partial<WorkerOptions> = {}) {
  const clock = simulatedClock()
  const options = { ...workerDefaults, depthMax: smallDepths, ...given }
  const ports = inMemoryServer({ partitions: 1, clock, random: seededRandom(1) }).ports()
  const queue = { waiting: [] as Item[], oldestMs: 0 }
  const pressure = new Pressure(
    { partition: 0, size: () => queue.waiting.length, oldestMs: () => queue.oldestMs },
    ports,
    options,
    telemetry,
  )
  const said: { at: number; closed: readonly string[]; retryAfterMs: number; ttlMs: number }[] = []
  ports.signals.subscribe('troupe.pressure.0.main', ({ bytes }) =>
    said.push({
      at: clock.now() - began,
      ...(JSON.parse(Buffer.from(bytes).toString()) as { closed: string[]; retryAfterMs: number; ttlMs: number }),
    }),
  )
  const began = clock.now()
  const put = (key: string, count: number): readonly Item[] => {
    const to = actorId('main', 'counter', key)
    const items = Array.from({ length: count }, (_, n): Item => ({
      kind: 'message',
      actor: to,
      message: { id: `${n}`, to, kind: 'event', event: { type: 'add' } },
    }))
    const admitted = pressure.admit(items, false, () => queue.waiting)
    queue.waiting.push(...admitted)
    return admitted
  }
  const take = (count: number): void => void pressure.take(queue.waiting.splice(0, count))
  return { clock, queue, pressure, said, put, take }
}

test('pressure is said at once at the high-water mark, again every period while it lasts, and a last time below the low-water mark', async () => {
  const { clock, said, put, take } = stage()
  put('hot', 5)
  await clock.advance(50)
  expect(said).toEqual([])
  put('hot', 1)
  await clock.advance(350)
  take(2)
  await clock.advance(100)
  expect(said.at(-1)?.closed).toEqual(['main/counter/hot']) // between the marks nothing changes
  take(1)
  await clock.advance(1_000)
  expect(said.map(({ closed }) => closed.length)).toEqual([...Array.from({ length: said.length - 1 }, () => 1), 0])
  expect(said[0]).toEqual({ at: 50, closed: ['main/counter/hot'], retryAfterMs: 100, ttlMs: 1_000 })
  expect(said.length).toBeGreaterThanOrEqual(4)
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
  expect(said.at(-1)?.closed).toContain('main/counter/hot0')
  expect(said.at(-1)?.closed).toContain('main/counter')
})

test('when the queue is slow, the narrowest scope that fills most of it is closed, before any depth is reached', async () => {
  const { clock, queue, said, put } = stage({ depthMax: { actor: 1_000, type: 1_000, tenant: 1_000 } })
  put('slow', 80)
  put('calm', 20)
  queue.oldestMs = 900
  await clock.advance(200)
  expect(said).toEqual([])
  queue.oldestMs = 1_100
  await clock.advance(200)
  expect(said[0]).toMatchObject({ closed: ['main/counter/slow'], retryAfterMs: 1_100 })
  queue.oldestMs = 400
  await clock.advance(200)
  expect(said.at(-1)?.closed).toEqual([])
})

test('what waits is bounded in bytes, and nothing is skipped', async () => {
  const clock = simulatedClock()
  const server = inMemoryServer({ partitions: 1, clock, random: seededRandom(1) })
  for (let n = 0; n < 100; n++) server.send({ tenant: 'main', type: 'counter', key: 'k' }, { type: 'add', n, filling: 'x'.repeat(1_000) })
  const inflow = new Inflow(0, { offset: { seq: 0, count: 0, at: 0 }, failed: () => {}, telemetry }, server.ports(), {
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
