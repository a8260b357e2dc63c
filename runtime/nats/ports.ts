// NATS ports
// Every port of a worker on one connection to NATS JetStream.
import { Kvm } from '@nats-io/kv'
import type { NatsConnection } from 'nats'
import type { Ports } from '../ports.ts'
import { systemRandom } from '../system.ts'
import { partitionsOf } from './create-namespace.ts'
import { natsDeadLetters } from './dead-letters.ts'
import { natsLog } from './log.ts'
import { natsMailbox } from './mailbox.ts'
import { natsMembership } from './membership.ts'
import { natsOrders } from './orders.ts'
import { serverClock } from './server-clock.ts'
import { openSession } from './session.ts'
import { natsSignals } from './signals.ts'
import { natsStateStore } from './state-store.ts'
import { natsWakes } from './wakes.ts'

/** The ports of one worker. Throws `NamespaceNotFound` when the namespace has not been created, `ServerUnavailable`. */
export async function natsPorts(connection: NatsConnection, namespace: string): Promise<Ports> {
  const partitions = await partitionsOf(connection, namespace)
  const session = await openSession(connection, namespace)
  return {
    namespace,
    partitions,
    log: natsLog(session),
    mailbox: natsMailbox(session),
    states: natsStateStore(session),
    wakes: natsWakes(session),
    signals: natsSignals(session),
    deadLetters: natsDeadLetters(session),
    membership: await natsMembership(session, new Kvm(session.js)),
    orders: natsOrders(session),
    clock: await serverClock(session),
    random: systemRandom,
  }
}
