// The API asked from inside: the same routes, the same rights, and problems in the place of what is thrown.
import { expect, test } from 'vitest'
import { z } from 'zod'
import { apiOf } from '../../services/gateway/ask.ts'
import { localCaller, type Caller } from '../../services/gateway/caller.ts'
import { NotAllowed } from '../../services/gateway/errors.ts'
import type { GatewayParts } from '../../services/gateway/parts.ts'
import { route } from '../../services/gateway/route.ts'

const said = z.object({ id: z.string(), tenant: z.string().optional() })
const base = { method: 'GET', summary: 'x', resource: 'tasks', action: 'read' } as const
const named = z.object({ id: z.string().max(20) })
const routes = [
  route({ ...base, path: '/things/:id', params: named, answer: said, run: async ({ params, tenant }) => ({ id: params.id, tenant }) }),
  route({
    ...base,
    path: '/things/first',
    query: z.object({ limit: z.coerce.number().max(5).default(1), tenant: z.string().optional() }),
    answer: said,
    run: async ({ query, tenant }) => ({ id: `first ${query.limit}`, tenant }),
  }),
  route({ ...base, path: '/broken', answer: said, run: () => Promise.reject(new Error('hunter2')) }),
  route({ ...base, path: '/wrong', answer: said, run: () => Promise.resolve({ id: 5 } as never) }),
  route({ ...base, path: '/secret', resource: 'keys', answer: said, run: async () => ({ id: 'key' }) }),
  route({ ...base, method: 'POST', path: '/things', answer: said, run: async () => ({ id: 'made' }) }),
]

function apiFor(caller: Caller = localCaller) {
  const faults: object[] = []
  const allow = (who: Caller, { resource }: { readonly resource: string }): void => {
    if (resource === 'keys') throw new NotAllowed(`${who.id} may not`)
  }
  const log = { error: (fields: object) => void faults.push(fields) }
  return { api: apiOf({ routes, parts: {} as GatewayParts, log, allow }, { caller, requestId: 'r' }), faults }
}

test('a path is answered by the route that the server would take, with its parameters decoded and its query read', async () => {
  const { ask, paths } = apiFor().api
  expect(paths).toEqual(['/things/:id', '/things/first', '/broken', '/wrong', '/secret'])
  expect(await ask('/things/a%2Fb%20c')).toEqual({ status: 200, body: { id: 'a/b c' } })
  expect(await ask('/things/first?limit=3')).toEqual({ status: 200, body: { id: 'first 3' } })
})

test('what is refused is a problem, as it is over HTTP', async () => {
  const { ask } = apiFor().api
  expect(await ask('/nowhere')).toMatchObject({ status: 404, body: { code: 'TR_RESOURCE_MISSING', instance: 'r' } })
  expect(await ask('/things')).toMatchObject({ status: 404 })
  expect(await ask('/secret')).toMatchObject({ status: 403, body: { code: 'TR_NOT_ALLOWED' } })
  expect(await ask('/things/first?limit=9')).toMatchObject({ status: 400, body: { faults: [expect.stringContaining('limit')] } })
  expect(await ask(`/things/${'x'.repeat(30)}`)).toMatchObject({ status: 400, body: { code: 'TR_REQUEST_INVALID' } })
  expect(await ask('/things/%00')).toMatchObject({ status: 400 })
})

test('a fault of ours is logged, and told without its inside', async () => {
  const { api, faults } = apiFor()
  for (const path of ['/broken', '/wrong', '/things/%zz'])
    expect(await api.ask(path), path).toMatchObject({ status: 500, body: { code: 'TR_GATEWAY_FAULT' } })
  expect(faults).toHaveLength(3)
  expect(JSON.stringify(await api.ask('/broken'))).not.toContain('hunter2')
})

test('a caller of one tenant sees that one, and may not name another', async () => {
  const { ask } = apiFor({ ...localCaller, tenant: 'acme' }).api
  expect(await ask('/things/first')).toEqual({ status: 200, body: { id: 'first 1', tenant: 'acme' } })
  expect(await ask('/things/first?tenant=rival')).toMatchObject({ status: 403, body: { code: 'TR_NOT_ALLOWED' } })
})
