// Pages: whatever is inserted while somebody walks through a list, what was there at the start is shown once, and nothing twice.
import fc from 'fast-check'
import type { MikroORM } from '@mikro-orm/postgresql'
import { expect, test } from 'vitest'
import { Decision } from '../../services/history/entities/decision.ts'
import { DeadLetter } from '../../services/history/entities/dead-letter.ts'
import { Task, taskStatuses } from '../../services/history/entities/task.ts'
import { readDecisions } from '../../services/history/read-decision-pages.ts'
import { readLetters } from '../../services/history/read-letters.ts'
import { readTasks } from '../../services/history/read-task-pages.ts'
import { readWaiting } from '../../services/history/read-waiting.ts'
import { postgresForTests } from '../support/history-database.ts'

const postgres = postgresForTests()

interface Drawn {
  /** Few different times: many rows share one. */
  readonly at: number
  readonly tenant: string
}

interface Paged {
  readonly ids: readonly string[]
  readonly next: string | undefined
}

interface List {
  readonly name: string
  insert(orm: MikroORM, rows: readonly (Drawn & { readonly n: number })[]): Promise<void>
  read(
    orm: MikroORM,
    query: { readonly tenant: string | undefined; readonly after: string | undefined; readonly limit: number },
  ): Promise<Paged>
}

const start = Date.UTC(2026, 10, 20)
const whenOf = ({ at }: Drawn): Date => new Date(start + at)
const origin = { partition: 0, seq: 1, index: 0 }
const key = (n: number): string => `k${n}`

const taskRow = (row: Drawn & { readonly n: number }) => ({
  actor: `${row.tenant}/task/${key(row.n)}`,
  id: key(row.n),
  tenant: row.tenant,
  status: 'waiting' as const,
  submittedAt: row.at === 0 ? null : whenOf(row), // one whose submission was lost
  escalatedAt: whenOf(row),
  ...origin,
})

const insertTasks: List['insert'] = (orm, rows) =>
  orm.em
    .fork()
    .insertMany(Task, rows.map(taskRow) as never)
    .then(() => {})

const lists: readonly List[] = [
  {
    name: 'tasks',
    insert: insertTasks,
    read: async (orm, query) => {
      const { rows, next } = await readTasks(orm, query)
      return { ids: rows.map(({ id }) => id), next }
    },
  },
  {
    name: 'those who wait',
    insert: insertTasks,
    read: async (orm, query) => {
      const { rows, next } = await readWaiting(orm, { ...query, agentStates: ['paused'] })
      return { ids: rows.map(({ actor }) => actor.split('/')[2] ?? ''), next }
    },
  },
  {
    name: 'decisions',
    insert: async (orm, rows) => {
      const of = (row: (typeof rows)[number]) => ({
        actor: `${row.tenant}/coordinator/s1`,
        id: key(row.n),
        tenant: row.tenant,
        taskId: 't',
        madeAt: whenOf(row),
        ...origin,
      })
      await orm.em.fork().insertMany(Decision, rows.map(of) as never)
    },
    read: async (orm, query) => {
      const { rows, next } = await readDecisions(orm, query)
      return { ids: rows.map(({ id }) => id), next }
    },
  },
  {
    name: 'dead letters',
    insert: async (orm, rows) => {
      const of = (row: (typeof rows)[number]) => ({
        partition: 0,
        seq: row.n,
        index: 0,
        tenant: row.tenant,
        actor: `${row.tenant}/till/a`,
        message: 'm',
        type: 'paid',
        code: 'C',
        cause: 'c',
        event: {},
        at: whenOf(row),
      })
      await orm.em.fork().insertMany(DeadLetter, rows.map(of))
    },
    read: async (orm, query) => {
      const { rows, next } = await readLetters(orm, query)
      return { ids: rows.map(({ id }) => key(Number(id.split('.')[1]))), next }
    },
  },
]

const drawn = fc.record({ at: fc.nat(4), tenant: fc.constantFrom('acme', 'main') })
const scenario = fc.record({
  there: fc.array(drawn, { minLength: 1, maxLength: 14 }),
  /** What comes in after each page. */
  comes: fc.array(fc.array(drawn, { maxLength: 3 }), { maxLength: 4 }),
  limit: fc.integer({ min: 1, max: 5 }),
  tenant: fc.constantFrom(undefined, 'acme'),
})

for (const list of lists)
  test(
    `${list.name}: a walk over all pages shows what was there once, and nothing twice, while rows are inserted`,
    { timeout: 60_000 },
    async () => {
      const orm = await postgres.open()
      const tables = ['tasks', 'decisions', 'dead_letters']
      await fc.assert(
        fc.asyncProperty(scenario, async ({ there, comes, limit, tenant }) => {
          for (const table of tables) await orm.em.fork().execute(`truncate ${table}`)
          let n = 0
          const numbered = (rows: readonly Drawn[]) => rows.map((row) => ({ ...row, n: ++n }))
          const first = numbered(there)
          await list.insert(orm, first)
          const seen: string[] = []
          for (let after: string | undefined, page = 0; ; page++) {
            const { ids, next } = await list.read(orm, { tenant, after, limit })
            expect(ids.length).toBeLessThanOrEqual(limit)
            seen.push(...ids)
            if (next === undefined) break
            after = next
            const more = numbered(comes[page] ?? [])
            if (more.length > 0) await list.insert(orm, more)
          }
          expect(new Set(seen).size).toBe(seen.length)
          const wanted = first.filter((row) => tenant === undefined || row.tenant === tenant).map((row) => key(row.n))
          expect(seen).toEqual(expect.arrayContaining(wanted))
        }),
        { numRuns: 40 },
      )
    },
  )

test('a cursor of another order, of other kinds, or none at all is refused with a code', async () => {
  const orm = await postgres.open()
  const cursor = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  const wrong = [
    'x',
    cursor({ by: 'made', place: [1, 'a', 'b'] }),
    cursor({ by: 'submitted', place: ['a', 1] }),
    cursor({ by: 'submitted', place: [1.5, 'a'] }),
    cursor({ by: 'submitted', place: [1e300, 'a'] }),
    cursor({ by: 'submitted', place: [1, 'a\u0000'] }),
    cursor({ by: 'submitted', place: [1] }),
  ]
  for (const after of wrong)
    await expect(readTasks(orm, { tenant: undefined, after, limit: 1 })).rejects.toMatchObject({ code: 'TR_CURSOR_INVALID' })
})

test('tasks are found by the beginnings of words, in any case, with signs left out; every status can be asked for', async () => {
  const orm = await postgres.open()
  const base = { tenant: 'main', ...origin }
  await orm.em.fork().insertMany(Task, [
    {
      ...base,
      actor: 'main/task/a',
      id: 'order-17',
      status: 'completed',
      prompt: "Why doesn't the Lake freeze?",
      submittedAt: new Date(start),
    },
    { ...base, actor: 'main/task/b', id: 'b', status: 'failed', prompt: 'Über Seen', submittedAt: new Date(start) },
  ] as never)
  const found = async (text: string) => (await readTasks(orm, { tenant: undefined, text, limit: 10 })).rows.map(({ id }) => id)
  expect(await found('lake FRE')).toEqual(['order-17'])
  expect(await found('order-17')).toEqual(['order-17'])
  expect(await found('über')).toEqual(['b'])
  expect(await found("'; drop table tasks; --")).toEqual([])
  expect(await found('& | ! :*')).toEqual([])
  expect(await found('lake sea')).toEqual([])
  for (const status of taskStatuses) await expect(readTasks(orm, { tenant: 'main', status, limit: 10 })).resolves.toBeDefined()
})
