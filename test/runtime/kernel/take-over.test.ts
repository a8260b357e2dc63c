// Partitions that change hands: by the server's word, by silence, behind the back of an owner, and by order.
import { expect, test } from 'vitest'
import { claimPartition } from '../../../runtime/claim.ts'
import { workerDefaults } from '../../../runtime/options.ts'
import { orderDrain, orderPin, undoDrain, undoPins } from '../../../runtime/orders.ts'
import type { Membership, Ports } from '../../../runtime/ports.ts'
import type { LogRecord } from '../../../runtime/record.ts'
import { startFleet } from '../../support/fleet.ts'
import { counter, fetcher } from './actors.ts'

const settledMs = 5_000
const claimsOf = (records: readonly LogRecord[]): number => records.filter(({ kind }) => kind === 'claim').length

test('a worker whose connection ends is replaced long before it would be missed', async () => {
  const fleet = await startFleet({ definitions: [counter], workers: 2 })
  await fleet.clock.advance(settledMs)
  const [dying] = fleet.workers
  if (!dying) throw new Error('no worker')
  const line = fleet.portsOf(dying)
  await fleet.crash(dying)
  const diedAt = fleet.clock.now()
  fleet.server.disconnect(line)
  await fleet.clock.advanceUntil(() => fleet.owned() === 4, 20_000)
  expect(fleet.clock.now() - diedAt).toBeLessThan(200)
  await fleet.stop()
})

test('a worker whose connection breaks and is back keeps its partitions', async () => {
  const fleet = await startFleet({ definitions: [counter], workers: 2 })
  await fleet.clock.advance(settledMs)
  const before = claimsOf(await fleet.log())
  for (const worker of fleet.workers) fleet.server.reconnect(fleet.portsOf(worker))
  await fleet.clock.advance(settledMs)
  expect(claimsOf(await fleet.log())).toBe(before)
  await fleet.stop()
})

test('an idle owner whose partition was claimed by a worker that then failed notices within two heartbeats, and it is claimed again', async () => {
  const fleet = await startFleet({ definitions: [counter], workers: 2, partitions: 2 })
  await fleet.clock.advance(settledMs)
  await claimPartition({ ports: fleet.ports, worker: 'half-way', options: workerDefaults, others: () => [], appended() {} }, 0) // and it comes to nothing
  await fleet.clock.advance(2 * workerDefaults.heartbeatMs + workerDefaults.balanceEveryMs)
  const claims = (await fleet.log()).filter(({ kind }) => kind === 'claim')
  const at = claims.findIndex(({ worker }) => worker === 'half-way')
  expect(claims[at + 1]).toMatchObject({ worker: expect.stringMatching(/^w\d$/), epoch: Number(claims[at]?.epoch) + 1 })
  expect(fleet.owned()).toBe(2)
  await fleet.stop()
})

test('a worker that was stopped gives up what others took within a heartbeat of going on, and says that results are dropped', async () => {
  const pending: ((text: string) => void)[] = []
  const slow = fetcher(() => new Promise<string>((resolve) => pending.push(resolve)))
  const fleet = await startFleet({ definitions: [slow], partitions: 1 })
  const [zombie] = fleet.workers
  if (!zombie) throw new Error('no worker')
  fleet.send('main/fetcher/a', { type: 'go', what: 'it' })
  await fleet.clock.advanceUntil(() => pending.length === 1, 5_000)
  await fleet.clock.advance(settledMs)
  fleet.freeze(zombie)
  const heir = await fleet.addWorker()
  await fleet.clock.advanceUntil(() => heir.owned.length === 1 && pending.length === 2, 20_000)
  fleet.heal()
  await fleet.clock.advance(workerDefaults.heartbeatMs)
  expect(zombie.owned).toEqual([])
  expect(fleet.history.at(-1)).toMatch(/w1 says: partition lost; the results of its effects are dropped$/)
  pending[0]?.('stale')
  await fleet.clock.advance(100)
  pending[1]?.('fresh')
  await fleet.clock.advance(100)
  expect(await fleet.query('main/fetcher/a')).toMatchObject({ state: { status: 'done', context: { result: 'fresh' } } })
  await fleet.stop()
})

/** The server's ports for a worker that hears of the others late. */
function withLateNews(fleet: Awaited<ReturnType<typeof startFleet>>, lateMs: number): Ports {
  const ports = fleet.server.ports()
  const watch: Membership['watch'] = (changed) =>
    ports.membership.watch((...news) => void fleet.clock.after(lateMs, () => changed(...news)))
  return { ...ports, membership: { ...ports.membership, watch } }
}

