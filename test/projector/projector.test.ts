import type { MikroORM } from '@mikro-orm/postgresql'
import { expect, onTestFinished, test, vi } from 'vitest'
import { tableNames } from '../../services/history/entities/index.ts'
import { followLog } from '../../services/projector/follow-log.ts'
import type { ProjectorOptions } from '../../services/projector/options.ts'
import { startProjector, type Projector, type ProjectorReport } from '../../services/projector/projector.ts'
import { postgresForTests } from '../support/history-database.ts'
import { relayTo } from '../support/relay.ts'
import { entry, LogBook, task, taskEntries } from './log-book.ts'

const postgres = postgresForTests()
const partitions = 2
const quiet: ProjectorReport = { advanced() {}, retrying() {}, stopped() {} }

/** Ends with the test, if not before. */
async function start(book: LogBook, orm: MikroORM, given: Partial<ProjectorOptions> & { readonly report?: Partial<ProjectorReport> } = {}) {
  const { log, namespace } = book.ports
  const follow = followLog(book.ports, { sweepMs: 5 })
  const report = { ...quiet, ...given.report }
  const projector = await startProjector({ namespace, partitions, log, follow, orm, report }, { retryMs: 5, retryMsMax: 20, ...given })
  onTestFinished(() => projector.drain())
  return projector
}

/** Resolves when all of the log is in the tables. */
async function caughtUp(projector: Projector, book: LogBook, of: readonly number[] = [0, 1]): Promise<void> {
  await vi.waitFor(
    async () => {
      for (const partition of of) {
        const last = await book.ports.log.last(partition)
        expect(projector.status[partition]?.seq).toBe(last?.seq ?? 0)
      }
    },
    { timeout: 10_000, interval: 5 },
  )
}

async function projectAll(book: LogBook, orm: MikroORM, options: Partial<ProjectorOptions> = {}): Promise<void> {
  const projector = await start(book, orm, options)
  await caughtUp(projector, book)
  await projector.drain()
}

/** Every row of every table, as one number each. */
async function hashes(orm: MikroORM): Promise<Readonly<Record<string, string>>> {
  const each = [...tableNames, 'projection_offsets'].map(
    (table) => `(select count(*) || ' ' || md5(coalesce(string_agg(t::text, '|' order by t::text), '')) from "${table}" t) as "${table}"`,
  )
  const [row = {}] = await query<Record<string, string>>(orm, `select ${each.join(', ')}`)
  return row
}

const query = <Row extends object>(orm: MikroORM, sql: string): Promise<Row[]> => orm.em.fork().execute<Row[]>(sql)

async function smallJob(): Promise<LogBook> {
  const book = new LogBook(partitions)
  await book.job(0, ['t1', 't2', 't3'])
  await book.job(1, ['t4', 't5'])
  await book.turns(1, [entry({ actor: task('t9'), turn: 0, dead: { code: 'TR_ACTOR_NOT_FOUND', cause: 'none' } })])
  await book.claim(0)
  return book
}

test('the log becomes rows, and the state of every turn is known', async () => {
  const orm = await postgres.open()
  await projectAll(await smallJob(), orm)
  expect(await query(orm, `select id, status, answer, cost_usd, tenant from tasks order by id`)).toMatchObject(
    ['t1', 't2', 't3', 't4', 't5'].map((id) => ({ id, status: 'completed', answer: 'because', cost_usd: 0.01, tenant: 'acme' })),
  )
  expect(await query(orm, `select turn, event, state from turns where actor = 'acme/task/t4' order by turn`)).toEqual([
    { turn: '1', event: 'task.submit', state: 'choosing' },
    { turn: '2', event: 'go', state: { running: 'asking' } },
    { turn: '3', event: 'xstate.done.actor.ask', state: { running: 'judging' } },
    { turn: '4', event: 'go', state: 'completed' },
  ])
  expect(await query(orm, `select status, count(*)::int from effects group by status`)).toEqual([{ status: 'succeeded', count: 5 }])
  expect(await query(orm, `select action, acted_by from audit where partition = 0 order by seq`)).toEqual([
    { action: 'partition.claimed', acted_by: 'w1' },
    { action: 'partition.claimed', acted_by: 'w2' },
  ])
  expect(await query(orm, `select code, count(*)::int from dead_letters group by code`)).toEqual([{ code: 'TR_ACTOR_NOT_FOUND', count: 1 }])
})

