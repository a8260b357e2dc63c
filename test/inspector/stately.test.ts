// Live actors of a real worker, as the receivers of @statelyai/inspect hear of them through the bridge.
import { get } from 'node:http'
import { createMachine } from 'xstate'
import { expect, onTestFinished, test, vi } from 'vitest'
import type { ActorState } from '../../client/index.ts'
import type { ActorId } from '../../machines/address.ts'
import { openBridge, type Bridge } from '../../services/stately/bridge.ts'
import type { Feed } from '../../services/stately/feed.ts'
import { linesOf, receive, stageForTests } from './stately-stage.ts'

const stage = stageForTests()
const wait = { timeout: 30_000 }

async function bridgeTo(feed: Pick<Feed, 'join'>): Promise<Bridge> {
  const bridge = await openBridge({ feed, port: 0, inspector: new URL('https://stately.ai/inspect'), note: () => {} })
  onTestFinished(() => bridge.close())
  return bridge
}

/** A receiver that listens already. */
async function receiverOf(feed: Feed) {
  const { promise, resolve } = Promise.withResolvers<void>()
  const join: Feed['join'] = (listener) => {
    resolve()
    return feed.join(listener)
  }
  const receiver = receive((await bridgeTo({ join })).url.replace('http:', 'ws:'))
  await promise
  return receiver
}

async function watching(...patterns: readonly string[]) {
  const { feed, notes } = await stage().feed(patterns)
  return { feed, notes, ...(await receiverOf(feed)) }
}

/** Its state, once it has one: a message that is stored is not taken yet. */
const alive = (actor: string): Promise<ActorState> =>
  vi.waitUntil(
    () =>
      stage()
        .client.query(actor)
        .catch(() => undefined),
    { timeout: 10_000, interval: 10 },
  )

test('an actor, its child and what they do arrive in order, with definitions that XState takes', wait, async () => {
  const { received, until } = await watching('parent/*', 'child/*')
  const { client } = stage()
  await client.send('main/parent/a', { type: 'start', n: 4 })
  await until(({ sessionId, snapshot }) => sessionId.startsWith('main/child/') && snapshot?.value === 'working')
  await client.send('main/parent/a', { type: 'work' })
  await until(({ sessionId, snapshot }) => sessionId === 'main/parent/a' && Object(snapshot?.context).results?.[0] === 40)
  const [kid = ''] = received.map(({ sessionId }) => sessionId).filter((id) => id.startsWith('main/child/'))
  await until(({ sessionId, snapshot }) => sessionId === kid && snapshot?.status === 'done' && snapshot.output === 40)
  const lines = linesOf(received)
  expect(lines.filter((line) => line.startsWith('event'))).toEqual(
    expect.arrayContaining([
      'event main/parent/a xstate.init',
      'event main/parent/a start',
      `event ${kid} xstate.init from main/parent/a`,
      `event ${kid} work from main/parent/a`,
    ]),
  )
  const order = ['actor main/parent/a', 'event main/parent/a start', `actor ${kid}`, `event ${kid} work`, `snapshot ${kid} "done" done`]
  expect(lines.filter((line) => order.some((begin) => line.startsWith(begin))).filter((line, at, all) => all.indexOf(line) === at)).toEqual(
    order.map((begin) => expect.stringMatching(new RegExp(`^${RegExp.escape(begin)}`))),
  )
  const [announced, born] = received.filter(({ type }) => type === '@xstate.actor')
  expect(announced).toMatchObject({ name: 'parent/a', rootId: 'main/parent/a', _version: '0.7.2' })
  expect(born).toMatchObject({ sessionId: kid, parentId: 'main/parent/a', rootId: 'main/parent/a' })
  const machine = createMachine(JSON.parse(announced?.definition ?? ''))
  expect(Object.keys(machine.states)).toEqual(['idle', 'busy'])
})

test('a child of whose birth nothing was heard is shown all the same, though it takes no turn more', wait, async () => {
  const { until } = await watching('parent/*') // the owner of the child hears of its watch when it lives already, or a moment before
  await stage().client.send('main/parent/quiet', { type: 'start', n: 1 })
  const { sessionId } = await until(({ type, parentId }) => type === '@xstate.actor' && parentId === 'main/parent/quiet')
  await until((one) => one.sessionId === sessionId && one.snapshot?.value === 'working')
})

