import type { MikroORM } from '@mikro-orm/postgresql'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { pageStatement, readAgent, readAgents, type AgentQuery } from '../../services/history/read-agents.ts'
import { postgresForTests } from '../support/history-database.ts'

const postgres = postgresForTests()
const start = Date.UTC(2026, 10, 20)

interface Given {
  readonly agent: string
  readonly tenant?: string
  readonly source?: 'roster' | 'registry'
  readonly status?: string
  readonly kind?: string
  readonly at?: number
  readonly skills?: readonly string[]
  readonly models?: readonly string[]
  readonly capabilities?: readonly string[]
  readonly owner?: string
  readonly description?: string
}

async function insert(orm: MikroORM, rows: readonly Given[]): Promise<void> {
  const values = rows.map(({ agent, tenant = 'acme', source = 'registry', status = 'active', kind = 'researcher', ...row }) => ({
    actor: source === 'roster' ? `${tenant}/coordinator/main` : `${tenant}/registry/1`,
    agent,
    tenant,
    source,
    status,
    kind,
    version: '1',
    task_types: ['question'],
    capabilities: row.capabilities ?? ['search', 'read'],
    skills: row.skills ?? [],
    models: row.models ?? [],
    owner: row.owner ?? '',
    cost_class: 'low',
    description: row.description ?? '',
    revision: 1,
    selectable: true,
    why: '',
    updated_at: new Date(row.at ?? start).toISOString(),
    partition: 0,
    seq: 1,
    index: 0,
  }))
  await orm.em.fork().execute(`insert into agents select * from jsonb_populate_recordset(null::agents, ?::jsonb)`, [JSON.stringify(values)])
}

async function outcomes(orm: MikroORM, chosen: string, results: readonly boolean[], at = start): Promise<void> {
  const rows = results.map((ok, n) => ({
    actor: 'acme/coordinator/s0',
    id: `${chosen}-${at}-${n}`,
    tenant: 'acme',
    task_id: `t${n}`,
    chosen,
    ok,
    settled_at: new Date(at + n).toISOString(),
    partition: 0,
    seq: 1,
    index: 0,
  }))
  await orm.em
    .fork()
    .execute(`insert into decisions select * from jsonb_populate_recordset(null::decisions, ?::jsonb)`, [JSON.stringify(rows)])
}

const query = (more: Partial<AgentQuery> = {}): AgentQuery => ({ tenant: 'acme', limit: 100, now: new Date(start + 60_000), ...more })
const names = async (orm: MikroORM, more: Partial<AgentQuery> = {}): Promise<readonly string[]> =>
  (await readAgents(orm, query(more))).agents.map(({ agent }) => agent)

test('agents are found by each thing that is known of them', async () => {
  const orm = await postgres.open()
  await insert(orm, [
    { agent: 'anna', skills: ['verse@1'], owner: 'ops', description: 'writes 100% verse' },
    { agent: 'bert', kind: 'reviewer', status: 'disabled', skills: ['verse@2'], capabilities: ['review'] },
    { agent: 'carl', tenant: 'other' },
    { agent: 'constructor', status: 'retired' },
  ])
  expect(await names(orm)).toEqual(['anna', 'bert', 'constructor'])
  expect(await names(orm, { tenant: undefined })).toEqual(['anna', 'bert', 'carl', 'constructor'])
  expect(await names(orm, { kind: 'reviewer' })).toEqual(['bert'])
  expect(await names(orm, { status: 'retired' })).toEqual(['constructor'])
  expect(await names(orm, { skill: 'verse' })).toEqual(['anna', 'bert'])
  expect(await names(orm, { skill: 'verse@2' })).toEqual(['bert'])
  expect(await names(orm, { skill: 'ver' })).toEqual([])
  expect(await names(orm, { capability: 'review' })).toEqual(['bert'])
  expect(await names(orm, { taskType: 'question', owner: 'ops', costClass: 'low' })).toEqual(['anna'])
  expect(await names(orm, { text: 'VERSE' })).toEqual(['anna'])
  expect(await names(orm, { text: '0%' })).toEqual(['anna'])
  expect(await names(orm, { text: '%' })).toEqual(['anna'])
  expect(await names(orm, { text: "'; drop table agents; --" })).toEqual([])
})

test('an agent that registry and coordinator both know is listed once, as the registry tells it', async () => {
  const orm = await postgres.open()
  await insert(orm, [
    { agent: 'researcher', source: 'roster' },
    { agent: 'poet', source: 'roster' },
    { agent: 'poet', source: 'registry', status: 'retired' },
  ])
  const { agents } = await readAgents(orm, query())
  expect(agents.map(({ agent, source, status }) => [agent, source, status])).toEqual([
    ['poet', 'registry', 'retired'],
    ['researcher', 'roster', 'active'],
  ])
})

test('how an agent has been doing is told from its outcomes of the last week, those of all its models together', async () => {
  const orm = await postgres.open()
  await insert(orm, [{ agent: 'poet', models: ['big', 'small'] }, { agent: 'new' }])
  await outcomes(orm, 'poet@big', [true, true, false])
  await outcomes(orm, 'poet@small', [true])
  await outcomes(orm, 'poet', [false, false, false, false], start - 8 * 86_400_000)
  await outcomes(orm, 'poetess', [false])
  expect(await readAgent(orm, 'poet', 'acme')).toMatchObject({ health: { outcomes: expect.any(Number) } })
  const [fresh, poet] = (await readAgents(orm, query())).agents
  expect(poet?.health).toEqual({ outcomes: 4, successShare: 0.75, lastOutcomeAt: new Date(start + 2) })
  expect(fresh?.health).toEqual({ outcomes: 0, successShare: undefined, lastOutcomeAt: undefined })
})

