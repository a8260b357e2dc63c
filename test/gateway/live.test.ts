import { once } from 'node:events'
import net from 'node:net'
import type { FastifyRequest } from 'fastify'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Caller } from '../../services/gateway/caller.ts'
import { NotAllowed, NotAuthenticated } from '../../services/gateway/errors.ts'
import { connectNats } from '../../runtime/nats/index.ts'
import { credentialsIn } from '../../services/gateway/security/credentials.ts'
import { openGuard, openPage, startStage, type Frame, type Stage } from './live-stage.ts'

let stage: Stage

beforeAll(async () => {
  stage = await startStage()
})
afterAll(() => stage.stop())

const turnsIn = (frames: readonly Frame[], topic: string): readonly unknown[] =>
  frames.filter((frame) => frame.topic === topic).flatMap(({ events }) => events.map(({ turn }) => turn))

test('a page hears every transition of an actor with what happened inside, and its state as it was when it began to listen', async () => {
  const gateway = await stage.gateway()
  const page = await openPage(gateway)
  await stage.client.ask('main/lamp/a', { type: 'add', n: 1 })
  const topic = 'actor/main/lamp/a'
  page.say({ sub: topic })
  const first = await page.until((frame) => frame.topic === topic)
  const state = first.rows[0] ?? (await page.until((frame) => frame.topic === topic && frame.rows.length > 0)).rows[0]
  expect(state).toMatchObject({ actor: 'main/lamp/a', tenant: 'main', type: 'lamp', key: 'a', state: 'off', status: 'active', turn: 2 })
  await stage.client.send('main/lamp/a', { type: 'turn' })
  const { events, rows } = await page.until((frame) => frame.topic === topic && frame.events.length > 0)
  expect(events).toMatchObject([
    { kind: 'transition', turn: 3, event: 'turn', value: 'on', detail: { edges: ['lamp.off|turn|0'], entered: ['lamp.on'] } },
  ])
  expect(rows).toMatchObject([{ state: 'on', turn: 3 }])
  await page.close()
  await gateway.close()
})

test('of many actors a page gets the newest state of each, and those of the type it asked for only', async () => {
  const gateway = await stage.gateway()
  const page = await openPage(gateway)
  const topic = 'actors?type=lamp&tenant=main'
  page.say({ sub: topic })
  await page.until((frame) => frame.topic === topic)
  const count = 200
  await stage.client.ask('main/coordinator/other', { type: 'add', n: 1 })
  await Promise.all(
    Array.from({ length: count }, (_, index) =>
      stage.client.ask(`main/lamp/many-${index % 4}`, { type: 'add', n: 1 }, { deadlineMs: 20_000 }),
    ),
  )
  const last = await page.until(({ rows }) => rows.some(({ turn }) => turn === count / 4 + 1))
  expect(last.topic).toBe(topic)
  const told = page.frames.flatMap(({ rows }) => rows)
  expect(new Set(told.map(({ type }) => type))).toEqual(new Set(['lamp']))
  expect(told.length).toBeLessThan(count) // coalesced
  for (const frame of page.frames) expect(new Set(frame.rows.map(({ actor }) => actor)).size).toBe(frame.rows.length)
  await page.close()
  await gateway.close()
})

test('who comes back within a while goes on where it was, without a gap and without a turn twice', async () => {
  const gateway = await stage.gateway()
  const topic = 'actor/main/lamp/back'
  await stage.client.ask('main/lamp/back', { type: 'add', n: 1 })
  const page = await openPage(gateway)
  page.say({ sub: topic })
  await page.until((frame) => frame.topic === topic)
  await stage.client.ask('main/lamp/back', { type: 'add', n: 1 })
  const { seq } = await page.until((frame) => frame.events.some(({ turn }) => turn === 3))
  await page.close()
  for (let n = 0; n < 5; n++) await stage.client.ask('main/lamp/back', { type: 'add', n: 1 })
  const again = await openPage(gateway)
  again.say({ sub: topic, since: seq })
  await again.until((frame) => frame.events.some(({ turn }) => turn === 8))
  expect(turnsIn(again.frames, topic)).toEqual([4, 5, 6, 7, 8])
  expect(again.frames.some(({ gap }) => gap)).toBe(false)
  await again.close()
  await gateway.close()
})

