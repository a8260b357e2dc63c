// The commands that show and order who owns what, against two workers of two deployments.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { connectNats, createNamespace, natsPorts } from '../../runtime/nats/index.ts'
import { noOrders } from '../../runtime/orders.ts'
import type { Member, PartitionLoad } from '../../runtime/ports.ts'
import { startWorker, type Worker } from '../../runtime/worker.ts'
import { partitionLines, partitionsTable } from '../../services/cli/partitions.ts'
import { numbersOf } from '../../services/cli/ranges.ts'
import { startNatsServer, type NatsServer } from '../support/nats-server.ts'
import { counter } from '../runtime/kernel/actors.ts'
import { json, troupe, type Ended } from './troupe.ts'

const partitions = 4
const ends: (() => Promise<unknown>)[] = []
let server: NatsServer
let blue: Worker
let green: Worker

beforeAll(async () => {
  server = await startNatsServer()
  ends.push(() => server.stop())
  const connection = await connectNats({ servers: server.url, name: 'test' })
  ends.push(() => connection.close())
  await createNamespace(connection, { namespace: 'troupe', partitions })
  const start = async (id: string, rank: number): Promise<Worker> => {
    const own = await connectNats({ servers: server.url, name: id })
    ends.push(() => own.close())
    const ports = await natsPorts(own, 'troupe')
    const options = { fitAfterMs: 0, heartbeatMs: 100 }
    const worker = await startWorker({ ports, definitions: [counter], id: `w-${id}`, deployment: { id, rank }, options })
    ends.push(() => worker.drain())
    return worker
  }
  blue = await start('blue', 1)
  green = await start('green', 2)
})

afterAll(async () => {
  for (const end of ends.toReversed()) await end()
})

const here = (...args: readonly string[]): Promise<Ended> => troupe(args, { NATS_URL: server.url })
const owning = (...wanted: readonly number[]) =>
  expect.poll(() => [blue.owned.length, green.owned.length], { timeout: 10_000 }).toEqual(wanted)

test('the newest deployment owns the partitions until another is pinned', async () => {
  await owning(0, partitions)
  expect((await here('workers')).out).toMatch(/^w-green +green@2 .* running$/m)
  expect(await here('pin', 'blue')).toMatchObject({ code: 0, out: 'All partitions go to blue; see `troupe workers`.\n' })
  await owning(partitions, 0)
  expect(await here('pin', 'green', '--partitions', '1,2')).toMatchObject({ code: 0 })
  await owning(2, 2)
  const listed = await here('workers', '--partitions')
  expect(listed.out).toMatch(/^1 +w-green +\d+ +0 +0 % +0 +green$/m)
  expect(listed.out).toMatch(/^All partitions not listed below are pinned to blue\.\nPartitions 1-2 are pinned to green\.$/m)
  expect(await here('pin', '--clear')).toMatchObject({ code: 0, out: 'All partitions: pins taken back.\n' })
  await owning(0, partitions)
})

test('a worker that is drained by order has no partitions until that is undone', async () => {
  expect(await here('drain', 'w-green')).toMatchObject({ code: 0 })
  await owning(partitions, 0)
  expect((await here('workers')).out).toMatch(/^w-green .* drained$/m)
  expect(json(await here('drain', 'w-green', '--undo', '--json'))).toEqual(noOrders)
  await owning(0, partitions)
})

test('an order that would help nobody is refused', async () => {
  const [nobody, unknown, undone, both, list] = await Promise.all([
    here('pin', 'red'),
    here('drain', 'nobody'),
    here('drain', 'w-blue', '--undo'),
    here('pin', 'blue', '--clear'),
    here('pin', 'blue', '--partitions', '2-9'),
  ])
  expect(nobody).toMatchObject({ code: 2, err: expect.stringMatching(/^TR_CLI_NOT_FOUND: pinning to red: .*alive are blue, green\n$/) })
  expect(unknown).toMatchObject({ code: 2, err: expect.stringMatching(/^TR_CLI_NOT_FOUND: draining nobody: .*w-blue, w-green\n$/) })
  expect(undone).toMatchObject({ code: 2, err: expect.stringMatching(/^TR_CLI_NOT_FOUND: undoing the drain of w-blue: it is not drained/) })
  expect(both).toMatchObject({ code: 2, err: expect.stringMatching(/^TR_CLI_ARGUMENT_INVALID: /) })
  expect(list).toMatchObject({
    code: 2,
    err: expect.stringMatching(/^TR_CLI_ARGUMENT_INVALID: .*'2-9' is no number or range from 0 to 3\n$/),
  })
})

test('a list of partitions is read in any order, each once', () => {
  expect(numbersOf('7, 0-2,1', 8)).toEqual([0, 1, 2, 7])
})

test('a partition that is busy most of the time, or far above the others, is shown as hot', () => {
  const load = (partition: number, turnsPerSecond: number, busyShare: number): PartitionLoad => ({
    partition,
    epoch: 1,
    turnsPerSecond,
    busyShare,
    waiting: 3,
  })
  const member: Member = {
    id: 'w',
    owned: [0, 1, 2],
    draining: false,
    version: '1',
    types: [],
    startedAt: 0,
    host: 'here',
    pid: 1,
    fit: true,
    load: { actors: 0, turns: 0, effects: 0, rssBytes: 0 },
    partitions: [load(0, 10, 0.9), load(1, 900, 0.2), load(2, 90, 0.1)],
  }
  const lines = partitionLines([member], noOrders, 8)
  expect(lines.filter(({ hot }) => hot).map(({ partition }) => partition)).toEqual([0, 1])
  expect(partitionsTable(lines).split('\n')[1]).toMatch(/^0 +w +1 +10 +90 % +3 +- +hot$/)
  expect(lines[3]).toMatchObject({ owner: undefined, hot: false })
})

test('a tenant is paused with a reason, listed, and goes on', async () => {
  const run = (...args: readonly string[]): Promise<Ended> => troupe(args, { NATS_URL: server.url })
  expect((await run('tenants', 'pause', 'acme', '--reason', 'costs')).out).toContain('acme is paused')
  expect(json(await run('tenants', '--json'))).toMatchObject({ acme: { cause: 'costs' } })
  expect(await run('tenants', 'resume', 'other')).toMatchObject({ code: 2, err: expect.stringContaining('paused are acme') })
  expect((await run('tenants', 'resume', 'acme')).out).toContain('acme goes on')
  expect((await run('tenants')).out).toContain('No tenant is paused')
}, 60_000)
