import type { PostgreSqlConnection } from '@mikro-orm/postgresql'

export type Pool = Awaited<ReturnType<PostgreSqlConnection['getNativeClient']>>

/** What a projection needs of a connection in a transaction. A query with a name is parsed once per connection. */
export interface Client {
  query(
    query: string | { readonly name: string; readonly text: string; values: unknown[] },
    values?: unknown[],
  ): Promise<{ readonly rowCount: number | null }>
}

/**
 * Commits what `work` does, unless it returns false. Not `em.transactional`: its raw queries write their parameters into the SQL text,
 * which takes longer than Postgres takes for the rows. A commit that a crash of Postgres forgets is made again from the log, so none waits for the disk.
 */
export async function inTransaction(pool: Pool, work: (client: Client) => Promise<boolean>): Promise<boolean> {
  const client = await pool.connect()
  try {
    await client.query('begin')
    await client.query('set local synchronous_commit = off')
    const wanted = await work(client)
    await client.query(wanted ? 'commit' : 'rollback')
    client.release()
    return wanted
  } catch (error) {
    client.release(true) // closing the connection rolls back, also when it can no longer be talked to
    throw error
  }
}
