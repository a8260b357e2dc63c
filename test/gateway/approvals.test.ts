// Agents that wait for a person, over HTTP: calls of tools that need approval. The model is scripted, all else is a whole system.
import { expect, test, vi } from 'vitest'
import { troupeActors } from '../../actors/index.ts'
import { toolNames } from '../../actors/agents/agent-kind.ts'
import { routes } from '../../services/gateway/routes/index.ts'
import { fakePorts } from '../support/actor-ports.ts'
import { answers } from '../support/agents.ts'
import { stackForTests } from './actors-stack.ts'

const call = { id: 'call-1', name: toolNames.read, arguments: { file: 'old.md', password: 'hunter2' } }
const ports = fakePorts([answers('', { finish: 'tools', toolCalls: [call] }), answers('Because of the moon [a.md:1-9].')], {
  [toolNames.read]: { needsApproval: true },
})
const stack = stackForTests({ routes, definitions: () => Promise.resolve(troupeActors(ports)) })

test('the calls that an agent wants approved are shown without secrets, an approval of other calls is refused, the right one lets it go on', async () => {
  const { get, post } = stack()
  await post('/tasks', { id: 't', taskType: 'question', only: 'researcher', prompt: 'Why?', root: '/docs', collection: 'docs' })
  const asked = await vi.waitUntil(async () => (await get('/approvals')).body.rows[0], { timeout: 20_000, interval: 50 })
  expect(asked).toMatchObject({ taskId: 't', kind: 'approval', step: `approval of ${call.name}`, expiresAt: expect.any(Number) })
  expect(asked.calls).toEqual([{ ...call, arguments: { file: 'old.md', password: '[redacted]' } }])
  const late = await post('/approvals', { actor: asked.actor, decision: 'approve', call: 'another' })
  expect(late).toMatchObject({ status: 422, body: { code: 'TR_EVENT_NOT_ACCEPTED' } })
  const ran = () => ports.toolRuns.filter(({ name }) => name === call.name)
  expect(ran()).toEqual([])
  const said = { actor: asked.actor, decision: 'approve', call: call.id }
  const key = { 'idempotency-key': 'yes' }
  const approved = await post('/approvals', said, key)
  expect(approved).toMatchObject({ status: 200, body: { ok: true, sent: 'approve' } })
  expect(await post('/approvals', said, key)).toEqual(approved) // though it waits no longer
  await vi.waitUntil(async () => (await get('/tasks/t')).body.status === 'completed', { timeout: 20_000, interval: 50 })
  expect(ran()).toHaveLength(1)
  expect((await get('/approvals')).body.rows).toEqual([])
  const { spans } = (await get('/tasks/t/run')).body
  expect(spans.map(({ kind }: { kind: string }) => kind)).toEqual(expect.arrayContaining(['human', 'tool', 'llm']))
})
