import { jetstreamManager } from '@nats-io/jetstream'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { coordinatorActor } from '../../actors/coordinator-actor.ts'
import { connectTroupe, type TroupeClient } from '../../client/index.ts'
import type { CoordinatorAnswer } from '../../machines/coordinator-messages.ts'
import { coordinatorShardKey, shardOf } from '../../machines/coordinator-shards.ts'
import type { CoordinatorStats } from '../../machines/coordinator-stats.ts'
import { streams } from '../../machines/subject.ts'
import { connectNats, createNamespace, natsPorts } from '../../runtime/nats/index.ts'
import type { Ports } from '../../runtime/ports.ts'
import { startWorker, type Worker } from '../../runtime/worker.ts'
import { followLog } from '../../services/projector/follow-log.ts'
import { startProjector } from '../../services/projector/projector.ts'
import { cardOf, decisionOf } from '../support/coordinators.ts'
import { postgresForTests } from '../support/history-database.ts'
import { startNatsServer, type NatsServer } from '../support/nats-server.ts'
import { json, troupe } from './troupe.ts'

const partitions = 2
const tasks = 40
const postgres = postgresForTests()
let server: NatsServer
let worker: Worker
let client: TroupeClient
let ports: Ports
let connection: Awaited<ReturnType<typeof connectNats>>

const coordinator = (key: string) => ({ tenant: 'main', type: 'coordinator', key })
const main = (): Promise<CoordinatorStats> => client.ask<CoordinatorStats>(coordinator('main'), { type: 'coordinator.stats' })
const outcomesOf = ({ shards, counts }: CoordinatorStats): number =>
  Object.values(shards).reduce((sum, { outcomes }) => sum + outcomes, counts.settled)

beforeAll(async () => {
  server = await startNatsServer()
  connection = await connectNats({ servers: server.url, name: 'test' })
  await createNamespace(connection, { namespace: 'troupe', partitions })
  ports = await natsPorts(connection, 'troupe')
  const roster = [cardOf('librarian', 'question'), cardOf('analyst', 'question', 'table')]
  worker = await startWorker({ ports, definitions: [coordinatorActor(roster)] })
  await vi.waitUntil(() => worker.owned.length === partitions, { timeout: 10_000 })
  client = await connectTroupe({ connection, namespace: 'troupe', tenant: 'main' })
  for (let task = 0; task < tasks; task++) await decide(`t${task}`, task % 3 === 0)
  await vi.waitUntil(async () => outcomesOf(await main()) === tasks, { timeout: 10_000 })
}, 60_000)

afterAll(async () => {
  await client.close()
  await worker.drain()
  await connection.close()
  await server.stop()
})

async function decide(taskId: string, ok: boolean): Promise<void> {
  const key = coordinatorShardKey(shardOf(taskId))
  const answer = await client.ask<CoordinatorAnswer>(coordinator(key), { type: 'agent.choose', taskId, taskType: 'question' })
  const outcome = { type: 'outcome.report', decisionId: decisionOf(answer), ok, reward: ok ? 0.9 : 0, costUsd: 0.001, latencyMs: 321.5 }
  expect(await client.ask(coordinator(key), outcome)).toEqual({ ok: true })
}

const here = (args: readonly string[], more: Readonly<Record<string, string>> = {}) =>
  troupe(['coordinator', ...args], { NATS_URL: server.url, ...more })

test('the model is shown, and made again from the log it is the same', { timeout: 60_000 }, async () => {
  const [shown, rebuilt] = await Promise.all([here([]), here(['rebuild', '--json'])])
  expect(shown).toMatchObject({ code: 0, out: expect.stringMatching(/^question +(?:analyst|librarian) +\d+\.\d +0\.\d{3}$/m) })
  expect(rebuilt.code).toBe(0)
  expect(json(rebuilt)).toMatchObject({ same: true, source: 'log', outcomes: tasks, missing: 0 })
})

test(
  "when the log's beginning is gone the history is used, and without it the command says what is missing",
  { timeout: 90_000 },
  async () => {
    const url = postgres.newUrl()
    const orm = await postgres.open(url)
    const report = { advanced: () => {}, retrying: () => {}, stopped: () => {} }
    const { namespace, log } = ports
    const projector = await startProjector({ namespace, partitions, log, follow: followLog(ports), orm, report })
    const settled = () => orm.em.fork().execute('select id from decisions where settled_at is not null')
    await vi.waitFor(async () => expect(await settled()).toHaveLength(tasks), { timeout: 20_000, interval: 50 })
    await projector.drain()
    const jsm = await jetstreamManager(connection)
    await jsm.streams.purge(streams('troupe').log, { keep: 4 })
    const rebuilt = await here(['rebuild', '--json'], { DATABASE_URL: url })
    expect(rebuilt.code).toBe(0)
    expect(json(rebuilt)).toMatchObject({ same: true, source: 'history', outcomes: tasks })
    const empty = postgres.newUrl()
    await postgres.open(empty)
    expect(await here(['rebuild'], { DATABASE_URL: empty })).toMatchObject({
      code: 2,
      err: expect.stringMatching(/^TR_CLI_REBUILD_INCOMPLETE: [^\n]+\n$/),
    })
  },
)
