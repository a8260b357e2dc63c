// Alerts and the fleet's memory over HTTP, on a real worker, message server and database.
import { expect, onTestFinished, test, vi } from 'vitest'
import { startLooking } from '../../services/gateway/alert-look.ts'
import { situationOf } from '../../services/gateway/alert-situation.ts'
import type { Caller } from '../../services/gateway/caller.ts'
import { localCaller } from '../../services/gateway/caller.ts'
import { FleetWatch, fleetWatchOf } from '../../services/gateway/fleet/watch.ts'
import { alertRoutes } from '../../services/gateway/routes/alerts.ts'
import { fleetRoutes } from '../../services/gateway/routes/fleet.ts'
import { keepEpisodes, mutesOfTenantMax, readEpisodes, readFiring } from '../../services/history/alert-book.ts'
import { openDatabase } from '../../services/history/database.ts'
import { keepMinutes, readMinutes } from '../../services/history/fleet-minutes.ts'
import { quietLogger } from '../../runtime/telemetry.ts'
import { coordinator, lamp } from './live-stage.ts'
import { stackForTests } from './actors-stack.ts'

const stack = stackForTests({ definitions: async () => [lamp, coordinator], routes: [...alertRoutes, ...fleetRoutes] })
const send = async (method: 'PUT' | 'DELETE', path: string, payload?: object) => {
  const answer = await stack().server.inject({ method, url: `/v1${path}`, ...(payload && { payload }) })
  return { status: answer.statusCode, body: answer.json() }
}
const ofAcme: Caller = { id: 'ada', tenant: 'acme', roles: ['operator'], via: 'token' }
const soon = <Value>(look: () => Promise<Value | false | undefined>): Promise<Value> =>
  vi.waitUntil(look, { timeout: 20_000, interval: 50 })
const as = async <Value>(caller: Caller, work: () => Promise<Value>): Promise<Value> => {
  stack().caller = caller
  try {
    return await work()
  } finally {
    stack().caller = localCaller
  }
}

test('rules are listed with what they go by, set while it runs, and set back', async () => {
  const { body } = await stack().get('/alerts/rules')
  expect(body.rows.find(({ kind }: { kind: string }) => kind === 'loop-late')).toMatchObject({ threshold: 250, unit: 'ms', enabled: true })
  const set = await send('PUT', '/alerts/rules/loop-late', { threshold: 400, forMs: 0 })
  expect(set).toMatchObject({ status: 200, body: { threshold: 400, thresholdDefault: 250, forMs: 0, changed: { by: 'local' } } })
  await send('PUT', '/alerts/rules/loop-late', { enabled: false })
  const after = (await stack().get('/alerts/rules')).body.rows
  expect(after.find(({ kind }: { kind: string }) => kind === 'loop-late')).toMatchObject({ threshold: 400, enabled: false })
  expect((await send('PUT', '/alerts/rules/loop-late', { reset: true })).body).toMatchObject({
    threshold: 250,
    enabled: true,
    forMs: 60_000,
  })
})

test('a figure that a rule cannot have, and a rule that does not exist, are refused with what would do', async () => {
  expect(await send('PUT', '/alerts/rules/turns-failing', { threshold: 5 })).toMatchObject({
    status: 400,
    body: { code: 'TR_REQUEST_INVALID', faults: ['threshold: turns-failing goes by share, from 0.0001 to 1'] },
  })
  expect((await send('PUT', '/alerts/rules/tenant-paused', { threshold: 5 })).status).toBe(400)
  for (const kind of ['weather', 'constructor', '__proto__']) expect((await send('PUT', `/alerts/rules/${kind}`, {})).status).toBe(404)
})

test('a rule that is set low fires, is muted with who and why, and is told all the same until the mute is ended', async () => {
  await send('PUT', '/alerts/rules/loop-late', { threshold: 1, forMs: 0 })
  const watch = await fleetWatchOf(stack().parts)
  const worker = await soon(async () => watch.workers()[0]?.worker)
  const block = (): void => {
    const until = performance.now() + 60
    while (performance.now() < until);
  }
  const timer = setInterval(block, 70) // the worker runs in this process: its event loop is late
  const fired = await soon(async () => {
    void stack().client.send('main/lamp/late', { type: 'turn' })
    return (await stack().get('/alerts')).body.rows.find(({ kind }: { kind: string }) => kind === 'loop-late')
  }).finally(() => clearInterval(timer))
  expect(fired).toMatchObject({ id: `loop-late:${worker}`, link: `/fleet?worker=${worker}` })
  expect(fired.muted).toBeUndefined()
  const { body: mute } = await stack().post('/alerts/mutes', { id: 'loop-late', minutes: 5, reason: 'known' })
  expect(mute).toMatchObject({ target: 'loop-late', by: 'local', reason: 'known' })
  expect(mute.until - mute.at).toBe(300_000)
  expect((await stack().get('/alerts/mutes')).body.rows).toEqual([mute])
  expect((await send('DELETE', `/alerts/mutes/${mute.id}`)).body).toEqual({ id: mute.id })
  expect((await send('DELETE', `/alerts/mutes/${mute.id}`)).status).toBe(404)
  expect((await stack().get('/alerts/mutes')).body.rows).toEqual([])
  await send('PUT', '/alerts/rules/loop-late', { reset: true })
})

