import { expect, test } from 'vitest'
import { findApiKey, noteApiKeyUses } from '../../../services/history/api-keys.ts'
import { hashOfSecret, readKey, scopeFault } from '../../../services/gateway/security/api-key.ts'
import { quietLogger } from '../../../runtime/telemetry.ts'
import { openKeyRing } from '../../../services/gateway/security/key-ring.ts'
import { postgresForTests } from '../../support/history-database.ts'
import { keyFor, openDoors } from './doors.ts'

const postgres = postgresForTests()
const required = { environment: { TROUPE_GATEWAY_ACCESS: 'required' } }
const hourMs = 3_600_000

async function clockedDoors() {
  const time = { now: Date.now() }
  const doors = await openDoors(postgres, { ...required, now: () => time.now })
  return { ...doors, sleep: (ms: number) => void (time.now += ms) }
}

test('a key that is made over HTTP is shown once, comes in, and only its hash is kept', async () => {
  const { ask, orm } = await openDoors(postgres, required)
  const admin = await keyFor(orm, { roles: ['admin'] })
  const made = await ask({
    method: 'POST',
    url: '/keys',
    as: admin.key,
    body: { name: 'build server', roles: ['operator'], scopes: ['tasks:*'] },
  })
  expect(made.status).toBe(200)
  const key = String(made.body['key'])
  const came = await ask({ url: '/tasks', as: key })
  expect(came.body).toEqual({
    caller: { id: `build server (key ${String(made.body['id'])})`, tenant: 'acme', roles: ['operator'], via: 'key', scopes: ['tasks:*'] },
    tenant: 'acme',
  })
  expect((await ask({ url: '/tasks', headers: { 'x-api-key': key } })).status).toBe(200)
  const { secret = '' } = readKey(key) ?? {}
  const rows = JSON.stringify(await orm.em.fork().execute('select * from api_keys'))
  expect(rows).not.toContain(secret)
  expect(rows).toContain(hashOfSecret(secret))
  const listed = await ask({ url: '/keys', as: admin.key })
  expect(JSON.stringify(listed.body)).not.toMatch(/hash|secret/i)
  expect(listed.body['rows']).toMatchObject([
    { name: 'build server', state: 'active', createdBy: expect.stringContaining('ci (key ') },
    { name: 'ci' },
  ])
})

test('a wrong secret, an unknown id and a cut key are refused alike, and a lookup of each is kept for a second', async () => {
  const { ask, orm } = await openDoors(postgres, required)
  const { id, key } = await keyFor(orm)
  const wrong = `trp_${id}_${'A'.repeat(43)}`
  const unknown = `trp_${'0'.repeat(16)}_${'A'.repeat(43)}`
  for (const given of [wrong, unknown, key.slice(0, -1), 'trp_', 'trp_x_y', `${key}x`]) {
    expect(await ask({ url: '/tasks', as: given })).toMatchObject({
      status: 401,
      headers: { 'www-authenticate': 'Bearer' },
      body: { code: 'TR_NOT_AUTHENTICATED', detail: expect.not.stringContaining('A'.repeat(43)) },
    })
  }
})

test('a key that is revoked is refused within a second, also by a gateway that has just seen it', async () => {
  const { ask, orm, sleep } = await clockedDoors()
  const admin = await keyFor(orm, { roles: ['admin'] })
  const { id, key } = await keyFor(orm)
  expect(await ask({ url: '/tasks', as: key })).toMatchObject({ status: 200 })
  expect(await ask({ method: 'DELETE', url: `/keys/${id}`, as: admin.key })).toMatchObject({ status: 200, body: { state: 'revoked' } })
  sleep(1_000)
  expect(await ask({ url: '/tasks', as: key })).toMatchObject({ status: 401, body: { detail: `key ${id}: it is revoked` } })
  expect(await ask({ method: 'DELETE', url: `/keys/${id}`, as: admin.key })).toMatchObject({
    status: 409,
    body: { code: 'TR_RESOURCE_CONFLICT' },
  })
  expect(await ask({ method: 'POST', url: `/keys/${id}/rotate`, as: admin.key, body: {} })).toMatchObject({ status: 409 })
})

test('after a rotation both secrets are good until the overlap is over, and the one before them at once no more', async () => {
  const { ask, orm, sleep } = await clockedDoors()
  const admin = await keyFor(orm, { roles: ['admin'] })
  const first = await keyFor(orm)
  const rotate = async () => {
    const { body } = await ask({ method: 'POST', url: `/keys/${first.id}/rotate`, as: admin.key, body: { overlapMs: hourMs } })
    sleep(1_000)
    return String(body['key'])
  }
  const statuses = (keys: readonly string[]) => Promise.all(keys.map(async (key) => (await ask({ url: '/tasks', as: key })).status))
  const second = await rotate()
  expect(await statuses([first.key, second])).toEqual([200, 200])
  const third = await rotate()
  expect(await statuses([first.key, second, third])).toEqual([401, 200, 200])
  sleep(2 * hourMs) // the gateway's clock stands still while the test goes on
  expect(await statuses([first.key, second, third])).toEqual([401, 401, 200])
})

test('a key that has expired is refused', async () => {
  const { ask, orm, sleep } = await clockedDoors()
  const { key } = await keyFor(orm, { expiresAt: new Date(Date.now() + hourMs) })
  expect(await ask({ url: '/tasks', as: key })).toMatchObject({ status: 200 })
  sleep(2 * hourMs)
  expect(await ask({ url: '/tasks', as: key })).toMatchObject({ status: 401, body: { detail: expect.stringMatching(/it is expired/) } })
})

