// Connect
// Opens a client: a connection, the number of partitions of its namespace, and the client on top of them.
import { AuthorizationError, connect, type NatsConnection } from 'nats'
import { addressFault } from '../machines/address.ts'
import { limitFaults } from '../machines/limit-faults.ts'
import { AddressInvalid, NamespaceNotFound, OptionInvalid, ServerUnavailable } from './errors.ts'
import { clientDefaults, type ConnectOptions } from './options.ts'
import { readPartitions } from './requests.ts'
import { TroupeClient } from './troupe-client.ts'

/**
 * Connects to the actors of a namespace. The client survives reconnects; `close()` it when done.
 * Rejects ServerUnavailable when no server can be reached or it refuses the credentials, NamespaceNotFound when it has no such namespace, AddressInvalid for a bad `tenant` or `inboxPrefix`,
 * OptionInvalid for limits that are none.
 * @example const client = await connectTroupe({ servers: '127.0.0.1:4222', namespace: 'troupe', tenant: 'acme' })
 */
export async function connectTroupe(options: ConnectOptions): Promise<TroupeClient> {
  const { namespace, tenant, inboxPrefix = '_INBOX' } = options
  if (!namespacePattern.test(namespace))
    throw new NamespaceNotFound(`'${namespace}' is not the name of a namespace: 1 to 32 of A-Z a-z 0-9 _ -`)
  if (!inboxPattern.test(inboxPrefix))
    throw new AddressInvalid(`inboxPrefix '${inboxPrefix}' does not begin with _INBOX: workers answer to no other subject`)
  const tenantFault = tenant === undefined ? undefined : addressFault({ tenant, type: 'any', key: 'any' })
  if (tenantFault) throw new AddressInvalid(`connecting: ${tenantFault}`)
  const faults = limitFaults(options.limits ?? {}, clientDefaults)
  if (faults.length > 0) throw new OptionInvalid(`reading the limits of a client: ${faults.join('; ')}`)
  const limits = { ...clientDefaults, ...options.limits }
  const connection = options.connection ?? (await openConnection(options, inboxPrefix))
  const ownsConnection = options.connection === undefined
  try {
    const partitions = await readPartitions(connection, namespace, limits.requestMs)
    return new TroupeClient({ connection, ownsConnection, namespace, partitions, tenant, inboxPrefix, limits })
  } catch (error) {
    if (ownsConnection) await connection.close()
    throw error
  }
}

const namespacePattern = /^[A-Za-z0-9_-]{1,32}$/
const inboxPattern = /^_INBOX[^\s*>]{0,100}$/
const defaultServer = '127.0.0.1:4222'
const reconnectWaitMs = 250

async function openConnection(
  { servers = defaultServer, name = 'troupe-client' }: ConnectOptions,
  inboxPrefix: string,
): Promise<NatsConnection> {
  const list = typeof servers === 'string' ? [servers] : [...servers]
  try {
    return await connect({
      servers: list,
      name,
      inboxPrefix,
      maxReconnectAttempts: -1,
      reconnectTimeWait: reconnectWaitMs,
      noAsyncTraces: true,
    })
  } catch (cause) {
    const why =
      cause instanceof AuthorizationError
        ? `it refuses the credentials (${cause.message}); correct them`
        : 'no server accepted the connection; is it running?'
    throw new ServerUnavailable(`connecting to ${list.map(withoutCredentials).join(', ')}: ${why}`, { cause })
  }
}

/** A server's name as it may be shown: without the user and password a URL can carry. */
const withoutCredentials = (server: string): string => server.slice(server.lastIndexOf('@') + 1)
