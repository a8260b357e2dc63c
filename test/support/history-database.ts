// History database for tests: one embedded Postgres a file, a new database a test.
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { MikroORM } from '@mikro-orm/postgresql'
import { afterAll, beforeAll, onTestFinished } from 'vitest'
import { openDatabase } from '../../services/history/database.ts'
import { startPostgres } from '../../services/stack/postgres.ts'

export interface TestPostgres {
  /** The address of a database that does not exist yet. */
  newUrl(): string
  /** Opens a database, by default a new one, until the test ends. */
  open(url?: string): Promise<MikroORM>
}

/** Called at the top of a file. */
export function postgresForTests(): TestPostgres {
  let base = ''
  let close = async (): Promise<void> => {}
  beforeAll(async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'troupe-history-'))
    const server = await startPostgres({ dataDir, log: () => {} })
    base = server.url
    close = async () => {
      await server.close()
      await rm(dataDir, { recursive: true, force: true })
    }
  })
  afterAll(() => close())
  const newUrl = (): string => {
    const url = new URL(base)
    url.pathname = `/test_${randomUUID().replaceAll('-', '')}`
    return url.href
  }
  return {
    newUrl,
    open: async (url = newUrl()) => {
      const orm = await openDatabase(url)
      onTestFinished(() => orm.close(true))
      return orm
    },
  }
}