test("a tenant's mute is its own: nobody else sees or ends it, and what is no alert is not muted", async () => {
  const everybodys = (await stack().post('/alerts/mutes', { id: 'tenant-paused:acme', minutes: 1, reason: 'planned' })).body
  const own = await as(ofAcme, async () => (await stack().post('/alerts/mutes', { id: 'person-awaited', minutes: 1, reason: 'away' })).body)
  expect(own).toMatchObject({ tenant: 'acme', by: 'ada' })
  const other: Caller = { ...ofAcme, id: 'eve', tenant: 'rival' }
  await as(other, async () => {
    expect((await stack().get('/alerts/mutes')).body.rows).toEqual([])
    expect((await send('DELETE', `/alerts/mutes/${own.id}`)).status).toBe(404)
  })
  await as(ofAcme, async () => {
    const seen = (await stack().get('/alerts/mutes')).body.rows.map(({ id }: { id: string }) => id)
    expect(new Set(seen)).toEqual(new Set([everybodys.id, own.id]))
    expect((await send('DELETE', `/alerts/mutes/${everybodys.id}`)).status).toBe(404)
    expect((await send('DELETE', `/alerts/mutes/${own.id}`)).status).toBe(200)
  })
  expect((await stack().post('/alerts/mutes', { id: 'constructor', minutes: 1, reason: 'x' })).status).toBe(404)
  await send('DELETE', `/alerts/mutes/${everybodys.id}`)
})

test('an alert that fires for a tenant that is muted says so, and one that is over is told for a day', async () => {
  const { parts } = stack()
  const pause = { at: Date.now(), by: 'ada', cause: 'a drill' }
  await parts.ports.orders.change((orders) => ({ ...orders, paused: { ...orders.paused, acme: pause } }))
  const { body: mute } = await stack().post('/alerts/mutes', { id: 'tenant-paused:acme', minutes: 1, reason: 'planned' })
  const fired = await soon(async () =>
    (await stack().get('/alerts')).body.rows.find(({ id, muted }: { id: string; muted?: object }) => id === 'tenant-paused:acme' && muted),
  )
  expect(fired).toMatchObject({ tenant: 'acme', muted: { id: mute.id, reason: 'planned' } })
  const seen = [{ id: fired.id, since: new Date(fired.since), tenant: 'acme', alert: fired }]
  await keepEpisodes(parts.orm, parts.namespace, seen, new Date())
  await parts.ports.orders.change(({ paused: _, ...orders }) => orders)
  const recent = await soon(async () =>
    as(ofAcme, async () => (await stack().get('/alerts/recent')).body.rows.find(({ id }: { id: string }) => id === 'tenant-paused:acme')),
  )
  expect(recent).toMatchObject({ title: 'Tenant acme is paused', since: fired.since, endedAt: expect.any(Number) })
  await as({ ...ofAcme, tenant: 'rival' }, async () => expect((await stack().get('/alerts/recent')).body.rows).toEqual([]))
  await send('DELETE', `/alerts/mutes/${mute.id}`)
})

test("what everybody's mutes say of other tenants and of the fleet is not for callers of one tenant", async () => {
  const targets = [
    'cost-high:rival',
    'person-awaited:rival/agent-x/1',
    'loop-late',
    'worker-silent:w9',
    'cost-high',
    'budget-near:acme:tenant per day',
  ]
  for (const target of targets) await stack().post('/alerts/mutes', { id: target, minutes: 1, reason: `of ${target}` })
  const seen = await as(ofAcme, async () => (await stack().get('/alerts/mutes')).body.rows)
  expect(seen.map(({ target }: { target: string }) => target)).toEqual(['cost-high', 'budget-near:acme:tenant per day'])
  for (const { id } of (await stack().get('/alerts/mutes')).body.rows) await send('DELETE', `/alerts/mutes/${id}`)
})

