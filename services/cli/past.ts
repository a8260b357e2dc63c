// Past
// The past of actors for commands: the log of the running system, its history, and the machines of a build.
import { AskRefused, ServerUnavailable, connectTroupe, type TroupeClient } from '../../client/index.ts'
import { hostsOf } from '../../runtime/hosts.ts'
import { natsPorts } from '../../runtime/nats/index.ts'
import { openLogReader } from '../../runtime/nats/read-log.ts'
import { Past } from '../inspector/moments/past.ts'
import { withConnection, withDatabase, type Database, type Place } from './connect.ts'
import { loadDefinitions } from './deploy/definitions.ts'

export interface PastWorld {
  readonly past: Past
  readonly client: TroupeClient
  readonly database: Database
}

/** Throws what `withConnection`, `withDatabase` and `loadDefinitions` throw. */
export function withPast<Result>(place: Place, module: string | undefined, use: (world: PastWorld) => Promise<Result>): Promise<Result> {
  const { namespace, tenant } = place
  return withDatabase(place, (database) =>
    withConnection(place, async (connection) => {
      const [ports, log, definitions] = await Promise.all([
        natsPorts(connection, namespace),
        openLogReader(connection, namespace),
        loadDefinitions(module),
      ])
      const client = await connectTroupe({ connection, namespace, tenant, limits: { closeMs: 1 } })
      const turnNow = async (actor: string): Promise<number | undefined> => {
        try {
          return (await client.query(actor)).turn
        } catch (error) {
          if (error instanceof AskRefused || error instanceof ServerUnavailable) return undefined
          throw error
        }
      }
      const past = new Past({ database, log, states: ports.states, partitions: ports.partitions, hosts: hostsOf(definitions), turnNow })
      try {
        return await use({ past, client, database })
      } finally {
        await client.close()
      }
    }),
  )
}