test('projecting the log again, over the rows or into an empty database, gives the same rows whatever the batches', async () => {
  const book = await smallJob()
  const orm = await postgres.open()
  await projectAll(book, orm)
  const first = await hashes(orm)
  await query(orm, 'delete from projection_offsets')
  await projectAll(book, orm, { batchRecordsMax: 3 })
  expect(await hashes(orm)).toEqual(first)
  const other = await postgres.open()
  await projectAll(book, other, { batchRecordsMax: 1, lanes: 1 })
  expect(await hashes(other)).toEqual(first)
})

test('a projector that starts where another has stopped, in the middle of a task, gives the same rows', async () => {
  const book = new LogBook(partitions)
  const orm = await postgres.open()
  const turns = taskEntries('t1')
  await book.claim(0)
  for (const turn of turns) {
    await book.turns(0, [turn])
    await projectAll(book, orm)
  }
  const whole = await postgres.open()
  await projectAll(book, whole)
  expect(await hashes(orm)).toEqual(await hashes(whole))
})

test('connections killed in the middle of transactions change nothing but the delay', async () => {
  const book = await smallJob()
  const undisturbed = await postgres.open()
  await projectAll(book, undisturbed)
  const orm = await postgres.open()
  await query(
    orm,
    `create sequence kills; create function kill() returns trigger language plpgsql as $$ begin
       if nextval('kills') % 3 <> 0 then perform pg_terminate_backend(pg_backend_pid()); end if; return new; end $$;
     create trigger kill before insert on llm_calls for each row execute function kill()`,
  )
  const failures: string[] = []
  const retrying = (_partition: number, error: unknown): void => void failures.push(String(error))
  const projector = await start(book, orm, { batchRecordsMax: 4, report: { retrying } })
  await caughtUp(projector, book)
  expect(failures.filter((failure) => failure.includes('terminating connection')).length).toBeGreaterThan(3)
  expect(await hashes(orm)).toEqual(await hashes(undisturbed))
})

test('a database that is gone for a while loses nothing', async () => {
  const url = postgres.newUrl()
  const direct = await postgres.open(url)
  const relay = await relayTo(url)
  const book = new LogBook(partitions)
  await book.job(0, ['t1'])
  const gone = Promise.withResolvers<void>()
  const projector = await start(book, await postgres.open(relay.url), { report: { retrying: () => gone.resolve() } })
  await caughtUp(projector, book)
  relay.cut()
  await book.job(1, ['t2', 't3'])
  await gone.promise
  relay.mend()
  await caughtUp(projector, book)
  const undisturbed = await postgres.open()
  await projectAll(book, undisturbed)
  expect(await hashes(direct)).toEqual(await hashes(undisturbed))
})

test('a malformed record stops its partition, named with its sequence, after what came before it', async () => {
  const book = new LogBook(partitions)
  await book.job(0, ['t1'])
  const bad = await book.write(0, '{"kind":"turns","epoch":1}')
  await book.turns(0, taskEntries('t2'))
  const orm = await postgres.open()
  const stopped = Promise.withResolvers<readonly [number, Error]>()
  const projector = await start(book, orm, { report: { stopped: (...told) => stopped.resolve(told) } })
  const [partition, error] = await stopped.promise
  expect(partition).toBe(0)
  expect(error).toMatchObject({ code: 'TR_RECORD_MALFORMED', message: expect.stringContaining(`partition 0, record ${bad}`) })
  await book.job(1, ['t3'])
  await caughtUp(projector, book, [1])
  expect(await query(orm, `select id from tasks order by id`)).toEqual([{ id: 't1' }, { id: 't3' }])
  expect(projector.status).toMatchObject([{ stoppedBy: error }, { stoppedBy: undefined }])
})

