import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { assign, setup } from 'xstate'
import { scheduleActor } from '../../actors/schedule-actor.ts'
import { defineActor } from '../../runtime/define-actor.ts'
import { connectNats, createNamespace, natsPorts } from '../../runtime/nats/index.ts'
import { startWorker, type Worker } from '../../runtime/worker.ts'
import { lengthOf, policyOf, timeOf, whenOf } from '../../services/cli/schedule/spec.ts'
import { startNatsServer, type NatsServer } from '../support/nats-server.ts'
import { json, troupe, type Ended } from './troupe.ts'

const bell = defineActor({
  name: 'bell',
  version: '1',
  machine: setup({ types: { context: {} as { rings: number }, events: {} as { type: 'ring' } } }).createMachine({
    id: 'bell',
    context: { rings: 0 },
    on: { ring: { actions: assign({ rings: ({ context }) => context.rings + 1 }) } },
  }),
})

const partitions = 2
let server: NatsServer
let worker: Worker
let connection: Awaited<ReturnType<typeof connectNats>>

beforeAll(async () => {
  server = await startNatsServer()
  connection = await connectNats({ servers: server.url, name: 'test' })
  await createNamespace(connection, { namespace: 'troupe', partitions })
  const ports = await natsPorts(connection, 'troupe')
  worker = await startWorker({ ports, definitions: [bell, scheduleActor([bell])], options: { flushEveryMs: 50, tickMs: 20 } })
  await vi.waitUntil(() => worker.owned.length === partitions, { timeout: 10_000 })
})
afterAll(async () => {
  await worker.drain()
  await connection.close()
  await server.stop()
})

const here = (...args: readonly string[]): Promise<Ended> => troupe(['schedule', ...args], { NATS_URL: server.url })

test('a schedule is set, paused, shown and listed from the command line, and refuses with a code', { timeout: 60_000 }, async () => {
  const set = await here('set', 'daily', 'bell/tower', 'type=ring', '--cron', '0 9 * * *', '--tz', 'Europe/Berlin', '--catch-up', 'skip')
  expect(set).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^main\/schedule\/daily: next \S+Z {2}\w{3},? 09:00:00 Europe\/Berlin\n$/),
  })
  expect(await here('pause', 'daily')).toMatchObject({ code: 0, out: 'main/schedule/daily: pause is done\n' })
  const [shown, listed, refused] = await Promise.all([here('show', 'daily'), here('list', '--json'), here('trigger', 'nightly')])
  expect(shown.out).toMatch(/^state +paused$[^]+^target +main\/bell\/tower$[^]+^catch up +skip/m)
  expect(json(listed)).toMatchObject({ schedules: [{ schedule: 'main/schedule/daily', state: 'paused', target: 'main/bell/tower' }] })
  expect(refused).toMatchObject({ code: 1, err: expect.stringMatching(/^TR_SCHEDULE_NOT_SET: [^\n]+\n$/) })
})

test('an expression that no schedule would take is refused without a server, with the same code', async () => {
  const wrong = await troupe(['schedule', 'next', '0 9 * * *', '--tz', 'Berlin'])
  expect(wrong).toMatchObject({ code: 2, err: expect.stringMatching(/^TR_SCHEDULE_TIME_ZONE_UNKNOWN: [^\n]+\n$/) })
})

test('the next times of an expression are printed without a server, through a change of the clock', async () => {
  const args = ['schedule', 'next', '30 2 * * *', '--tz', 'Europe/Berlin', '--from', '2027-03-27T12:00:00Z', '--count', '2', '--json']
  expect(json(await troupe(args))).toEqual({ next: ['2027-03-28T01:00:00.000Z', '2027-03-29T00:30:00.000Z'] })
})

test('times say their zone, lengths their unit, and there is one way to say when', () => {
  expect([timeOf('2027-03-28T09:00:00+02:00'), timeOf('2027-03-28T09:00Z')]).toEqual([Date.UTC(2027, 2, 28, 7), Date.UTC(2027, 2, 28, 9)])
  expect(['500ms', '90s', '5m', '2h', '1d'].map(lengthOf)).toEqual([500, 90_000, 300_000, 7_200_000, 86_400_000])
  expect(whenOf({ cron: '@daily', tz: 'Asia/Tokyo' })).toEqual({ cron: '@daily', timeZone: 'Asia/Tokyo' })
  expect(policyOf({ grace: '1m', runTimeout: '2m', paused: true })).toEqual({ graceMs: 60_000, runTimeoutMs: 120_000, paused: true })
  for (const wrong of [
    () => timeOf('2027-03-28T09:00:00'),
    () => timeOf('tomorrow'),
    () => lengthOf('5'),
    () => whenOf({}),
    () => whenOf({ cron: '@daily', every: '5m' }),
    () => whenOf({ every: '5m', tz: 'UTC' }),
  ])
    expect(wrong).toThrow(expect.objectContaining({ code: 'TR_CLI_ARGUMENT_INVALID' }))
})