test('B3: one tenant cannot use up the mutes of all', async () => {
  const mute = (caller: Caller) => as(caller, () => stack().post('/alerts/mutes', { id: 'cost-high', minutes: 1, reason: 'x' }))
  const busy: Caller = { ...ofAcme, tenant: 'busy' }
  const statuses: number[] = []
  for (let n = 0; n <= mutesOfTenantMax; n++) statuses.push((await mute(busy)).status)
  expect(new Set(statuses.slice(0, -1))).toEqual(new Set([200]))
  expect(statuses.at(-1)).toBe(409)
  expect((await mute(ofAcme)).status).toBe(200)
  expect((await mute(localCaller)).status).toBe(200)
  for (const { id } of (await stack().get('/alerts/mutes')).body.rows) await send('DELETE', `/alerts/mutes/${id}`)
})

test('two operators who change a rule at a time do not undo each other', async () => {
  for (let n = 0; n < 5; n++) {
    await Promise.all([
      send('PUT', '/alerts/rules/cost-high', { threshold: 7 }),
      send('PUT', '/alerts/rules/cost-high', { enabled: false }),
    ])
    const { rows } = (await stack().get('/alerts/rules')).body
    expect(rows.find(({ kind }: { kind: string }) => kind === 'cost-high')).toMatchObject({ threshold: 7, enabled: false })
    await send('PUT', '/alerts/rules/cost-high', { reset: true })
  }
})

test('what another build remembered of an alert spoils the list for nobody', async () => {
  const { parts } = stack()
  const [id, since] = ['weather:acme', new Date(Date.now() - 120_000)]
  await keepEpisodes(parts.orm, parts.namespace, [{ id, since, tenant: 'acme', alert: { id, kind: 'weather' } }], since)
  expect((await stack().get('/alerts/recent')).status).toBe(200)
})

test('why a source cannot be asked is told in full to callers of all tenants only', async () => {
  const { parts, databaseUrl } = stack()
  const orm = await openDatabase(new URL('/spoilt', databaseUrl).href)
  onTestFinished(() => orm.close(true))
  await orm.em.fork().execute('drop table llm_calls')
  const whys = async (seesFleet: boolean) =>
    (await situationOf({ ...parts, orm }, { tenant: 'acme', seesFleet, asks: false })).unknown.map(({ why }) => why)
  expect(await whys(true)).toContainEqual(expect.stringContaining('llm_calls'))
  expect(await whys(false)).toEqual(['it did not answer'])
})

test('B1: an alert whose cause turns out to be older is still the same one', async () => {
  const { parts } = stack()
  const { orders } = parts.ports
  const [id, since] = ['tenant-paused:older', new Date(Date.now() - 5_000)]
  await keepEpisodes(parts.orm, parts.namespace, [{ id, since, tenant: 'older', alert: {} }], new Date())
  await orders.change((before) => ({ ...before, paused: { older: { at: Date.now() - 60_000, by: 'ada', cause: 'a drill' } } }))
  const fired = await soon(async () => (await stack().get('/alerts')).body.rows.find((one: { id: string }) => one.id === id))
  expect(fired.since).toBe(since.getTime())
  await orders.change(({ paused: _, ...before }) => before)
})

test('B1: what another gateway tells already, or this one did before a restart, need not last anew', async () => {
  const { parts } = stack()
  const [id, since] = ['cost-high:spender', new Date(Date.now() - 601_000)]
  const call = { tenant: 'spender', actor: 'spender/agent-x/1', cost_usd: 9, at: new Date(), model: 'm', finish: 'stop', offline: false }
  const counts = { task_id: 't', agent: 'x', partition: 0, seq: 1, index: 0, n: 0, input_tokens: 1, output_tokens: 1, latency_ms: 1 }
  await parts.orm.em
    .fork()
    .execute('insert into llm_calls select * from jsonb_populate_record(null::llm_calls, ?::jsonb)', [
      JSON.stringify({ ...call, ...counts }),
    ])
  await send('PUT', '/alerts/rules/cost-high', { forMs: 600_000 })
  const ids = async (): Promise<readonly string[]> =>
    (await stack().get('/alerts?tenant=spender')).body.rows.map((one: { id: string }) => one.id)
  expect(await ids()).not.toContain(id)
  await keepEpisodes(parts.orm, parts.namespace, [{ id, since, tenant: 'spender', alert: {} }], new Date())
  await soon(async () => (await ids()).includes(id))
  await send('PUT', '/alerts/rules/cost-high', { reset: true })
})

test('a cause that has not lasted as long as its rule wants is not told yet', async () => {
  const { orders } = stack().parts.ports
  await send('PUT', '/alerts/rules/tenant-paused', { forMs: 600_000 })
  const pausedFor = (ms: number) => ({ at: Date.now() - ms, by: 'ada', cause: 'a drill' })
  await orders.change((before) => ({ ...before, paused: { old: pausedFor(601_000), young: pausedFor(1_000) } }))
  const ids = await soon(async () => {
    const told: readonly { readonly id: string }[] = (await stack().get('/alerts')).body.rows
    const paused = told.map(({ id }) => id).filter((id) => id.startsWith('tenant-paused'))
    return paused.includes('tenant-paused:old') && paused // an answer is kept for a second
  })
  expect(ids).toEqual(['tenant-paused:old'])
  await orders.change(({ paused: _, ...before }) => before)
  await send('PUT', '/alerts/rules/tenant-paused', { reset: true })
})

