import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Caller } from '../../services/gateway/caller.ts'
import { clerk, fetched } from './actors-clerk.ts'
import { stackForTests } from './actors-stack.ts'

const stack = stackForTests({ definitions: () => Promise.resolve([clerk]) })
const id = (key: string): string => `main/clerk/${key}`
const path = (key: string): string => `/actors/${encodeURIComponent(id(key))}`

async function say(key: string, ...words: readonly string[]): Promise<void> {
  for (const word of words) await stack().client.send(id(key), { type: 'say', word })
  await stack().projected(id(key), words.length + 1) // the first turn is its birth
}

test('an actor is told as it is now: state, accepted events with their fields, owner; secrets hidden', async () => {
  const { client, get } = stack()
  await client.send(id('a'), { type: 'say', word: 'hello' })
  await client.send(id('a'), { type: 'login', password: 'hunter2' })
  await stack().projected(id('a'), 3)
  const { status, body } = await get(path('a'))
  expect(status).toBe(200)
  expect(body).toMatchObject({
    actor: 'main/clerk/a',
    turn: 3,
    value: 'idle',
    status: 'active',
    tags: ['free'],
    context: { words: ['hello'], password: '[redacted]' },
    machine: { name: 'clerk', version: '1', hash: expect.stringMatching(/^[0-9a-f]{16}$/) },
    owner: expect.any(String),
    waiting: [],
  })
  expect(body.accepts.map(({ type }: { type: string }) => type)).toEqual(['fetch', 'login', 'say', 'wait'])
  expect(body.accepts.find(({ type }: { type: string }) => type === 'say').schema).toMatchObject({
    properties: { word: { type: 'string' } },
    required: ['word'],
  })
})

test('what is no actor is refused, and says which', async () => {
  const { get } = stack()
  expect(await get('/actors/nonsense')).toMatchObject({ status: 400, body: { code: 'TR_ADDRESS_INVALID' } })
  expect(await get(path('nobody'))).toMatchObject({ status: 404, body: { code: 'TR_RESOURCE_MISSING' } })
  expect(await get(`/actors/${encodeURIComponent('main/nothing/x')}`)).toMatchObject({ status: 404 })
  expect(await get(`${path('nobody')}/history`)).toMatchObject({ status: 404 })
})

test('a list of actors is walked page by page, filtered by type, status, words and hold', async () => {
  const { client, get, post, projected } = stack()
  const keys = Array.from({ length: 7 }, (_, n) => `list-${n}`)
  await Promise.all(keys.map((key) => say(key, 'x')))
  await post(`${path('list-3')}/debug`, { type: '@hold', ttlMs: 60_000 })
  await client.cancel(id('list-5'), 'enough')
  await projected(id('list-3'), 3)
  await projected(id('list-5'), 3)
  const seen: string[] = []
  let after = ''
  for (;;) {
    const { body } = await get(`/actors?type=cl*&q=LIST-&limit=3${after === '' ? '' : `&after=${encodeURIComponent(after)}`}`)
    seen.push(...body.rows.map(({ key }: { key: string }) => key))
    if (body.next === undefined) break
    after = body.next
  }
  expect(seen).toEqual(keys)
  const rowsOf = async (query: string) => (await get(`/actors?${query}`)).body.rows
  expect(await rowsOf('held=true')).toMatchObject([
    { actor: id('list-3'), held: true, state: 'idle', status: 'active', turn: 3, event: '@hold' },
  ])
  expect(await rowsOf('status=stopped')).toMatchObject([{ actor: id('list-5'), status: 'stopped' }])
  expect(await rowsOf('type=nothing')).toEqual([])
  expect(await rowsOf('tenant=other')).toEqual([])
  expect(await get('/actors?after=nonsense')).toMatchObject({ status: 400, body: { code: 'TR_CURSOR_INVALID' } })
  expect(await get('/actors?limit=1000')).toMatchObject({ status: 400 })
})