test('a cursor that no page of this order has given is refused with what to do', async () => {
  const orm = await postgres.open()
  await insert(orm, [{ agent: 'a' }, { agent: 'b' }])
  const { next } = await readAgents(orm, query({ limit: 1 }))
  expect(next).toMatch(/^[\w-]+$/)
  for (const after of ['x', '', next?.slice(3) ?? '', Buffer.from('{"by":"name","place":[1]}').toString('base64url')])
    await expect(readAgents(orm, query({ after }))).rejects.toMatchObject({ code: 'TR_CURSOR_INVALID' })
  await expect(readAgents(orm, query({ by: 'updated', after: next }))).rejects.toMatchObject({ code: 'TR_CURSOR_INVALID' })
})

test('walking from page to page repeats nothing and skips nothing, while others insert', { timeout: 60_000 }, async () => {
  const orm = await postgres.open()
  let rounds = 0
  const name = fc.string({ minLength: 1, maxLength: 6 }).filter((text) => !text.includes('\0') && text.isWellFormed())
  const world = fc.record({
    before: fc.uniqueArray(name, { minLength: 1, maxLength: 40 }),
    during: fc.array(fc.array(name, { maxLength: 4 }), { maxLength: 20 }),
    limit: fc.integer({ min: 1, max: 7 }),
    by: fc.constantFrom('name' as const, 'updated' as const),
    seed: fc.integer({ min: 0, max: 1_000 }),
  })
  await fc.assert(
    fc.asyncProperty(world, async ({ before, during, limit, by, seed }) => {
      const tenant = `t${++rounds}`
      const known = new Set(before)
      const at = (text: string): number => start + ((text.charCodeAt(0) * 31 + seed) % 5) // many are of one instant
      await insert(
        orm,
        before.map((agent) => ({ agent, tenant, at: at(agent) })),
      )
      const seen: string[] = []
      let after: string | undefined
      for (let page = 0; page === 0 || after !== undefined; page++) {
        expect(page, 'it comes to an end').toBeLessThan(500)
        const fresh = (during[page] ?? []).filter((agent) => !known.has(agent))
        const inserting = insert(
          orm,
          [...new Set(fresh)].map((agent) => ({ agent, tenant, at: start + 100 + page })),
        )
        const read = await readAgents(orm, query({ tenant, limit, by, after }))
        await inserting
        for (const agent of fresh) known.add(agent)
        seen.push(...read.agents.map(({ agent }) => agent))
        after = read.next
      }
      expect(new Set(seen).size).toBe(seen.length)
      expect(before.filter((agent) => !seen.includes(agent))).toEqual([])
    }),
    { numRuns: 60 },
  )
})

test('a page of ten thousand agents is read by index, with and without filters', { timeout: 120_000 }, async () => {
  const orm = await postgres.open()
  const kinds = ['researcher', 'reviewer', 'analyst']
  const many = Array.from({ length: 10_000 }, (_, n) => ({
    agent: `agent-${String(n).padStart(5, '0')}`,
    kind: kinds[n % 3] ?? '',
    at: start + ((n * 7_919) % 10_000),
    skills: [`skill${n % 50}@1`],
    capabilities: ['read', `c${n % 100}`],
    owner: `team${n % 20}`,
    description: `does this and that, number ${n}`,
  }))
  await insert(orm, many)
  await insert(
    orm,
    kinds.map((agent) => ({ agent, source: 'roster' as const })),
  )
  for (let n = 0; n < 100; n++)
    await outcomes(
      orm,
      `agent-${String(n * 97).padStart(5, '0')}`,
      Array.from({ length: 200 }, (_, k) => k % 3 > 0),
    )
  await orm.em.fork().execute('analyze agents')
  await orm.em.fork().execute('analyze decisions')
  const queries: readonly Partial<AgentQuery>[] = [
    {},
    { by: 'updated' },
    { kind: 'reviewer' },
    { capability: 'c42' },
    { skill: 'skill7@1' },
    { skill: 'skill7' },
    { owner: 'team3', by: 'updated' },
    { text: 'number 99' },
  ]
  const took: number[] = []
  for (const more of queries)
    for (let walk = 0, after: string | undefined; walk < 12; walk++) {
      const began = performance.now()
      const page = await readAgents(orm, query({ limit: 50, ...more, after }))
      took.push(performance.now() - began)
      after = page.next
    }
  const sorted = took.toSorted((one, other) => one - other)
  const [median = 0, p95 = 0] = [0.5, 0.95].map((share) => sorted[Math.floor(sorted.length * share)])
  console.log(`a page of 50 of 10,000 agents: median ${median.toFixed(1)} ms, p95 ${p95.toFixed(1)} ms over ${took.length} pages`)
  for (const more of [{}, { by: 'updated' as const }]) {
    const { sql, values } = pageStatement(query({ limit: 50, ...more }), 51)
    const plan = await orm.em.fork().execute<Record<string, string>[]>(`explain ${sql}`, values)
    const text = plan.map((row) => Object.values(row)[0]).join('\n')
    expect(text).toMatch(more.by ? /agents_tenant_updated_at_agent_index/ : /agents_tenant_agent_index|agents_pkey/)
    expect(text).toContain('decisions_tenant_chosen_settled_at_index')
  }
})
