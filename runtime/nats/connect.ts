// Connect
// Opens a connection to NATS with the settings a worker needs, or says in one sentence why not.
import { AuthorizationError, connect, type NatsConnection, type NodeConnectionOptions } from 'nats'
import { ServerTooOld, ServerUnavailable } from '../errors.ts'
import { messageOf } from './failure.ts'

export interface NatsOptions extends NodeConnectionOptions {
  readonly servers: string | string[]
  /** Shown by the server beside the connection. */
  readonly name: string
}

/** Message schedules came with 2.12. */
const oldestServer = { major: 2, minor: 12 }

const defaults: NodeConnectionOptions = {
  timeout: 5000,
  maxReconnectAttempts: -1,
  reconnectTimeWait: 100,
  reconnectJitter: 100,
  pingInterval: 10_000,
  maxPingOut: 2,
  noAsyncTraces: true, // a stack trace for every request costs more than the request
}

/**
 * Connects to NATS; the connection reconnects by itself for as long as it is not closed.
 * Throws `ServerUnavailable` when no server answers, or it knows other credentials, and `ServerTooOld` when it is older than 2.12.
 */
export async function connectNats(options: NatsOptions): Promise<NatsConnection> {
  const where = [options.servers].flat().map(withoutCredentials).join(', ')
  let connection: NatsConnection
  try {
    connection = await connect({ ...defaults, ...options })
  } catch (error) {
    if (error instanceof AuthorizationError)
      throw new ServerUnavailable(`The NATS server at ${where} refuses the credentials (${error.message}): correct those in NATS_URL.`, {
        cause: error,
      })
    throw new ServerUnavailable(`No NATS server answers at ${where} (${messageOf(error)}): start one or set NATS_URL.`, { cause: error })
  }
  const version = connection.info?.version ?? 'unknown'
  if (isNewEnough(version)) return connection
  await connection.close()
  throw new ServerTooOld(
    `The NATS server at ${where} is version ${version}: this needs ${oldestServer.major}.${oldestServer.minor} or newer, so update it.`,
  )
}

function isNewEnough(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major > oldestServer.major || (major === oldestServer.major && minor >= oldestServer.minor)
}

const withoutCredentials = (server: string): string => server.replace(/\/\/[^/@]*@/, '//').replace(/^[^/@]*@/, '')