test('a gateway that was started again says as a gap what it did not hear', async () => {
  const topic = 'actor/main/lamp/restart'
  const gateway = await stage.gateway()
  const { port } = gateway
  await stage.client.ask('main/lamp/restart', { type: 'add', n: 1 })
  const page = await openPage(gateway)
  page.say({ sub: topic })
  await page.until((frame) => frame.topic === topic)
  await stage.client.ask('main/lamp/restart', { type: 'add', n: 1 })
  const { seq } = await page.until((frame) => frame.events.some(({ turn }) => turn === 3))
  await gateway.close()
  expect(await page.closed).toMatchObject({ code: 1001 })
  for (let n = 0; n < 4; n++) await stage.client.ask('main/lamp/restart', { type: 'add', n: 1 })
  const next = await stage.gateway({ port })
  const again = await openPage(next)
  again.say({ sub: topic, since: seq })
  const first = await again.until((frame) => frame.topic === topic)
  expect(first.gap).toEqual({ from: 0, to: 7 })
  expect(first.seq).toBeGreaterThan(seq)
  await stage.client.ask('main/lamp/restart', { type: 'add', n: 1 })
  const then = await again.until((frame) => frame.events.length > 0)
  expect(then).toMatchObject({ events: [{ turn: 8 }] })
  await again.close()
  await next.close()
})

test('more events than a frame holds become a gap that names the turns, and the newest are there', async () => {
  const gateway = await stage.gateway({ limits: { frameEventsMax: 5, frameMs: 400 } })
  const topic = 'actor/main/lamp/fast'
  await stage.client.ask('main/lamp/fast', { type: 'add', n: 0 })
  const page = await openPage(gateway)
  page.say({ sub: topic })
  await page.until((frame) => frame.topic === topic)
  const count = 300
  await Promise.all(Array.from({ length: count }, () => stage.client.send('main/lamp/fast', { type: 'add', n: 1 })))
  await page.until((frame) => frame.events.some(({ turn }) => turn === count + 2))
  const seen = turnsIn(page.frames, topic)
  const gaps = page.frames.flatMap(({ gap }) => (gap ? [gap] : []))
  expect(gaps.length).toBeGreaterThan(0)
  const known = new Set([...seen, ...gaps.flatMap(({ from, to }) => Array.from({ length: to - from + 1 }, (_, index) => from + index))])
  for (let turn = 3; turn <= count + 2; turn++) expect(known.has(turn)).toBe(true)
  for (const { events } of page.frames) expect(events.length).toBeLessThanOrEqual(5)
  await page.close()
  await gateway.close()
})

test('a page whose reader stood still is passed over, and its next frame has the newest state', async () => {
  const gateway = await stage.gateway({ limits: { unsentBytesMax: 1_024, frameMs: 5, frameEventsMax: 100 } })
  const topic = 'actor/main/lamp/stall'
  await stage.client.ask('main/lamp/stall', { type: 'add', n: 0 })
  const socket = net.connect(gateway.port, '127.0.0.1')
  await once(socket, 'connect')
  socket.write(
    'GET /v1/live HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
  )
  await once(socket, 'data')
  socket.write(masked(JSON.stringify({ sub: topic })))
  await once(socket, 'data')
  socket.pause() // the page stands still
  const [connection] = gateway.server.websocketServer.clients as ReadonlySet<{ readonly bufferedAmount: number }>
  if (!connection) throw new Error('the gateway has no socket')
  let turns = 1
  for (let round = 0; round < 4_000 && connection.bufferedAmount <= 1_024; round++) {
    await Promise.all(Array.from({ length: 50 }, () => stage.client.ask('main/lamp/stall', { type: 'add', n: 1 })))
    turns += 50
  }
  expect(connection.bufferedAmount).toBeGreaterThan(1_024)
  const stuck = connection.bufferedAmount
  for (let round = 0; round < 20; round++)
    await Promise.all(Array.from({ length: 50 }, () => stage.client.ask('main/lamp/stall', { type: 'add', n: 1 })))
  turns += 1_000
  expect(connection.bufferedAmount).toBeLessThan(stuck + 300_000) // nothing was put in a queue for it
  let text = ''
  const current = new Promise<void>((resolve) =>
    socket.on('data', (bytes) => {
      text = (text + bytes.toString('latin1')).slice(-200_000)
      if (text.includes(`"turn":${turns + 1},`)) resolve()
    }),
  )
  socket.resume()
  await current
  socket.destroy()
  await gateway.close()
})

