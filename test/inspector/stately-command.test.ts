// `troupe inspect` in a process of its own, with the receivers and the server of @statelyai/inspect at the other end.
import { fileURLToPath } from 'node:url'
import { createInspectorServer } from '@statelyai/inspect/server'
import { expect, onTestFinished, test, vi } from 'vitest'
import { json, startTroupe, troupe, type Running } from '../cli/troupe.ts'
import { relayTo } from '../support/relay.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { openDataFolder } from '../../services/stack/data-folder.ts'
import { freePort, receive, stageForTests, type Receiver } from './stately-stage.ts'

const stage = stageForTests()
/** A second, and another on a busy machine. */
const endedMsMax = 2_000
const wait = { timeout: 60_000 }
const module = fileURLToPath(new URL('stately-stage.ts', import.meta.url))

function inspect(args: readonly string[], natsUrl = stage().natsUrl): Running {
  return startTroupe(['inspect', '--stately', '--module', module, ...args], { NATS_URL: natsUrl, TROUPE_NAMESPACE: stage().namespace })
}

/** On a free port, once it listens. */
async function bridge(args: readonly string[], natsUrl?: string) {
  const port = await freePort()
  const running = inspect([...args, '--port', String(port)], natsUrl)
  await vi.waitUntil(
    () =>
      fetch(`http://127.0.0.1:${port}/`)
        .then(({ ok }) => ok)
        .catch(() => false),
    { timeout: 30_000, interval: 50 },
  )
  return { running, ...(await listening(receive(`ws://localhost:${port}`))) }
}

/** Once it has heard something: an event if it came early, else how its actor stands. */
async function listening(receiver: Receiver): Promise<Receiver> {
  await stage().client.send('main/safe/beacon', { type: 'note', text: 'lit' })
  await receiver.until(({ sessionId }) => sessionId === 'main/safe/beacon')
  return receiver
}

test('live actors are shown until Ctrl-C, which ends it at once', wait, async () => {
  const { running, until } = await bridge(['safe/*'])
  await stage().client.send('main/safe/live', { type: 'note', text: 'seen' })
  await until(({ sessionId, snapshot }) => sessionId === 'main/safe/live' && Object(snapshot?.context).notes?.[0] === 'seen')
  const interruptedAt = performance.now()
  running.interrupt()
  const { code, out, err } = await running.ended
  expect(performance.now() - interruptedAt).toBeLessThan(endedMsMax)
  expect({ code, out }).toEqual({ code: 0, out: expect.stringMatching(/^Bridge http:\/\/127\.0\.0\.1:\d+\n$/) })
  expect(err).toContain('Ctrl-C ends it')
})

test('with --to the server of the package relays it to its receivers; after a broken line everything is told anew', wait, async () => {
  const port = await freePort()
  const server = createInspectorServer({ port, autoOpen: false })
  onTestFinished(() => server.stop())
  const receiver = receive(`ws://localhost:${port}`)
  const relay = await relayTo(`ws://127.0.0.1:${port}/`)
  const running = inspect(['safe/*', '--to', relay.url])
  await running.noted
  const { received, until } = await listening(receiver)
  await stage().client.send('main/safe/sent', { type: 'note', text: 'relayed' })
  await until(({ sessionId, event }) => sessionId === 'main/safe/sent' && event?.type === 'note')
  relay.cut()
  relay.mend()
  const announced = () => received.filter(({ type, sessionId }) => type === '@xstate.actor' && sessionId === 'main/safe/sent')
  await vi.waitUntil(() => announced().length === 2, { timeout: 15_000 })
  running.interrupt()
  expect((await running.ended).err).toMatch(/has gone away: .*[\s\S]*is back/)
})

test('after the line to the server was down every actor is shown as it is then', wait, async () => {
  await stage().client.send('main/safe/line', { type: 'note', text: 'before' })
  const relay = await relayTo(stage().natsUrl)
  const { running, received, until } = await bridge(['safe/*'], relay.url)
  await stage().client.send('main/safe/line', { type: 'note', text: 'up' })
  await until(({ sessionId, event }) => sessionId === 'main/safe/line' && event?.type === 'note')
  relay.cut()
  for (const text of ['lost', 'after']) await stage().client.send('main/safe/line', { type: 'note', text })
  await vi.waitUntil(async () => (await stage().client.query('main/safe/line')).turn === 5, { timeout: 10_000 })
  relay.mend()
  await until(({ sessionId, snapshot }) => sessionId === 'main/safe/line' && Object(snapshot?.context).notes?.at(-1) === 'after')
  expect(received.filter(({ event }) => event !== undefined && 'text' in event && event.text === 'lost')).toEqual([])
  running.interrupt()
  expect((await running.ended).err).toMatch(/is back[\s\S]*2 turns were not seen/)
})

