// Parts
// What the gateway works with: built by main.ts, lent to every route.
import type { TroupeClient } from '../../client/index.ts'
import type { ActorDefinition } from '../../runtime/define-actor.ts'
import type { connectNats } from '../../runtime/nats/index.ts'
import type { LogReader } from '../../runtime/nats/read-log.ts'
import type { Ports } from '../../runtime/ports.ts'
import type { openDatabase } from '../history/database.ts'
import type { Settings } from '../settings.ts'

export interface GatewayParts {
  readonly namespace: string
  /** For what the ports do not tell: stored dead letters, and how long the server takes to answer. */
  readonly connection: Awaited<ReturnType<typeof connectNats>>
  readonly client: TroupeClient
  /** The history; read only. */
  readonly orm: Awaited<ReturnType<typeof openDatabase>>
  readonly ports: Ports
  /** Single records of the log, for the past of actors: `openLogReader` of the same connection. */
  readonly records: LogReader
  /** What workers of this build host: for charts, and for what an actor accepts. */
  readonly definitions: readonly ActorDefinition[]
  readonly settings: Settings
  readonly version: string
  readonly startedAt: number
}
