import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { connectTroupe } from '../../client/index.ts'
import type { ActorDefinition } from '../../runtime/define-actor.ts'
import { createNamespace } from '../../runtime/nats/create-namespace.ts'
import { connectNats, natsPorts } from '../../runtime/nats/index.ts'
import { readStates } from '../../runtime/nats/read-states.ts'
import { startWorker, type Worker } from '../../runtime/worker.ts'
import { startNatsServer, type NatsServer } from '../support/nats-server.ts'
import { door } from './builds/doors.ts'
import { definitions as renamed } from './builds/renamed.ts'
import { json, troupe, type Ended } from './troupe.ts'

let server: NatsServer
let connection: Awaited<ReturnType<typeof connectNats>>

beforeAll(async () => {
  server = await startNatsServer()
  connection = await connectNats({ servers: server.url, name: 'test' })
})

afterAll(async () => {
  await connection.close()
  await server.stop()
})

const build = (name: string): string => fileURLToPath(new URL(`./builds/${name}.ts`, import.meta.url))
const runIn =
  (namespace: string) =>
  (...args: readonly string[]): Promise<Ended> =>
    troupe(args, { NATS_URL: server.url, TROUPE_NAMESPACE: namespace })

async function hosting(namespace: string, definitions: readonly ActorDefinition[], work: (worker: Worker) => Promise<void>): Promise<void> {
  const ports = await natsPorts(connection, namespace)
  const options = { tickMs: 20, flushEveryMs: 20, idleMs: 50 } // actors leave the memory at once
  const worker = await startWorker({ ports, definitions, options })
  await vi.waitUntil(() => worker.owned.length === 2, { timeout: 10_000 })
  await work(worker)
  await worker.drain()
}

async function sendAll(namespace: string, keys: readonly string[], event: { readonly type: string }): Promise<void> {
  const client = await connectTroupe({ connection, namespace, tenant: 'main' })
  for (const key of keys) await client.send({ type: 'door', key }, event)
  await client.close()
}

/** Doors that version 1 left: three closed, two open. */
async function doorsIn(namespace: string): Promise<void> {
  await createNamespace(connection, { namespace, partitions: 2 })
  await hosting(namespace, [door('1', 'closed')], async () => {
    await sendAll(namespace, ['a', 'b', 'c'], { type: 'shut' })
    await sendAll(namespace, ['d', 'e'], { type: 'open' })
    await vi.waitUntil(async () => (await statesIn(namespace)).join() === 'closed,closed,closed,open,open', {
      timeout: 10_000,
      interval: 50,
    })
  })
}

async function statesIn(namespace: string): Promise<readonly string[]> {
  const actors = await Array.fromAsync(readStates(connection, namespace))
  return actors.map(({ image }) => image.stored.value as string).toSorted()
}

test('a deploy check says of every live actor whether it fits, migrates, is pinned or would be parked, and changes nothing', async () => {
  await doorsIn('rollout')
  const run = runIn('rollout')
  const check = (name: string, ...more: readonly string[]): Promise<Ended> => run('deploy', 'check', '--definitions', build(name), ...more)
  const [parked, migrated, pinned, text] = await Promise.all([
    check('renamed', '--json'),
    check('migrating', '--json'),
    check('pinning', '--json'),
    check('renamed'),
  ])
  expect(parked.code).toBe(1)
  expect(json(parked)).toMatchObject({
    ok: false,
    live: 5,
    standings: [
      {
        type: 'door',
        storedBy: { version: '1' },
        build: '2',
        counts: { fits: 2, migrated: 0, pinned: 0, parked: 3, ended: 0 },
        findings: [{ outcome: 'parked', found: "state 'door.closed' does not exist", actors: 3 }],
      },
    ],
  })
  expect(migrated.code).toBe(0)
  expect(json(migrated)).toMatchObject({ ok: true, standings: [{ counts: { migrated: 5, parked: 0 }, findings: [] }] })
  expect(pinned.code).toBe(0)
  expect(json(pinned)).toMatchObject({ ok: true, standings: [{ counts: { fits: 2, pinned: 3 } }] })
  expect(text.out).toContain("parked  door 1: state 'door.closed' does not exist: 3 actors, such as ")
  expect(text.out).toContain('Not to be deployed: of 5 live actors 3 would be parked and 0 would have no host.')
  expect(await statesIn('rollout')).toEqual(['closed', 'closed', 'closed', 'open', 'open'])
})

test('actors of a type that the build does not have, such as those of another job, would have no host', async () => {
  await doorsIn('foreign')
  const { code, out } = await runIn('foreign')('deploy', 'check')
  expect(code).toBe(1)
  expect(out).toContain('0 would be parked and 5 would have no host')
})

test('messages that wait for a version are listed with why, by the owner and by the doctor, and taken once it comes', async () => {
  await doorsIn('waiting')
  const run = runIn('waiting')
  await hosting('waiting', renamed, async (worker) => {
    await sendAll('waiting', ['a', 'b', 'a'], { type: 'open' })
    await vi.waitUntil(
      async () => {
        const all = await Array.fromAsync(readStates(connection, 'waiting'))
        return all.reduce((sum, { image }) => sum + image.stored.keeping.parked.length, 0) === 3
      },
      { timeout: 10_000, interval: 50 },
    )
    const [list, page, doctor] = await Promise.all([
      run('actors', '--parked', '--json'),
      run('actors', '--parked', '--limit', '1'),
      run('doctor', '--json'),
    ])
    expect(json(list)).toMatchObject({
      parked: [
        {
          actor: 'main/door/a',
          version: '1',
          messages: 2,
          why: expect.stringMatching(/^TR_NEEDS_MIGRATION: .*'door\.closed' does not exist/),
        },
        { actor: 'main/door/b', version: '1', messages: 1 },
      ],
      next: null,
    })
    expect(page).toMatchObject({ out: expect.stringContaining('main    door  a'), err: expect.stringContaining("--after 'main/door/a'") })
    expect(json(doctor)).toMatchObject({
      findings: expect.arrayContaining([
        { level: 'warn', what: 'parked messages', found: '3 wait for actors: 2 of door 1', advice: expect.any(String) },
      ]),
    })
    await vi.waitUntil(() => worker.actors === 0, { timeout: 10_000 }) // what waits needs no memory
  })
  await hosting('waiting', [door('1', 'closed')], async () => {
    await vi.waitUntil(async () => (await statesIn('waiting')).join() === 'closed,open,open,open,open', { timeout: 10_000, interval: 50 })
    // The last snapshots follow a moment later.
    const listed = (): Promise<Ended> => runIn('waiting')('actors', '--parked')
    await vi.waitUntil(async () => (await listed()).out === 'No message waits for an actor to go on.\n', { timeout: 10_000 })
  })
})

test('an empty namespace passes, and a module without definitions is named', async () => {
  await createNamespace(connection, { namespace: 'empty', partitions: 2 })
  const run = runIn('empty')
  const [passed, missing, without] = await Promise.all([
    run('deploy', 'check'),
    run('deploy', 'check', '--definitions', 'nowhere.ts'),
    run('deploy', 'check', '--definitions', fileURLToPath(new URL('./troupe.ts', import.meta.url))),
  ])
  expect(passed).toMatchObject({ code: 0, out: expect.stringContaining('nothing depends on an earlier version') })
  expect(missing).toMatchObject({ code: 2, err: expect.stringMatching(/^TR_CLI_DEFINITIONS_NOT_FOUND: .*cannot be imported/) })
  expect(without).toMatchObject({ code: 2, err: expect.stringMatching(/^TR_CLI_DEFINITIONS_NOT_FOUND: /) })
})
