// Places
// How far each partition is projected, as the database says: read once at the start, moved in the transaction that writes the rows.
import type { MikroORM } from '@mikro-orm/postgresql'
import { ProjectionOffset } from '../history/entities/projection-offset.ts'
import { NamespaceMixed } from './errors.ts'
import { beginning, type Place } from './succession.ts'
import type { Client } from './transaction.ts'

export async function readPlace(orm: MikroORM, namespace: string, partition: number): Promise<Place> {
  const row = await orm.em.fork().findOne(ProjectionOffset, { namespace, partition })
  return row === null ? beginning : { seq: row.seq, epoch: row.epoch, storedAt: row.storedAt.getTime() }
}

/** False: another projector has moved it, or the database is not the one it was read from. */
export async function movePlace(
  client: Client,
  { namespace, partition }: { readonly namespace: string; readonly partition: number },
  from: Place,
  to: Place,
): Promise<boolean> {
  const values = [namespace, partition, to.seq, to.epoch, new Date(to.storedAt)]
  const first =
    'insert into projection_offsets (namespace, partition, seq, epoch, stored_at) values ($1, $2, $3, $4, $5) on conflict do nothing'
  const next = 'update projection_offsets set seq = $3, epoch = $4, stored_at = $5 where namespace = $1 and partition = $2 and seq = $6'
  const moved = from.seq === 0 ? await client.query(first, values) : await client.query(next, [...values, from.seq])
  return moved.rowCount === 1
}

/** The rows of two namespaces have the same keys: throws `NamespaceMixed` rather than mix them. */
export async function refuseOtherNamespaces(orm: MikroORM, namespace: string): Promise<void> {
  const other = await orm.em.fork().findOne(ProjectionOffset, { namespace: { $ne: namespace } })
  if (other === null) return
  throw new NamespaceMixed(
    `cannot project namespace '${namespace}': the database holds the history of namespace '${other.namespace}'; give each namespace a database of its own in DATABASE_URL`,
  )
}
