import { Writable } from 'node:stream'
import pino from 'pino'
import { expect, onTestFinished, test, vi } from 'vitest'
import { roles } from '../../../services/gateway/caller.ts'
import { exposureOf, isLoopback } from '../../../services/gateway/security/exposure.ts'
import { settingsOf } from '../../../services/settings.ts'
import { postgresForTests } from '../../support/history-database.ts'
import { keyFor, openDoors } from './doors.ts'
import { startIssuer } from './issuer.ts'

const postgres = postgresForTests()
const tokens = {
  TROUPE_JWKS_URL: 'https://issuer.example/keys',
  TROUPE_JWT_ISSUER: 'https://issuer.example',
  TROUPE_JWT_AUDIENCE: 'troupe',
}
const exposure = (environment: Readonly<Record<string, string>>, hasKeys = false) => exposureOf(settingsOf(environment), hasKeys)

test('loopback without any setting is open to the person at the machine, as admin of all tenants', async () => {
  expect(exposure({})).toMatchObject({ mode: 'local', says: expect.stringMatching(/whoever is on this machine/) })
  for (const host of ['127.0.0.1', '127.8.8.8', 'localhost', '::1']) expect(exposure({ TROUPE_GATEWAY_HOST: host }).mode).toBe('local')
  const { ask } = await openDoors(postgres)
  expect((await ask({ url: '/tasks' })).body).toEqual({ caller: { id: 'local', tenant: '*', roles: ['admin'], via: 'local' } })
})

test('a gateway that nobody could say to who they are does not start', () => {
  for (const host of ['0.0.0.0', '::', '10.0.0.7', 'gateway.example', 'localhost.evil.example', '127.0.0.1.nip.io', '0'])
    expect(() => exposure({ TROUPE_GATEWAY_HOST: host })).toThrow(expect.objectContaining({ code: 'TR_GATEWAY_EXPOSED' }))
  expect(() => exposure({ TROUPE_GATEWAY_ACCESS: 'required' })).toThrow(expect.objectContaining({ code: 'TR_GATEWAY_EXPOSED' }))
  expect(exposure({ TROUPE_GATEWAY_HOST: '0.0.0.0' }, true)).toMatchObject({ mode: 'required', tokens: false })
  expect(exposure({ TROUPE_GATEWAY_HOST: '0.0.0.0', ...tokens })).toMatchObject({ mode: 'required', tokens: true })
  expect(exposure(tokens).mode).toBe('required') // whoever configures tokens wants them asked for
  expect(isLoopback('127.0.0.1.nip.io')).toBe(false)
})

test.each([
  ['an issuer without keys', { ...tokens, TROUPE_JWKS_URL: '' }],
  ['keys without an issuer', { ...tokens, TROUPE_JWT_ISSUER: '' }],
  ['keys without an audience', { ...tokens, TROUPE_JWT_AUDIENCE: '' }],
  ['keys from two places', { ...tokens, TROUPE_JWKS_FILE: 'keys.json' }],
  ['keys that anybody on the way could change', { ...tokens, TROUPE_JWKS_URL: 'http://issuer.example/keys' }],
  ['keys from no address', { ...tokens, TROUPE_JWKS_URL: 'issuer' }],
])('%s are half a configuration and stop the start', (_, environment) => {
  expect(() => exposure(environment)).toThrow(expect.objectContaining({ code: 'TR_SETTING_INVALID' }))
})

test('a request that another page made, or that came from elsewhere, is not from the person at the machine', async () => {
  const { ask } = await openDoors(postgres)
  const host = '127.0.0.1:4280'
  const strange = {
    'from another machine': { from: '10.0.0.9' },
    'under another name of this machine': { headers: { host: 'evil.example:4280' } },
    'for a page of another origin': { headers: { host, origin: 'https://evil.example' } },
    'for a page on another port of this machine': { headers: { host, origin: 'http://127.0.0.1:3000' } },
    'for a page without an origin': { headers: { host, origin: 'null' } },
    'for an image in a page of another site': { headers: { host, 'sec-fetch-site': 'cross-site' } },
    'through a proxy': { headers: { host, 'x-forwarded-for': '10.0.0.9' } },
  }
  for (const [how, request] of Object.entries(strange))
    for (const method of ['GET', 'POST'] as const) {
      const { status, body } = await ask({ method, url: '/tasks', ...request })
      expect([how, status, body['code']]).toEqual([how, 401, 'TR_NOT_AUTHENTICATED'])
    }
})