test('a worker that hears late of the others does not claim what one of them has claimed, and no effect runs twice', async () => {
  const pending: ((text: string) => void)[] = []
  const slow = fetcher(() => new Promise<string>((resolve) => pending.push(resolve)))
  const fleet = await startFleet({ definitions: [slow], partitions: 1 })
  const [prompt] = fleet.workers
  const late = await fleet.addWorker([slow], { ...blue, ports: withLateNews(fleet, 1_000) })
  await fleet.clock.advance(settledMs)
  expect(late.owned).toEqual([0]) // of the newer deployment
  await fleet.ports.orders.change(orderDrain(late.id))
  await fleet.clock.advanceUntil(() => prompt?.owned.length === 1, settledMs)
  fleet.send('main/fetcher/a', { type: 'go', what: 'it' })
  await fleet.clock.advanceUntil(() => pending.length === 1, 100)
  await fleet.ports.orders.change(undoDrain(late.id)) // and it has not heard who has the partition meanwhile
  await fleet.clock.advance(3_000)
  expect([prompt?.owned, late.owned, pending.length]).toEqual([[0], [], 1])
  pending[0]?.('done')
  await fleet.clock.advanceUntil(() => late.owned.length === 1, settledMs)
  const changes = (await fleet.log()).filter(({ kind }) => kind !== 'turns').map(({ kind, worker }) => `${worker} ${kind}`)
  expect(changes.slice(-4)).toEqual(['w2 release', 'w1 claim', 'w1 release', 'w2 claim'])
  expect(await fleet.query('main/fetcher/a')).toMatchObject({ state: { context: { result: 'done' } } })
  expect(pending).toHaveLength(1)
  await fleet.stop()
})

const blue = { deployment: { id: 'blue', rank: 1 } }
const green = { deployment: { id: 'green', rank: 2 } }

test('a newer deployment gets all partitions once it has run for a while, and the older one gets them back when it is gone', async () => {
  const fleet = await startFleet({ definitions: [counter], partitions: 8, options: { handOversMax: 2 } })
  const [old] = fleet.workers
  await fleet.clock.advance(settledMs)
  const first = await fleet.addWorker([counter], green)
  await fleet.clock.advance(workerDefaults.fitAfterMs / 2)
  expect([old?.owned.length, first.owned.length]).toEqual([8, 0]) // it might not live
  const second = await fleet.addWorker([counter], green)
  await fleet.clock.advance(settledMs)
  expect([old?.owned.length, first.owned.length, second.owned.length]).toEqual([0, 4, 4])
  expect((await fleet.log()).filter(({ kind, worker }) => kind === 'release' && worker === old?.id)).toHaveLength(8) // handed over, not taken
  await fleet.crash(first)
  await fleet.crash(second)
  await fleet.clock.advance(settledMs)
  expect(old?.owned).toHaveLength(8)
  await fleet.stop()
})

test('partitions that are pinned go to their deployment and wait for it; without the pin they go to the newest', async () => {
  const fleet = await startFleet({ definitions: [counter], partitions: 4 })
  const older = await fleet.addWorker([counter], blue)
  const newer = await fleet.addWorker([counter], green)
  await fleet.clock.advance(settledMs)
  expect(newer.owned).toEqual([0, 1, 2, 3])
  await fleet.ports.orders.change(orderPin('blue')) // rolled back
  await fleet.clock.advance(settledMs)
  expect(older.owned).toEqual([0, 1, 2, 3])
  await fleet.ports.orders.change(orderPin('green', [2]))
  await fleet.clock.advance(settledMs)
  expect([older.owned, newer.owned]).toEqual([[0, 1, 3], [2]])
  await fleet.crash(newer)
  await fleet.clock.advance(settledMs)
  expect([older.owned, fleet.owned()]).toEqual([[0, 1, 3], 3]) // nobody else takes what is pinned
  await fleet.ports.orders.change(undoPins())
  await fleet.clock.advance(settledMs)
  expect(older.owned).toEqual([0, 1, 2, 3])
  await fleet.stop()
})

test('a worker drained by order gives its partitions back and gets none, stays alive, and is given some when the order is taken back', async () => {
  const fleet = await startFleet({ definitions: [counter], workers: 2, partitions: 4 })
  await fleet.clock.advance(settledMs)
  const [one, other] = fleet.workers
  await fleet.ports.orders.change(orderDrain('w1'))
  await fleet.clock.advance(settledMs)
  expect([one?.owned.length, other?.owned.length]).toEqual([0, 4])
  await fleet.ports.orders.change(undoDrain('w1'))
  await fleet.clock.advance(settledMs)
  expect([one?.owned.length, other?.owned.length]).toEqual([2, 2])
  await fleet.stop()
})
