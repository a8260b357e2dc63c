// The gateway's resources on a whole system: tasks done by agents with the built-in offline model, their decisions, letters that died, figures.
import { rmSync } from 'node:fs'
import path from 'node:path'
import { beforeAll, expect, test, vi } from 'vitest'
import { assign, setup } from 'xstate'
import { defineActor } from '../../runtime/define-actor.ts'
import type { Caller } from '../../services/gateway/caller.ts'
import { routes } from '../../services/gateway/routes/index.ts'
import { startOfflineModel } from '../../services/llm/offline/server.ts'
import { settingsOf } from '../../services/settings.ts'
import { composeActors } from '../../services/worker/compose.ts'
import { smallFolder } from '../scenarios/main-job-folder.ts'
import { localCaller } from '../../services/gateway/caller.ts'
import { stackForTests, type Answered } from './actors-stack.ts'

/** Its turn fails for what is no number. */
const till = defineActor({
  name: 'till',
  version: '1',
  machine: setup({
    types: { context: {} as { total: number }, events: {} as { type: 'paid'; amount: number | string } },
    actions: {
      take: assign(({ context, event }) => {
        if (typeof event.amount !== 'number') throw new Error('the amount is no number')
        return { total: context.total + event.amount }
      }),
    },
  }).createMachine({ id: 'till', context: { total: 0 }, initial: 'open', states: { open: { on: { paid: { actions: 'take' } } } } }),
})

let folder = ''

const stack = stackForTests({
  routes,
  async definitions(ending) {
    const root = smallFolder()
    ending.defer(() => rmSync(root, { recursive: true, force: true }))
    folder = path.join(root, 'folder')
    const model = await startOfflineModel()
    ending.defer(() => model.close())
    const settings = settingsOf({ TROUPE_OFFLINE_MODEL_URL: model.url, TROUPE_DATA: path.join(root, 'data'), TROUPE_ROOTS: folder })
    const composed = await composeActors(settings)
    ending.defer(() => composed.close())
    return [...composed.definitions, till]
  },
})

const get = (at: string): Promise<Answered> => stack().get(at)
const post = (at: string, body: object, headers?: Readonly<Record<string, string>>): Promise<Answered> => stack().post(at, body, headers)
const submit = (fields: object) => ({
  taskType: 'question',
  prompt: 'How does a lake freeze?',
  root: folder,
  collection: 'docs',
  ...fields,
})
const eventually = <Value>(look: () => Promise<Value | false | undefined>): Promise<Value> =>
  vi.waitUntil(look, { timeout: 20_000, interval: 50 })
const settled = (id: string): Promise<Answered> =>
  eventually(async () => {
    const answered = await get(`/tasks/${id}`)
    return answered.status === 200 && answered.body.finishedAt !== undefined && answered
  })

beforeAll(async () => {
  await stack().client.ask('main/memory/docs', { type: 'memory.ingest', root: folder }, { deadlineMs: 20_000 })
  expect((await post('/tasks', submit({ id: 'frozen' }))).body).toEqual({ id: 'frozen', actor: 'main/task/frozen' })
  await settled('frozen')
}, 60_000)

test('a task that was submitted is listed, found by its words, and told whole with its execution', async () => {
  const { body: task } = await get('/tasks/frozen')
  expect(task).toMatchObject({ id: 'frozen', tenant: 'main', status: 'completed', taskType: 'question', offline: true })
  expect(task.answer).toEqual(expect.any(String))
  expect(task.executions).toEqual([expect.objectContaining({ status: 'succeeded', agent: task.agent, decisionId: expect.any(String) })])
  for (const query of ['', '?status=completed', '?type=question', '?q=free', '?q=frozen%20lake', '?tenant=main'])
    expect(
      (await get(`/tasks${query}`)).body.rows.map(({ id }: { id: string }) => id),
      query,
    ).toContain('frozen')
  for (const query of ['?status=failed', '?type=table', '?q=glacier', '?q=!!', '?tenant=acme'])
    expect(
      (await get(`/tasks${query}`)).body.rows.map(({ id }: { id: string }) => id),
      query,
    ).not.toContain('frozen')
})

