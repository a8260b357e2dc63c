// The commands against a real stack with one worker, each in a process of its own.
import { createServer } from 'node:net'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import { assign, setup } from 'xstate'
import { actorId } from '../../machines/address.ts'
import { createNamespace } from '../../runtime/nats/create-namespace.ts'
import { defineActor } from '../../runtime/define-actor.ts'
import { connectNats, natsPorts } from '../../runtime/nats/index.ts'
import { startWorker, type Worker } from '../../runtime/worker.ts'
import { openDatabase } from '../../services/history/database.ts'
import { Task } from '../../services/history/entities/task.ts'
import { Turn } from '../../services/history/entities/turn.ts'
import { startStack, type Stack } from '../../services/stack/stack.ts'
import { startNats } from '../../services/stack/nats.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { json, startTroupe, troupe, type Ended } from './troupe.ts'

const partitions = 4

const counter = defineActor({
  name: 'counter',
  version: '1',
  machine: setup({
    types: { context: {} as { total: number }, events: {} as { type: 'hit'; n: number } | { type: 'read' } | { type: 'end' } },
  }).createMachine({
    id: 'counter',
    context: { total: 0 },
    initial: 'counting',
    output: ({ context }) => context.total,
    states: {
      counting: {
        on: { hit: { actions: assign({ total: ({ context, event }) => context.total + event.n }) }, end: 'over' },
      },
      over: { type: 'final' },
    },
  }),
})

let folder = ''
let stack: Stack
let worker: Worker
let connection: Awaited<ReturnType<typeof connectNats>>

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'troupe-cli-'))
  stack = await startStack({ folder, log: () => {} })
  connection = await connectNats({ servers: stack.natsUrl, name: 'test' })
  await createNamespace(connection, { namespace: 'troupe', partitions })
  worker = await startWorker({
    ports: await natsPorts(connection, 'troupe'),
    definitions: [counter],
    id: 'w1',
    options: { flushEveryMs: 50, tickMs: 20 },
  })
  await vi.waitUntil(() => worker.owned.length === partitions, { timeout: 10_000 })
})

afterAll(async () => {
  await worker.drain()
  await connection.close()
  await stack.close()
  await rm(folder, { recursive: true, force: true })
})

const here = (...args: readonly string[]): Promise<Ended> => troupe([...args, '--data', folder])

test('what is sent is stored, and an ask after it is answered by the same actor', async () => {
  const sent = await here('send', 'main/counter/hits', 'type=hit', 'n=2')
  expect(sent).toMatchObject({ code: 0, out: expect.stringMatching(/^stored as \S+\n$/) })
  const asked = await here('ask', 'counter/hits', '{"type": "end"}', '--json')
  expect([asked.code, json(asked)]).toEqual([0, { ok: true, value: 2 }])
})

test('an actor that refuses makes exit code 1 and one sentence', async () => {
  const refused = await here('ask', 'main/nobody/x', 'type=hit', '--json')
  expect(refused).toMatchObject({ code: 1, err: expect.stringMatching(/^TR_ACTOR_TYPE_UNKNOWN: [^\n]+\n$/) })
  expect(json(refused)).toMatchObject({ ok: false, error: { code: 'TR_ACTOR_TYPE_UNKNOWN' } })
})

test('an ask without an answer ends at its deadline with exit code 1', async () => {
  const late = await here('ask', 'main/counter/silent', 'type=hit', 'n=1', '--deadline', '300')
  expect(late).toMatchObject({ code: 1, out: '', err: expect.stringMatching(/^TR_ASK_TIMEOUT: /) })
})

test('an ask that is interrupted ends at once and says that it may still be carried out', async () => {
  const published = Promise.withResolvers<void>()
  const frames = connection.subscribe('troupe.in.*.frame.main', { max: 1, callback: () => published.resolve() })
  onTestFinished(() => frames.unsubscribe())
  const ask = startTroupe(['ask', 'main/counter/silent', 'type=hit', 'n=1', '--data', folder])
  await published.promise
  ask.interrupt()
  expect(await ask.ended).toMatchObject({
    code: 2,
    out: '',
    err: expect.stringMatching(/^TR_CLI_INTERRUPTED: Stopped while asking [^\n]+\n$/),
  })
})

