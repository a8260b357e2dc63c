// Connect
// Finds the servers a command talks to, and opens what it needs of them for as long as it runs.
import path from 'node:path'
import { connectTroupe, type TroupeClient } from '../../client/index.ts'
import { NamespaceNotFound } from '../../runtime/errors.ts'
import { namespaceFault } from '../../runtime/namespace.ts'
import type { Ports } from '../../runtime/ports.ts'
import { connectNats, natsPorts } from '../../runtime/nats/index.ts'
import type { openDatabase } from '../history/database.ts'
import { settingsOf, type Settings } from '../settings.ts'
import { readStack } from '../stack/data-folder.ts'
import type { SharedOptions, Shell } from './command.ts'
import { Interrupted, ServersNotFound } from './errors.ts'

/** Where a command looks: its options, else the environment, else the defaults. */
export interface Place {
  readonly settings: Settings
  readonly namespace: string
  readonly tenant: string
  readonly data: string
}

export interface Servers {
  readonly natsUrl: string | undefined
  /** Known of an embedded server only. */
  readonly monitorUrl: string | undefined
  readonly databaseUrl: string | undefined
}

export type Connection = Awaited<ReturnType<typeof connectNats>>
export type Database = Awaited<ReturnType<typeof openDatabase>>

/** How long a command waits for Postgres, which is there or not: nothing is being started. */
const databaseReadyMs = 3_000

/** Throws `SettingInvalid`, and `NamespaceNotFound` for what is no name of one. */
export function placeOf(options: SharedOptions, environment: Shell['environment']): Place {
  const settings = settingsOf(environment)
  const namespace = options.namespace ?? settings.TROUPE_NAMESPACE
  const fault = namespaceFault(namespace)
  if (fault !== undefined) throw new NamespaceNotFound(`${fault}; correct --namespace or TROUPE_NAMESPACE`)
  return {
    settings,
    namespace,
    tenant: options.tenant ?? settings.TROUPE_TENANT,
    data: options.data ?? settings.TROUPE_DATA,
  }
}

/** What the environment names, else what runs on the data folder. The history of a stack is never mixed with the messages of another server. */
export async function findServers({ settings, data }: Place): Promise<Servers> {
  const servers = (await readStack(data))?.servers ?? []
  const [nats, postgres] = ['nats', 'postgres'].map((name) => servers.find((server) => server.name === name))
  const natsUrl = settings.NATS_URL ?? nats?.url
  const isOfStack = settings.NATS_URL === undefined || settings.NATS_URL === nats?.url
  return {
    natsUrl,
    monitorUrl: isOfStack ? nats?.monitorUrl : undefined,
    databaseUrl: settings.DATABASE_URL ?? (isOfStack ? postgres?.url : undefined),
  }
}

/** Throws `ServersNotFound` when no NATS server is known, `ServerUnavailable` when it does not answer. */
export async function withConnection<Result>(place: Place, use: (connection: Connection) => Promise<Result>): Promise<Result> {
  const { natsUrl } = await findServers(place)
  const connection = await connectNats({ servers: known(natsUrl, 'NATS_URL', place).split(','), name: 'troupe cli' })
  try {
    return await use(connection)
  } finally {
    await connection.close()
  }
}

export function withClient<Result>(place: Place, use: (client: TroupeClient, connection: Connection) => Promise<Result>): Promise<Result> {
  return withConnection(place, async (connection) => {
    const { namespace, tenant } = place
    const client = await connectTroupe({ connection, namespace, tenant, limits: { closeMs: 1 } }) // a command has awaited all it sent, or was stopped
    try {
      return await use(client, connection)
    } finally {
      await client.close()
    }
  })
}

export function withPorts<Result>(place: Place, use: (ports: Ports) => Promise<Result>): Promise<Result> {
  return withConnection(place, async (connection) => use(await natsPorts(connection, place.namespace)))
}

/** Throws `ServersNotFound` when no history database is known, `DatabaseUnavailable` when it does not answer. */
export async function withDatabase<Result>(place: Place, use: (database: Database) => Promise<Result>): Promise<Result> {
  const { databaseUrl } = await findServers(place)
  const url = known(databaseUrl, 'DATABASE_URL', place)
  const history = await import('../history/database.ts') // large: only for commands that need it
  const database = await history.openDatabase(url, { readyMs: databaseReadyMs })
  try {
    return await use(database)
  } finally {
    await database.close()
  }
}

function known(url: string | undefined, variable: string, { data }: Place): string {
  if (url !== undefined) return url
  throw new ServersNotFound(
    `Nothing runs on the data folder ${path.resolve(data)} and ${variable} is not set: run \`npm start\`, name its folder with --data, or set ${variable}.`,
  )
}

/** Waits for `work`, but no longer than until the process is told to stop. */
export async function untilStopped<Result>(work: Promise<Result>, stop: AbortSignal, what: string): Promise<Result> {
  const interrupted = Promise.withResolvers<never>()
  const interrupt = (): void => interrupted.reject(new Interrupted(`Stopped while ${what}: what was sent may still be carried out.`))
  if (stop.aborted) interrupt()
  stop.addEventListener('abort', interrupt, { once: true })
  try {
    return await Promise.race([work, interrupted.promise])
  } finally {
    stop.removeEventListener('abort', interrupt)
  }
}