test('a run has a span for the task, its agent and each model call, a critical path through both, and all of its time', async () => {
  const { body: run } = await eventually(async () => {
    const answered = await get('/tasks/frozen/run')
    return answered.body.spans.every(({ to }: { to?: number }) => to !== undefined) && answered
  })
  const { body: task } = await get('/tasks/frozen')
  const kinds = run.spans.map(({ kind }: { kind: string }) => kind)
  expect(kinds).toEqual(expect.arrayContaining(['task', 'agent', 'llm', 'queue']))
  expect(run.critical).toEqual(['main/task/frozen', task.agentActor])
  const calls = await stack().parts.orm.em.fork().execute('select 1 from llm_calls where task_id = ?', ['frozen'])
  expect(run.spans.filter(({ kind }: { kind: string }) => kind === 'llm')).toHaveLength(calls.length)
  const { llm, tool, human, queue, other } = run.time
  expect(llm + tool + human + queue + other).toBe(task.finishedAt - task.submittedAt)
  expect(run.messages[0]).toMatchObject({ from: 'client', to: 'main/task/frozen', type: 'task.submit' })
  expect(run.messages.map(({ type }: { type: string }) => type)).toEqual(expect.arrayContaining(['agent.choose', 'agent.chosen']))
  expect(run.cost).toEqual([{ actor: task.agentActor, costUsd: 0, tokens: expect.any(Number), calls: calls.length }])
  expect(run.cut).toBe(false)
})

test('what is asked for wrongly is refused with the field, and nothing is started', async () => {
  const wrong = await post('/tasks', { taskType: 'table', prompt: 'x', root: folder, collection: 'docs' })
  expect(wrong).toMatchObject({ status: 400, body: { code: 'TR_REQUEST_INVALID', faults: [expect.stringContaining('file')] } })
  expect(await post('/tasks', submit({ id: 'x', promt: 'misspelled' }))).toMatchObject({ status: 400 })
  expect(await get('/tasks?after=nonsense')).toMatchObject({ status: 400, body: { code: 'TR_CURSOR_INVALID' } })
  expect(await get('/tasks?limit=201')).toMatchObject({ status: 400 })
  for (const at of ['/tasks/nowhere', '/tasks/nowhere/run', '/decisions/nowhere', '/agents/nowhere', '/dead-letters/9.9.9'])
    expect(await get(at), at).toMatchObject({ status: 404, body: { code: 'TR_RESOURCE_MISSING' } })
})

test('a request with a key is done once: the same again gets the same answer, another body with that key a conflict', async () => {
  const key = { 'idempotency-key': 'k1' }
  const first = await post('/tasks', submit({}), key)
  expect(first.status).toBe(200)
  expect(await post('/tasks', submit({}), key)).toEqual(first)
  expect(await post('/tasks', submit({ prompt: 'Another?' }), key)).toMatchObject({ status: 409, body: { code: 'TR_RESOURCE_CONFLICT' } })
  expect((await post('/tasks', submit({}), { 'idempotency-key': 'k2' })).body.id).not.toBe(first.body.id)
  await settled(first.body.id)
})

test('a task that waits for a person is listed until somebody decides, and who decides late is told so', async () => {
  await post('/tasks', submit({ id: 'asks', escalate: { always: true } }))
  const asked = await eventually(async () => {
    const { body } = await get('/approvals')
    return body.rows.find(({ actor }: { actor: string }) => actor === 'main/task/asks')
  })
  expect(asked).toMatchObject({ taskId: 'asks', kind: 'task', step: expect.any(String), expiresAt: expect.any(Number) })
  expect((await get('/tasks/asks')).body.budgetUsd).toBe(1)
  expect((await get('/tasks?status=waiting')).body.rows).toEqual([expect.objectContaining({ id: 'asks', waitingFor: asked.step })])
  const foreign: Caller = { ...localCaller, id: 'ann', tenant: 'acme' }
  stack().caller = foreign
  expect(await post('/approvals', { actor: 'main/task/asks', decision: 'approve' })).toMatchObject({ status: 404 })
  expect((await get('/approvals')).body.rows).toEqual([])
  stack().caller = localCaller
  expect(await post('/approvals', { actor: 'main/task/asks', decision: 'approve' })).toMatchObject({
    status: 200,
    body: { sent: 'task.approve' },
  })
  expect((await settled('asks')).body.status).toBe('completed')
  expect(await post('/approvals', { actor: 'main/task/asks', decision: 'approve' })).toMatchObject({
    status: 409,
    body: { code: 'TR_APPROVAL_ANSWERED' },
  })
  const { time, spans } = (await get('/tasks/asks/run')).body
  expect(spans.filter(({ kind }: { kind: string }) => kind === 'human')).toHaveLength(1)
  expect(time.human).toBeGreaterThan(0)
})

test('a task that is cancelled ends, once', async () => {
  await post('/tasks', submit({ id: 'stopped', escalate: { always: true } }))
  await eventually(async () => (await get('/tasks/stopped')).body.status === 'waiting')
  expect(await post('/tasks/stopped/cancel', { reason: 'a mistake' })).toMatchObject({ status: 200, body: { actor: 'main/task/stopped' } })
  expect((await settled('stopped')).body).toMatchObject({ status: 'cancelled', reason: expect.stringContaining('a mistake') })
  expect(await post('/tasks/stopped/cancel', { reason: 'again' })).toMatchObject({ status: 409 })
  expect(await post('/tasks/nobody/cancel', { reason: 'x' })).toMatchObject({ status: 404, body: { code: 'TR_ACTOR_NOT_FOUND' } })
})

