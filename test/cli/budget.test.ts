import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { budgetActor } from '../../actors/budget-actor.ts'
import { connectNats, createNamespace, natsPorts } from '../../runtime/nats/index.ts'
import { startWorker, type Worker } from '../../runtime/worker.ts'
import { startNatsServer, type NatsServer } from '../support/nats-server.ts'
import { json, troupe, type Ended } from './troupe.ts'

const partitions = 2
let server: NatsServer
let worker: Worker
let connection: Awaited<ReturnType<typeof connectNats>>

beforeAll(async () => {
  server = await startNatsServer()
  connection = await connectNats({ servers: server.url, name: 'test' })
  await createNamespace(connection, { namespace: 'troupe', partitions })
  worker = await startWorker({ ports: await natsPorts(connection, 'troupe'), definitions: [budgetActor({ callUsdMax: () => 0 })] })
  await vi.waitUntil(() => worker.owned.length === partitions, { timeout: 10_000 })
})
afterAll(async () => {
  await worker.drain()
  await connection.close()
  await server.stop()
})

const here = (...args: readonly string[]): Promise<Ended> => troupe(['budget', ...args], { NATS_URL: server.url })

test('budgets are set, spent from, shown, reset and removed from the command line', { timeout: 60_000 }, async () => {
  const set = await here('set', 'tenant', '5', '--per', 'day', '--tz', 'Europe/Berlin')
  expect(set).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^scope +per +limit.*\ntenant +day +5 +0 +0 +5 +\S+Z \(Europe\/Berlin\)\n$/),
  })
  const ask = (...words: readonly string[]) => troupe(['ask', 'budget/main', ...words], { NATS_URL: server.url })
  await ask('{"type":"budget.reserve","id":"a","usd":2,"agent":"x","run":"t"}')
  await ask('{"type":"budget.reserve","id":"b","usd":1,"agent":"x","run":"t"}')
  await ask('{"type":"budget.settle","id":"a","usd":1.25}')
  const [listed, whole] = [await here(), await here('--json')]
  expect(listed.out).toMatch(/^tenant +day +5 +1\.25 +1 +2\.75 /m)
  expect(listed.out).toMatch(/^tenant +total +- +1\.25 +1 +- +-$/m)
  expect(listed.err).toBe('Open reservations: 1.\n')
  expect(json(whole)).toMatchObject({ ok: true, open: 1, budgets: expect.arrayContaining([expect.objectContaining({ leftUsd: 2.75 })]) })
  expect((await here('reset', 'tenant')).out).toMatch(/^tenant +day +5 +0 +1 +4 /m)
  expect(await here('remove', 'tenant', '--per', 'day')).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^tenant +day +- +0 +1 +- /m),
  })
  await here('set', 'agent:writer', '0', '--per', 'total')
  expect(await here('remove', 'agent:writer')).toMatchObject({ code: 0, out: 'agent:writer: remove is done\n' })
  expect(await here('reset', 'agent:writer')).toMatchObject({ code: 1, err: expect.stringMatching(/^TR_BUDGET_NOT_SET: [^\n]+\n$/) })
})

test.each([
  ['set tenant five --per day', /TR_CLI_ARGUMENT_INVALID: .*'five'/],
  ['set tenant NaN --per day', /TR_CLI_ARGUMENT_INVALID: .*'NaN'/],
  ['set tenant -- -1 --per day', /per/],
  ['set everybody 5 --per day', /TR_CLI_ARGUMENT_INVALID: .*agent:<name>/],
  ['set tenant 5', /--per/],
  ['set tenant 5 --per week', /day, month, total/],
  ['reset agent:', /TR_CLI_ARGUMENT_INVALID/],
])('`troupe budget %s` is refused before anything is asked', async (args, why) => {
  const ended = await troupe(['budget', ...args.split(' ')], { NATS_URL: 'nats://127.0.0.1:1' })
  expect(ended.code).toBe(2)
  expect(ended.err).toMatch(why)
})