test('a context is that of its turn, and secrets are hidden in it, in events and in outputs', wait, async () => {
  const { received, until } = await watching('safe/*')
  const { client } = stage()
  const note = (text: string) => client.send('main/safe/s', { type: 'note', text })
  await note('one')
  await until(({ snapshot }) => Object(snapshot?.context).notes?.length === 1)
  await note('two')
  const second = await until(({ type, event }) => type === '@xstate.snapshot' && Object(event).text === 'two')
  expect(second.snapshot?.context).toEqual({ password: '[redacted]', notes: ['one', 'two'] }) // by what the turn changed: nobody was asked
  await Promise.all([note('three'), note('four')])
  await client.send('main/safe/s', { type: 'lock', password: 'hunter2' })
  const last = await until(({ snapshot }) => snapshot?.output !== undefined)
  expect(last).toMatchObject({ snapshot: { status: 'done', value: 'locked', context: { notes: { length: 4 } }, output: { notes: 4 } } })
  expect(JSON.stringify(received)).not.toContain('hunter2')
})

test('who comes late is told everybody as they are, parents first, and then goes on', wait, async () => {
  const { client } = stage()
  const { feed } = await stage().feed(['parent/*'])
  await client.send('main/parent/late', { type: 'start', n: 1 })
  await vi.waitUntil(() => feed.size >= 2, { timeout: 10_000 })
  const { received, until } = await receiverOf(feed)
  await until(({ sessionId }) => sessionId === 'main/parent/late')
  const there = await until(({ parentId }) => parentId === 'main/parent/late')
  expect(there).toMatchObject({ type: '@xstate.actor', snapshot: { status: 'active', value: 'working' } })
  await client.send('main/parent/late', { type: 'stop' })
  await until(({ sessionId, event }) => sessionId === 'main/parent/late' && event?.type === 'stop')
  expect(received.filter(({ type, sessionId }) => type === '@xstate.actor' && sessionId === 'main/parent/late')).toHaveLength(1)
})

test(
  'an actor that was alive before is announced with its present state, and with its child; a named one that is not there is refused',
  wait,
  async () => {
    const { client } = stage()
    await client.send('main/parent/old', { type: 'start', n: 2 })
    const { children } = await alive('main/parent/old')
    const [kid] = Object.values(children)
    await alive(kid?.address ?? '')
    const { received, until } = await watching('parent/old')
    await until(({ sessionId }) => sessionId === kid?.address)
    expect(received.map(({ type, sessionId, parentId, snapshot }) => ({ type, sessionId, parentId, snapshot }))).toMatchObject([
      { type: '@xstate.actor', sessionId: 'main/parent/old', snapshot: { value: 'busy', context: { results: [], failed: [] } } },
      { type: '@xstate.actor', sessionId: kid?.address, parentId: 'main/parent/old', snapshot: { value: 'working', context: { n: 2 } } },
    ])
    await expect(stage().feed(['parent/nobody'])).rejects.toMatchObject({
      code: 'TR_ACTOR_NOT_FOUND',
      message: expect.stringContaining('main/parent/nobody'),
    })
  },
)

test('an event that becomes a dead letter is shown, and the state stays', wait, async () => {
  const { received, until } = await watching('safe/*')
  await stage().client.send('main/safe/dead', { type: 'note', text: 'a' })
  await stage().client.send('main/safe/dead', { type: 'break' })
  await until(({ event }) => event?.type === 'break')
  await stage().client.send('main/safe/dead', { type: 'note', text: 'b' })
  await until(({ event }) => event !== undefined && 'text' in event && event.text === 'b')
  const own = linesOf(received.filter(({ sessionId, event }) => sessionId === 'main/safe/dead' && event?.type !== ''))
  expect(own.filter((line) => line.startsWith('event'))).toEqual([
    'event main/safe/dead xstate.init',
    'event main/safe/dead note',
    'event main/safe/dead break',
    'event main/safe/dead note',
  ])
})

