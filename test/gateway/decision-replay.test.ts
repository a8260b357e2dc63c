// Decisions replayed with other policies, over HTTP; the model is scripted, all else is a whole system.
import { expect, test, vi } from 'vitest'
import { troupeActors } from '../../actors/index.ts'
import { decisionRoutes } from '../../services/gateway/routes/decisions.ts'
import { taskRoutes } from '../../services/gateway/routes/tasks.ts'
import { fakePorts } from '../support/actor-ports.ts'
import { answers } from '../support/agents.ts'
import { stackForTests } from './actors-stack.ts'

const ports = fakePorts([answers('Because of the moon [a.md:1-9].')])
const stack = stackForTests({ routes: [...decisionRoutes, ...taskRoutes], definitions: () => Promise.resolve(troupeActors(ports)) })

test('a decision is replayed with its own policy, with another one, and with none that can be; nothing is changed by it', async () => {
  const { get, post } = stack()
  await post('/tasks', { id: 't', taskType: 'question', prompt: 'Why?', root: '/docs', collection: 'docs' })
  const made = await vi.waitUntil(
    async () => (await get('/decisions?task=t')).body.rows.find(({ outcome }: { outcome?: object }) => outcome),
    {
      timeout: 20_000,
      interval: 50,
    },
  )
  const before = await get(`/decisions/${made.id}`)
  const again = (policy: unknown) => post(`/decisions/${made.id}/replay`, { policy })

  const own = await again('default')
  expect(own).toMatchObject({
    status: 200,
    body: { policyVersion: 'default', before: { arm: made.arm }, after: { arm: made.arm }, agrees: true },
  })
  expect(own.body.error).toBeLessThan(0.02)
  expect(own.body.candidates.find(({ arm }: { arm: string }) => arm === made.arm)).toMatchObject({
    before: { sample: expect.any(Number), propensity: expect.any(Number) },
    after: { score: { mean: expect.any(Number), deviation: expect.any(Number) }, sample: expect.any(Number) },
  })

  const other = own.body.candidates.find(
    ({ arm, excluded }: { arm: string; excluded?: string }) => arm !== made.arm && excluded === undefined,
  ).arm
  expect(await again({ mode: { kind: 'pinned', arm: other } })).toMatchObject({
    status: 200,
    body: { policyVersion: 'inline', after: { arm: other, why: expect.stringMatching(/^pinned by the policy/) }, agrees: false },
  })
  expect(await again('nobody')).toMatchObject({ status: 404, body: { code: 'TR_POLICY_UNKNOWN' } })
  expect(await again({ explore: 2, mode: { kind: 'guess' } })).toMatchObject({ status: 400, body: { code: 'TR_POLICY_INVALID' } })
  expect(await again({ mode: { kind: 'linucb' } })).toMatchObject({ status: 422, body: { code: 'TR_DECISION_NOT_REPLAYABLE' } })
  expect(await post('/decisions/nobody/replay', { policy: 'default' })).toMatchObject({ status: 404 })
  expect(await get(`/decisions/${made.id}`)).toEqual(before)
})

test('the policies of a tenant are listed with what they say', async () => {
  expect(await stack().get('/policies')).toMatchObject({
    status: 200,
    body: {
      tenant: 'main',
      rows: [{ version: 'default', mode: 'live', policy: { format: 1, mode: { kind: 'thompson' }, halfLifeMs: expect.any(Number) } }],
    },
  })
})
