// API
// The gateway's operations for commands, without a gateway: the same routes on the running system's servers, as the person at this machine.
import { userInfo } from 'node:os'
import { connectTroupe } from '../../client/index.ts'
import { natsPorts } from '../../runtime/nats/index.ts'
import { quietLogger } from '../../runtime/telemetry.ts'
import { openLogReader } from '../../runtime/nats/read-log.ts'
import { apiOf } from '../gateway/ask.ts'
import { localCaller } from '../gateway/caller.ts'
import type { Api } from '../gateway/route.ts'
import { routes } from '../gateway/routes/index.ts'
import { version } from '../version.ts'
import { withConnection, withDatabase, type Place } from './connect.ts'
import { loadDefinitions } from './deploy/definitions.ts'

export interface ApiWorld {
  readonly api: Api
  /** Who asks, and with which build. */
  readonly by: string
  readonly version: string
}

/** Throws what `withConnection`, `withDatabase` and `loadDefinitions` throw. */
export function withApi<Result>(place: Place, module: string | undefined, use: (world: ApiWorld) => Promise<Result>): Promise<Result> {
  const { namespace, tenant, settings } = place
  return withDatabase(place, (orm) =>
    withConnection(place, async (connection) => {
      const [ports, records, definitions] = await Promise.all([
        natsPorts(connection, namespace),
        openLogReader(connection, namespace),
        loadDefinitions(module),
      ])
      const client = await connectTroupe({ connection, namespace, tenant, limits: { closeMs: 1 } })
      const parts = { namespace, connection, client, orm, ports, records, definitions, settings, version, startedAt: Date.now() }
      const by = userInfo().username
      try {
        // Who has the servers may see all of them.
        return await use({
          api: apiOf({ routes, parts, log: quietLogger, allow: () => {} }, { caller: { ...localCaller, id: by }, requestId: 'cli' }),
          by,
          version,
        })
      } finally {
        await client.close()
      }
    }),
  )
}