test('what cannot be read is exit code 2 and nothing is sent', async () => {
  const [address, event, option, nothing] = await Promise.all([
    here('send', 'counter', 'type=hit'),
    here('send', 'main/counter/x', 'hit'),
    here('tasks', '--status', 'odd'),
    here('send'),
  ])
  expect(address).toMatchObject({ code: 2, err: expect.stringMatching(/^TR_CLI_ARGUMENT_INVALID: .*tenant\/type\/key/) })
  expect(event).toMatchObject({ code: 2, err: expect.stringMatching(/^TR_CLI_ARGUMENT_INVALID: .*neither name=value nor/) })
  expect(option).toMatchObject({ code: 2, err: expect.stringContaining('one of pending, running') })
  expect(nothing).toMatchObject({ code: 2, err: expect.stringContaining("missing required argument 'actor'") })
})

test('a watch prints each turn as a line and ends after the count', async () => {
  const watch = startTroupe(['watch', 'main/counter/*', '--count', '2', '--data', folder])
  await watch.noted
  await here('send', 'main/counter/watched', 'type=hit', 'n=1')
  const { code, out, err } = await watch.ended
  expect(code).toBe(0)
  const lines = out.trim().split('\n')
  expect(lines[0]).toMatch(/^\d{4}-\d\d-\d\dT\S+Z  main\/counter\/watched  @init → counting$/)
  expect(lines[1]).toMatch(/ {2}main\/counter\/watched  hit → counting$/)
  expect(err).toContain('2 seen, 0 dropped')
})

test('a watch ends after its time and at Ctrl-C, with what it saw as one JSON object a line', async () => {
  const timed = await here('watch', '*/*/*', '--for', '200', '--json')
  expect(timed).toMatchObject({ code: 0, out: '', err: expect.stringContaining('0 seen') })
  const watch = startTroupe(['watch', 'main/counter/*', '--json', '--data', folder])
  await watch.noted
  watch.interrupt()
  expect(await watch.ended).toMatchObject({ code: 0, out: '' })
})

test('the workers are listed with what they own', async () => {
  const [text, document] = await Promise.all([here('workers'), here('workers', '--json')])
  expect(text.out).toMatch(/^worker +deployment +host +pid +partitions/)
  expect(text.out).toContain('4 (0-3)')
  expect(text.out).toContain('1 alive; all 4 partitions are owned.')
  expect(json(document)).toMatchObject({ partitions, workers: [{ id: 'w1', pid: process.pid, owned: [0, 1, 2, 3], draining: false }] })
})

test('actors with a snapshot are listed page by page, with their present state', async () => {
  for (const key of ['a', 'b', 'c']) await here('send', `listed/counter/${key}`, 'type=hit', 'n=1')
  const list = (...args: readonly string[]): Promise<Ended> => here('actors', '--tenant', 'listed', '--type', 'counter', ...args)
  await vi.waitUntil(async () => (json(await list('--json')) as { actors: unknown[] }).actors.length === 3, {
    timeout: 15_000,
    interval: 200,
  })
  const first = json(await list('--limit', '2', '--json'))
  expect(first).toMatchObject({
    actors: [{ actor: 'listed/counter/a', status: 'active', state: 'counting', turn: 2 }, { actor: 'listed/counter/b' }],
  })
  expect(first).toHaveProperty('next', 'listed/counter/b')
  const rest = await list('--after', 'listed/counter/b')
  expect(rest.out).toMatch(/listed +counter +c +active +2 +counting\n$/)
})