test('rows that Postgres refuses stop their partition at their record', async () => {
  const book = new LogBook(partitions)
  await book.job(0, ['t1'])
  const bad = await book.turns(0, [entry({ actor: task('t2'), turn: 1, event: { type: 'poison' } })])
  await book.turns(0, taskEntries('t3'))
  await book.job(1, ['t4'])
  const orm = await postgres.open()
  await query(orm, `alter table turns add check (event <> 'poison')`)
  const stopped = Promise.withResolvers<Error>()
  const projector = await start(book, orm, { report: { stopped: (_partition, error) => stopped.resolve(error) } })
  expect(await stopped.promise).toMatchObject({ code: 'TR_ROWS_REFUSED', message: expect.stringContaining(`partition 0, record ${bad}:`) })
  await caughtUp(projector, book, [1])
  expect(await query(orm, `select id from tasks order by id`)).toEqual([{ id: 't1' }, { id: 't4' }])
})

test('a log that lost what was projected is said, and no row is changed by it', async () => {
  const orm = await postgres.open()
  await projectAll(await smallJob(), orm)
  const before = await hashes(orm)
  const shorter = new LogBook(partitions)
  await shorter.job(0, ['t1'])
  await shorter.job(1, ['t4', 't5', 't6', 't7', 't8', 't9', 't10'])
  const stopped = new Map<number, Error>()
  const projector = await start(shorter, orm, { report: { stopped: (partition, error) => stopped.set(partition, error) } })
  await vi.waitFor(() => expect(stopped.size).toBe(2), { timeout: 5_000 })
  await projector.drain()
  expect([...stopped.values()]).toMatchObject([{ code: 'TR_LOG_GAP' }, { code: 'TR_LOG_GAP' }])
  expect(await hashes(orm)).toEqual(before)
})

test('two projectors at once write the same rows as one', async () => {
  const book = await smallJob()
  const one = await postgres.open()
  await projectAll(book, one)
  const url = postgres.newUrl()
  const orm = await postgres.open(url)
  const first = await start(book, orm, { batchRecordsMax: 1 })
  const second = await start(book, await postgres.open(url), { batchRecordsMax: 2 })
  await Promise.all([caughtUp(first, book), caughtUp(second, book)])
  expect(await hashes(orm)).toEqual(await hashes(one))
})

test('a database with the history of another namespace is refused', async () => {
  const book = await smallJob()
  const orm = await postgres.open()
  await projectAll(book, orm)
  await query(orm, `update projection_offsets set namespace = 'other'`)
  await expect(start(book, orm)).rejects.toMatchObject({ code: 'TR_NAMESPACE_MIXED', message: expect.stringContaining(`'other'`) })
})

test('what only a hostile client sends is kept too: NUL, half pairs, deep nesting, long ids', async () => {
  const book = new LogBook(partitions)
  await book.claim(0)
  let deep: unknown = 'end'
  for (let level = 0; level < 1_000; level++) deep = [deep]
  const noise = Array.from({ length: 5_000 }, (_, n) => String.fromCharCode(33 + ((n * 7919) % 90))).join('')
  const event = { type: 'go\0', half: '\ud800', deep, big: 1e308 }
  await book.turns(0, [entry({ actor: task('t\u0001'), turn: 1, message: noise, correlation: noise, event })])
  const orm = await postgres.open()
  await projectAll(book, orm)
  expect(await query(orm, `select type, length(id) as length from messages`)).toEqual([{ type: 'go\ufffd', length: 5_000 }])
})
