import type { MikroORM } from '@mikro-orm/postgresql'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  actorOrders,
  actorsStatement,
  countActors,
  groupActors,
  readActor,
  readActors,
  type ActorQuery,
} from '../../services/history/read-actors.ts'
import { postgresForTests } from '../support/history-database.ts'

const postgres = postgresForTests()

interface Given {
  readonly actor: string
  readonly status?: string | null
  readonly held?: boolean | null
}

async function insert(orm: MikroORM, rows: readonly Given[]): Promise<void> {
  const values = rows.map(({ actor, status = 'active', held = null }) => {
    const [tenant = '', type = ''] = actor.split('/')
    return {
      actor,
      tenant,
      actor_type: type,
      state: 'idle',
      status,
      held,
      turn: 1,
      event: '@init',
      at: new Date(),
      partition: 0,
      seq: 1,
      index: 0,
    }
  })
  await orm.em.fork().execute(`insert into actors select * from jsonb_populate_recordset(null::actors, ?::jsonb)`, [JSON.stringify(values)])
}

async function walk(
  orm: MikroORM,
  query: Omit<ActorQuery, 'limit'>,
  limit: number,
  between = async (): Promise<void> => {},
): Promise<string[]> {
  const seen: string[] = []
  let after: string | undefined
  for (;;) {
    const page = await readActors(orm, { ...query, limit, after })
    seen.push(...page.actors.map(({ actor }) => actor))
    if (page.next === undefined) return seen
    after = page.next
    await between()
  }
}

test('walking page by page repeats no actor and skips none of those that were there, whatever is born meanwhile', async () => {
  const orm = await postgres.open()
  const key = fc
    .string({ minLength: 1, maxLength: 12, unit: 'grapheme-ascii' })
    .filter((text) => text.isWellFormed() && !text.includes('\0'))
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(key, { maxLength: 30 }),
      fc.uniqueArray(key, { maxLength: 10 }),
      fc.integer({ min: 1, max: 7 }),
      async (keys, born, limit) => {
        await orm.em.fork().execute('truncate actors')
        const here = keys.map((one) => `main/task/${one}`)
        const later = born.filter((one) => !keys.includes(one)).map((one) => `main/task/${one}`)
        await insert(
          orm,
          here.map((actor) => ({ actor })),
        )
        const seen = await walk(orm, { tenant: undefined }, limit, async () => {
          const next = later.pop()
          if (next !== undefined) await insert(orm, [{ actor: next }])
        })
        expect(new Set(seen).size).toBe(seen.length)
        expect(here.filter((actor) => !seen.includes(actor))).toEqual([])
      },
    ),
    { numRuns: 40 },
  )
})

test('filters go together, words are found in any case and taken as they are', async () => {
  const orm = await postgres.open()
  await insert(orm, [
    { actor: 'main/task/Alpha_1' },
    { actor: 'main/task/beta', status: 'done' },
    { actor: 'main/agent-one/alpha', held: true },
    { actor: 'acme/agent-two/100%', status: null },
  ])
  const found = async (query: Partial<ActorQuery>) =>
    (await readActors(orm, { tenant: undefined, limit: 10, ...query })).actors.map(({ actor }) => actor)
  expect(await found({})).toHaveLength(4)
  expect(await found({ text: 'ALPHA' })).toEqual(['main/agent-one/alpha', 'main/task/Alpha_1'])
  expect(await found({ text: 'a_1' })).toEqual(['main/task/Alpha_1'])
  expect(await found({ text: '0%' })).toEqual(['acme/agent-two/100%'])
  expect(await found({ text: '_' })).toEqual(['main/task/Alpha_1'])
  expect(await found({ type: 'agent-*', tenant: 'main' })).toEqual(['main/agent-one/alpha'])
  expect(await found({ type: 'task', status: 'done' })).toEqual(['main/task/beta'])
  expect(await found({ held: true })).toEqual(['main/agent-one/alpha'])
  expect(await found({ held: false, tenant: 'main' })).toEqual(['main/task/Alpha_1', 'main/task/beta'])
  expect(await readActor(orm, 'acme/agent-two/100%')).toMatchObject({ status: 'unknown', held: false, state: 'idle' })
  expect(await readActor(orm, 'acme/agent-two/1')).toBeUndefined()
  expect(await countActors(orm, 'main/task/')).toBe(2)
})