test('an event is tried before it is sent, and one that the state does not take is refused with those that it does', async () => {
  const { client, get, post } = stack()
  await client.send(id('e'), { type: 'wait' })
  await stack().projected(id('e'), 2)
  const events = `${path('e')}/events`
  expect(await post(events, { event: { type: 'rest' }, dryRun: true })).toMatchObject({
    status: 200,
    body: { ok: true, would: { handled: true, from: 'waiting', to: 'idle' } },
  })
  expect((await get(path('e'))).body.value).toBe('waiting')
  const refused = await post(events, { event: { type: 'say', word: 'x' } })
  expect(refused).toMatchObject({ status: 422, body: { code: 'TR_EVENT_NOT_ACCEPTED' } })
  expect(refused.body.detail).toContain('it takes fail, rest')
  expect(await post(events, { event: { type: 'say' } })).toMatchObject({
    status: 422,
    body: { detail: expect.stringContaining("field 'word'") },
  })
  expect(await post(events, { event: { type: 'say' }, dryRun: true })).toMatchObject({
    status: 200,
    body: { ok: false, refused: { code: 'TR_EVENT_NOT_ACCEPTED' } },
  })
  expect(await post(events, { event: { type: 'fail' }, dryRun: true })).toMatchObject({
    body: { ok: false, refused: { code: 'TR_TURN_FAILED' } },
  })
  expect(await post(events, { event: { type: '@hold' } })).toMatchObject({ status: 400, body: { code: 'TR_EVENT_RESERVED' } })
  expect(await post(events, { event: { type: 'rest' } })).toMatchObject({ status: 200, body: { ok: true } })
  await stack().projected(id('e'), 3)
  expect((await get(path('e'))).body.value).toBe('idle')
})

test('an event that the state takes once what was sent before it is taken is not refused', async () => {
  const { get, post, projected } = stack()
  const events = `${path('quick')}/events`
  for (const type of ['wait', 'rest', 'wait', 'rest', 'wait'])
    expect(await post(events, { event: { type } })).toMatchObject({ status: 200 })
  await projected(id('quick'), 6)
  expect((await get(path('quick'))).body.value).toBe('waiting')
})

test('an event repeated with its Idempotency-Key is taken once', async () => {
  const { get, post, projected } = stack()
  const send = (key: string) => post(`${path('once')}/events`, { event: { type: 'say', word: key } }, { 'idempotency-key': key })
  const [first, again, other] = [await send('k1'), await send('k1'), await send('k2')]
  expect(first.body.message).toBe(again.body.message)
  expect(other.body.message).not.toBe(first.body.message)
  await projected(id('once'), 3)
  expect((await get(path('once'))).body.context.words).toEqual(['k1', 'k2'])
})

test('an actor that is cancelled is stopped; one that does not exist is not cancelled', async () => {
  const { get, post, projected } = stack()
  await say('c', 'x')
  expect(await post(`${path('c')}/cancel`, { reason: 'no longer wanted' })).toMatchObject({ status: 200, body: { ok: true } })
  await projected(id('c'), 3)
  expect(await get(path('c'))).toMatchObject({ status: 200, body: { status: 'stopped', accepts: [] } })
  expect(await post(`${path('nobody')}/cancel`, { reason: 'x' })).toMatchObject({ status: 404, body: { code: 'TR_ACTOR_NOT_FOUND' } })
})

test('a held actor keeps what comes, lets one through at a step, and takes the rest when it is released', async () => {
  const { client, get, post, projected } = stack()
  await say('h', 'one')
  const debug = (command: object) => post(`${path('h')}/debug`, command)
  expect(await debug({ type: '@step' })).toMatchObject({ status: 422, body: { code: 'TR_EVENT_NOT_ACCEPTED' } })
  expect(await debug({ type: '@hold', ttlMs: 60_000 })).toMatchObject({ status: 200, body: { held: true, by: 'local', waiting: 0 } })
  for (const word of ['two', 'three']) await client.send(id('h'), { type: 'say', word })
  await projected(id('h'), 5)
  expect((await get(path('h'))).body).toMatchObject({
    hold: { held: true, by: 'local' },
    waiting: [{ type: 'say' }, { type: 'say' }],
    context: { words: ['one'] },
  })
  expect(await debug({ type: '@step', count: 1 })).toMatchObject({ body: { held: true, steps: 1 } })
  await projected(id('h'), 8)
  expect((await get(path('h'))).body.context.words).toEqual(['one', 'two'])
  expect(await debug({ type: '@release' })).toMatchObject({ body: { held: false } })
  await projected(id('h'), 11)
  const now = (await get(path('h'))).body
  expect(now).toMatchObject({ context: { words: ['one', 'two', 'three'] }, waiting: [] })
  expect(now).not.toHaveProperty('hold')
  expect(await debug({ type: '@hold', ttlMs: 3_600_001 })).toMatchObject({ status: 400 })
  expect(await post(`${path('nobody')}/debug`, { type: '@hold' })).toMatchObject({ status: 404 })
})

