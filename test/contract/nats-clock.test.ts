import fc from 'fast-check'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { namespaceDefaults } from '../../runtime/namespace.ts'
import { ServerTime } from '../../runtime/nats/server-clock.ts'
import { startNatsServer, type NatsServer } from '../support/nats-server.ts'
import { natsWorld } from './nats-world.ts'

let server: NatsServer
beforeAll(async () => {
  server = await startNatsServer()
})
afterAll(async () => {
  vi.restoreAllMocks()
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

test('workers have the time of their server, whatever their own clock says', async () => {
  const world = await natsWorld(() => server.url)({ ...namespaceDefaults, partitions: 4 })
  const real = Date.now.bind(Date)
  vi.spyOn(Date, 'now').mockImplementation(() => real() + 3_600_000)
  const { clock } = await world.ports()
  const [before, now] = [real(), clock.now()]
  expect(now).toBeLessThanOrEqual(real())
  expect(now).toBeGreaterThan(before - 1_000)
  await world.close()
})
