// Link
// What a job needs of a namespace: a client for its tasks, the ports for its log and its workers, both on one connection.
import { connectTroupe, type TroupeClient } from '../../../client/index.ts'
import { connectNats, createNamespace, natsPorts } from '../../../runtime/nats/index.ts'
import type { Ports } from '../../../runtime/ports.ts'

export interface Link {
  readonly client: TroupeClient
  readonly ports: Ports
  readonly tenant: string
  /** By partition, the last record of the log when the link was opened: what comes after is of this run. */
  readonly marks: readonly number[]
  close(): Promise<void>
}

export interface LinkOptions {
  readonly natsUrl: string
  readonly namespace: string
  readonly tenant: string
  /** Whether the namespace is made when it is not there. */
  readonly create: boolean
}

/** A query that is not answered soon is asked again: its partition may be between two owners. */
const requestMs = 2_000
const closeMs = 100

/** Throws `ServerUnavailable`, `NamespaceNotFound`. */
export async function openLink({ natsUrl, namespace, tenant, create }: LinkOptions): Promise<Link> {
  const connection = await connectNats({ servers: natsUrl.split(','), name: 'troupe job' })
  try {
    if (create) await createNamespace(connection, { namespace })
    const ports = await natsPorts(connection, namespace)
    const [client, marks] = await Promise.all([
      connectTroupe({ connection, namespace, tenant, limits: { requestMs, closeMs } }),
      Promise.all(Array.from({ length: ports.partitions }, async (_, partition) => (await ports.log.last(partition))?.seq ?? 0)),
    ])
    const close = async (): Promise<void> => {
      await client.close()
      await connection.close()
    }
    return { client, ports, tenant, marks, close }
  } catch (error) {
    await connection.close()
    throw error
  }
}