test('two pages that listen to one thing share what is asked of the fleet, and after the last one nothing is', async () => {
  const gateway = await stage.gateway({ limits: { lingerMs: 0 } })
  const [one, other] = [await openPage(gateway), await openPage(gateway)]
  const said: string[] = []
  const nats = await watchesAt(stage, said)
  one.say({ sub: 'actors?type=lamp&tenant=main' })
  other.say({ sub: 'actors?tenant=main&type=lamp' })
  const [first, second] = await Promise.all([
    one.until(({ topic }) => topic !== undefined),
    other.until(({ topic }) => topic !== undefined),
  ])
  expect([first.topic, second.topic]).toEqual(['actors?type=lamp&tenant=main', 'actors?tenant=main&type=lamp'])
  await nats.heard
  expect(said).toEqual(['live.latest.main.lamp'])
  await Promise.all([one.close(), other.close()])
  await nats.close()
  await gateway.close()
})

test('a hidden page gets fewer frames, and all that is new when it is looked at again', async () => {
  const gateway = await stage.gateway({ limits: { frameMs: 10, hiddenFrameMs: 60_000 } })
  const topic = 'actor/main/lamp/hidden'
  await stage.client.ask('main/lamp/hidden', { type: 'add', n: 1 })
  const [hidden, shown] = [await openPage(gateway), await openPage(gateway)]
  for (const page of [hidden, shown]) {
    page.say({ sub: topic })
    await page.until((frame) => frame.topic === topic)
  }
  hidden.say({ hidden: true })
  hidden.say({ sub: 'nothing' })
  await hidden.until(({ problem }) => problem !== undefined) // it was heard
  for (let n = 0; n < 6; n++) await stage.client.ask('main/lamp/hidden', { type: 'add', n: 1 })
  await shown.until((frame) => frame.events.some(({ turn }) => turn === 8))
  expect(turnsIn(hidden.frames, topic).length).toBeLessThan(6)
  hidden.say({ hidden: false })
  await hidden.until((frame) => frame.events.some(({ turn }) => turn === 8))
  expect(turnsIn(hidden.frames, topic)).toEqual([3, 4, 5, 6, 7, 8])
  await Promise.all([hidden.close(), shown.close()])
  await gateway.close()
})

test('what makes no sense is answered with a problem that says what would, and too much of it ends the socket', async () => {
  const gateway = await stage.gateway()
  const page = await openPage(gateway)
  page.say({ sub: 'weather' })
  expect(await page.until(({ topic }) => topic === 'weather')).toMatchObject({ problem: { code: 'TR_REQUEST_INVALID' } })
  page.say({ sub: 'actor/nobody' })
  expect((await page.until(({ topic }) => topic === 'actor/nobody')).problem?.detail).toContain('is not tenant/type/key')
  page.say({ sub: 'actors?colour=red' })
  expect((await page.until(({ topic }) => topic === 'actors?colour=red')).problem?.detail).toContain('it has tenant, type, key')
  for (let n = 0; n < 25; n++) page.say({ what: n })
  expect(await page.closed).toMatchObject({ code: 4400 })
  await gateway.close()
})