test('garbage on a public subject is a dead letter that can be listed and read whole', async () => {
  connection.publish('troupe.send.main.counter.rubbish', 'not json \u001b[2J')
  const list = async (): Promise<{ letters: { id: string; actor: string }[] }> => json(await here('dead', '--json')) as never
  await vi.waitUntil(async () => (await list()).letters.some(({ actor }) => actor === 'main/counter/rubbish'), {
    timeout: 15_000,
    interval: 200,
  })
  const letter = (await list()).letters.find(({ actor }) => actor === 'main/counter/rubbish')
  const [text, whole] = await Promise.all([here('dead', '--limit', '5'), here('dead', letter?.id ?? '')])
  expect(text.out).toMatch(/main\/counter\/rubbish +TR_MESSAGE_NOT_JSON/)
  expect(whole.out).toMatch(/^received +not json \\x1b\[2J$/m)
  expect(whole.out).toMatch(/^code +TR_MESSAGE_NOT_JSON$/m)
  expect(await here('dead', '9.9.9')).toMatchObject({ code: 2, err: expect.stringMatching(/^TR_CLI_NOT_FOUND: /) })
})

test('tasks are read from the history, the newest first, and one with its answer and turns', async () => {
  const orm = await openDatabase(stack.databaseUrl)
  onTestFinished(() => orm.close(true))
  const em = orm.em.fork()
  const origin = { partition: 0, seq: 1, index: 0 }
  const at = (second: number): Date => new Date(Date.UTC(2026, 0, 1, 0, 0, second))
  const task = { tenant: 'main', taskType: 'question', prompt: 'Why?', ...origin }
  em.create(Task, {
    actor: actorId('main', 'task', 't1'),
    id: 't1',
    status: 'running',
    submittedAt: at(1),
    citations: null,
    steps: null,
    ...task,
  })
  const done = { why: 'it knows the documents', answer: 'Because.\nAs it says.', citations: [{ file: 'a.md', fromLine: 1, toLine: 2 }] }
  const usage = {
    model: 'small',
    offline: true,
    llmCalls: 2,
    toolCalls: 1,
    inputTokens: 10,
    outputTokens: 5,
    costUsd: 0,
    durationMs: 1_500,
  }
  em.create(Task, {
    actor: actorId('main', 'task', 't2'),
    id: 't2',
    status: 'completed',
    agent: 'researcher',
    submittedAt: at(2),
    steps: null,
    ...task,
    ...done,
    ...usage,
  })
  const turn = { tenant: 'main', actorType: 'task', worker: 'w1', message: 'm', ...origin }
  em.create(Turn, {
    actor: actorId('main', 'task', 't2'),
    turn: 1,
    at: at(2),
    event: 'task.submit',
    state: { running: 'choosing' },
    ...turn,
  })
  await em.flush()

  const list = json(await here('tasks', '--json'))
  expect(list).toMatchObject({ tasks: [{ id: 't2' }, { id: 't1' }] })
  expect((await here('tasks', '--status', 'running')).out).toMatch(
    /^id .*\nt1 +main +running +question +2026-01-01T00:00:01\.000Z +Why\?\n$/,
  )
  const one = (await here('tasks', 't2')).out
  for (const line of [
    /^why +it knows the documents$/m,
    /^answer\n {2}Because\.\n {2}As it says\.\n {2}\(by the built-in offline model\)$/m,
    /^citations +a\.md:1-2$/m,
  ])
    expect(one).toMatch(line)
  expect(one).toMatch(/^usage +2 model calls of small, 1 tool calls; 10 tokens in, 5 out; \$0\.0000$/m)
  expect(one).toMatch(/^1 +2026-01-01T00:00:02\.000Z +task\.submit +running\.choosing$/m)
  expect(await here('tasks', 'no-such')).toMatchObject({ code: 2, err: expect.stringMatching(/^TR_CLI_NOT_FOUND: /) })
})

test('the doctor calls the embedded servers fast, and fails when more is expected', async () => {
  const [plain, fast, strict] = await Promise.all([
    here('doctor', '--json'),
    here('doctor', '--expect', 'fast'),
    here('doctor', '--expect', 'strict'),
  ])
  expect(json(plain)).toMatchObject({
    durability: { profile: 'fast', gives: ['fast'] },
    lags: Array.from({ length: partitions }, () => expect.anything()),
  })
  expect(fast.code).toBe(0)
  expect(fast.out).toMatch(/^ok {4}durability: fast: an acknowledged write is on the disk within 1000 ms; one copy of every stream$/m)
  expect(fast.out).toMatch(/^ok {4}workers: 1 alive, 4 of 4 partitions owned$/m)
  expect(fast.out).toMatch(/^ok {4}take-over: the server tells workers when a connection ends/m)
  expect(strict).toMatchObject({
    code: 1,
    out: expect.stringMatching(/^fail {2}durability: fast: .*; expected strict\. To do: .*nats-strict\.conf/m),
  })
})

test('the doctor calls a server strict that syncs always, and weaker than fast when it cannot be asked', async () => {
  const server = await startNats({ dataDir: await temporaryFolder(), profile: 'strict', log: () => {} })
  onTestFinished(() => server.close())
  const admin = await connectNats({ servers: server.url, name: 'test' })
  await createNamespace(admin, { namespace: 'troupe', partitions: 1 })
  await admin.close()
  const environment = { NATS_URL: server.url }
  const data = await temporaryFolder()
  const examine = (...args: readonly string[]): Promise<Ended> => troupe(['doctor', '--data', data, ...args], environment)
  const [strict, blind] = await Promise.all([
    examine('--expect', 'strict', '--monitor', server.monitorUrl ?? ''),
    examine('--expect', 'fast'),
  ])
  expect(strict).toMatchObject({ code: 0, out: expect.stringMatching(/^ok {4}durability: strict: /m) })
  expect(strict.out).toMatch(/^warn {2}workers: 0 alive, 0 of 1 partitions owned/m)
  expect(strict.out).toMatch(/^warn {2}postgres: not known/m)
  expect(blind).toMatchObject({ code: 1, out: expect.stringMatching(/^fail {2}durability: weaker than fast: .*unknown/m) })
})

test('without servers one sentence says what to do, and the exit code is 2; the stack is for --verbose', async () => {
  const data = await temporaryFolder()
  const send = ['send', 'main/counter/x', 'type=hit', '--data', data]
  const [plain, verbose] = await Promise.all([troupe(send), troupe([...send, '--verbose'])])
  const sentence = /^TR_CLI_SERVERS_NOT_FOUND: Nothing runs on .*npm start.*NATS_URL\.\n$/
  expect(plain).toEqual({ code: 2, out: '', err: expect.stringMatching(sentence) })
  expect(verbose.err).toMatch(/\n {4}at /)
})

test('a server that does not answer is one sentence without its password, and exit code 2', async () => {
  const port = await closedPort()
  const environment = { NATS_URL: `nats://user:secret@127.0.0.1:${port}`, DATABASE_URL: `postgres://user:secret@127.0.0.1:${port}/troupe` }
  const data = await temporaryFolder()
  const run = (command: string): Promise<Ended> => troupe([command, '--data', data], environment)
  const [workers, tasks, doctor] = await Promise.all([run('workers'), run('tasks'), run('doctor')])
  expect(workers).toMatchObject({ code: 2, out: '', err: expect.stringMatching(/^TR_SERVER_UNAVAILABLE: No NATS server answers at .*\n$/) })
  expect(tasks).toMatchObject({ code: 2, out: '', err: expect.stringMatching(/^TR_DATABASE_UNAVAILABLE: .*\n$/) })
  expect(doctor).toMatchObject({ code: 2, out: expect.stringMatching(/^fail {2}nats server: TR_SERVER_UNAVAILABLE/m) })
  expect(doctor.out).toMatch(/^fail {2}postgres: cannot be read: /m)
  expect(workers.err + tasks.err + doctor.out).not.toContain('secret')
})

async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address !== null ? address.port : 0
}
