// Policies, explanations and predictions against a real stack: a worker with the main job's actors, a projector, and commands as processes.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { troupeActors } from '../../actors/index.ts'
import { connectTroupe, type TroupeClient } from '../../client/index.ts'
import type { CoordinatorAnswer } from '../../machines/coordinator-messages.ts'
import type { CoordinatorStats } from '../../machines/coordinator-stats.ts'
import { createNamespace } from '../../runtime/nats/create-namespace.ts'
import { connectNats, natsPorts } from '../../runtime/nats/index.ts'
import { startWorker, type Worker } from '../../runtime/worker.ts'
import { openDatabase } from '../../services/history/database.ts'
import { openHistory } from '../../services/history/history.ts'
import { followLog } from '../../services/projector/follow-log.ts'
import { startProjector, type Projector } from '../../services/projector/projector.ts'
import { startStack, type Stack } from '../../services/stack/stack.ts'
import { fakePorts } from '../support/actor-ports.ts'
import { json, troupe, type Ended } from './troupe.ts'

const partitions = 4
let folder = ''
let stack: Stack
let worker: Worker
let projector: Projector
let client: TroupeClient
let orm: Awaited<ReturnType<typeof openDatabase>>
let connection: Awaited<ReturnType<typeof connectNats>>

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'troupe-policy-'))
  stack = await startStack({ folder, log: () => {} })
  connection = await connectNats({ servers: stack.natsUrl, name: 'test' })
  await createNamespace(connection, { namespace: 'troupe', partitions })
  const ports = await natsPorts(connection, 'troupe')
  worker = await startWorker({ ports, definitions: troupeActors(fakePorts([])), id: 'w1', options: { flushEveryMs: 50, tickMs: 20 } })
  await vi.waitUntil(() => worker.owned.length === partitions, { timeout: 10_000 })
  orm = await openDatabase(stack.databaseUrl)
  const report = { advanced: () => {}, retrying: () => {}, stopped: () => {} }
  projector = await startProjector({ namespace: 'troupe', partitions, log: ports.log, orm, follow: followLog(ports), report })
  client = await connectTroupe({ connection, namespace: 'troupe', tenant: 'main' })
})

afterAll(async () => {
  await client.close()
  await projector.drain()
  await worker.drain()
  await orm.close(true)
  await connection.close()
  await stack.close()
  await rm(folder, { recursive: true, force: true })
})

const here = (...args: readonly string[]): Promise<Ended> => troupe([...args, '--data', folder], { USER: 'ada' })

async function policyFile(version: string, fields: object = {}): Promise<string> {
  const file = join(folder, `${version}.json`)
  await writeFile(file, JSON.stringify({ format: 1, version, ...fields }))
  return file
}

const policies = async (tenant = 'main') =>
  (await client.ask<CoordinatorStats>({ tenant, type: 'coordinator', key: 'main' }, { type: 'coordinator.stats' })).policies

/** Rates of success by agent, the same for every task. */
const rates: Readonly<Record<string, number>> = { researcher: 0.85, librarian: 0.5, generalist: 0.3 }

/** One decision of a shard or of the root, and its outcome. */
async function decideAndReport(n: number, tenant = 'main'): Promise<string> {
  const target = { tenant, type: 'coordinator', key: 'main' }
  const answer = await client.ask<CoordinatorAnswer>(target, { type: 'agent.choose', taskId: `d${n}`, taskType: 'question' })
  if (answer.type !== 'agent.chosen') throw new Error(answer.why)
  const [choice] = answer.choices
  if (!choice) throw new Error('no choice')
  const ok = (n * 0.618_034) % 1 < (rates[choice.agent] ?? 0)
  const report = { type: 'outcome.report', decisionId: choice.decisionId, ok, reward: ok ? 1 : 0, costUsd: 0.002, latencyMs: 800 }
  await client.ask(target, report)
  return choice.agent
}

const settledRows = async (tenant: string): Promise<number> => {
  const [row] = await orm.em
    .fork()
    .execute<{ n: number }[]>('select count(*)::int as n from decisions where tenant = ? and settled_at is not null', [tenant])
  return row?.n ?? 0
}

