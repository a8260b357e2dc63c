// Disconnects
// The server's word that a connection has ended, where its configuration passes that on (nats.conf): the process at its other end may be dead.
//
// D1. A connection is named by its server and its number there. A client that connects again has another number, so an old end says nothing about it.
import type { Msg, NatsConnection } from 'nats'
import { disconnects } from '../../machines/subject.ts'

/** Undefined while there is no connection. */
export const connectionName = ({ info }: NatsConnection): string | undefined => info && nameOf(info.server_id, info.client_id)

/** Calls with the name of each connection that ends; the result stops that. Without the right to listen nothing is heard. */
export function hearDisconnects(connection: NatsConnection, heard: (name: string) => void): () => void {
  const subscription = connection.subscribe(disconnects, {
    callback: (error, message) => {
      const name = error ? undefined : endedConnection(message)
      if (name !== undefined) heard(name)
    },
  })
  return () => subscription.unsubscribe()
}

/** The reason of a server that closes all its connections because it stops: the processes live. */
const serverStops = 'Server Shutdown'

/** Of the server's advisory `io.nats.server.advisory.v1.client_disconnect`. */
function endedConnection(message: Msg): string | undefined {
  const advisory: { server?: { id?: string }; client?: { id?: number }; reason?: string } = message.json()
  const [server, client] = [advisory.server?.id, advisory.client?.id]
  return server === undefined || client === undefined || advisory.reason === serverStops ? undefined : nameOf(server, client)
}

const nameOf = (server: string, client: number): string => `${server}.${client}`
