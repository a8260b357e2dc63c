// NATS world
// The world of the contract suites on a real server: each world is a namespace and a connection of its own.
import { jetstream, jetstreamManager } from '@nats-io/jetstream'
import { headers, type NatsConnection } from 'nats'
import { streams, subjects } from '../../machines/subject.ts'
import { connectNats } from '../../runtime/nats/connect.ts'
import { createNamespace } from '../../runtime/nats/create-namespace.ts'
import { orFail } from '../../runtime/nats/failure.ts'
import { natsPorts } from '../../runtime/nats/ports.ts'
import type { Ports } from '../../runtime/ports.ts'
import type { MakeWorld, World } from './world.ts'

let worlds = 0

/** A connection that has lasted is tried again at once when it breaks; the client waits only between attempts. */
const likeOneThatHasLasted = { reconnectTimeWait: 10, reconnectJitter: 10 }

/** Makes worlds on the server at the url that `server` gives. */
export const natsWorld =
  (server: () => string): MakeWorld =>
  async (options) => {
    const namespace = `test${++worlds}`
    const connections = [await connectNats({ servers: server(), name: 'contract' })]
    const [connection] = connections
    if (connection === undefined) throw new Error('no connection')
    await createNamespace(connection, { namespace, ...options })
    const connectionOf = new WeakMap<Ports, NatsConnection>()
    const js = jetstream(connection)
    const publish: World['publish'] = async (subject, bytes, given = {}) => {
      const all = headers()
      for (const [name, value] of Object.entries(given)) all.set(name, value)
      const { seq, duplicate } = await orFail(js.publish(subject, bytes, { headers: all }), `publishing to ${subject}`)
      return { seq, duplicate }
    }
    return {
      namespace,
      ports: async () => {
        const own = await connectNats({ servers: server(), name: 'worker', ...likeOneThatHasLasted })
        connections.push(own)
        const ports = await natsPorts(own, namespace)
        connectionOf.set(ports, own)
        return ports
      },
      send: (address, event, given) => publish(subjects(namespace).send(address), new TextEncoder().encode(JSON.stringify(event)), given),
      publish,
      deadLetters: async () => (await (await jetstreamManager(connection)).streams.info(streams(namespace).dead)).state.messages,
      disconnect: async (ports) => connectionOf.get(ports)?.close(),
      reconnect: async (ports) => connectionOf.get(ports)?.reconnect(),
      close: async () => {
        await Promise.all(connections.map((each) => each.close()))
      },
    }
  }
