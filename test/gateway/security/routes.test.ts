// Every route of the gateway, as it stands in routes/index.ts: who may call it, what it shows of another tenant, and what it makes of nonsense.
// A route that somebody adds is in here by being in that list.
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { z } from 'zod'
import type { ActorId } from '../../../machines/address.ts'
import { quietLogger } from '../../../runtime/telemetry.ts'
import { roles } from '../../../services/gateway/caller.ts'
import { ResourceConflict } from '../../../services/gateway/errors.ts'
import type { AnyRoute } from '../../../services/gateway/route.ts'
import { routes } from '../../../services/gateway/routes/index.ts'
import { openGuard } from '../../../services/gateway/security/guard.ts'
import { openTokens } from '../../../services/gateway/security/tokens.ts'
import { buildServer } from '../../../services/gateway/server.ts'
import { appendAudit } from '../../../services/history/audit-chain.ts'
import { Agent } from '../../../services/history/entities/agent.ts'
import { DeadLetter } from '../../../services/history/entities/dead-letter.ts'
import { Decision } from '../../../services/history/entities/decision.ts'
import { tableNames } from '../../../services/history/entities/index.ts'
import { unwiredActors } from '../../../services/worker/unwired.ts'
import { read, tableRows } from '../../docs/pages.ts'
import { stackForTests } from '../actors-stack.ts'
import { keyFor } from './doors.ts'
import { audience, issuerName, startIssuer, type TestIssuer } from './issuer.ts'

const stack = stackForTests({ definitions: async () => unwiredActors() })
const who = ['anonymous', ...roles] as const
const nameOf = ({ method, path }: AnyRoute): string => `${method} ${path}`
const noLimits = { callerMax: 10_000_000, tenantMax: 10_000_000, unknownMax: 10_000_000 }
/** What stands in every row and actor of the other tenant, and in no id of theirs. */
const marker = 'MARKER-7f3a'
const answerMsMax = 25_000

let issuer: TestIssuer
const ending = new AsyncDisposableStack()
beforeAll(async () => {
  issuer = await startIssuer()
  ending.defer(() => issuer.close())
})
afterAll(() => ending.disposeAsync())

async function serverOf(list: readonly AnyRoute[], mode: 'local' | 'required' = 'required') {
  const { parts } = stack()
  const guard = await openGuard({
    database: parts.orm,
    log: quietLogger,
    exposure: { mode, tokens: true, says: '' },
    tokens: openTokens({ keys: { url: issuer.url }, issuer: issuerName, audience, now: Date.now }),
    limits: noLimits,
    origins: [],
    now: Date.now,
  })
  const faults: object[] = []
  const log = { ...quietLogger, error: (fields: object) => void faults.push(fields) }
  const server = await buildServer({ parts, routes: list, guard, log, corsOrigins: [] })
  ending.defer(async () => {
    await server.close()
    await guard.close()
  })
  return { server, faults }
}

type Server = Awaited<ReturnType<typeof serverOf>>['server']

interface Asked {
  readonly as?: string | undefined
  readonly body?: unknown
  readonly query?: string
}