test('a decision is told with its candidates, and what came of it', async () => {
  const { body } = await get('/decisions?task=frozen')
  const [row] = body.rows
  expect(row).toMatchObject({ taskId: 'frozen', taskType: 'question', rank: 1, predicted: expect.any(Number), outcome: { ok: true } })
  const { body: whole } = await get(`/decisions/${row.id}`)
  expect(whole).toMatchObject({ id: row.id, arm: row.arm, policyVersion: row.policyVersion })
  expect(whole.candidates.find(({ arm }: { arm: string }) => arm === row.arm)).toMatchObject({
    propensity: expect.closeTo(row.propensity, 3),
    sample: expect.any(Number),
  })
  const byAgent = (await get(`/decisions?agent=${row.arm}`)).body.rows
  expect(byAgent.map(({ id }: { id: string }) => id)).toContain(row.id)
  expect((await get('/decisions?agent=nobody')).body.rows).toEqual([])
})

test('a prediction names candidates and decides nothing; one of an unknown type says so', async () => {
  const before = (await get('/decisions')).body.rows.length
  const { body } = await post('/predictions', { taskType: 'question' })
  expect(body).toMatchObject({ ok: true, policyVersion: expect.any(String) })
  expect(body.candidates.length).toBeGreaterThan(1)
  expect((await post('/predictions', { taskType: 'unheard-of' })).body).toMatchObject({ ok: false, code: 'TR_TASK_TYPE_UNKNOWN' })
  expect((await get('/decisions')).body.rows).toHaveLength(before)
})

test('the coordinator says what it has learned, and the calibration is that of the settled decisions', async () => {
  const { body } = await eventually(async () => {
    const answered = await get('/coordinator')
    return answered.body.learned.length > 0 && answered.body.calibration.outcomes > 0 && answered
  })
  expect(body).toMatchObject({ tenant: 'main', policies: { live: { version: expect.any(String), mode: 'thompson' } }, blocked: [] })
  expect(body.agents).toBeGreaterThan(3)
  const bins: readonly { n: number }[] = body.calibration.bins
  expect(bins.reduce((sum, { n }) => sum + n, 0)).toBe(body.calibration.outcomes)
  expect(body.days.at(-1).decided).toBeGreaterThan(0)
})

test('agents are listed with filters, and one has its record', async () => {
  const { body } = await get('/agents')
  expect(body.rows.map(({ name }: { name: string }) => name)).toContain('researcher')
  const { agent } = (await get('/tasks/frozen')).body
  expect((await get(`/agents/${agent}`)).body).toMatchObject({ name: agent, record: [expect.objectContaining({ taskType: 'question' })] })
  const doing = (await get('/agents?type=table')).body.rows
  expect(doing.every(({ taskTypes }: { taskTypes: string[] }) => taskTypes.includes('table'))).toBe(true)
  expect((await get('/agents?limit=1')).body).toMatchObject({ rows: [{}], next: expect.any(String) })
  expect((await get('/skills')).body.rows).toEqual([])
})

test('a letter that died is listed, grouped, tried with another event, redriven once, and open no more', async () => {
  const { client } = stack()
  await client.send('main/till/a', { type: 'paid', amount: 2 })
  await client.send('main/till/a', { type: 'paid', amount: 'many 17', apiKey: 'sk-abcdefghijklmnopqrstuvwxyz' })
  await client.send('main/till/b', { type: 'paid', amount: 'many 18' })
  const rows = await eventually(async () => {
    const { body } = await get('/dead-letters?type=till')
    return body.rows.length === 2 && body.rows
  })
  const letter = rows.find(({ actor }: { actor: string }) => actor === 'main/till/a')
  expect(letter).toMatchObject({ code: 'TR_TURN_FAILED', event: 'paid', redriven: false })
  const { body: groups } = await get('/dead-letters/groups')
  const group = groups.rows.find(({ type }: { type: string }) => type === 'till')
  expect(group).toMatchObject({ id: letter.group, count: 2, open: 2, actors: 2 })
  const { body: whole } = await get(`/dead-letters/${letter.id}`)
  expect(whole).toMatchObject({ content: { type: 'paid', apiKey: '[redacted]' }, kept: true, redrives: [] })
  const asItWas = await post(`/dead-letters/${letter.id}/dry-run`, {})
  expect(asItWas.body).toMatchObject({ ok: false, error: { code: 'TR_TURN_FAILED' } })
  const edit = { type: 'paid', amount: 5 }
  expect((await post(`/dead-letters/${letter.id}/dry-run`, { edit })).body).toMatchObject({ ok: true, would: { handled: true } })
  const sent = await post('/dead-letters/redrive', { ids: [letter.id], edit })
  expect(sent).toMatchObject({
    status: 200,
    body: { redriven: [{ id: letter.id, message: `redrive.${letter.id}.1` }], skipped: [], left: 0 },
  })
  expect((await post('/dead-letters/redrive', { ids: [letter.id], edit })).body).toMatchObject({
    redriven: [],
    skipped: [{ why: 'it was sent again before' }],
  })
  await vi.waitFor(async () => expect(await client.query('main/till/a')).toMatchObject({ context: { total: 7 } }))
  await eventually(async () => (await get('/dead-letters?open=true&type=till')).body.rows.length === 1)
  expect((await get(`/dead-letters/${letter.id}`)).body).toMatchObject({ redriven: true, redrives: [{ by: 'local' }] })
  expect((await post('/dead-letters/redrive', { group: letter.group })).body).toMatchObject({ redriven: [{}], left: 0 })
})