test('a breakpoint on a state that the machine has not is refused with those that it has', async () => {
  const { client, get, post, projected } = stack()
  await say('b', 'x')
  const set = (match: string) => post(`${path('b')}/debug`, { type: '@breakpoints', breakpoints: [{ id: 'stop', on: 'state', match }] })
  const refused = await set('clerk.nowhere')
  expect(refused).toMatchObject({ status: 422, body: { code: 'TR_EVENT_NOT_ACCEPTED' } })
  expect(refused.body.detail).toContain('clerk.idle, clerk.fetching, clerk.waiting')
  expect(await set('clerk.waiting')).toMatchObject({ status: 200, body: { held: false, breakpoints: [{ id: 'stop' }] } })
  await client.send(id('b'), { type: 'wait' })
  await projected(id('b'), 4)
  expect((await get(path('b'))).body).toMatchObject({ value: 'waiting', hold: { held: true, hit: { breakpoint: 'stop' } } })
})

test('the turns of an actor are told newest first, page by page', async () => {
  const { get } = stack()
  await say('t', 'a', 'b', 'c', 'd')
  const newest = await get(`${path('t')}/history?limit=2`)
  expect(newest.body).toMatchObject({ first: 1, last: 5, rows: [{ turn: 5, event: 'say', state: 'idle' }, { turn: 4 }] })
  const older = await get(`${path('t')}/history?limit=200&before=4`)
  expect(older.body.rows.map(({ turn }: { turn: number }) => turn)).toEqual([3, 2, 1])
})

test('effects and their ends are told', async () => {
  const { client, get, projected } = stack()
  await client.send(id('f'), { type: 'fetch', n: 3 })
  await projected(id('f'), 3)
  const { body } = await get(`${path('f')}/calls`)
  expect(body).toMatchObject({ llm: [], effects: [{ src: 'fetch', ok: true, startedAt: expect.any(Number), endedAt: expect.any(Number) }] })
})

test('a fork begins at a turn with the next free key, relives what is recorded at no cost, and leaves the original alone', async () => {
  const { client, get, post, projected } = stack()
  for (const n of [7, 8]) {
    await client.send(id('o'), { type: 'fetch', n })
    await projected(id('o'), n === 7 ? 3 : 5)
  }
  const before = fetched.length
  const forked = await post(`${path('o')}/fork`, { turn: 2 })
  expect(forked).toMatchObject({ status: 200, body: { fork: 'main/clerk/o~fork-1' } })
  await projected('main/clerk/o~fork-1', 2)
  expect((await get(path('o~fork-1'))).body.context.words).toEqual(['fetched 7'])
  expect(fetched.length).toBe(before)
  expect((await post(`${path('o')}/fork`, { turn: 3 })).body.fork).toBe('main/clerk/o~fork-2')
  expect(await post(`${path('o')}/fork`, { turn: 3, key: 'o' })).toMatchObject({ status: 409, body: { code: 'TR_FORK_KEY_TAKEN' } })
  expect(await post(`${path('o')}/fork`, { turn: 99 })).toMatchObject({ status: 410, body: { code: 'TR_MOMENT_MISSING' } })
  expect((await get(path('o'))).body).toMatchObject({ turn: 5, context: { words: ['fetched 7', 'fetched 8'] } })
})

test('a fork that is held takes an event first, and what is not recorded waits for a person', async () => {
  const { get, post, projected } = stack()
  await say('w', 'first')
  const { body } = await post(`${path('w')}/fork`, { turn: 2, key: 'w-held', held: true })
  expect(body.fork).toBe('main/clerk/w-held')
  await post(`${path('w-held')}/events`, { event: { type: 'fetch', n: 99 } })
  await post(`${path('w-held')}/debug`, { type: '@release' })
  await projected('main/clerk/w-held', 4)
  const now = (await get(path('w-held'))).body
  expect(now).toMatchObject({ value: 'fetching', hold: { held: true, hit: { breakpoint: 'diverged: effect fetch' } } })
  expect(fetched).not.toContain('99')
})

test('a caller of one tenant sees and touches nothing of another', async () => {
  const current = stack()
  const { get, post } = current
  await say('mine', 'x')
  const local = current.caller
  const stranger: Caller = { id: 'eve', tenant: 'acme', roles: ['admin'], via: 'key' }
  current.caller = stranger
  try {
    const reads = ['', '/history', '/moments/1', '/calls'].map((below) => get(`${path('mine')}${below}`))
    const acts = [
      post(`${path('mine')}/events`, { event: { type: 'say', word: 'x' } }),
      post(`${path('mine')}/cancel`, { reason: 'x' }),
      post(`${path('mine')}/debug`, { type: '@hold' }),
      post(`${path('mine')}/fork`, { turn: 1 }),
    ]
    for (const { status } of await Promise.all([...reads, ...acts])) expect(status).toBe(404)
    expect((await get('/actors')).body.rows).toEqual([])
    expect((await get('/actors?tenant=main')).body.rows).toEqual([])
  } finally {
    current.caller = local
  }
})

