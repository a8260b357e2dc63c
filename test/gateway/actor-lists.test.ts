import { expect, test } from 'vitest'
import { actorRoutes } from '../../services/gateway/routes/actors.ts'
import { viewRoutes } from '../../services/gateway/routes/views.ts'
import type { Caller } from '../../services/gateway/caller.ts'
import { clerk } from './actors-clerk.ts'
import { stackForTests } from './actors-stack.ts'

const stack = stackForTests({ definitions: () => Promise.resolve([clerk]), routes: [...actorRoutes, ...viewRoutes] })
const id = (key: string): string => `main/clerk/${key}`
const path = (key: string): string => `/actors/${encodeURIComponent(id(key))}`

async function say(key: string, ...words: readonly string[]): Promise<void> {
  for (const word of words) await stack().client.send(id(key), { type: 'say', word })
  await stack().projected(id(key), words.length + 1) // the first turn is its birth
}

const keysOf = async (query: string): Promise<readonly string[]> =>
  (await stack().get(`/actors?q=find-&${query}`)).body.rows.map(({ key }: { key: string }) => key.slice('find-'.length))

async function send(method: 'PUT' | 'DELETE', url: string, body?: object) {
  const answer = await stack().server.inject({ method, url: `/v1${url}`, ...(body && { payload: body }) })
  return { status: answer.statusCode, body: answer.json() }
}

test('actors are found by state, tag, task, trouble, idle time and what waits', async () => {
  const { client, get, post, projected } = stack()
  await say('find-a', 'x')
  await client.send(id('find-b'), { type: 'wait' })
  await client.send(id('find-b'), { type: 'fail' })
  await client.send(id('find-c'), { type: 'say', word: 'y' }, { correlation: 'task-7' })
  await projected(id('find-b'), 3)
  await projected(id('find-c'), 2)
  expect(await keysOf('state=waiting')).toEqual(['b'])
  expect(await keysOf('tag=free')).toEqual(['a', 'c'])
  expect(await keysOf('tag=nothing')).toEqual([])
  expect(await keysOf('task=task-7')).toEqual(['c'])
  expect(await keysOf('failures=1')).toEqual(['b'])
  expect(await keysOf('sort=failures')).toEqual(['b'])
  expect(await keysOf('sort=recent')).toHaveLength(3)
  expect(await keysOf('idleMs=3600000')).toEqual([])
  expect(await keysOf('youngMs=3600000')).toEqual(['a', 'b', 'c'])
  expect(await keysOf('mailbox=1')).toEqual([])
  await post(`${path('find-a')}/debug`, { type: '@hold', ttlMs: 60_000 })
  await client.send(id('find-a'), { type: 'say', word: 'held back' })
  await projected(id('find-a'), 3)
  await expect.poll(() => keysOf('mailbox=1'), { timeout: 10_000, interval: 50 }).toEqual(['a'])
  expect((await get('/actors?q=find-&held=true')).body.rows).toMatchObject([{ key: 'find-a', held: true, waiting: 1 }])
  const [row] = (await get('/actors?q=find-b')).body.rows
  expect(row).toMatchObject({ failures: 1, costUsd: 0, tokens: 0, bornAt: expect.any(Number) })
  expect(await get('/actors?sort=nonsense')).toMatchObject({ status: 400 })
  expect(await get('/actors?idleMs=-1')).toMatchObject({ status: 400 })
})

test('those that fit are counted by type and status', async () => {
  await say('counted-1', 'x')
  await say('counted-2', 'x')
  const { body } = await stack().get('/actor-groups?q=counted-')
  expect(body).toEqual({ groups: [{ type: 'clerk', status: 'active', held: false, count: 2 }], isWhole: true })
})

test('a view is saved for all of a tenant, replaced, found by its scope only, and deleted', async () => {
  const { get } = stack()
  const view = { scope: 'agents', content: { type: 'clerk', sort: 'recent' } }
  expect(await send('PUT', '/views/busy%20clerks', view)).toMatchObject({ status: 200, body: { name: 'busy clerks', savedBy: 'local' } })
  await send('PUT', '/views/busy%20clerks', { ...view, content: { type: 'clerk' } })
  await send('PUT', '/views/greeting', { scope: 'event/clerk', content: { type: 'say', word: 'hello' } })
  expect((await get('/views')).body.rows).toMatchObject([{ name: 'busy clerks', scope: 'agents', content: { type: 'clerk' } }])
  expect((await get('/views?scope=event/clerk')).body.rows).toMatchObject([{ name: 'greeting', content: { word: 'hello' } }])
  expect(await send('DELETE', '/views/greeting')).toMatchObject({ status: 404, body: { code: 'TR_RESOURCE_MISSING' } })
  expect(await send('DELETE', '/views/greeting?scope=event/clerk')).toMatchObject({ status: 200 })
  expect(await send('PUT', '/views/x', { scope: 'nonsense', content: {} })).toMatchObject({ status: 400 })
  expect(await send('PUT', '/views/x', { scope: 'agents', content: { text: 'x'.repeat(20_000) } })).toMatchObject({ status: 400 })
})

