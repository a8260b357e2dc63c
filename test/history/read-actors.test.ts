import type { MikroORM } from '@mikro-orm/postgresql'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { actorsStatement, countActors, readActor, readActors, type ActorQuery } from '../../services/history/read-actors.ts'
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

test('among very many actors a page is found by an index, also where few or none match', async () => {
  const orm = await postgres.open()
  await orm.em.fork().execute(
    `insert into actors (actor, tenant, actor_type, state, status, held, turn, event, at, partition, seq, index)
     select 'main/task/' || n, 'main', case when n % 1000 = 0 then 'rare' else 'task' end, '"idle"', case when n % 500 = 0 then 'error' else 'done' end,
       n % 2000 = 0, 1, '@init', now(), 0, n, 0 from generate_series(1, 20000) n`,
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
  ]
  for (const query of queries) {
    const { sql, values } = actorsStatement({ tenant: undefined, limit: 50, ...query }, 51)
    const plan = await orm.em.fork().execute<{ 'QUERY PLAN': string }[]>(`explain ${sql}`, values)
    expect(plan.map((row) => row['QUERY PLAN']).join('\n'), JSON.stringify(query)).not.toContain('Seq Scan')
  }
})
