// What a person decides on the command line about the calls of an agent: the model is scripted, all else is a whole system.
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { troupeActors } from '../../actors/index.ts'
import { toolNames } from '../../actors/agents/agent-kind.ts'
import { connectTroupe, type TroupeClient } from '../../client/index.ts'
import type { TaskProgress } from '../../machines/task-record.ts'
import { connectNats, createNamespace, natsPorts } from '../../runtime/nats/index.ts'
import { quietLogger } from '../../runtime/telemetry.ts'
import { startWorker } from '../../runtime/worker.ts'
import { fakePorts } from '../support/actor-ports.ts'
import { answers } from '../support/agents.ts'
import { startNatsServer } from '../support/nats-server.ts'
import { json, troupe } from './troupe.ts'

const readyMs = 60_000
const parameters = { type: 'object', properties: { file: { type: 'string' } }, required: ['file'] }
const asks = answers('', { finish: 'tools', toolCalls: [{ id: 'call-1', name: toolNames.read, arguments: { file: 'a.md' } }] })
const answer = answers('Because of the moon [a.md:1-9].')
const ports = fakePorts([asks, answer, asks, answer, answer], {
  [toolNames.read]: { needsApproval: true, schema: { name: toolNames.read, description: 'reads', parameters } },
})
const ending = new AsyncDisposableStack()
let [url, client]: [string, TroupeClient | undefined] = ['', undefined]

beforeAll(async () => {
  const nats = await startNatsServer()
  ending.defer(() => nats.stop().then(() => {}))
  url = nats.url
  const connection = await connectNats({ servers: url, name: 'test' })
  ending.defer(() => connection.close())
  await createNamespace(connection, { namespace: 'troupe', partitions: 2 })
  const worker = await startWorker({ ports: await natsPorts(connection, 'troupe'), definitions: troupeActors(ports), log: quietLogger })
  ending.defer(() => worker.drain())
  client = await connectTroupe({ connection, namespace: 'troupe', tenant: 'main' })
  await vi.waitUntil(() => worker.owned.length === 2, { timeout: 20_000 })
}, readyMs)
afterAll(() => ending.disposeAsync(), readyMs)

async function waits(id: string): Promise<void> {
  const target = `main/task/${id}`
  await client?.send(target, {
    type: 'task.submit',
    taskType: 'question',
    only: 'researcher',
    prompt: 'Why?',
    root: '/docs',
    collection: 'docs',
  })
  await vi.waitUntil(
    async () =>
      (await client?.ask<TaskProgress>(target, { type: 'task.progress' }))?.agents?.some(
        (one) => one.waiting && one.step.startsWith('approval'),
      ),
    { timeout: 20_000, interval: 50 },
  )
}

const ran = () => ports.toolRuns.filter(({ name }) => name === toolNames.read).map(({ args }) => args)
const decide = (...words: readonly string[]) => troupe(['decide', ...words], { NATS_URL: url, USER: 'ann' })

test('a call of a tool is approved with other arguments, which must fit it', { timeout: readyMs }, async () => {
  await waits('edited')
  const wrong = await decide('edited', 'approve', '--args', '{ "file": 3 }')
  expect(wrong).toMatchObject({ code: 1, err: expect.stringContaining('edits.0.arguments.file') })
  expect(await decide('edited', 'approve', '--args', 'file')).toMatchObject({ code: 2, err: expect.stringContaining('--args is no JSON') })
  expect(ran()).toEqual([])
  const done = await decide('edited', 'approve', '--args', '{ "file": "b.md" }', '--json')
  expect(json(done)).toEqual({ decision: 'approved', edited: ['call-1'], calls: [{ id: 'call-1', name: toolNames.read }] })
  await vi.waitUntil(() => ran().length > 0, { timeout: 10_000 })
  expect(ran()).toEqual([{ file: 'b.md' }])
})

test('a call of a tool is denied with a reason', { timeout: readyMs }, async () => {
  await waits('denied')
  expect(await decide('denied', 'deny', 'it', 'is', 'needed')).toMatchObject({
    code: 0,
    out: expect.stringContaining(`${toolNames.read} denied`),
  })
  await vi.waitUntil(() => ports.requests.at(-1)?.messages.at(-1)?.content === 'Error: a person denied this call: it is needed', {
    timeout: 10_000,
  })
})

test('an option that would do nothing is refused before anything is asked', async () => {
  const refused = async (said: string, ...words: readonly string[]) =>
    expect(await decide('42', ...words)).toMatchObject({ code: 2, err: expect.stringContaining(said) })
  await refused('--args is what a call is approved with', 'deny', '--args', '{}')
  await refused('--call says which call gets the arguments', 'approve', '--call', 'call-1')
  const inspecting = await troupe(['inspect', '--to', 'ws://127.0.0.1:1'])
  expect(inspecting).toMatchObject({ code: 2, err: expect.stringContaining("--to is for Stately's inspector") })
  expect(await troupe(['inspect', '--actors-max', '5'])).toMatchObject({ code: 2, err: expect.stringContaining('--actors-max is for') })
  const comparing = await troupe(['compare', 'task/1', 'task/2', '--from', '1'])
  expect(comparing).toMatchObject({ code: 2, err: expect.stringContaining('--from is for two versions of a machine') })
})
