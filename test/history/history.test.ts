import type { MikroORM } from '@mikro-orm/postgresql'
import { expect, test } from 'vitest'
import type { History, HistoryQuery } from '../../actors/ports.ts'
import { openHistory } from '../../services/history/history.ts'
import { postgresForTests } from '../support/history-database.ts'

const postgres = postgresForTests()

/** Tasks and turns as the projector would have written them. */
async function fill(orm: MikroORM): Promise<void> {
  await orm.em.fork().execute(`
    insert into tasks (actor, id, tenant, status, task_type, agent, submitted_at, finished_at, partition, seq, index)
      select tenant || '/task/t' || n, 't' || n, tenant, case when n = 7 then 'running' else 'completed' end, 'question', 'researcher',
        timestamptz '2026-11-20T12:00:00Z' + n * interval '1 second', case when n <> 7 then timestamptz '2026-11-20T13:00:00Z' end, 0, n, 0
      from generate_series(1, 50) n, (values ('acme'), ('zeta')) tenants (tenant);
    insert into turns (actor, turn, tenant, actor_type, at, worker, message, event, state, partition, seq, index)
      select 'acme/task/t1', n, 'acme', 'task', timestamptz '2026-11-20T12:00:00.123Z', 'w', 'm' || n, 'e' || n, to_jsonb('s' || n), 0, n, 0
      from generate_series(1, 120) n`)
}

async function openFilled(): Promise<History> {
  const orm = await postgres.open()
  await fill(orm)
  return openHistory(orm)
}

/** All pages, each after the last id of the one before. */
async function pages<Row>(read: (query: HistoryQuery) => Promise<readonly Row[]>, idOf: (row: Row) => string, limit: number) {
  const all: Row[] = []
  for (let after: string | undefined; ;) {
    const page = await read({ limit, ...(after !== undefined && { after }) })
    const last = page.at(-1)
    if (last === undefined) return all
    all.push(...page)
    after = idOf(last)
  }
}

test.for([1, 7, 50, 1_000])('pages of %i tasks neither skip nor repeat, though two tenants use the same ids', async (limit) => {
  const history = await openFilled()
  const all = await pages(
    (query) => history.tasks(query),
    ({ id }) => id,
    limit,
  )
  expect(all).toHaveLength(100)
  expect(new Set(all.map(({ tenant, id }) => `${tenant} ${id}`)).size).toBe(100)
})

test('a task says who has it and when it was submitted and finished; a tenant sees its own only', async () => {
  const history = await openFilled()
  const all = await history.tasks({ limit: 100, tenant: 'zeta' })
  expect(all).toHaveLength(50)
  expect(all.find(({ id }) => id === 't7')).toEqual({
    id: 't7',
    tenant: 'zeta',
    type: 'question',
    status: 'running',
    agent: 'researcher',
    submittedAt: new Date('2026-11-20T12:00:07Z'),
    finishedAt: undefined,
  })
  expect(all.find(({ id }) => id === 't8')?.finishedAt).toEqual(new Date('2026-11-20T13:00:00Z'))
})

test.for([1, 9, 120])("pages of %i of an actor's turns come in the order of the turns", async (limit) => {
  const history = await openFilled()
  const all = await pages(
    (query) => history.turns('acme/task/t1', query),
    ({ turn }) => String(turn),
    limit,
  )
  expect(all.map(({ turn }) => turn)).toEqual(Array.from({ length: 120 }, (_, n) => n + 1))
  expect(all[9]).toEqual({ actor: 'acme/task/t1', turn: 10, at: new Date('2026-11-20T12:00:00.123Z'), event: 'e10', state: 's10' })
  expect(await history.turns('acme/task/t1', { limit, tenant: 'zeta' })).toEqual([])
})

test('counts say how many rows each table has', async () => {
  const history = await openFilled()
  expect(await history.counts()).toMatchObject({ tasks: 100, turns: 120, messages: 0, dead_letters: 0 })
})
