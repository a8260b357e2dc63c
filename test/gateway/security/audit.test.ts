import type { MikroORM } from '@mikro-orm/postgresql'
import { expect, test } from 'vitest'
import { appendAudit, readAudit, readAuditHead, verifyAudit, type AuditEntry } from '../../../services/history/audit-chain.ts'
import { openAuditTrail } from '../../../services/gateway/security/audit-trail.ts'
import { troupe } from '../../cli/troupe.ts'
import { postgresForTests } from '../../support/history-database.ts'
import { keyFor, openDoors } from './doors.ts'

const postgres = postgresForTests()
const strict = { environment: { TROUPE_GATEWAY_ACCESS: 'required' } }

const entry = (n: number, fields: Partial<AuditEntry> = {}): AuditEntry => ({
  at: new Date(Date.UTC(2026, 10, 20, 12, 0, n)),
  caller: 'ada',
  via: 'token',
  tenant: 'acme',
  action: 'POST /v1/tasks/:id/cancel',
  target: `t${n}`,
  requestId: `r${n}`,
  outcome: 'done',
  ...fields,
})

async function chainOf(rows: number): Promise<MikroORM> {
  const orm = await postgres.open()
  await appendAudit(
    orm,
    Array.from({ length: rows }, (_, n) => entry(n)),
  )
  return orm
}

/** As the owner of the database can. */
async function tamper(orm: MikroORM, ...statements: readonly string[]): Promise<void> {
  const em = orm.em.fork()
  await em.execute('alter table audit_chain disable trigger all')
  for (const statement of statements) await em.execute(statement)
  await em.execute('alter table audit_chain enable trigger all')
}

test('an untouched chain is whole, and its head follows it', async () => {
  const orm = await chainOf(0)
  expect(await verifyAudit(orm)).toEqual({ ok: true, head: { seq: 0, hash: '0'.repeat(64) } })
  const first = await appendAudit(orm, [entry(1)])
  const second = await appendAudit(orm, [entry(2, { code: 'TR_NOT_ALLOWED', outcome: 'denied' }), entry(3)])
  expect(first.seq).toBe(1)
  expect(await verifyAudit(orm)).toEqual({ ok: true, head: second })
  expect(await readAuditHead(orm)).toEqual(second)
  expect(await verifyAudit(orm, first)).toMatchObject({ ok: true })
})

test.each([
  ...['caller', 'via', 'tenant', 'action', 'target', 'request_id', 'code'].map(
    (column) => `update audit_chain set "${column}" = 'x' where seq = 4`,
  ),
  `update audit_chain set outcome = 'denied' where seq = 4`,
  `update audit_chain set at = at + interval '1 millisecond' where seq = 4`,
  `update audit_chain set hash = repeat('a', 64) where seq = 4`,
  `update audit_chain set previous_hash = repeat('a', 64) where seq = 4`,
])('an edit is found at its row: %s', async (statement) => {
  const orm = await chainOf(6)
  await tamper(orm, statement)
  expect(await verifyAudit(orm)).toMatchObject({ ok: false, seq: 4, fault: expect.stringMatching(/edited/), head: { seq: 3 } })
})

test('a row that is removed, put in, moved, or replaced with a hash of its own is found', async () => {
  const removed = await chainOf(6)
  await tamper(removed, 'delete from audit_chain where seq = 3')
  expect(await verifyAudit(removed)).toMatchObject({ ok: false, seq: 4, fault: 'row 3 is missing: after 2 comes 4' })

  const closed = await chainOf(6)
  await tamper(closed, 'delete from audit_chain where seq = 3', 'update audit_chain set seq = 3 where seq = 4')
  expect(await verifyAudit(closed)).toMatchObject({ ok: false, seq: 3 })

  const moved = await chainOf(6)
  await tamper(
    moved,
    ...[`set seq = 99 where seq = 3`, `set seq = 3 where seq = 4`, `set seq = 4 where seq = 99`].map(
      (step) => `update audit_chain ${step}`,
    ),
  )
  expect(await verifyAudit(moved)).toMatchObject({ ok: false, seq: 3 })

  const inserted = await chainOf(6)
  await tamper(
    inserted,
    'update audit_chain set seq = seq + 100 where seq > 3',
    `insert into audit_chain select 4, at, caller, via, tenant, action, 'forged', request_id, outcome, code, hash, repeat('b', 64) from audit_chain where seq = 3`,
    'update audit_chain set seq = seq - 99 where seq > 100',
  )
  expect(await verifyAudit(inserted)).toMatchObject({ ok: false, seq: 4 })

  // A row that is right in itself, taken from another chain, does not follow.
  const [replaced, other] = [await chainOf(6), await chainOf(0)]
  await appendAudit(
    other,
    Array.from({ length: 6 }, (_, n) => entry(n, { caller: 'eve' })),
  )
  const [row] = (await readAudit(other, { tenant: undefined, limit: 6 })).filter(({ seq }) => seq === 4)
  await tamper(
    replaced,
    `update audit_chain set caller = 'eve', hash = '${row?.hash}', previous_hash = '${row?.previousHash}' where seq = 4`,
  )
  expect(await verifyAudit(replaced)).toMatchObject({ ok: false, seq: 4, fault: expect.stringMatching(/does not follow row 3/) })
})