test('scopes take away from roles and never add to them', async () => {
  const { ask, orm } = await openDoors(postgres, required)
  const { key } = await keyFor(orm, { roles: ['viewer'], scopes: ['tasks:*'] })
  expect(await ask({ url: '/tasks', as: key })).toMatchObject({ status: 200 })
  expect(await ask({ url: '/actors/x', as: key })).toMatchObject({
    status: 403,
    body: { detail: expect.stringMatching(/scopes tasks:\*, and needs agents:read/) },
  })
  expect(await ask({ method: 'POST', url: '/tasks', as: key, body: {} })).toMatchObject({
    status: 403,
    body: { detail: expect.stringMatching(/needs operator/) },
  })
  for (const wrong of ['tasks', 'tasks:', ':read', 'tasks:read:x', 'planets:read', 'tasks:fly', 'constructor:read', '__proto__:*'])
    expect(scopeFault(wrong)).toBeTypeOf('string')
  for (const right of ['tasks:read', '*:read', 'tasks:*', '*:*']) expect(scopeFault(right)).toBeUndefined()
})

test('nobody gives away more than it has: no tenant, no role, no scope, neither by a new key nor by a new secret', async () => {
  const { ask, orm } = await openDoors(postgres, required)
  const admin = await keyFor(orm, { roles: ['admin'] })
  const clerk = await keyFor(orm, { roles: ['admin'], scopes: ['keys:*', 'tasks:read'] })
  const ofAll = await keyFor(orm, { roles: ['admin'], tenant: '*' })
  const rival = await keyFor(orm, { roles: ['admin'], tenant: 'rival' })
  const make = (as: string, body: object) => ask({ method: 'POST', url: '/keys', as, body: { name: 'x', roles: ['viewer'], ...body } })
  const refused = { status: 403, body: { code: 'TR_NOT_ALLOWED' } }
  expect(await make(admin.key, { tenant: '*' })).toMatchObject(refused)
  expect(await make(admin.key, { tenant: 'rival' })).toMatchObject(refused)
  expect(await make(clerk.key, {})).toMatchObject({ ...refused, body: { detail: expect.stringMatching(/a key without scopes/) } })
  expect(await make(clerk.key, { scopes: ['tasks:*'] })).toMatchObject({
    ...refused,
    body: { detail: expect.stringMatching(/the scope tasks:\*/) },
  })
  expect(await make(clerk.key, { scopes: ['tasks:read', 'keys:read'] })).toMatchObject({ status: 200 })
  expect(await make(ofAll.key, { tenant: 'rival', roles: ['admin'] })).toMatchObject({ status: 200 })
  const rotate = (as: string, id: string) => ask({ method: 'POST', url: `/keys/${id}/rotate`, as, body: {} })
  expect(await rotate(clerk.key, admin.id)).toMatchObject(refused)
  for (const foreign of [rival.id, ofAll.id]) {
    expect(await rotate(admin.key, foreign)).toMatchObject({ status: 404 })
    expect(await ask({ method: 'DELETE', url: `/keys/${foreign}`, as: admin.key })).toMatchObject({ status: 404 })
  }
  const { body } = await ask({ url: '/keys', as: admin.key })
  expect(new Set((body['rows'] as { readonly tenant: string }[]).map(({ tenant }) => tenant))).toEqual(new Set(['acme']))
})

test('pages of keys neither skip nor repeat', async () => {
  const { ask, orm } = await openDoors(postgres)
  const made = await Promise.all(Array.from({ length: 25 }, () => keyFor(orm)))
  const found: string[] = []
  let after = ''
  do {
    const { body } = await ask({ url: `/keys?limit=7${after && `&after=${after}`}` })
    found.push(...(body['rows'] as { readonly id: string }[]).map(({ id }) => id))
    after = (body['next'] as string | undefined) ?? ''
  } while (after !== '')
  expect(found.toSorted()).toEqual(made.map(({ id }) => id).toSorted())
  expect(await ask({ url: '/keys?after=nonsense' })).toMatchObject({ status: 400, body: { code: 'TR_CURSOR_INVALID' } })
})

test('uses are written together, and a later one is not overwritten by an earlier one', async () => {
  const orm = await postgres.open()
  const { id, key } = await keyFor(orm)
  const { id: unused } = await keyFor(orm)
  const time = { now: Date.UTC(2026, 10, 20, 12) }
  const ring = openKeyRing({ database: orm, log: quietLogger, now: () => time.now })
  for (let n = 0; n < 50; n++) await ring.callerOf(key)
  time.now += 5_000
  await ring.callerOf(key)
  expect((await findApiKey(orm, id))?.lastUsedAt).toBeNull()
  await ring.close()
  expect((await findApiKey(orm, id))?.lastUsedAt).toEqual(new Date(time.now))
  await noteApiKeyUses(orm, new Map([[id, new Date(0)]]))
  expect((await findApiKey(orm, id))?.lastUsedAt).toEqual(new Date(time.now))
  expect((await findApiKey(orm, unused))?.lastUsedAt).toBeNull()
})

test('when keys cannot be looked up nobody comes in on trust, not even with a key that was good a second ago', async () => {
  const orm = await postgres.open()
  const { key } = await keyFor(orm)
  const time = { now: Date.now() }
  const ring = openKeyRing({ database: orm, log: quietLogger, now: () => time.now })
  await ring.callerOf(key)
  await orm.em.fork().execute('alter table api_keys rename to api_keys_gone')
  expect(await ring.callerOf(key)).toMatchObject({ tenant: 'acme' })
  time.now += 1_000
  await expect(ring.callerOf(key)).rejects.toMatchObject({ code: 'TR_KEYS_UNAVAILABLE', status: 503 })
  await ring.close()
})
