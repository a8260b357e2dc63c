import fc from 'fast-check'
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import { assign, setup } from 'xstate'
import type { Reply } from '../../machines/message.ts'
import { timeOf } from '../../machines/message.ts'
import { defineActor } from '../../runtime/define-actor.ts'
import { namespaceDefaults } from '../../runtime/namespace.ts'
import { ServerTime } from '../../runtime/nats/server-clock.ts'
import { startWorker } from '../../runtime/worker.ts'
import { startNatsServer, type NatsServer } from '../support/nats-server.ts'
import { natsWorld } from './nats-world.ts'

let server: NatsServer
beforeAll(async () => {
  server = await startNatsServer()
})
afterAll(async () => {
  await server.stop()
})

/** One look: how long the question and the answer were under way, and how long after the look before. */
const look = fc.record({ pauseMs: fc.nat(10_000), thereMs: fc.nat(200), backMs: fc.nat(200) })

test("the server's time is never run ahead of, however slow or uneven the answers, and the best of them sets how far behind it is", () => {
  fc.assert(
    fc.property(fc.array(look, { minLength: 1, maxLength: 12 }), fc.integer({ min: -1e9, max: 1e9 }), (looks, apartMs) => {
      const time = new ServerTime()
      let own = 1_000
      for (const { pauseMs, thereMs, backMs } of looks) {
        const sentAt = own + pauseMs
        own = sentAt + thereMs + backMs
        time.observe({ sentAt, receivedAt: own, serverAt: Math.floor(sentAt + thereMs + apartMs) })
      }
      const behindMs = own + apartMs - time.at(own)
      expect(behindMs).toBeGreaterThanOrEqual(0)
      expect(behindMs).toBeLessThanOrEqual(Math.min(...looks.slice(-6).map(({ backMs }) => backMs)) + 2)
    }),
  )
})

test('a server whose clock is put back or forward is followed with the next look', () => {
  const time = new ServerTime()
  const ask = (own: number, apartMs: number): number => {
    time.observe({ sentAt: own, receivedAt: own + 2, serverAt: own + 1 + apartMs })
    return time.at(own + 2) - own - 2
  }
  expect([ask(0, 3_600_000), ask(5_000, 0), ask(10_000, 3_600_000)]).toEqual([3_599_999, -1, 3_599_999])
})

const hourMs = 3_600_000

/** This process's own clock is wrong until the test is over; gives the right one. */
function ownClockApart(apartMs: number): () => number {
  const real = Date.now.bind(Date)
  vi.spyOn(Date, 'now').mockImplementation(() => real() + apartMs)
  onTestFinished(() => void vi.restoreAllMocks())
  return real
}

test('workers have the time of their server, whatever their own clock says', async () => {
  const world = await natsWorld(() => server.url)({ ...namespaceDefaults, partitions: 4 })
  const real = ownClockApart(hourMs)
  const { clock } = await world.ports()
  const [before, now] = [real(), clock.now()]
  expect(now).toBeLessThanOrEqual(real())
  expect(now).toBeGreaterThan(before - 1_000)
  await world.close()
})

/** Rings a while after it was wound up, says when it did, and has ended. */
const ringMs = 1_500
const alarm = defineActor({
  name: 'alarm',
  version: '1',
  machine: setup({ types: { context: {} as { rangAt: number } } }).createMachine({
    id: 'alarm',
    context: { rangAt: 0 },
    initial: 'idle',
    states: {
      idle: { on: { wind: 'ticking' } },
      ticking: { after: { [ringMs]: { target: 'rung', actions: assign({ rangAt: ({ event }) => timeOf(event) }) } } },
      rung: { type: 'final' },
    },
    output: ({ context }) => context.rangAt,
  }),
})

test.each([
  ['ahead', hourMs],
  ['behind', -hourMs],
])(
  'workers whose own clocks are an hour %s, or the other way after a take-over, fire no timer early, lose none, keep deadlines and are alive',
  async (_where, apartMs) => {
    const world = await natsWorld(() => server.url)({ ...namespaceDefaults, partitions: 2 })
    onTestFinished(() => world.close())
    const start = async (id: string) => {
      const worker = await startWorker({ ports: await world.ports(), definitions: [alarm], id, options: { flushEveryMs: 20 } })
      onTestFinished(() => worker.drain())
      return worker
    }
    const { signals } = await world.ports()
    const rung = Promise.withResolvers<Reply>()
    signals.subscribe('_INBOX.alarm', ({ bytes }) => rung.resolve((JSON.parse(new TextDecoder().decode(bytes)) as [Reply])[0]))

    const real = ownClockApart(apartMs)
    const first = await start('first')
    await expect.poll(() => first.owned.length, { timeout: 10_000 }).toBe(2)
    const woundAt = real()
    const deadline = String(woundAt + 30_000)
    await world.send(
      { tenant: 'main', type: 'alarm', key: 'a' },
      { type: 'wind' },
      { 'Troupe-Reply': '_INBOX.alarm', 'Troupe-Deadline': deadline },
    )
    await expect.poll(() => first.turns, { timeout: 5_000 }).toBe(2)

    vi.restoreAllMocks()
    ownClockApart(-apartMs)
    const second = await start('second')
    await expect.poll(() => [first.owned.length, second.owned.length], { timeout: 10_000 }).toEqual([1, 1]) // each takes the other for alive
    await first.drain()
    const answer = await rung.promise
    expect(real() - woundAt).toBeGreaterThanOrEqual(ringMs - 1)
    expect(answer).toMatchObject({ ok: true, value: expect.any(Number) })
    const rangAt = answer.ok ? Number(answer.value) : 0
    expect(rangAt - woundAt).toBeGreaterThanOrEqual(ringMs - 1)
    expect(rangAt - woundAt).toBeLessThan(20_000)
  },
)
