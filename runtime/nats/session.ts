// Session
// What the ports of one worker share: the connection, the namespace's names, and how a request is made.
import { jetstream, jetstreamManager, type JetStreamClient, type JetStreamManager } from '@nats-io/jetstream'
import type { NatsConnection } from 'nats'
import { parseActorId, type ActorId, type Address } from '../../machines/address.ts'
import { streams, subjects } from '../../machines/subject.ts'
import { LogCorrupt, MessageTooLarge } from '../errors.ts'
import { failureOf } from './failure.ts'
import { Link } from './link.ts'
import { Publisher } from './publisher.ts'

/** No request to the server waits longer for its answer. */
export const requestTimeoutMs = 5000
/** What the headers of the kernel's own messages may take of the server's `max_payload`. */
const headerBytesMax = 1024

export interface Session {
  readonly connection: NatsConnection
  readonly link: Link
  readonly publisher: Publisher
  readonly js: JetStreamClient
  readonly jsm: JetStreamManager
  readonly subject: ReturnType<typeof subjects>
  readonly stream: ReturnType<typeof streams>
  /** Makes a request, or throws the kernel's error for its failure; `doing` says what it is for, with its id. */
  ask<Answer>(doing: string, send: () => Promise<Answer>): Promise<Answer>
}

export async function openSession(connection: NatsConnection, namespace: string): Promise<Session> {
  const link = new Link(connection, requestTimeoutMs)
  return {
    connection,
    link,
    publisher: new Publisher(connection, link, requestTimeoutMs),
    js: jetstream(connection, { timeout: requestTimeoutMs }),
    jsm: await jetstreamManager(connection, { timeout: requestTimeoutMs, checkAPI: false }),
    subject: subjects(namespace),
    stream: streams(namespace),
    ask: async (doing, send) => {
      try {
        return await link.request(send)
      } catch (error) {
        throw failureOf(error, doing)
      }
    },
  }
}

/** The bytes, if the server takes a message of that size. */
export function fitting({ connection }: Session, what: string, bytes: Uint8Array): Uint8Array {
  const limit = (connection.info?.max_payload ?? Infinity) - headerBytesMax
  if (bytes.length > limit) throw new MessageTooLarge(`${what}: ${bytes.length} bytes, the server takes ${limit}`)
  return bytes
}

export function addressOf(actor: ActorId): Address {
  const address = parseActorId(actor)
  if (address === undefined) throw new LogCorrupt(`'${actor}' is not the address of an actor`)
  return address
}