test('what a command says is in force is what the coordinator goes by', { timeout: 60_000 }, async () => {
  expect((await here('policy')).out).toContain('confirmed by its coordinator')
  const file = await policyFile('curious-1', { explore: 0.05, halfLifeMs: null })
  expect(await here('policy', 'add', file, '--note', 'explore more')).toMatchObject({
    code: 0,
    out: 'curious-1 is a draft of tenant main.\n',
  })
  await here('policy', 'add', await policyFile('pinned-1', { mode: { kind: 'pinned', arm: 'librarian' } }))
  expect(await here('policy', 'shadow', 'pinned-1')).toMatchObject({ code: 0, err: '' })
  expect(await here('policy', 'canary', 'curious-1', '--share', '0.25')).toMatchObject({ code: 0, err: '' })
  expect(await policies()).toMatchObject({
    live: { version: 'default' },
    canary: { policy: { version: 'curious-1' }, share: 0.25 },
    shadow: { version: 'pinned-1' },
  })
  expect(await here('policy', 'promote', 'curious-1', '--force', '--note', 'decided in the meeting')).toMatchObject({
    code: 0,
    err: expect.stringContaining('Forced, although: policy curious-1 of tenant main'),
  })
  const after = await policies()
  expect(after).toMatchObject({ live: { version: 'curious-1', explore: 0.05 } })
  expect(after.canary).toBeUndefined()
  expect(after.live.halfLifeMs).not.toBeTypeOf('number') // never forgets: the wire has not made it the default
  expect(await here('policy', 'rollback')).toMatchObject({ code: 0 })
  expect(await policies()).toMatchObject({ live: { version: 'default' } })
  const { changes } = json(await here('policy', 'changes', '--json')) as {
    changes: readonly { action: string; by: string; forced: boolean }[]
  }
  expect(changes.map(({ action, by, forced }) => [action, by, forced])).toEqual([
    ['rollback', 'ada', false],
    ['promote', 'ada', true],
    ['canary', 'ada', false],
    ['shadow', 'ada', false],
    ['add', 'ada', false],
    ['add', 'ada', false],
  ])
})

test('what cannot be done with a policy is one sentence and exit code 2', { timeout: 60_000 }, async () => {
  const file = await policyFile('other', { explore: 0.03 })
  await here('policy', 'add', file)
  await policyFile('other', { explore: 0.04 })
  const results = await Promise.all([
    here('policy', 'add', file),
    here('policy', 'add', await policyFile('wrong', { explore: 7, colour: 'red' })),
    here('policy', 'add', await policyFile('later', { format: 2 })),
    here('policy', 'add', join(folder, 'missing.json')),
    here('policy', 'show', 'constructor'),
    here('policy', 'evaluate', 'other', '--tenant', 'nobody'),
    here('policy', 'promote', 'other', '--force'),
    here('policy', 'canary', 'other', '--share', '2'),
  ])
  expect(results.map(({ code }) => code)).toEqual([2, 2, 2, 2, 2, 2, 2, 2])
  expect(results.map(({ err }) => /^TR_\w+/.exec(err)?.[0] ?? 'usage')).toEqual([
    'TR_POLICY_VERSION_TAKEN',
    'TR_POLICY_INVALID',
    'TR_POLICY_FORMAT_UNKNOWN',
    'TR_POLICY_INVALID',
    'TR_POLICY_UNKNOWN',
    'TR_POLICY_UNKNOWN',
    'TR_CLI_ARGUMENT_INVALID',
    'usage',
  ])
  expect(results[1]?.err).toMatch(/colour.*explore|explore.*colour/)
})

test(
  'a prediction shows who could do it, best first, and decides nothing; a refusal says which constraint removed whom',
  { timeout: 60_000 },
  async () => {
    const { decided } = (await client.ask<CoordinatorStats>('main/coordinator/main', { type: 'coordinator.stats' })).counts
    const shown = await here('predict', '--type', 'question', '--deadline', '30s', '--budget', '0.05', '--weights', 'success=1,cost=0.5')
    expect(shown).toMatchObject({ code: 0, err: '' })
    expect(shown.out).toMatch(/researcher +0 +\d+ % \(\d+ % to \d+ %\)/)
    expect(shown.out).toContain('by policy default; nothing was decided')
    const unknown = await here('predict', '--type', 'poem')
    expect(unknown).toMatchObject({ code: 2, err: expect.stringMatching(/^TR_TASK_TYPE_UNKNOWN: [^\n]+\n$/) })
    const none = await here('predict', '--type', 'question', '--needs', 'telepathy')
    expect(none).toMatchObject({ code: 2, err: expect.stringMatching(/^TR_AGENT_NONE: /) })
    expect(none.out).toMatch(/researcher .*telepathy/)
    expect(json(await here('predict', '--type', 'poem', '--json'))).toMatchObject({ ok: false, code: 'TR_TASK_TYPE_UNKNOWN' })
    const stats = await client.ask<CoordinatorStats>('main/coordinator/main', { type: 'coordinator.stats' })
    expect(stats.counts.decided).toBe(decided)
  },
)