test('actors are found by the states they are in, their tags, their tasks, their age and their trouble', async () => {
  const orm = await postgres.open()
  await insert(orm, [{ actor: 'main/agent-one/a' }, { actor: 'main/agent-one/b' }, { actor: 'main/agent-two/c' }, { actor: 'main/task/d' }])
  const set = (actor: string, columns: string) => orm.em.fork().execute(`update actors set ${columns} where actor = ?`, [actor])
  await set(
    'main/agent-one/a',
    `paths = '{working,working.thinking}', at = now() - interval '1 hour', born_at = now() - interval '2 hours'`,
  )
  await set(
    'main/agent-one/b',
    `paths = '{working,working.acting}', cost_usd = 0.5, tokens = 9, llm_calls = 1, failures = 2, born_at = now()`,
  )
  await set('main/agent-two/c', `paths = '{waiting}', cost_usd = 0.1, tokens = 9, llm_calls = 1, born_at = now()`)
  await orm.em.fork()
    .execute(`insert into turns (actor, turn, tenant, actor_type, at, worker, message, event, correlation, partition, seq, index)
      values ('main/task/d', 1, 'main', 'task', now(), 'w', 'm', 'go', 'd', 0, 1, 0), ('main/agent-one/b', 1, 'main', 'agent-one', now(), 'w', 'm', 'go', 'd', 0, 2, 0)`)
  const found = async (query: Partial<ActorQuery>) =>
    (await readActors(orm, { tenant: undefined, limit: 10, ...query })).actors.map(({ actor }) => actor.slice(-1)).join('')
  expect(await found({ state: 'working' })).toBe('ab')
  expect(await found({ state: 'working.thinking' })).toBe('a')
  expect(await found({ state: 'work' })).toBe('')
  expect(await found({ tagged: [{ type: 'agent-two', paths: ['waiting'] }] })).toBe('c')
  expect(await found({ tagged: [{ type: 'agent-one', paths: ['waiting', 'working.acting'] }] })).toBe('b')
  expect(await found({ tagged: [] })).toBe('')
  expect(await found({ correlation: 'd' })).toBe('bd')
  const ago = (ms: number) => new Date(Date.now() - ms)
  expect(await found({ quietSince: ago(60_000) })).toBe('a')
  expect(await found({ activeSince: ago(60_000) })).toBe('bcd')
  expect(await found({ bornBefore: ago(60_000) })).toBe('a')
  expect(await found({ bornSince: ago(60_000) })).toBe('bc')
  expect(await found({ costUsdMin: 0.2 })).toBe('b')
  expect(await found({ failuresMin: 1 })).toBe('b')
  expect(await found({ order: 'cost' })).toBe('bc')
  expect(await found({ order: 'failures' })).toBe('b')
  expect(await found({ order: 'idle' })).toMatch(/^a/)
  expect(await found({ order: 'recent' })).toMatch(/a$/)
})

test('each order is walked page by page, and a cursor of one is none of another', async () => {
  const orm = await postgres.open()
  await insert(
    orm,
    Array.from({ length: 9 }, (_, n) => ({ actor: `main/task/${n}` })),
  )
  await orm.em
    .fork()
    .execute(
      `update actors set cost_usd = 0.125, tokens = ascii(right(actor, 1)), llm_calls = 1, failures = 1, at = now() - random() * interval '1 hour'`,
    )
  for (const order of actorOrders) expect((await walk(orm, { tenant: undefined, order }, 2)).toSorted()).toHaveLength(9)
  const { next } = await readActors(orm, { tenant: undefined, order: 'cost', limit: 2 })
  await expect(readActors(orm, { tenant: undefined, order: 'recent', limit: 2, after: next })).rejects.toMatchObject({
    code: 'TR_CURSOR_INVALID',
  })
})

test('actors are counted by type and status, whatever page is looked at', async () => {
  const orm = await postgres.open()
  await insert(orm, [{ actor: 'main/task/a' }, { actor: 'main/task/b', status: 'done' }, { actor: 'acme/task/c', held: true }])
  const { groups, isWhole } = await groupActors(orm, { tenant: undefined })
  expect(isWhole).toBe(true)
  expect(groups.toSorted((one, other) => one.status.localeCompare(other.status) || Number(one.held) - Number(other.held))).toEqual([
    { type: 'task', status: 'active', held: false, count: 1 },
    { type: 'task', status: 'active', held: true, count: 1 },
    { type: 'task', status: 'done', held: false, count: 1 },
  ])
  expect((await groupActors(orm, { tenant: 'acme' })).groups).toHaveLength(1)
})

test('among very many actors a page is found by an index, also where few or none match', { timeout: 60_000 }, async () => {
  const orm = await postgres.open()
  await orm.em.fork().execute(
    `insert into actors (actor, tenant, actor_type, state, paths, status, held, turn, event, at, cost_usd, tokens, llm_calls, failures, partition, seq, index)
     select 'main/task/' || n, 'main', case when n % 1000 = 0 then 'rare' else 'task' end, '"idle"',
       case when n % 700 = 0 then array['working', 'working.thinking'] else array['idle'] end,
       case when n % 500 = 0 then 'error' else 'done' end, n % 2000 = 0, 1, '@init', now() - n * interval '1 second',
       case when n % 300 = 0 then n end, case when n % 300 = 0 then n end, case when n % 300 = 0 then 1 end, case when n % 900 = 0 then 1 end, 0, n, 0 from generate_series(1, 100000) n`,
  )
  await orm.em.fork().execute('analyze actors')
  const queries: readonly Partial<ActorQuery>[] = [
    {},
    { tenant: 'main' },
    { type: 'rare' },
    { type: 'none' },
    { status: 'error' },
    { status: 'none' },
    { held: true },
    { state: 'working.thinking' },
    { state: 'nowhere' },
    { tagged: [{ type: 'task', paths: ['working.thinking'] }] },
    { correlation: 'x' },
    { costUsdMin: 1 },
    { failuresMin: 1 },
    ...actorOrders.map((order) => ({ order })),
    { order: 'recent', state: 'working' },
    { order: 'cost', tenant: 'main', type: 'task' },
  ]
  for (const query of queries) {
    const { sql, values } = actorsStatement({ tenant: undefined, limit: 50, ...query })
    const plan = await orm.em.fork().execute<{ 'QUERY PLAN': string }[]>(`explain ${sql}`, [...values])
    expect(plan.map((row) => row['QUERY PLAN']).join('\n'), JSON.stringify(query)).not.toContain('Seq Scan on actors')
  }
})