test('a connection has a limited number of topics, a caller of connections', async () => {
  const gateway = await stage.gateway({ limits: { topicsPerSocketMax: 2, socketsPerCallerMax: 1 } })
  const page = await openPage(gateway)
  for (const key of ['one', 'two', 'three']) page.say({ sub: `actor/main/lamp/${key}` })
  expect(await page.until(({ problem }) => problem !== undefined)).toMatchObject({ problem: { code: 'TR_TOO_MANY_REQUESTS' } })
  const second = await openPage(gateway)
  expect(await second.closed).toMatchObject({ code: 4429 })
  await page.close()
  const third = await openPage(gateway)
  third.say({ sub: 'fleet' })
  await third.until(({ topic }) => topic === 'fleet')
  await third.close()
  await gateway.close()
})

const acme: Caller = { id: 'ann', tenant: 'acme', roles: ['viewer'], via: 'token' }

test("a caller of one tenant sees neither another's actors nor the fleet", async () => {
  const gateway = await stage.gateway({
    guard: {
      admit: () => Promise.resolve(acme),
      allow: (_caller, { resource }) => {
        if (resource === 'fleet') throw new NotAllowed('ann may not read the fleet')
      },
    },
  })
  const page = await openPage(gateway)
  for (const topic of ['actor/main/lamp/a', 'actors?tenant=main', 'task/main/task/1', 'fleet']) {
    page.say({ sub: topic })
    expect(await page.until((frame) => frame.topic === topic)).toMatchObject({ problem: { code: 'TR_NOT_ALLOWED' } })
  }
  page.say({ sub: 'actors' })
  await page.until((frame) => frame.topic === 'actors')
  await stage.client.ask('main/lamp/secret', { type: 'add', n: 1 })
  await stage.client.ask('acme/lamp/own', { type: 'add', n: 1 })
  const { rows } = await page.until((frame) => frame.rows.length > 0)
  expect(rows.map(({ actor }) => actor)).toEqual(['acme/lamp/own'])
  await page.close()
  await gateway.close()
})

test('a socket ends with a code that says so when its token does, and begins with none for who is not known', async () => {
  let known = true
  const guard = {
    ...openGuard,
    admit: () => (known ? Promise.resolve(acme) : Promise.reject(new NotAuthenticated('the token has expired'))),
  }
  const gateway = await stage.gateway({ guard, limits: { admitAgainMs: 20 } })
  const page = await openPage(gateway)
  page.say({ sub: 'actors' })
  await page.until((frame) => frame.topic === 'actors')
  known = false
  expect(await page.closed).toEqual({ code: 4401, reason: 'the token has expired' })
  const stranger = await openPage(gateway)
  expect(await stranger.closed).toMatchObject({ code: 4401 })
  await gateway.close()
})

test('a page gives its token as a subprotocol', async () => {
  const heard: unknown[] = []
  const guard = {
    ...openGuard,
    admit: (request: FastifyRequest) => {
      heard.push(credentialsIn(request.headers))
      return Promise.resolve(acme)
    },
  }
  const gateway = await stage.gateway({ guard })
  const page = await openPage(gateway, ['troupe', 'bearer.abc.def.ghi'])
  page.say({ sub: 'actors' })
  await page.until((frame) => frame.topic === 'actors')
  expect(heard).toEqual([{ kind: 'token', text: 'abc.def.ghi' }])
  await page.close()
  await gateway.close()
})

test('a page that hears nothing else hears that the gateway lives', async () => {
  const gateway = await stage.gateway({ limits: { heartbeatMs: 50 } })
  const page = await openPage(gateway)
  await page.until(({ alive }) => alive === true)
  await page.close()
  await gateway.close()
})

/** A frame of a client, with a mask of zeros (RFC 6455, 5.2). */
function masked(text: string): Buffer {
  const payload = Buffer.from(text)
  return Buffer.concat([Buffer.from([0x81, 0x80 | payload.length, 0, 0, 0, 0]), payload])
}

/** What watchers ask of the fleet, from here on. */
async function watchesAt({ natsUrl }: Stage, said: string[]) {
  const connection = await connectNats({ servers: natsUrl, name: 'listens' })
  const heard = Promise.withResolvers<void>()
  connection.subscribe('live.watch', {
    callback: (_error, message) => {
      said.push(message.json<{ pattern: string }>().pattern)
      heard.resolve()
    },
  })
  await connection.flush()
  return { heard: heard.promise, close: () => connection.close() }
}