test('our own page, and an origin that is allowed, are taken; others get no CORS headers', async () => {
  const allowed = 'https://ops.example'
  const { ask } = await openDoors(postgres, { origins: [allowed] })
  const own = { host: 'localhost:4280', origin: 'http://localhost:4280', 'sec-fetch-site': 'same-origin' }
  expect(await ask({ url: '/tasks', headers: own })).toMatchObject({ status: 200 })
  expect(await ask({ url: '/tasks', headers: { host: 'localhost:4280', origin: allowed } })).toMatchObject({
    status: 200,
    headers: { 'access-control-allow-origin': allowed },
  })
  const closed = await openDoors(postgres)
  for (const { ask: asked, origin } of [
    { ask, origin: 'https://evil.example' },
    { ask: closed.ask, origin: allowed },
  ])
    expect((await asked({ url: '/health', headers: { origin } })).headers).not.toHaveProperty('access-control-allow-origin')
})

test('credentials that are given are checked on loopback as well, and health needs none', async () => {
  const { ask } = await openDoors(postgres)
  expect(await ask({ url: '/tasks', as: 'nonsense' })).toMatchObject({ status: 401 })
  for (const authorization of ['Basic YTpi', 'Bearer', 'Bearer a b', ''])
    expect(await ask({ url: '/tasks', headers: { authorization } })).toMatchObject({ status: 401 })
  const closed = await openDoors(postgres, { environment: { TROUPE_GATEWAY_ACCESS: 'required' } })
  expect((await closed.ask({ url: '/health', from: '10.0.0.9' })).body).toEqual({
    caller: { id: 'anonymous', tenant: '', roles: [], via: 'none' },
    tenant: '',
  })
  expect(await closed.ask({ url: '/tasks' })).toMatchObject({ status: 401, body: { detail: expect.stringMatching(/send Authorization/) } })
})

test('a page may give its token as a subprotocol, and an address is no place for one', async () => {
  const { ask, orm } = await openDoors(postgres, { environment: { TROUPE_GATEWAY_ACCESS: 'required' } })
  const { key } = await keyFor(orm)
  expect(await ask({ url: '/tasks', headers: { 'sec-websocket-protocol': `troupe, bearer.${key}` } })).toMatchObject({ status: 200 })
  expect(await ask({ url: `/tasks?token=${key}&authorization=${key}&access_token=${key}` })).toMatchObject({ status: 401 })
})

test('a caller of one tenant may not name another, in the path, the query or the body', async () => {
  const issuer = await startIssuer()
  onTestFinished(() => issuer.close())
  const { ask } = await openDoors(postgres, { issuer, environment: { TROUPE_GATEWAY_ACCESS: 'required' } })
  const as = await issuer.token({ roles: ['operator'] })
  const actor = (id: string) => `/actors/${encodeURIComponent(id)}`
  expect(await ask({ url: actor('acme/task/1'), as })).toMatchObject({ status: 200 })
  for (const id of ['rival/task/1', 'acme2/task/1', 'Acme/task/1'])
    expect(await ask({ url: actor(id), as })).toMatchObject({ status: 404, body: { code: 'TR_RESOURCE_MISSING' } })
  for (const query of ['tenant=rival', 'tenant=*', 'tenant=acme&tenant=rival', 'tenant=']) {
    const { status } = await ask({ url: `/tasks?${query}`, as })
    expect([query, status === 403 || status === 400]).toEqual([query, true])
  }
  expect(await ask({ url: '/tasks?tenant=acme', as })).toMatchObject({ status: 200, body: { tenant: 'acme' } })
  for (const body of [{ tenant: 'rival' }, { tenant: ['rival'] }])
    expect(await ask({ method: 'POST', url: '/tasks', as, body })).toMatchObject({ status: 403 })
  for (const body of [{ actor: 'rival/task/1' }, { actors: ['acme/task/1', 'rival/task/1'] }, { sendsTo: 'rival/task/1' }])
    expect(await ask({ method: 'POST', url: '/tasks', as, body })).toMatchObject({ status: 404 })
  const ofAll = await issuer.token({ tenant: '*', roles: ['viewer'] })
  expect(await ask({ url: '/tasks?tenant=rival', as: ofAll })).toMatchObject({ status: 200, body: { tenant: 'rival' } })
  expect(await ask({ url: actor('rival/task/1'), as: ofAll })).toMatchObject({ status: 200 })
})

test('what is everybody’s is for callers of all tenants', async () => {
  const issuer = await startIssuer()
  onTestFinished(() => issuer.close())
  const { ask } = await openDoors(postgres, { issuer, environment: { TROUPE_GATEWAY_ACCESS: 'required' } })
  const drain = async (tenant: string) =>
    ask({ method: 'POST', url: '/fleet/drain', as: await issuer.token({ tenant, roles: ['admin'] }), body: {} })
  expect(await drain('acme')).toMatchObject({
    status: 403,
    body: { detail: expect.stringMatching(/in one tenant, and needs admin of all tenants/) },
  })
  expect(await drain('*')).toMatchObject({ status: 200 })
})

