// Read operations
// What the tables tell those who look after a fleet: how far the projection is, who claimed which partition last, what tasks stand in which state.
import type { MikroORM } from '@mikro-orm/postgresql'
import { ProjectionOffset } from './entities/projection-offset.ts'
import { equal } from './key-page.ts'

/** By partition: the last record projected. */
export async function readPlaces(orm: MikroORM, namespace: string): Promise<ReadonlyMap<number, number>> {
  const rows = await orm.em.fork().find(ProjectionOffset, { namespace }, { fields: ['partition', 'seq'] })
  return new Map(rows.map(({ partition, seq }) => [partition, seq]))
}

export interface LastClaim {
  readonly partition: number
  readonly worker: string
  readonly at: Date
  /** It gave the partition back since. */
  readonly released: boolean
}

/** The last that was heard of the owner of each partition, as far as the log is projected. */
export async function readLastClaims(orm: MikroORM, partitions: number): Promise<readonly LastClaim[]> {
  const rows = await orm.em.fork().execute<{ partition: number; worker: string; at: string; action: string }[]>(
    `select p.partition, a.acted_by as worker, a.at, a.action from generate_series(0, ?::int - 1) as p(partition),
     lateral (select acted_by, at, action from audit where partition = p.partition and index = -1 order by seq desc limit 1) a`,
    [partitions],
  )
  return rows.map(({ partition, worker, at, action }) => ({
    partition,
    worker,
    at: new Date(at),
    released: action === 'partition.released',
  }))
}

/** How many tasks stand in each status that is no end. */
export async function countOpenTasks(
  orm: MikroORM,
  tenant: string | undefined,
): Promise<Readonly<Record<'pending' | 'running' | 'waiting', number>>> {
  const own = equal('tenant', tenant)
  const rows = await orm.em
    .fork()
    .execute<{ status: 'pending' | 'running' | 'waiting'; count: number }[]>(
      `select status, count(*)::int as count from tasks where status in ('pending', 'running', 'waiting') ${own ? `and ${own.sql}` : ''} group by status`,
      [...(own?.values ?? [])],
    )
  const counts = new Map(rows.map(({ status, count }) => [status, count]))
  return { pending: counts.get('pending') ?? 0, running: counts.get('running') ?? 0, waiting: counts.get('waiting') ?? 0 }
}

/** Resolves when the database answers. */
export async function pingDatabase(orm: MikroORM): Promise<void> {
  await orm.em.fork().execute('select 1')
}