test('what cannot be shown is said in one sentence with what to do', wait, async () => {
  const port = await freePort()
  const none = await freePort()
  const of = async (args: readonly string[], natsUrl?: string) => (({ code, err }) => ({ code, err }))(await inspect(args, natsUrl).ended)
  expect(await of(['safe/nobody'])).toEqual({
    code: 2,
    err: expect.stringMatching(/TR_CLI_NOT_FOUND: .*main\/safe\/nobody.*troupe actors/),
  })
  expect(await of(['safe'])).toEqual({ code: 2, err: expect.stringMatching(/TR_CLI_ARGUMENT_INVALID: .*'safe'/) })
  expect(await of(['--to', 'http://x'])).toEqual({
    code: 2,
    err: expect.stringMatching(/TR_CLI_ARGUMENT_INVALID: .*--to 'http:\/\/x'.*ws:\/\//),
  })
  expect(await of(['--page', 'nowhere'])).toEqual({ code: 2, err: expect.stringContaining('TR_CLI_ARGUMENT_INVALID') })
  expect(await of(['--to', `ws://127.0.0.1:${none}/?key=hush`])).toEqual({
    code: 2,
    err: expect.stringMatching(/TR_STATELY_RECEIVER_UNREACHABLE: connecting to ws:\/\/127\.0\.0\.1:\d+\/: .*createInspectorServer/),
  })
  expect(await of([], `nats://127.0.0.1:${none}`)).toEqual({ code: 2, err: expect.stringContaining('TR_SERVER_UNAVAILABLE') })
  const taken = createInspectorServer({ port, autoOpen: false })
  onTestFinished(() => taken.stop())
  expect(await of(['--port', String(port)])).toEqual({ code: 2, err: expect.stringContaining('TR_STATELY_BRIDGE_NOT_OPENED') })
})

test('actors of a type that this build does not have are shown without a chart, which is said once', wait, async () => {
  await stage().client.send('main/safe/unknown', { type: 'note', text: 'x' })
  const port = await freePort()
  const server = createInspectorServer({ port, autoOpen: false })
  onTestFinished(() => server.stop())
  const args = ['inspect', '--stately', 'safe/*', '--to', `ws://127.0.0.1:${port}`]
  const running = startTroupe(args, { NATS_URL: stage().natsUrl, TROUPE_NAMESPACE: stage().namespace })
  const receiver = receive(`ws://localhost:${port}`)
  await running.noted
  await listening(receiver)
  for (const key of ['unknown', 'beacon']) {
    await stage().client.send(`main/safe/${key}`, { type: 'note', text: 'seen' })
    await receiver.until(({ sessionId }) => sessionId === `main/safe/${key}`)
  }
  running.interrupt()
  const { err } = await running.ended
  expect(err.match(/This build has no actor type 'safe'/g)).toHaveLength(1)
  expect(receiver.received.find(({ type }) => type === '@xstate.actor')).not.toHaveProperty('definition')
})

test('without --stately it prints where the inspector is, and actors in it; where there is none it says so', wait, async () => {
  const data = await temporaryFolder()
  expect(await troupe(['inspect', '--data', data])).toMatchObject({ code: 2, err: expect.stringContaining('TR_CLI_SERVERS_NOT_FOUND') })
  const folder = await openDataFolder(data)
  onTestFinished(() => folder.release())
  await folder.record({ pid: process.pid, startedAt: 'now', profile: 'fast', servers: [], inspector: 'http://127.0.0.1:4280' })
  expect((await troupe(['inspect', '--data', data])).out).toBe('http://127.0.0.1:4280\n')
  expect((await troupe(['inspect', '--data', data, 'task/a b'])).out).toBe('http://127.0.0.1:4280/agents/main/task/a%20b\n')
  expect(json(await troupe(['inspect', '--data', data, '--json']))).toEqual({
    inspector: 'http://127.0.0.1:4280',
    urls: ['http://127.0.0.1:4280'],
  })
})