test('a caller of one tenant saves, sees and deletes views of its own only', async () => {
  const { get } = stack()
  await send('PUT', '/views/of%20main', { scope: 'agents', content: { type: 'clerk' } })
  const before = stack().caller
  const other: Caller = { id: 'other', tenant: 'other', roles: ['admin'], via: 'token' }
  stack().caller = other
  try {
    expect((await get('/views')).body.rows).toEqual([])
    expect(await send('DELETE', '/views/of%20main')).toMatchObject({ status: 404 })
    expect(await send('PUT', '/views/of%20main', { scope: 'agents', content: {} })).toMatchObject({
      status: 200,
      body: { tenant: 'other' },
    })
  } finally {
    stack().caller = before
  }
  expect((await get('/views?tenant=main')).body.rows).toContainEqual(
    expect.objectContaining({ name: 'of main', content: { type: 'clerk' } }),
  )
})

test('a scope takes so many views, and says when it is full; a name that is there can still be replaced', async () => {
  const { parts } = stack()
  await parts.orm.em.fork().execute(
    `insert into saved_views (tenant, scope, name, content, saved_by, saved_at)
     select 'main', 'event/full', 'n' || n, '{}', 'test', now() from generate_series(1, 200) n`,
  )
  const full = { scope: 'event/full', content: {} }
  expect(await send('PUT', '/views/one-more', full)).toMatchObject({ status: 409, body: { code: 'TR_RESOURCE_CONFLICT' } })
  expect(await send('PUT', '/views/n7', full)).toMatchObject({ status: 200 })
})

test('one effect is told with what went in and what came back, and the turns of both', async () => {
  const { client, get, projected } = stack()
  await client.send(id('caller'), { type: 'fetch', n: 7 })
  await projected(id('caller'), 3)
  const [{ key, startedTurn, endedTurn }] = (await get(`${path('caller')}/calls`)).body.effects
  expect([startedTurn, endedTurn]).toEqual([2, 3])
  expect(await get(`${path('caller')}/calls/${encodeURIComponent(key)}`)).toMatchObject({
    status: 200,
    body: { src: 'fetch', ok: true, input: { n: 7 }, output: 'fetched 7' },
  })
  expect(await get(`${path('caller')}/calls/nothing`)).toMatchObject({ status: 404, body: { code: 'TR_RESOURCE_MISSING' } })
})

test('an actor without a supervisor is the root of its family, with how it is restarted', async () => {
  await say('alone', 'x')
  const { status, body } = await stack().get(`${path('alone')}/family`)
  expect(status).toBe(200)
  expect(body).toMatchObject({
    isWhole: true,
    members: [{ actor: id('alone'), depth: 0, self: true, state: 'idle', strategy: 'one_for_one', intensity: { restarts: 3 } }],
  })
  expect(await stack().get(`${path('nobody')}/family`)).toMatchObject({ status: 404 })
})

test('a living actor that is not projected yet tells its turns from the log', async () => {
  const { client, get, stopProjector } = stack()
  await stopProjector()
  await client.send(id('unprojected'), { type: 'say', word: 'early' })
  await expect.poll(async () => (await get(path('unprojected'))).body.turn, { timeout: 10_000, interval: 50 }).toBe(2)
  const { status, body } = await get(`${path('unprojected')}/history`)
  expect(status).toBe(200)
  expect(body).toMatchObject({
    first: 1,
    last: 2,
    rows: [
      { turn: 2, event: 'say', state: 'idle' },
      { turn: 1, event: '@init', state: 'idle' },
    ],
  })
  expect((await get(`${path('unprojected')}/history?before=2`)).body.rows).toMatchObject([{ turn: 1 }])
  expect(await get(`${path('nobody')}/history`)).toMatchObject({ status: 404, body: { code: 'TR_RESOURCE_MISSING' } })
})
