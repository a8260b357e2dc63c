// Agents that wait for a person, over HTTP: calls of tools that need approval. The model is scripted, all else is a whole system.
import { expect, test, vi } from 'vitest'
import { assign, emit, setup } from 'xstate'
import { troupeActors } from '../../actors/index.ts'
import { toolNames } from '../../actors/agents/agent-kind.ts'
import { replyType, type ReplyEmitted } from '../../machines/authoring.ts'
import { timeOf } from '../../machines/message.ts'
import { defineActor } from '../../runtime/define-actor.ts'
import { actorRoutes } from '../../services/gateway/routes/actors.ts'
import { approvalRoutes } from '../../services/gateway/routes/approvals.ts'
import { taskRoutes } from '../../services/gateway/routes/tasks.ts'
import { fakePorts } from '../support/actor-ports.ts'
import { answers } from '../support/agents.ts'
import { stackForTests } from './actors-stack.ts'

const call = { id: 'call-1', name: toolNames.read, arguments: { file: 'old.md', password: 'hunter2' } }
const asks = answers('', { finish: 'tools', toolCalls: [call] })
const answer = answers('Because of the moon [a.md:1-9].')
const parameters = {
  type: 'object',
  properties: { file: { type: 'string', minLength: 1 }, password: { type: 'string' } },
  required: ['file'],
}
const ports = fakePorts([asks, answer, asks, answer, asks, answer, asks, answer, asks, answer, answer], {
  [toolNames.read]: { needsApproval: true, schema: { name: toolNames.read, description: 'reads', parameters } },
})
/** What an agent whose person did not come leaves behind: nobody here waits the day that it takes. */
const tooLate = defineActor({
  name: 'agent-late',
  version: '1',
  machine: setup({}).createMachine({
    context: { decided: { decision: 'expired', calls: ['call-1'], at: 86_400_000 } },
    initial: 'failed',
    states: { failed: {} },
    on: { wake: {} },
  }),
})
/** It has ended before a second word can reach it. */
const hasty = defineActor({
  name: 'agent-hasty',
  version: '1',
  machine: setup({ types: { emitted: {} as ReplyEmitted } }).createMachine({
    context: { decided: undefined as object | undefined },
    initial: 'awaitingApproval',
    states: {
      awaitingApproval: {
        tags: 'needs-human',
        on: {
          wake: {},
          approve: {
            target: 'done',
            actions: [
              assign({ decided: ({ event }) => ({ decision: 'approved', calls: ['call-1'], at: timeOf(event) }) }),
              emit({ type: replyType, value: { ok: true, decision: 'approved', edited: [] } }),
            ],
          },
        },
      },
      done: { type: 'final' },
    },
    output: { ok: true, answer: 'yes' },
  }),
})
const stack = stackForTests({
  routes: [...approvalRoutes, ...taskRoutes, ...actorRoutes],
  definitions: () => Promise.resolve([...troupeActors(ports), tooLate, hasty]),
})

const soon = { timeout: 20_000, interval: 50 }
const submitted = async (id: string) => {
  const { get, post } = stack()
  await post('/tasks', { id, taskType: 'question', only: 'researcher', prompt: 'Why?', root: '/docs', collection: 'docs' })
  return vi.waitUntil(async () => (await get('/approvals')).body.rows.find(({ taskId }: { taskId: string }) => taskId === id), soon)
}
const ended = (id: string) => vi.waitUntil(async () => (await stack().get(`/tasks/${id}`)).body.status === 'completed', soon)
const ran = () => ports.toolRuns.filter(({ name }) => name === call.name).map(({ args }) => args)

test('the calls that an agent wants approved are shown without secrets, an approval of other calls is refused, the right one lets it go on', async () => {
  const { get, post } = stack()
  const asked = await submitted('t')
  expect(asked).toMatchObject({ taskId: 't', kind: 'approval', step: `approval of ${call.name}`, expiresAt: expect.any(Number) })
  expect(asked.calls).toMatchObject([
    { ...call, arguments: { file: 'old.md', password: '[redacted]' }, needsApproval: true, schema: parameters },
  ])
  const late = await post('/approvals', { actor: asked.actor, decision: 'approve', call: 'another' })
  expect(late).toMatchObject({ status: 422, body: { code: 'TR_EVENT_NOT_ACCEPTED' } })
  expect(ran()).toEqual([])
  const said = { actor: asked.actor, decision: 'approve', call: call.id }
  const key = { 'idempotency-key': 'yes' }
  const approved = await post('/approvals', said, key)
  expect(approved).toMatchObject({ status: 200, body: { ok: true, sent: 'approve' } })
  expect(await post('/approvals', said, key)).toEqual(approved) // though it waits no longer
  await ended('t')
  expect(ran()).toEqual([call.arguments])
  expect((await get('/approvals')).body.rows).toEqual([])
  const { spans } = (await get('/tasks/t/run')).body
  expect(spans.map(({ kind }: { kind: string }) => kind)).toEqual(expect.arrayContaining(['human', 'tool', 'llm']))
})

