import { expect, onTestFinished, test } from 'vitest'
import { openDatabase } from '../../services/history/database.ts'
import { migrations } from '../../services/history/migrations/index.ts'
import { postgresForTests } from '../support/history-database.ts'

const postgres = postgresForTests()

test('after the migrations the tables are those of the entities', async () => {
  const orm = await postgres.open()
  expect(await orm.schema.getUpdateSchemaSQL()).toBe('')
  expect(await orm.migrator.checkSchema()).toBe(false)
  expect(await orm.migrator.getPending()).toEqual([])
})

test('the migrations can be taken back', async () => {
  const orm = await postgres.open()
  await orm.migrator.down({ to: 0 })
  const tables = await orm.em.fork().execute(`select tablename from pg_tables where schemaname = 'public'`)
  expect(tables).toEqual([{ tablename: 'mikro_orm_migrations' }])
})

test('processes that open a new database at the same time all get it, migrated once', async () => {
  const url = postgres.newUrl()
  const all = await Promise.all([1, 2, 3].map(() => postgres.open(url)))
  const executed = await Promise.all(all.map((orm) => orm.migrator.getExecuted()))
  expect(executed.map((rows) => rows.length)).toEqual([1, 2, 3].map(() => migrations.length))
  const names = await Promise.all(all.map((orm) => orm.em.fork().execute<{ name: string }[]>('select current_database() as name')))
  expect(names.flat().map(({ name }) => name)).toEqual([1, 2, 3].map(() => new URL(url).pathname.slice(1)))
})

test('a server that does not answer is said in one sentence, without its password', async () => {
  const opening = openDatabase('postgres://me:secret@127.0.0.1:1/history', { readyMs: 200 })
  await expect(opening).rejects.toMatchObject({
    code: 'TR_DATABASE_UNAVAILABLE',
    message: expect.stringMatching(
      /^cannot open the history database 127\.0\.0\.1:1\/history: .*ECONNREFUSED.*; start Postgres or correct DATABASE_URL$/,
    ),
  })
  await expect(opening).rejects.not.toMatchObject({ message: expect.stringContaining('secret') })
})

test('waiting for a server ends when it is told to', async () => {
  const stop = new AbortController()
  onTestFinished(() => stop.abort())
  const opening = openDatabase('postgres://127.0.0.1:1/history', { readyMs: 60_000, signal: stop.signal })
  stop.abort()
  await expect(opening).rejects.toMatchObject({ code: 'TR_DATABASE_UNAVAILABLE' })
})
