// Inspect database
// What a history database says of itself. Changes nothing: no database and no table is made, and no migration is run.
import { MikroORM } from '@mikro-orm/postgresql'
import { configuration, databaseDefaults } from './database.ts'
import { ProjectionOffset } from './entities/projection-offset.ts'
import { migrations } from './migrations/index.ts'

export interface DatabaseFacts {
  readonly version: string
  /** Migrations of this build that the database has not had, in order. */
  readonly pending: readonly string[]
  /** How far each partition of the namespace is projected. */
  readonly places: readonly { readonly partition: number; readonly seq: number }[]
}

/** Rejects with the driver's error when the server or the database cannot be reached. */
export async function inspectDatabase(url: string, namespace: string, connectMs: number): Promise<DatabaseFacts> {
  const orm = await MikroORM.init(configuration(url, { ...databaseDefaults, connectMs, connectionsMax: 1 }))
  try {
    const em = orm.em.fork()
    const [server] = await em.execute<{ server_version: string }[]>('show server_version')
    const pending = await pendingMigrations(orm)
    // The tables come with the first migration; a later one leaves this table as it is.
    const places =
      pending.length === migrations.length ? [] : await em.find(ProjectionOffset, { namespace }, { fields: ['partition', 'seq'] })
    return { version: server?.server_version ?? 'unknown', pending, places: places.map(({ partition, seq }) => ({ partition, seq })) }
  } finally {
    await orm.close(true)
  }
}

/** MikroORM's own list of them makes its table when it is missing, so the table is read here. */
async function pendingMigrations(orm: MikroORM): Promise<readonly string[]> {
  const table = 'mikro_orm_migrations'
  const em = orm.em.fork()
  const [found] = await em.execute<{ there: boolean }[]>('select to_regclass(?) is not null as there', [table])
  const rows = found?.there ? await em.execute<{ name: string }[]>(`select name from ${table}`) : []
  const done = new Set(rows.map(({ name }) => name))
  const names = migrations.map((migration) => new migration(orm.em.getDriver(), orm.config).name)
  return names.filter((name) => !done.has(name))
}