test('the machines of the build are listed, drawn and linted', async () => {
  const { get } = stack()
  const { body } = await get('/machines')
  expect(body.rows).toMatchObject([{ type: 'clerk', version: '1', states: 4, findings: expect.any(Number) }])
  const [{ hash }] = body.rows
  expect((await get('/machines/clerk/chart')).body).toMatchObject({
    id: 'clerk',
    hash,
    root: { states: [{ key: 'idle' }, { key: 'fetching' }, { key: 'waiting' }] },
  })
  const drawing = (await get(`/machines/clerk/layout?hash=${hash}`)).body
  expect(drawing).toMatchObject({ id: 'clerk', machineHash: hash })
  expect(drawing.boxes.map((box: { id: string }) => box.id)).toEqual(
    expect.arrayContaining(['clerk', 'clerk.idle', 'clerk.fetching', 'clerk.waiting']),
  )
  expect((await get('/machines/clerk/lint')).body).toMatchObject({ findings: expect.any(Array), allowed: [] })
  expect(await get('/machines/nothing/chart')).toMatchObject({ status: 404 })
  expect(await get('/machines/clerk/chart?hash=0')).toMatchObject({ status: 404 })
})

test('whatever is sent to the routes about actors is answered, never with a fault of the gateway', async () => {
  const { get, post } = stack()
  await say('fuzz', 'x')
  const any = fc.anything({ withDate: false, withBigInt: false, maxDepth: 3 })
  const unusual = fc.oneof(
    fc.string({ minLength: 1, maxLength: 40, unit: 'binary' }),
    fc.constantFrom('main/clerk/\0', 'main/clerk/%', 'main/clerk/..', '__proto__', 'main/constructor/x', '%_\\'),
  )
  const below = fc.constantFrom('events', 'cancel', 'debug', 'fork')
  await fc.assert(
    fc.asyncProperty(
      below,
      fc.dictionary(fc.constantFrom('event', 'type', 'turn', 'reason', 'key', 'ttlMs', 'breakpoints', '__proto__'), any),
      async (route, body) => {
        const { status } = await post(`${path('fuzz')}/${route}`, body)
        expect(status).toBeLessThan(500)
      },
    ),
    { numRuns: 60 },
  )
  await fc.assert(
    fc.asyncProperty(unusual, fc.constantFrom('', '/history', '/moments/1', '/calls'), unusual, async (text, route, words) => {
      const actor = await get(`/actors/${encodeURIComponent(text)}${route}`)
      expect(actor.status).toBeLessThan(500)
      const list = await get(`/actors?q=${encodeURIComponent(words)}&type=${encodeURIComponent(text.slice(0, 65))}`)
      expect(list.status).toBeLessThan(500)
    }),
    { numRuns: 60 },
  )
})

test('breakpoints of a type are set, told and taken away; those that cannot be are refused with the reason', async () => {
  const { get, put } = stack()
  const at = '/machines/clerk/breakpoints'
  const breakpoints = [{ id: 'b', on: 'state', match: 'clerk.waiting' }]
  const { status, body } = await put(at, { breakpoints, forMs: 60_000, holdMs: 5_000 })
  expect(status).toBe(200)
  expect(body).toMatchObject({ tenant: 'main', type: 'clerk', rows: [{ ...breakpoints[0], holdMs: 5_000, until: expect.any(Number) }] })
  expect((await get(at)).body).toEqual(body)
  await say('breaks', 'one')
  await stack().client.send(id('breaks'), { type: 'wait' })
  await stack().projected(id('breaks'), 3)
  expect((await get(path('breaks'))).body).toMatchObject({ hold: { held: true, by: body.rows[0].by, hit: { breakpoint: 'b' } } })
  const nowhere = await put(at, { breakpoints: [{ id: 'b', on: 'state', match: 'clerk.nowhere' }] })
  expect(nowhere).toMatchObject({ status: 400, body: { detail: expect.stringContaining('clerk.waiting') } })
  expect(await put(at, { breakpoints: [...breakpoints, ...breakpoints] })).toMatchObject({ status: 400 })
  expect(await put('/machines/nothing/breakpoints', { breakpoints })).toMatchObject({ status: 404 })
  expect((await put(at, { breakpoints: [] })).body).toMatchObject({ rows: [] })
})