/** Answers, or fails the test: a route that never answers is a fault of its own. */
async function ask(server: Server, route: AnyRoute, path: string, { as, body, query = '' }: Asked = {}) {
  const asking = server.inject({
    method: route.method,
    url: `/v1${path}${query}`,
    headers: {
      ...(as !== undefined && { authorization: `Bearer ${as}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { payload: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  const { promise, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Error(`${nameOf(route)} ${path}${query}: no answer in ${answerMsMax} ms`)), answerMsMax)
  const answer = await Promise.race([asking, promise]).finally(() => clearTimeout(timer))
  return { status: answer.statusCode, text: answer.body }
}

/** An address of the route, with a value for each of its parameters. */
const pathOf = ({ path }: AnyRoute, valueOf: (name: string) => string): string =>
  path.replace(/:(\w+)/g, (_, name: string) => valueOf(name))

describe('who may', () => {
  const rows = tableRows(read('docs/gateway.md'), 'resource', 'action', ...who)
  const written = new Map(rows.map(([resource, action, ...cells]) => [`${resource} ${action}`, cells]))

  test('every route answers every role, of one tenant and of all, as the table in docs/gateway.md says', async () => {
    const ran = new ResourceConflict('it ran')
    const { server } = await serverOf(routes.map((route) => ({ ...route, run: () => Promise.reject(ran) })))
    const wrong: string[] = []
    const callers = ['acme', '*'].flatMap((tenant) => who.map((role, column) => ({ tenant, role, column })))
    for (const { tenant, role, column } of callers) {
      const as = role === 'anonymous' ? undefined : await issuer.token({ tenant, roles: [role] })
      for (const route of routes) {
        const path = pathOf(route, () => 'x')
        const { status } = await ask(server, route, path, { as, ...(route.method !== 'GET' && { body: {} }) })
        const cell = written.get(`${route.resource} ${route.action}`)?.[column] ?? 'no'
        const expected = cell === 'yes' || (cell === 'all' && tenant === '*') ? 'in' : role === 'anonymous' ? 401 : 403
        const found = status === 401 || status === 403 ? status : 'in'
        if (found !== expected) wrong.push(`${nameOf(route)} as ${role} of ${tenant}: ${found} (${status}), and the table says ${expected}`)
      }
    }
    expect(wrong).toEqual([])
  })

  test('every route may be called by somebody', () => {
    expect(routes.filter(({ resource, action }) => !written.has(`${resource} ${action}`)).map(nameOf)).toEqual([])
  })
})

/** Whatever may stand for something of the other tenant, as a parameter or in a body. */
const foreign = {
  actors: ['rival/budget/main', 'rival/task/secret-task', 'rival/coordinator/main', 'rival/registry/main'],
  ids: ['secret-task', 'd-secret', '0-1-0', '0:1:0', '0.1.0', '1', 'secret-agent'],
}

async function seed(tenant: string, note: string): Promise<{ readonly keyId: string }> {
  const { client, parts } = stack()
  const { orm } = parts
  await client.ask(
    { tenant, type: 'budget', key: 'main' },
    { type: 'budget.set', scope: 'tenant', per: 'day', usd: 1 },
    { deadlineMs: 20_000 },
  )
  const submit = { type: 'task.submit', taskType: 'summarize', prompt: `say ${note}`, file: `${note}.md`, root: '/docs', collection: note }
  await client.send({ tenant, type: 'task', key: tenant === 'rival' ? 'secret-task' : 'own-task' }, submit)
  await client.send({ tenant, type: 'task', key: tenant === 'rival' ? 'secret-task' : 'own-task' }, { type: 'task.cancel', reason: note }) // so that it stands still
  const { id: keyId } = await keyFor(orm, { tenant, roles: ['admin'] })
  const em = orm.em.fork()
  await em.execute('update api_keys set name = ? where id = ?', [note, keyId])
  await appendAudit(orm, [
    { at: new Date(), caller: note, via: 'token', tenant, action: 'x', target: note, requestId: 'r', outcome: 'done' },
  ])
  const at = new Date(0)
  const seq = tenant === 'rival' ? 1 : 2
  const row = { partition: 0, seq, index: 0 }
  const actor = `${tenant}/task/secret-task` as ActorId
  await em.insert(DeadLetter, {
    ...row,
    tenant,
    actor,
    message: `m-${tenant}`,
    type: 'task.submit',
    event: { note },
    code: 'TR_TURN_FAILED',
    cause: note,
    at,
  })
  await em.insert(Decision, {
    ...row,
    actor: `${tenant}/coordinator/main`,
    id: tenant === 'rival' ? 'd-secret' : 'd-own',
    tenant,
    taskId: 'secret-task',
    taskType: note,
    chosen: 'generalist',
    why: note,
    madeAt: at,
    candidates: null,
    features: null,
    request: null,
    others: null,
  })
  await em.insert(Agent, {
    ...row,
    actor: `${tenant}/registry/main`,
    agent: 'secret-agent',
    tenant,
    source: 'registry',
    status: 'active',
    kind: 'generalist',
    description: note,
    owner: note,
    costClass: '',
    updatedAt: at,
    registeredAt: at,
    selectable: true,
  })
  return { keyId }
}

/** Everything that the database says of a tenant, but for the audit log. */
async function allOf(tenant: string): Promise<string> {
  const em = stack().parts.orm.em.fork()
  const told = await Promise.all(
    [...tableNames, 'api_keys'].map(async (table) => {
      const [columns] = await em.execute<{ n: number }[]>(
        `select count(*)::int as n from information_schema.columns where table_name = ? and column_name = 'tenant'`,
        [table],
      )
      if (!columns?.n) return ''
      const [row] = await em.execute<{ hash: string | null; n: string }[]>(
        `select count(*) as n, md5(string_agg(r::text, '|' order by r::text)) as hash from (select * from "${table}" where tenant = ?) r`,
        [tenant],
      )
      return `${table} ${row?.n} ${row?.hash}`
    }),
  )
  return told.join('\n')
}

const bodies = (keyId: string): readonly object[] => [
  {},
  { event: { type: 'budget.set', scope: 'tenant', per: 'day', usd: 99 } },
  { event: { type: 'budget.read' }, dryRun: true },
  { event: { type: 'task.cancel', reason: 'x' } },
  { reason: 'x' },
  { type: '@hold' },
  { type: '@release' },
  { turn: 1, unrecorded: 'hold' },
  ...foreign.actors.flatMap((actor) => [
    { actor, decision: 'approve' },
    { actor, decision: 'deny', reason: 'x' },
    { actor, turn: 1, unrecorded: 'hold' },
  ]),
  { turn: 1, unrecorded: 'hold', sendsTo: foreign.actors[0] },
  { tenant: 'rival', type: 'task.submit', taskType: 'summarize', prompt: 'x', id: 'secret-task' },
  { id: 'secret-task', taskType: 'summarize', prompt: 'x', tenant: 'rival' },
  { name: 'x', roles: ['viewer'], tenant: 'rival' },
  { ids: foreign.ids },
  { ids: [keyId] },
  { group: 'TR_TURN_FAILED', max: 10 },
  { taskType: 'summarize', tenant: 'rival' },
  { taskType: 'summarize' },
]

interface Question {
  readonly route: AnyRoute
  readonly path: string
  readonly body: object | undefined
  readonly query: string
}

/** Every value of its first parameter, with every body, with and without a tenant in the query. */
function questionsOf(route: AnyRoute, values: (name: string) => readonly string[], given: readonly object[]): readonly Question[] {
  const [, first] = /:(\w+)/.exec(route.path) ?? []
  const paths = (first === undefined ? [''] : values(first)).map((value) =>
    pathOf(route, (name) => encodeURIComponent(name === first ? value : (values(name)[0] ?? 'x'))),
  )
  const sent = route.method === 'POST' || route.method === 'PUT' ? given : [undefined]
  const queries = ['', '?tenant=rival', '?tenant=*']
  return paths.flatMap((path) => sent.flatMap((body) => queries.map((query) => ({ route, path, body, query }))))
}

/** Where the marker is to be found by whom it belongs to. */
const shown = [
  '/actors/:actor',
  '/actors/:actor/moments/:turn',
  '/agents',
  '/agents/:name',
  '/audit',
  '/dead-letters',
  '/dead-letters/groups',
  '/dead-letters/:id',
  '/decisions',
  '/decisions/:id',
  '/keys',
  '/tasks',
  '/tasks/:id',
]

describe('tenants', () => {
  test(
    'a caller of one tenant sees and touches nothing of another, by any route, parameter, query or body',
    { timeout: 240_000 },
    async () => {
      const [rival] = await Promise.all([seed('rival', marker), seed('acme', 'our-own')])
      const { orm } = stack().parts
      const count = async (): Promise<number> => {
        const [row] = await orm.em
          .fork()
          .execute<{ n: number; tasks: number }[]>(
            `select count(*)::int as n, count(*) filter (where actor_type = 'task')::int as tasks from turns where tenant in ('rival', 'acme')`,
          )
        return row && row.tasks >= 4 ? row.n : 0
      }
      let [last, same] = [-1, 0]
      await vi.waitUntil(
        async () => {
          const now = await count()
          same = now === last && now > 2 ? same + 1 : 0
          last = now
          return same >= 15 // nothing more comes of the tasks
        },
        { timeout: 60_000, interval: 100 },
      )
      const { server } = await serverOf(routes)
      const as = await issuer.token({ tenant: 'acme', roles: [...roles] })
      const before = await allOf('rival')
      const leaks: string[] = []
      const values = (name: string): readonly string[] =>
        name === 'actor' ? foreign.actors : name === 'turn' ? ['2'] : [...foreign.ids, rival.keyId, ...(name === 'type' ? ['task'] : [])]
      const questions = routes.flatMap((route) => questionsOf(route, values, bodies(rival.keyId)))
      for (const { route, path, body, query } of questions) {
        const { status, text } = await ask(server, route, path, { as, query, ...(body && { body }) })
        const isSwapped = query !== '' && status < 300 && 'tenant' in shapeOf(route.query)
        if (text.includes(marker) || isSwapped)
          leaks.push(`${nameOf(route)} ${path}${query} ${JSON.stringify(body)}: ${status} ${text.slice(0, 300)}`)
      }
      expect(leaks).toEqual([])
      expect(questions.length).toBeGreaterThan(routes.length)
      expect(await allOf('rival')).toBe(before)

      // The same questions by one who may: the marker is there to be found, or this test would see nothing.
      const own = await issuer.token({ tenant: 'rival', roles: [...roles] })
      const seen = new Set<string>()
      for (const route of routes.filter(({ method }) => method === 'GET'))
        for (const value of [...foreign.actors, ...foreign.ids]) {
          const path = pathOf(route, (name) => (name === 'turn' ? '2' : encodeURIComponent(value)))
          if ((await ask(server, route, path, { as: own })).text.includes(marker)) seen.add(nameOf(route))
        }
      expect([...seen]).toEqual(expect.arrayContaining(shown.map((path) => `GET ${path}`)))
    },
  )
})

const shapeOf = (shape: z.ZodType | undefined): Record<string, z.ZodType> => (shape instanceof z.ZodObject ? shape.shape : {})

describe('nonsense', () => {
  const text = fc.oneof(
    fc.string({ maxLength: 30 }),
    fc.string({ unit: 'binary', maxLength: 10 }),
    fc.constantFrom(
      '',
      '0',
      '-1',
      '1e999',
      'null',
      'true',
      '*',
      '..',
      '%',
      '\u0000',
      '__proto__',
      'constructor',
      'acme/task/x',
      'acme/task/\u0000',
      'a/b/c',
      '9007199254740993',
      'x'.repeat(900),
      "'; drop table tasks; --",
    ),
  )
  const number = fc.oneof(fc.integer(), fc.double(), fc.constantFrom(0, -1, 1, 2 ** 31, 2 ** 53, 1e300))
  const value = fc.oneof(
    { weight: 3, arbitrary: text },
    { weight: 2, arbitrary: number },
    { weight: 2, arbitrary: fc.jsonValue({ maxDepth: 3 }) },
    fc.constantFrom(null, true, [], {}),
  )

  /** Often of the right kind, so that nonsense gets past the first check as well. */
  function valueFor(shape: z.ZodType | undefined, depth = 0): fc.Arbitrary<unknown> {
    const right = depth > 3 || shape === undefined ? value : rightFor(shape, depth)
    return fc.oneof({ weight: 4, arbitrary: right }, { weight: 1, arbitrary: value })
  }

  function rightFor(shape: z.ZodType, depth: number): fc.Arbitrary<unknown> {
    if (shape instanceof z.ZodOptional || shape instanceof z.ZodDefault || shape instanceof z.ZodNullable)
      return fc.option(rightFor(shape.unwrap() as z.ZodType, depth), { nil: undefined })
    if (shape instanceof z.ZodObject) return objectFor(shape.shape, depth + 1)
    if (shape instanceof z.ZodArray) return fc.array(valueFor(shape.element as z.ZodType, depth + 1), { maxLength: 3 })
    if (shape instanceof z.ZodEnum) return fc.constantFrom(...(shape.options as string[]))
    if (shape instanceof z.ZodLiteral) return fc.constantFrom(...shape.values)
    if (shape instanceof z.ZodUnion) return fc.oneof(...(shape.options as z.ZodType[]).map((one) => rightFor(one, depth + 1)))
    if (shape instanceof z.ZodNumber) return number
    if (shape instanceof z.ZodBoolean) return fc.boolean()
    return shape instanceof z.ZodString ? text : value
  }

  const objectFor = (shape: Record<string, z.ZodType>, depth: number): fc.Arbitrary<unknown> =>
    fc.record(Object.fromEntries(Object.entries(shape).map(([name, inner]) => [name, valueFor(inner, depth)])), { requiredKeys: [] })

  /** Half surrogates cannot be in an address as text, so they come as the bytes that they would be. */
  const inAddress = (given: unknown): string => {
    const plain = typeof given === 'string' ? given : (JSON.stringify(given) ?? '')
    return plain.isWellFormed() ? encodeURIComponent(plain) : '%ED%A0%80'
  }

  /** What says that something is not there or not ready; anything else beyond 499 is a fault of ours. */
  const honest = new Set([503, 504])

  test.each(routes.map((route) => [nameOf(route), route] as const))(
    '%s answers every nonsense with a reason',
    { timeout: 120_000 },
    async (_, route) => {
      const { server, faults } = await serverOf([route], 'local')
      const params = fc.record({ actor: text, turn: fc.oneof(text, fc.integer().map(String)) })
      const body = fc.oneof(
        { weight: 4, arbitrary: valueFor(route.body) },
        { weight: 1, arbitrary: fc.constantFrom('', '{', '[[[[', '"x"', '\u0000', '{"__proto__":{"x":1}}') },
      )
      const query = fc.oneof(
        { weight: 3, arbitrary: objectFor(shapeOf(route.query), 0) },
        { weight: 1, arbitrary: fc.dictionary(fc.string({ maxLength: 8 }), text, { maxKeys: 3 }) },
      )
      await fc.assert(
        fc.asyncProperty(params, query, body, async (named, asked, given) => {
          const path = pathOf(route, (name) => inAddress(name === 'turn' ? named.turn : named.actor) || '%20')
          const pairs = Object.entries(asked as object).flatMap(([name, item]) =>
            item === undefined ? [] : [`${inAddress(name)}=${inAddress(item)}`],
          )
          const { status, text: answer } = await ask(server, route, path, {
            query: pairs.length > 0 ? `?${pairs.join('&')}` : '',
            ...(route.method !== 'GET' && { body: given === undefined ? {} : given }),
          })
          if (status >= 500 && !honest.has(status)) throw new Error(`${status} ${answer} ${JSON.stringify(faults.at(-1), errorsToo)}`)
          if (status >= 400)
            expect(JSON.parse(answer)).toMatchObject({ status, code: expect.stringMatching(/^TR_/), detail: expect.any(String) })
        }),
        { numRuns: 60, endOnFailure: false },
      )
    },
  )

  const errorsToo = (_: string, item: unknown): unknown =>
    item instanceof Error ? `${item.name}: ${item.message} ${item.stack?.slice(0, 600)}` : item
})