test('a call runs with the arguments a person gives it; what was hidden from them stays, and the history says who changed what', async () => {
  const { get, post, parts } = stack()
  const asked = await submitted('edited')
  const before = ran().length
  const say = (fields: object) => post('/approvals', { actor: asked.actor, decision: 'approve', call: call.id, ...fields })
  expect(await say({ editedArgs: { [call.id]: { file: 3 }, 'call-9': {} } })).toMatchObject({
    status: 400,
    body: {
      code: 'TR_REQUEST_INVALID',
      faults: [expect.stringMatching(/^editedArgs\.call-1\.file: /), 'editedArgs.call-9: no such call waits; there are call-1'],
    },
  })
  expect(await say({ editedArgs: { [call.id]: { file: 'new.md', password: 'my [redacted]' } } })).toMatchObject({
    status: 400,
    body: { faults: [expect.stringContaining('editedArgs.call-1.password: a part of it was hidden')] },
  })
  expect(await say({ decision: 'deny', editedArgs: { [call.id]: { file: 'new.md' } } })).toMatchObject({ status: 400 })
  const approved = await say({ editedArgs: { [call.id]: { file: 'new.md', password: '[redacted]' } } })
  expect(approved).toMatchObject({ status: 200, body: { ok: true, sent: 'approve', edited: [call.id] } })
  await ended('edited')
  expect(ran().slice(before)).toEqual([{ file: 'new.md', password: 'hunter2' }])
  const { decided } = (await get('/tasks/edited/run')).body
  const shown = { file: 'old.md', password: '[redacted]' }
  expect(decided).toMatchObject([
    {
      actor: asked.actor,
      decision: 'approved',
      by: 'local',
      calls: [{ id: call.id, tool: call.name, asked: shown, ran: { ...shown, file: 'new.md' } }],
    },
  ])
  const audited = await parts.orm.em
    .fork()
    .execute<{ detail: unknown }[]>(`select detail from audit where action = 'approve' and subject = ?`, [asked.actor])
  expect(audited).toMatchObject([{ detail: { by: 'local', edits: [{ arguments: { file: 'new.md', password: '[redacted]' } }] } }])
})

test('who answers second is told so, with who was first', async () => {
  const { post } = stack()
  const asked = await submitted('twice')
  const said = { actor: asked.actor, call: call.id }
  const both = await Promise.all([
    post('/approvals', { ...said, decision: 'approve' }),
    post('/approvals', { ...said, decision: 'deny', reason: 'no' }),
  ])
  expect(both).toEqual(expect.arrayContaining([expect.objectContaining({ status: 200 }), expect.objectContaining({ status: 409 })]))
  const late = await post('/approvals', { ...said, decision: 'approve' })
  expect(late).toMatchObject({ status: 409, body: { code: 'TR_APPROVAL_ANSWERED', detail: expect.stringContaining('by local') } })
  await ended('twice')
  expect(await post('/approvals', { ...said, decision: 'approve' })).toMatchObject({ status: 409, body: { code: 'TR_APPROVAL_ANSWERED' } })
})

test('of many who approve at once one did, though the agent has ended before it hears the others', async () => {
  const { client, post } = stack()
  const actor = 'main/agent-hasty/1'
  await client.send(actor, { type: 'wake' })
  await vi.waitUntil(async () => (await client.query(actor).catch(() => undefined))?.tags.includes('needs-human'), soon)
  const all = await Promise.all([1, 2, 3, 4, 5].map(() => post('/approvals', { actor, decision: 'approve', call: 'call-1' })))
  expect(all.map(({ status }) => status).toSorted((one, other) => one - other)).toEqual([200, 409, 409, 409, 409])
})

test('a reason for a denial reaches the model', async () => {
  const asked = await submitted('denied')
  expect(
    await stack().post('/approvals', { actor: asked.actor, decision: 'deny', call: call.id, reason: 'it is still needed' }),
  ).toMatchObject({ status: 200, body: { sent: 'deny' } })
  await ended('denied')
  expect(ports.requests.at(-1)?.messages.at(-1)?.content).toBe('Error: a person denied this call: it is still needed')
})

test('nobody decides in the name of another, by whichever door', async () => {
  const asked = await submitted('forged')
  const event = { type: 'approve', call: call.id, by: 'the-boss' }
  expect(await stack().post(`/actors/${encodeURIComponent(asked.actor)}/events`, { event })).toMatchObject({ status: 200 })
  await ended('forged')
  expect((await stack().get('/tasks/forged/run')).body.decided).toMatchObject([{ decision: 'approved', by: 'local' }])
})

test('who comes after the time is told so', async () => {
  const { client, post } = stack()
  await client.send('main/agent-late/1', { type: 'wake' })
  await vi.waitUntil(async () => (await client.query('main/agent-late/1').catch(() => undefined))?.status === 'active', soon)
  expect(await post('/approvals', { actor: 'main/agent-late/1', decision: 'approve', call: 'call-1' })).toMatchObject({
    status: 410,
    body: { code: 'TR_APPROVAL_EXPIRED', detail: expect.stringContaining('1970-01-02T00:00:00.000Z') },
  })
})