test('a redrive is refused when it could not be done within its request, or names what is not there', async () => {
  expect(await post('/dead-letters/redrive', { group: 'x', perSecond: 1, max: 100 })).toMatchObject({ status: 400 })
  expect(await post('/dead-letters/redrive', {})).toMatchObject({ status: 400 })
  expect(await post('/dead-letters/redrive', { ids: ['9.9.9'] })).toMatchObject({ status: 404 })
  expect(await post('/dead-letters/redrive', { group: 'nothing' })).toMatchObject({ status: 404 })
})

test('the gateway says that it runs, that what it needs answers, and how it is set without a secret', async () => {
  expect((await get('/health')).body).toMatchObject({ ok: true, version: '0' })
  await eventually(async () => (await get('/ready')).status === 200)
  const { body } = await get('/config')
  expect(body).toMatchObject({ partitions: 4, caller: { id: 'local', via: 'local' } })
  expect(body.settings.DATABASE_URL).toMatch(/^postgres(ql)?:\/\/\*\*\*@/)
  const metrics = await stack().server.inject({ method: 'GET', url: '/v1/metrics' })
  expect(metrics.headers['content-type']).toMatch(/^text\/plain/)
  expect(metrics.body).toMatch(/^troupe_fleet_workers 1$/m)
  expect(metrics.body).toMatch(/^troupe_fleet_partitions_unowned 0$/m)
})

test('the figures of the analytics are those that plain SQL counts', async () => {
  await settled('frozen')
  const { body } = await get('/analytics?days=2')
  const rows = await stack()
    .parts.orm.em.fork()
    .execute<{ tasks: number; completed: number; p50: number; p95: number }[]>(
      `select count(*)::int as tasks, count(*) filter (where status = 'completed')::int as completed,
         percentile_disc(0.5) within group (order by duration_ms) as p50, percentile_disc(0.95) within group (order by duration_ms) as p95
       from tasks where finished_at is not null and finished_at < ?`,
      [new Date(body.at)],
    )
  expect(body.total).toMatchObject({ tasks: rows[0]?.tasks, completed: rows[0]?.completed })
  const sum = (list: readonly { tasks: number }[]): number => list.reduce((total, { tasks }) => total + tasks, 0)
  for (const list of [body.days, body.types, body.agents, body.rows]) expect(sum(list)).toBe(body.total.tasks)
})

test('alerts name a tenant that is paused, and only its callers and those of all tenants see it', async () => {
  const { ports } = stack().parts
  await ports.orders.change((orders) => ({ ...orders, paused: { ...orders.paused, quiet: { at: Date.now(), by: 'ann', cause: 'costs' } } }))
  const seen = await eventually(async () => {
    const { body } = await get('/alerts')
    return body.rows.find(({ id }: { id: string }) => id === 'tenant-paused:quiet')
  })
  expect(seen).toMatchObject({ severity: 'critical', detail: expect.stringContaining('costs, ordered by ann') })
  stack().caller = { ...localCaller, id: 'bob', tenant: 'acme' }
  expect((await get('/alerts')).body.rows).toEqual([])
  stack().caller = localCaller
  await ports.orders.change(({ paused: _, ...orders }) => orders)
})

test('a worker that is told to drains, one that is not there is named', async () => {
  expect(await post('/fleet/workers/nobody/drain', {})).toMatchObject({ status: 404 })
  const [worker] = (await get('/fleet')).body.workers
  expect((await post(`/fleet/workers/${worker.id}/drain`, {})).body).toEqual({ drained: [worker.id] })
  expect((await post(`/fleet/workers/${worker.id}/drain`, { undo: true })).body).toEqual({ drained: [] })
})