test('a decision is explained from the history, to people and to programs', { timeout: 60_000 }, async () => {
  const agent = await decideAndReport(1)
  await vi.waitUntil(async () => (await settledRows('main')) > 0, { timeout: 10_000, interval: 20 })
  const { code, out } = await here('explain', 'd1')
  expect(code).toBe(0)
  expect(out).toMatch(/^task main\/task\/d1: question, one decision\n/)
  expect(out).toContain(`chosen      ${agent}, with probability`)
  expect(out).toMatch(new RegExp(`→ +${agent} +0 +\\d+ % \\(`))
  expect(out).toMatch(/summarizer .*question/) // excluded, and by what
  expect(out).toMatch(/came of it {2}(succeeded|failed) at .*; reward [01], \d+ % predicted; cost \$0\.0020.*; surprise \d/)
  expect(json(await here('explain', 'd1', '--json'))).toMatchObject({
    task: 'd1',
    decisions: [{ arm: agent, policyVersion: 'default', outcome: { costUsd: 0.002 } }],
  })
  expect(await here('explain', 'nothing')).toMatchObject({ code: 2, err: expect.stringMatching(/^TR_CLI_NOT_FOUND: /) })
  const history = openHistory(orm)
  expect(await history.decisions('d1', 'main')).toMatchObject([{ arm: agent, rank: 1, shard: 'main' }])
  expect(await history.decisions('d1', 'zeta')).toEqual([])
})

test('a version is evaluated on real decisions: a good one is promoted, a bad one is not', { timeout: 120_000 }, async () => {
  const on = ['--tenant', 'lab'] as const
  await here('policy', 'add', await policyFile('wide-1', { explore: 0.4 }), ...on)
  await here('policy', 'add', await policyFile('best-1', { mode: { kind: 'pinned', arm: 'researcher' } }), ...on)
  await here('policy', 'add', await policyFile('worst-1', { mode: { kind: 'pinned', arm: 'generalist' } }), ...on)
  await here('policy', 'promote', 'wide-1', '--force', '--note', 'to learn', ...on)
  const rounds = 1_200
  for (let n = 0; n < rounds; n += 10) await Promise.all(Array.from({ length: 10 }, (_, at) => decideAndReport(n + at, 'lab')))
  await vi.waitUntil(async () => (await settledRows('lab')) === rounds, { timeout: 30_000, interval: 50 })
  const evaluated = await here('policy', 'evaluate', 'best-1', ...on)
  expect(evaluated).toMatchObject({ code: 0, err: '' })
  const best = json(await here('policy', 'evaluate', 'best-1', '--json', ...on)) as {
    value: { low: number; high: number }
    difference: { low: number }
  }
  expect(best.value.low).toBeLessThan(0.9)
  expect(best.value.high).toBeGreaterThan(0.8)
  expect(best.difference.low).toBeGreaterThan(0)
  expect(await here('policy', 'promote', 'worst-1', ...on)).toMatchObject({
    code: 2,
    err: expect.stringMatching(/^TR_POLICY_NOT_(BETTER|EVALUATED): /),
  })
  expect((await policies('lab')).live.version).toBe('wide-1')
  const promoted = await here('policy', 'promote', 'best-1', ...on)
  expect(promoted).toMatchObject({ code: 0, err: '' })
  expect(promoted.out).toContain('doubly robust, over 1200 decisions of wide-1')
  expect((await policies('lab')).live.version).toBe('best-1')
  if (process.env['SHOW'])
    process.stdout.write(
      [
        evaluated.out,
        (await here('policy', ...on)).out,
        (await here('explain', 'd1100', ...on)).out,
        (await here('predict', '--type', 'question', '--deadline', '30s', '--budget', '0.05', '--weights', 'success=1,cost=0.5', ...on))
          .out,
      ].join('\n---\n'),
    )
})
