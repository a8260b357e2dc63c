import { afterEach, expect, test } from 'vitest'
import { troupeActors } from '../../actors/index.ts'
import { coordinatorShardKey, shardOf } from '../../machines/coordinator-shards.ts'
import type { TaskOutput } from '../../machines/task-record.ts'
import { fakePorts, type FakePorts } from '../support/actor-ports.ts'
import { answers, calls } from '../support/agents.ts'
import { startFleet } from '../support/fleet.ts'

// The whole main job on the kernel, in memory: real actors and turns, a scripted model and fake tools.
let fleet: Awaited<ReturnType<typeof startFleet>>
afterEach(() => fleet.stop())
const start = async (ports: FakePorts) => {
  fleet = await startFleet({ definitions: troupeActors(ports) })
  return fleet
}
const submit = { type: 'task.submit', taskType: 'question', prompt: 'Why?', root: '/docs', collection: 'docs' }
const factsOf = async () => (await fleet.entries()).flatMap((entry) => entry.emits ?? [])

test('a question is answered by an agent that the coordinator chose, and the coordinator hears how it went', async () => {
  await start(fakePorts([calls('read-file'), answers('The moon [a.md:1-9].')]))
  const reply = await fleet.ask('acme/task/t1', submit)
  const output = (reply.ok ? reply.value : reply.error) as TaskOutput
  expect(output).toMatchObject({
    ok: true,
    answer: 'The moon [a.md:1-9].',
    citations: [{ file: 'a.md', fromLine: 1, toLine: 9 }],
    usage: { llmCalls: 2, toolCalls: 1 },
    executions: 1,
  })
  const types = (await factsOf()).map((fact) => fact.type)
  for (const type of [
    'task.submitted',
    'decision.made',
    'task.assigned',
    'llm.called',
    'tool.called',
    'execution.finished',
    'task.completed',
  ])
    expect(types, type).toContain(type)
  const shard = coordinatorShardKey(shardOf('t1'))
  const stats = await fleet.ask(`acme/coordinator/${shard}`, { type: 'coordinator.stats' })
  expect(stats).toMatchObject({ ok: true, value: { open: 0, counts: { decided: 1, settled: 1 } } })
})

test('a model that refuses for good ends the task at once, which says why', async () => {
  await start(fakePorts([Object.assign(new Error('wrong key'), { retryable: false })]))
  const reply = await fleet.ask('acme/task/t1', submit)
  expect(reply).toMatchObject({
    ok: true,
    value: { ok: false, end: 'failed', reason: 'the model failed (try 1): wrong key', executions: 1 },
  })
})

test('an agent that finds no answer is replaced by another', async () => {
  await start(fakePorts([answers(''), answers(''), answers('The moon [a.md:1-9].')]))
  const reply = await fleet.ask('acme/task/t1', submit)
  expect(reply).toMatchObject({ ok: true, value: { ok: true, executions: 2, usage: { llmCalls: 3 } } })
})

test('a message to a conversation is answered when its agent has answered', async () => {
  await start(fakePorts([answers('Hello yourself [a.md:1-2].')]))
  const reply = await fleet.ask('acme/conversation/c1', { type: 'message.add', text: 'Hello', root: '/docs', collection: 'docs' })
  expect(reply).toMatchObject({ ok: true, value: { ok: true, text: 'Hello yourself [a.md:1-2].', citations: [{ file: 'a.md' }] } })
})

test('an ingest is answered when the folder has been read', async () => {
  await start(fakePorts([]))
  const reply = await fleet.ask('acme/memory/docs', { type: 'memory.ingest', root: '/docs' })
  expect(reply).toMatchObject({ ok: true, value: { ok: true, files: 2, chunks: 5, skipped: 1 } })
})

test('a task that breaks the rules is refused with what is wrong', async () => {
  await start(fakePorts([]))
  const reply = await fleet.ask('acme/task/t1', { ...submit, prompt: '' })
  expect(reply).toMatchObject({ ok: false, error: { message: expect.stringContaining("field 'prompt'") } })
})