test('an end that was cut off, and a chain that was written anew, show against a head that was noted', async () => {
  const cut = await chainOf(6)
  const head = await readAuditHead(cut)
  await tamper(cut, 'delete from audit_chain where seq > 4')
  expect(await verifyAudit(cut)).toMatchObject({ ok: true })
  expect(await verifyAudit(cut, head)).toMatchObject({ ok: false, seq: 5, fault: expect.stringMatching(/to 6, which was noted, are gone/) })
  await tamper(cut, 'delete from audit_chain')
  await appendAudit(
    cut,
    Array.from({ length: 8 }, (_, n) => entry(n, { caller: 'eve' })),
  )
  expect(await verifyAudit(cut)).toMatchObject({ ok: true })
  expect(await verifyAudit(cut, head)).toMatchObject({ ok: false, seq: 6, fault: expect.stringMatching(/written anew/) })
})

test('rows are refused to be changed or removed by mistake', async () => {
  const orm = await chainOf(2)
  for (const statement of [`update audit_chain set caller = 'x'`, 'delete from audit_chain', 'truncate audit_chain'])
    await expect(orm.em.fork().execute(statement)).rejects.toThrow(/rows of audit_chain are only added/)
})

test('many writers at once make one chain without gaps', async () => {
  const url = postgres.newUrl()
  const writers = [await postgres.open(url), await postgres.open(url), await postgres.open(url)]
  const trails = writers.map((orm) => openAuditTrail(orm))
  await Promise.all(
    trails.flatMap((trail, writer) => Array.from({ length: 300 }, (_, n) => trail.add(entry(n % 60, { caller: `w${writer}` })))),
  )
  const [orm] = writers
  expect(orm && (await verifyAudit(orm))).toMatchObject({ ok: true, head: { seq: 900 } })
})

test('text that a table cannot hold, and text without end, is written as far as it can be', async () => {
  const orm = await chainOf(0)
  await appendAudit(orm, [entry(1, { target: `a\u0000b\ud800c${'x'.repeat(10_000)}`, caller: '\udc00' })])
  const [row] = await readAudit(orm, { tenant: undefined, limit: 1 })
  expect(row).toMatchObject({ target: expect.stringMatching(/^a\ufffdb\ufffdcx{507}$/), caller: '\ufffd' })
  expect(await verifyAudit(orm)).toMatchObject({ ok: true })
})

test('what changes something stands there before it is done and after, what only looks does not, and who is denied does', async () => {
  const { ask, orm } = await openDoors(postgres, strict)
  const operator = await keyFor(orm, { roles: ['operator'] })
  await ask({ url: '/tasks', as: operator.key })
  await ask({ method: 'POST', url: '/tasks', as: operator.key, body: { id: 't1', prompt: 'nobody writes this down' } })
  await ask({ method: 'POST', url: '/tasks', as: operator.key, body: { actor: 'rival/task/1' } })
  await ask({ url: '/keys', as: operator.key })
  await ask({ url: `/actors/${encodeURIComponent('rival/task/1')}`, as: operator.key })
  await ask({ url: '/tasks' })
  const rows = (await readAudit(orm, { tenant: undefined, limit: 100 })).toReversed()
  const told = rows.map(({ caller, tenant, action, target, outcome, code }) => [caller, tenant, action, target, outcome, code])
  const who = `ci (key ${operator.id})`
  expect(told).toEqual([
    [who, 'acme', 'POST /v1/tasks', 't1', 'begun', null],
    [who, 'acme', 'POST /v1/tasks', 't1', 'done', null],
    [who, 'acme', 'POST /v1/tasks', 'rival/task/1', 'denied', 'TR_RESOURCE_MISSING'],
    [who, 'acme', 'GET /v1/keys', '', 'denied', 'TR_NOT_ALLOWED'],
    [who, 'acme', 'GET /v1/actors/:actor', 'rival/task/1', 'denied', 'TR_RESOURCE_MISSING'],
    ['anonymous', '', 'GET /v1/tasks', '', 'denied', 'TR_NOT_AUTHENTICATED'],
  ])
  expect(rows[0]?.requestId).toBe(rows[1]?.requestId)
  expect(new Set(rows.map(({ requestId }) => requestId)).size).toBe(5)
  expect(JSON.stringify(rows)).not.toContain('nobody writes this down')
  expect(await verifyAudit(orm)).toMatchObject({ ok: true })
})

