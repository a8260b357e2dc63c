import { expect, test } from 'vitest'
import { orderPause, undoPause } from '../../../runtime/orders.ts'
import { startFleet } from '../../support/fleet.ts'
import { counter, fetcher, sleeper } from './actors.ts'

type Fleet = Awaited<ReturnType<typeof startFleet>>
const add = { type: 'add', n: 1 }
const pause = { at: 0, by: 'ann', cause: 'costs' }

async function order(fleet: Fleet, change: ReturnType<typeof undoPause>): Promise<void> {
  await fleet.until(fleet.ports.orders.change(change))
  await fleet.clock.advance(10)
}

const totalOf = async (fleet: Fleet, actor: string): Promise<unknown> => (await fleet.query(actor)).state?.context['total']

test('messages for a paused tenant wait in order until it goes on, through the death of every worker; others are served', async () => {
  const fleet = await startFleet({ definitions: [counter], workers: 2 })
  for (const tenant of ['main', 'other']) fleet.send(`${tenant}/counter/a`, add)
  await fleet.clock.advance(100)
  await order(fleet, orderPause('main', pause))
  for (const tenant of ['main', 'main', 'other']) fleet.send(`${tenant}/counter/a`, add)
  await fleet.clock.advance(5_000)
  for (const worker of fleet.workers.slice()) await fleet.crash(worker)
  await fleet.addWorker()
  await fleet.clock.advanceUntil(() => fleet.owned() === 4, 20_000)
  await fleet.clock.advance(5_000)
  expect([await totalOf(fleet, 'main/counter/a'), await totalOf(fleet, 'other/counter/a')]).toEqual([1, 2])
  await order(fleet, undoPause('main'))
  await fleet.clock.advance(1_000)
  expect(await totalOf(fleet, 'main/counter/a')).toBe(3)
  expect(fleet.server.deadLetters()).toEqual([])
  await fleet.stop()
})

test('who asks an actor of a paused tenant is told at once; a message to one that does not live yet is kept as a dead letter', async () => {
  const fleet = await startFleet({ definitions: [counter] })
  await order(fleet, orderPause('main', pause))
  expect(await fleet.ask('main/counter/a', add)).toMatchObject({ ok: false, error: { code: 'TR_TENANT_PAUSED' } })
  fleet.send('main/counter/new', add)
  await fleet.clock.advance(100)
  const codes = fleet.server.deadLetters().map(({ bytes }) => (JSON.parse(Buffer.from(bytes).toString()) as { code: string }).code)
  expect(new Set(codes)).toEqual(new Set(['TR_TENANT_PAUSED']))
  await fleet.stop()
})

test('timers and effects of a paused tenant wait, and none is lost', async () => {
  let runs = 0
  const neverEnds = fetcher(() => (runs++, new Promise(() => {})), { timeoutMs: 600_000 })
  const fleet = await startFleet({ definitions: [sleeper, neverEnds] })
  fleet.send('main/sleeper/s', { type: 'nudge' })
  fleet.send('main/fetcher/f', { type: 'go', what: 'news' })
  await fleet.clock.advance(100)
  await order(fleet, orderPause('main', pause))
  for (const worker of fleet.workers.slice()) await fleet.crash(worker)
  await fleet.addWorker() // it has the effect to run again
  await fleet.clock.advance(120_000)
  expect((await fleet.query('main/sleeper/s')).state).toMatchObject({ context: { rings: 0 } })
  expect(runs).toBe(1)
  await order(fleet, undoPause('main'))
  await fleet.clock.advance(2_000)
  expect((await fleet.query('main/sleeper/s')).state).toMatchObject({ context: { rings: 1 } })
  expect(runs).toBe(2)
  await fleet.stop()
})

test('a tenant whose actors without a parent fail for good too often is paused, with the reason, and nothing of it is dropped', async () => {
  const fleet = await startFleet({ definitions: [counter], options: { tenantIntensity: { restarts: 2, withinMs: 60_000 } } })
  for (const key of ['a', 'b', 'c', 'd']) fleet.send(`main/counter/${key}`, add)
  for (const key of ['a', 'b', 'c']) {
    for (let count = 0; count < 12; count++) fleet.send(`main/counter/${key}`, { type: 'boom' })
    await fleet.clock.advance(5_000)
  }
  const { paused } = await fleet.until(fleet.ports.orders.read())
  expect(paused).toMatchObject({ main: { by: 'supervisor', cause: expect.stringContaining('3 actors without a parent failed for good') } })
  fleet.send('main/counter/d', add)
  await fleet.clock.advance(100)
  expect(await totalOf(fleet, 'main/counter/d')).toBe(1)
  await order(fleet, undoPause('main'))
  await fleet.clock.advance(1_000)
  expect(await totalOf(fleet, 'main/counter/d')).toBe(2)
  await fleet.stop()
})
