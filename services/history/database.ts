// Database
// Opens the history's Postgres: waits until it answers, brings its tables up to date. For the projector, and for readers of the history.
//
// B1. Two processes that open one database at a time bring it up to date one after the other.
// B2. What is opened is connected to the database that was asked for, whoever else is creating it.
import { setTimeout as wait } from 'node:timers/promises'
import { Migrator } from '@mikro-orm/migrations'
import { MikroORM, type Options } from '@mikro-orm/postgresql'
import { entities } from './entities/index.ts'
import { DatabaseUnavailable } from './errors.ts'
import { migrations } from './migrations/index.ts'

/** An open history, for those who only pass it on. */
export type Database = MikroORM

export interface DatabaseOptions {
  /** How long to wait for the server to answer. Default 10,000. */
  readonly readyMs: number
  /** Time for one connection to be made. Default 5,000. */
  readonly connectMs: number
  /** Time for one statement to be answered. Default 30,000. */
  readonly statementMs: number
  /** Default 6. */
  readonly connectionsMax: number
  /** Ends the waiting. Default: never. */
  readonly signal?: AbortSignal
}

export const databaseDefaults: DatabaseOptions = { readyMs: 10_000, connectMs: 5_000, statementMs: 30_000, connectionsMax: 6 }

const retryMs = 50
/** The advisory lock of those who migrate (B1): any number that nothing else in the database uses. */
const migrationLock = 7_205_759_403

/** Connects, creates the database if it is absent, and runs the migrations that are due. Throws `DatabaseUnavailable`. */
export async function openDatabase(url: string, given: Partial<DatabaseOptions> = {}): Promise<MikroORM> {
  const options = { ...databaseDefaults, ...given }
  try {
    await ready(url, options)
    return await migrated(await MikroORM.init(configuration(url, options)))
  } catch (cause) {
    throw new DatabaseUnavailable(
      `cannot open the history database ${placeOf(url)}: ${reasonOf(cause)}; start Postgres or correct DATABASE_URL`,
      { cause },
    )
  }
}

/** How this project maps its tables. Also for whoever writes a migration. */
export const configuration = (url: string, options: DatabaseOptions = databaseDefaults): Options => ({
  entities,
  clientUrl: url,
  extensions: [Migrator],
  migrations: { migrationsList: [...migrations], snapshot: false, silent: true },
  pool: { min: 0, max: options.connectionsMax },
  driverOptions: {
    connectionTimeoutMillis: options.connectMs,
    query_timeout: options.statementMs,
    keepAlive: true,
    application_name: 'troupe',
  },
  logger: () => {}, // what fails is thrown; it is said where it is handled
})

/** Asks until the server answers and has the database. */
async function ready(url: string, options: DatabaseOptions): Promise<void> {
  const { readyMs, signal } = options
  const deadline = Date.now() + readyMs
  for (;;) {
    signal?.throwIfAborted()
    try {
      return await ensureDatabase(url, options)
    } catch (error) {
      if (Date.now() + retryMs >= deadline) throw error
    }
    await wait(retryMs, undefined, { signal })
  }
}

/** B2: by a connection of its own, for one whose creation fails (somebody else was faster) stays in the management database. */
async function ensureDatabase(url: string, options: DatabaseOptions): Promise<void> {
  const maker = await MikroORM.init(configuration(url, options))
  try {
    await maker.schema.ensureDatabase()
  } finally {
    await maker.close(true)
  }
}

async function migrated(orm: MikroORM): Promise<MikroORM> {
  try {
    await migrate(orm)
    return orm
  } catch (error) {
    await orm.close(true)
    throw error
  }
}

async function migrate(orm: MikroORM): Promise<void> {
  await orm.em.fork().transactional(async (em) => {
    await em.execute('select pg_advisory_xact_lock(?)', [migrationLock]) // B1
    const transaction = em.getTransactionContext()
    await orm.migrator.up(transaction === undefined ? {} : { transaction })
  })
}

/** Host, port and name of the database: no user, no password. */
function placeOf(url: string): string {
  if (!URL.canParse(url)) return '(its address is not a URL)'
  const { host, pathname } = new URL(url)
  return host + pathname
}

/** A refused connection has no message of its own, only those of the addresses that were tried. */
function reasonOf(cause: unknown): string {
  if (cause instanceof AggregateError) return cause.errors.map(reasonOf).join(', ')
  if (!(cause instanceof Error)) return String(cause)
  return cause.message || (cause.cause === undefined ? cause.name : reasonOf(cause.cause))
}