test('what cannot be written down is not done', async () => {
  const { ask, orm } = await openDoors(postgres, strict)
  const admin = await keyFor(orm, { roles: ['admin'] })
  await orm.em.fork().execute('alter table audit_chain rename to audit_chain_gone')
  const made = await ask({ method: 'POST', url: '/keys', as: admin.key, body: { name: 'x', roles: ['viewer'] } })
  expect(made).toMatchObject({ status: 503, body: { code: 'TR_AUDIT_UNAVAILABLE' } })
  expect((await ask({ url: '/keys', as: admin.key })).body['rows']).toHaveLength(1) // looking still works
})

test('an admin of one tenant reads the rows of its own, page by page', async () => {
  const { ask, orm } = await openDoors(postgres, strict)
  const admin = await keyFor(orm, { roles: ['admin'] })
  await appendAudit(
    orm,
    Array.from({ length: 30 }, (_, n) => entry(n, { tenant: n % 2 === 0 ? 'acme' : 'rival' })),
  )
  const found: unknown[] = []
  let after = ''
  do {
    const { body } = await ask({ url: `/audit?limit=4${after && `&after=${after}`}`, as: admin.key })
    found.push(...(body['rows'] as { readonly tenant: string; readonly seq: number }[]).map(({ tenant, seq }) => `${tenant} ${seq}`))
    after = (body['next'] as string | undefined) ?? ''
  } while (after !== '')
  expect(found).toEqual(Array.from({ length: 15 }, (_, n) => `acme ${29 - 2 * n}`))
})

test('`troupe keys` and `troupe audit` do on the command line what they say', { timeout: 60_000 }, async () => {
  const url = postgres.newUrl()
  const orm = await postgres.open(url)
  const environment = { DATABASE_URL: url, USER: 'ada' }
  const made = await troupe(['keys', 'create', 'build server', '--role', 'operator', '--scope', 'tasks:*', '--json'], environment)
  expect([made.code, made.err]).toEqual([0, expect.stringMatching(/not shown again/)])
  const { id, key } = JSON.parse(made.out) as { readonly id: string; readonly key: string }
  const { ask } = await openDoors(postgres, { ...strict, database: orm })
  expect(await ask({ url: '/tasks', as: key })).toMatchObject({
    status: 200,
    body: { caller: { tenant: 'main', roles: ['operator'], scopes: ['tasks:*'] } },
  })
  const rotated = await troupe(['keys', 'rotate', id, '--overlap-hours', '0'], environment)
  await expect.poll(async () => (await ask({ url: '/tasks', as: rotated.out.trim() })).status, { timeout: 5_000 }).toBe(200)
  expect(await ask({ url: '/tasks', as: key })).toMatchObject({ status: 401 })
  const listed = await troupe(['keys'], environment)
  expect(listed.out).toMatch(new RegExp(`${id}  main +build server +operator +tasks:\\* +active`))
  expect(listed.out).not.toContain(key)
  expect(await troupe(['keys', 'revoke', id], environment)).toMatchObject({ code: 0, out: `Key ${id} is revoked.\n` })
  expect(await troupe(['keys', 'revoke', id], environment)).toMatchObject({ code: 2, err: expect.stringMatching(/TR_RESOURCE_CONFLICT/) })
  expect(await troupe(['keys', 'create', 'x', '--role', 'emperor'], environment)).toMatchObject({
    code: 2,
    err: expect.stringMatching(/TR_CLI_ARGUMENT_INVALID.*no role 'emperor'/),
  })
  const whole = await troupe(['audit', 'verify'], environment)
  expect(whole).toMatchObject({ code: 0, out: expect.stringMatching(/^Whole: \d+ rows\..* \d+:[0-9a-f]{64}\n$/) })
  expect((await troupe(['audit', '--json'], environment)).out).toMatch(/"action":"troupe keys revoke"/)
  await tamper(orm, `update audit_chain set caller = 'eve' where seq = 2`)
  expect(await troupe(['audit', 'verify'], environment)).toMatchObject({
    code: 1,
    out: expect.stringMatching(/^Broken at row 2: .*edited/),
  })
})

test('who is denied a WebSocket, which gets no answer of HTTP, stands there as well', async () => {
  const { guard, orm, server } = await openDoors(postgres, strict)
  server.get('/v1/raw', async (request, reply) => {
    reply.hijack()
    await guard.admit(request, { resource: 'agents', action: 'read' }).catch(() => {})
    reply.raw.end()
  })
  await server.inject({ url: '/v1/raw', headers: { upgrade: 'websocket', connection: 'upgrade' } })
  expect(await readAudit(orm, { tenant: undefined, limit: 5 })).toMatchObject([
    { action: 'GET /v1/raw', outcome: 'denied', code: 'TR_NOT_AUTHENTICATED', caller: 'anonymous' },
  ])
})
