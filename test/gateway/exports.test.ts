// Exports over HTTP: made of what the caller itself is answered, bounded, written down, and without what is hidden elsewhere.
import { gunzipSync } from 'node:zlib'
import { afterEach, expect, test, vi } from 'vitest'
import { localCaller, type Caller } from '../../services/gateway/caller.ts'
import { actorRoutes } from '../../services/gateway/routes/actors.ts'
import { exportRoutes } from '../../services/gateway/routes/exports.ts'
import { machineRoutes } from '../../services/gateway/routes/machines.ts'
import { taskRoutes } from '../../services/gateway/routes/tasks.ts'
import { openGuard } from '../../services/gateway/security/guard.ts'
import { buildServer } from '../../services/gateway/server.ts'
import { readBundle } from '../../services/inspector/bundle/bundle.ts'
import { quietLogger } from '../../runtime/telemetry.ts'
import { clerk } from './actors-clerk.ts'
import { stackForTests } from './actors-stack.ts'
import { keyFor } from './security/doors.ts'

const routes = [...actorRoutes, ...machineRoutes, ...taskRoutes, ...exportRoutes]
const stack = stackForTests({ definitions: () => Promise.resolve([clerk]), routes })
const path = (actor: string): string => `/actors/${encodeURIComponent(actor)}`
const secret = 'hunter2-planted'
const apiKey = 'sk-planted0123456789abcdef'

afterEach(() => {
  stack().caller = localCaller
})

async function clerkWith(actor: string, words: readonly string[]): Promise<void> {
  const { client, projected } = stack()
  for (const word of words) await client.send(actor, { type: 'say', word })
  await client.send(actor, { type: 'login', password: secret })
  await projected(actor, words.length + 2)
}

test('every answer of an export is the one that the caller is given, and no more', async () => {
  const { get } = stack()
  await clerkWith('main/clerk/whole', ['one', 'two'])
  const { status, body } = await get(`${path('main/clerk/whole')}/export`)
  expect(status).toBe(200)
  expect(body).toMatchObject({ of: { kind: 'actor', id: 'main/clerk/whole' }, made: { by: 'local' }, cut: [] })
  expect(body.actors).toEqual([{ actor: 'main/clerk/whole', first: 1, last: 4 }])
  const told: readonly { readonly path: string; readonly status: number; readonly body: unknown }[] = body.answers
  expect(told.map((answer) => answer.path)).toEqual(
    expect.arrayContaining([
      path('main/clerk/whole'),
      `${path('main/clerk/whole')}/calls`,
      `${path('main/clerk/whole')}/moments/1`,
      `${path('main/clerk/whole')}/moments/4`,
      expect.stringMatching(/^\/machines\/clerk\/chart\?hash=/),
      expect.stringMatching(/^\/machines\/clerk\/layout\?hash=/),
    ]),
  )
  for (const answer of told.filter((one) => !one.path.endsWith('/history')))
    expect(await get(answer.path), answer.path).toEqual({ status: answer.status, body: answer.body })
})

test('what is hidden at the gateway is in no export, neither as JSON nor in the page', async () => {
  const { get, server } = stack()
  await clerkWith('main/clerk/secret', ['hello', `my key is ${apiKey}`])
  const { body } = await get(`${path('main/clerk/secret')}/export`)
  const page = await server.inject({ url: `/v1${path('main/clerk/secret')}/export?as=html` })
  const [, packed = ''] = /id="troupe-export">([^<]+)</.exec(page.body) ?? []
  const inlined = gunzipSync(Buffer.from(packed, 'base64')).toString()
  for (const text of [JSON.stringify(body), inlined]) {
    expect(text).toContain('hello')
    expect(text).toContain('[redacted]')
    expect(text).not.toContain(secret)
    expect(text).not.toContain(apiKey)
  }
  expect(readBundle(inlined, 'page')).toMatchObject({ of: body.of, actors: body.actors })
})

test('an export is saved as a file, and never shown as a page of the gateway', async () => {
  const { server } = stack()
  await clerkWith('main/clerk/file', [])
  const answers = await Promise.all(['json', 'html'].map((as) => server.inject({ url: `/v1${path('main/clerk/file')}/export?as=${as}` })))
  expect(answers.map(({ headers }) => [headers['content-type'], headers['content-disposition']])).toEqual([
    ['application/json; charset=utf-8', 'attachment; filename="troupe-main-clerk-file.json"'],
    ['text/html; charset=utf-8', 'attachment; filename="troupe-main-clerk-file.html"'],
  ])
})