test('one connection may ask for several things, each by the same rights', async () => {
  const { guard } = await openDoors(postgres)
  const viewer = { id: 'ada', tenant: 'acme', roles: ['viewer'], via: 'token' } as const
  guard.allow(viewer, { resource: 'agents', action: 'read' }, 'acme/task/1')
  expect(() => guard.allow(viewer, { resource: 'agents', action: 'read' }, 'rival/task/1')).toThrow(
    expect.objectContaining({ status: 404 }),
  )
  expect(() => guard.allow(viewer, { resource: 'agents', action: 'debug' }, 'acme/task/1')).toThrow(
    expect.objectContaining({ status: 403 }),
  )
})

const strict = { environment: { TROUPE_GATEWAY_ACCESS: 'required' } }

test('a caller that asks too often waits, others do not; a new window begins anew', async () => {
  const issuer = await startIssuer()
  onTestFinished(() => issuer.close())
  onTestFinished(() => void vi.useRealTimers())
  const { ask } = await openDoors(postgres, { ...strict, issuer, limits: { callerMax: 3, tenantMax: 5, unknownMax: 5 } })
  const [ada, bob, eve] = await Promise.all(['ada', 'bob', 'eve'].map((sub) => issuer.token({ sub })))
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() })
  const left: unknown[] = []
  for (let n = 0; n < 3; n++) {
    const { status, headers } = await ask({ url: '/tasks', as: ada ?? '' })
    left.push([status, headers['ratelimit-limit'], headers['ratelimit-remaining']])
  }
  expect(left).toEqual(
    [
      [200, 3, 2],
      [200, 3, 1],
      [200, 3, 0],
    ].map(([status, ...figures]) => [status, ...figures.map(String)]),
  )
  expect(await ask({ url: '/tasks', as: ada ?? '' })).toMatchObject({
    status: 429,
    headers: { 'retry-after': '60', 'ratelimit-remaining': '0' },
    body: { code: 'TR_TOO_MANY_REQUESTS', retryAfterMs: 60_000 },
  })
  const tenant = []
  for (const as of [bob, bob, eve]) tenant.push((await ask({ url: '/tasks', as: as ?? '' })).status)
  expect(tenant).toEqual([200, 200, 429]) // the tenant has five
  vi.setSystemTime(Date.now() + 60_001)
  expect(await ask({ url: '/tasks', as: ada ?? '' })).toMatchObject({ status: 200 })
})

test('an address that fails to say who it is too often is answered shorter, and no longer written down', async () => {
  const { ask, orm } = await openDoors(postgres, { ...strict, limits: { callerMax: 100, tenantMax: 100, unknownMax: 3 } })
  const statuses = []
  for (let n = 0; n < 6; n++) statuses.push((await ask({ method: 'POST', url: '/tasks', as: 'x', body: {}, from: '10.0.0.9' })).status)
  expect(statuses).toEqual([401, 401, 401, 429, 429, 429])
  expect(await ask({ url: '/tasks', from: '10.0.0.10' })).toMatchObject({ status: 401 })
  expect(await orm.em.fork().execute('select count(*)::int as n from audit_chain')).toEqual([{ n: 4 }])
  const { key } = await keyFor(orm)
  expect(await ask({ url: '/tasks', as: key, from: '10.0.0.9' })).toMatchObject({ status: 200 }) // who knows is not held up by others there
})

test('keys and tokens never get into logs, answers or the audit log', async () => {
  const lines: string[] = []
  const log = pino({ level: 'trace' }, new Writable({ write: (chunk, _, done) => (lines.push(String(chunk)), done()) }))
  const issuer = await startIssuer()
  onTestFinished(() => issuer.close())
  const { ask, orm } = await openDoors(postgres, { ...strict, issuer, log, limits: { callerMax: 3, tenantMax: 100, unknownMax: 100 } })
  const { key } = await keyFor(orm, { roles: [...roles], tenant: '*' })
  const token = await issuer.token({ roles: ['admin'], note: 'swordfish' })
  const secrets = [key, key.slice(21), token, token.split('.')[2] ?? '', token.split('.')[1] ?? '', 'swordfish']
  const bodies: unknown[] = []
  for (const as of [key, token, `${key}x`, `${token}x`, token.slice(0, -3)])
    for (const request of [{ url: '/tasks' }, { method: 'POST', url: '/tasks', body: { nothing: 'else' } }, { url: '/nowhere' }] as const)
      bodies.push((await ask({ ...request, as })).body)
  await orm.em.fork().execute('alter table audit_chain rename to audit_chain_gone') // so that there is something to log
  bodies.push(await ask({ url: '/tasks', as: `${token}x` }))
  const rows = await orm.em.fork().execute('select * from audit_chain_gone')
  expect(lines.length).toBeGreaterThan(0)
  for (const text of [lines.join('\n'), JSON.stringify(bodies), JSON.stringify(rows)])
    for (const secret of secrets) expect(text.includes(secret)).toBe(false)
})