test('B1, B2: an episode goes on while its cause is seen, begins anew after a while, and is forgotten after a day', async () => {
  const { orm } = stack().parts
  const since = new Date(1_795_176_000_000)
  const at = (ms: number): Date => new Date(since.getTime() + ms)
  await keepEpisodes(orm, 'book', [{ id: 'a', since, tenant: null, alert: { n: 1 } }], at(0))
  await keepEpisodes(orm, 'book', [{ id: 'a', since, tenant: null, alert: { n: 2 } }], at(15_000))
  expect(await readFiring(orm, 'book', at(60_000))).toEqual(new Map([['a', since]]))
  expect(await readFiring(orm, 'book', at(76_000))).toEqual(new Map())
  expect(await readEpisodes(orm, 'book', undefined)).toMatchObject([{ id: 'a', since, seenAt: at(15_000), alert: { n: 2 } }])
  await keepEpisodes(orm, 'book', [], at(86_400_000 + 16_000))
  expect(await readEpisodes(orm, 'book', undefined)).toEqual([])
})

test('a gateway looks by itself, with nobody there', async () => {
  const { parts } = stack()
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  const stop = startLooking(parts, quietLogger)
  try {
    await parts.ports.orders.change((orders) => ({ ...orders, paused: { quiet: { at: Date.now(), by: 'ada', cause: 'a drill' } } }))
    vi.advanceTimersByTime(15_000)
  } finally {
    vi.useRealTimers()
    await stop()
  }
  expect((await readEpisodes(parts.orm, parts.namespace, 'quiet')).map(({ id }) => id)).toEqual(['tenant-paused:quiet'])
  await parts.ports.orders.change(({ paused: _, ...orders }) => orders)
})

test('the series has what the workers told, whether or not a page listened, and is refused for more than a day', async () => {
  await fleetWatchOf(stack().parts)
  for (let n = 0; n < 20; n++) await stack().client.ask('main/lamp/series', { type: 'add', n: 1 })
  const { body } = await soon(async () => {
    const answer = await stack().get('/fleet/series?minutes=1.5')
    const turns = answer.body.rows.reduce((sum: number, row: { perSecond: { turns: number } }) => sum + row.perSecond.turns, 0)
    return turns > 0 && answer
  })
  expect(body).toMatchObject({
    stepMs: 1_000,
    since: expect.any(Number),
    workers: [{ turns: expect.any(Array), pulse: expect.any(Object) }],
  })
  expect(body.workers[0].turns).toHaveLength(90)
  expect((await stack().get('/fleet/series?minutes=1440')).body.stepMs).toBe(600_000)
  expect((await stack().get('/fleet/series?minutes=1441')).status).toBe(400)
})

test('W2: minutes outlive a gateway, and of two gateways the one that heard more of a minute is believed', async () => {
  const { orm, ports } = stack().parts
  const at = new Date(Math.floor(Date.now() / 60_000) * 60_000 - 300_000)
  const counts = { turns: 600, failures: 0, deadLetters: 0, effects: 0 }
  const gauges = { workers: 1, rssBytes: 1, loopLateMs: 1, processorShare: 0.1 }
  const line = { at: at.getTime(), heardMs: 60_000, counts, waitTimes: { 11: 600 }, turnTimes: {}, ...gauges }
  const mark = { at: at.getTime() + 1, kind: 'deploy', text: 'deploy 2', detail: 'w1 is the first to run it.' }
  const keep = (heardMs: number, marks: readonly object[]) =>
    keepMinutes(orm, 'kept', { minutes: [{ at, heardMs, line: { ...line, heardMs }, marks }], forgetBefore: new Date(0) })
  await keep(60_000, [mark])
  await keep(20_000, [])
  expect(await readMinutes(orm, 'kept', new Date(0))).toEqual([{ at, heardMs: 60_000, line, marks: [mark] }])
  const watch = new FleetWatch({ ports, orm, namespace: 'kept' }, quietLogger)
  await watch.start()
  const told = watch.rows(1_000)
  expect(told.rows[0]).toMatchObject({ perSecond: { turns: 10 }, waitMs: { p95: 2.048 } })
  expect(watch.marks(0)).toContainEqual(mark)
  await watch.stop()
  await keepMinutes(orm, 'kept', { minutes: [], forgetBefore: new Date(at.getTime() + 1) })
  expect(await readMinutes(orm, 'kept', new Date(0))).toEqual([])
})