test('more actors than are shown at once are said; one that has ended makes room', wait, async () => {
  const { feed, notes } = await stage().feed(['safe/*'], { actorsMax: 1 })
  const seen: string[] = []
  feed.join(({ type, sessionId }) => void (type === '@xstate.actor' && seen.push(sessionId)))
  const before = seen.length
  const { client } = stage()
  if (before === 0) await client.send('main/safe/first', { type: 'note', text: 'x' })
  await vi.waitUntil(() => feed.size === 1, { timeout: 10_000 })
  await client.send('main/safe/second', { type: 'note', text: 'x' })
  await vi.waitUntil(() => notes.some((line) => /of other actors were not shown: 1 are shown at once/.test(line)), { timeout: 10_000 })
  await client.send(seen[0] as ActorId, { type: 'lock', password: 'x' })
  await client.send('main/safe/third', { type: 'note', text: 'x' })
  await vi.waitUntil(() => seen.includes('main/safe/third') || seen.includes('main/safe/second'), { timeout: 10_000 })
  expect(feed.size).toBe(1)
})

test('turns that come too fast are passed over and counted, and the state is brought up to date', wait, async () => {
  const { feed, notes } = await stage().feed(['safe/*'], { turnsPerSecondMax: 5 })
  const states: unknown[] = []
  let events = 0
  feed.join((one) => {
    if (one.sessionId !== 'main/safe/fast') return
    if (one.type === '@xstate.event') events++
    else states.push(one.snapshot.context)
  })
  const texts = Array.from({ length: 60 }, (_, at) => `n${at}`)
  await Promise.all(texts.map((text) => stage().client.send('main/safe/fast', { type: 'note', text })))
  await vi.waitUntil(() => Object(states.at(-1)).notes?.at(-1) === 'n59', { timeout: 15_000 })
  await vi.waitUntil(() => notes.some((line) => /^\d+ turns were passed over: more than 5 came in a second/.test(line)), {
    timeout: 10_000,
  })
  expect(events).toBeLessThan(60)
})

test('only its own page and programs of this machine reach the bridge', wait, async () => {
  const { feed } = await stage().feed(['safe/*'])
  const bridge = await bridgeTo(feed)
  const { host, port } = new URL(bridge.url)
  const ask = (headers: Readonly<Record<string, string>>): Promise<number | undefined> =>
    new Promise((resolve, reject) => {
      get({ host: '127.0.0.1', port, headers, setHost: false }, (answer) => resolve(answer.resume().statusCode)).on('error', reject)
    })
  expect(await ask({ host })).toBe(200)
  expect(await ask({ host: `localhost:${port}` })).toBe(200)
  expect(await ask({ host, origin: bridge.url })).toBe(200)
  expect(await ask({ host, origin: 'https://elsewhere.example' })).toBe(403)
  expect(await ask({ host: 'elsewhere.example' })).toBe(403)
  const upgrade = {
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
  }
  expect(await ask({ host, origin: 'https://elsewhere.example', ...upgrade })).toBe(403)
  const page = await (await fetch(bridge.url)).text()
  expect(page).toContain('data-src="https://stately.ai/inspect"')
})

test('a port that is taken is refused with what to do', wait, async () => {
  const { feed } = await stage().feed(['safe/*'])
  const bridge = await bridgeTo(feed)
  const again = openBridge({ feed, port: Number(new URL(bridge.url).port), inspector: new URL('http://x'), note: () => {} })
  await expect(again).rejects.toMatchObject({ code: 'TR_STATELY_BRIDGE_NOT_OPENED', message: expect.stringMatching(/EADDRINUSE.*--port/) })
})

test('more listeners than the bridge has room for are refused with the reason, and the others go on', wait, async () => {
  const { feed } = await stage().feed(['safe/*'])
  const url = (await bridgeTo(feed)).url.replace('http:', 'ws:')
  const closed = Promise.withResolvers<string>()
  const sockets = Array.from({ length: 17 }, () => new WebSocket(url))
  onTestFinished(() => sockets.forEach((socket) => socket.close()))
  let open = sockets.length
  for (const socket of sockets)
    socket.addEventListener('close', ({ reason }) => {
      open--
      closed.resolve(reason)
    })
  expect(await closed.promise).toBe('16 listen already')
  expect(open).toBe(16)
})