test('as many turns as were asked for are in it, and the older ones are said to be left out', async () => {
  const { get } = stack()
  await clerkWith('main/clerk/long', ['1', '2', '3', '4', '5'])
  const { body } = await get(`${path('main/clerk/long')}/export?turns=3`)
  expect(body.actors).toEqual([{ actor: 'main/clerk/long', first: 5, last: 7 }])
  expect(body.cut).toEqual(['main/clerk/long: its turns 1 to 4 are left out; it has the newest 3'])
  for (const wrong of ['turns=0', 'turns=1001', 'turns=x', 'as=pdf'])
    expect((await get(`${path('main/clerk/long')}/export?${wrong}`)).status, wrong).toBe(400)
})

test("somebody else's actor is exported as little as one that never was", async () => {
  const { get } = stack()
  await clerkWith('main/clerk/ours', [])
  const stranger: Caller = { id: 'eve', tenant: 'acme', roles: ['viewer'], via: 'token' }
  stack().caller = stranger
  for (const actor of ['main/clerk/ours', 'main/clerk/never'])
    expect(await get(`${path(actor)}/export`), actor).toMatchObject({ status: 404, body: { code: 'TR_RESOURCE_MISSING' } })
  expect(await get('/tasks/never/export')).toMatchObject({ status: 404, body: { code: 'TR_RESOURCE_MISSING' } })
})

test('who may see less exports less, and every export stands in the audit log', async () => {
  const { parts } = stack()
  await clerkWith('main/clerk/rights', ['x'])
  const guard = await openGuard({
    database: parts.orm,
    log: quietLogger,
    exposure: { mode: 'required', tokens: false, says: '' },
    tokens: undefined,
    limits: { callerMax: 1_000, tenantMax: 1_000, unknownMax: 1_000 },
    origins: [],
    now: Date.now,
  })
  const server = await buildServer({ parts, routes, guard, log: quietLogger, corsOrigins: [] })
  const { key } = await keyFor(parts.orm, { tenant: 'main', roles: ['viewer'], scopes: ['agents:read'] })
  const url = `/v1${path('main/clerk/rights')}/export`
  const answer = await server.inject({ url, headers: { 'x-api-key': key } })
  await server.inject({ url: `/v1${path('main/clerk/rights')}`, headers: { 'x-api-key': key } })
  await server.close()
  await guard.close()
  const { cut, answers } = answer.json<{ cut: string[]; answers: { path: string; status: number }[] }>()
  expect(cut).toContain('whoever made it may not see machines')
  expect(answers.filter((one) => one.path.startsWith('/machines/') && one.status === 200)).toEqual([])
  expect(answers.some((one) => one.path.endsWith('/moments/2') && one.status === 200)).toBe(true)
  const rows = await parts.orm.em
    .fork()
    .execute<{ action: string; outcome: string; target: string }[]>('select action, outcome, target from audit_chain order by seq')
  expect(rows).toEqual([
    { action: 'GET /v1/actors/:actor/export', outcome: 'begun', target: 'main/clerk/rights' },
    { action: 'GET /v1/actors/:actor/export', outcome: 'done', target: 'main/clerk/rights' },
  ])
})

test('more exports at once than the gateway makes are told to come again', async () => {
  const { get } = stack()
  await clerkWith('main/clerk/busy', ['a', 'b', 'c'])
  const answers = await Promise.all(Array.from({ length: 5 }, () => get(`${path('main/clerk/busy')}/export`)))
  const statuses = answers.map(({ status }) => status)
  expect(statuses.filter((status) => status === 200).length).toBeGreaterThanOrEqual(2)
  expect(answers.filter(({ status }) => status === 429)[0]?.body).toMatchObject({
    code: 'TR_TOO_MANY_REQUESTS',
    retryAfterMs: expect.any(Number),
  })
  await vi.waitUntil(async () => (await get(`${path('main/clerk/busy')}/export`)).status === 200, { timeout: 20_000 })
})
