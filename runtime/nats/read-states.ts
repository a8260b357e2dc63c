// Read states
// The stored state of every actor of a namespace, for tools: one batch in memory at a time. What owners have not flushed yet is not here.
//
// S1. An actor comes once. One whose row is written while its partition is read moves to the end, where it is met again, or for the first time.
import type { NatsConnection } from 'nats'
import { actorId, type ActorId } from '../../machines/address.ts'
import { parsePartitionedSubject } from '../../machines/subject.ts'
import type { StateImage } from '../activation.ts'
import { readImage } from '../recovery.ts'
import { partitionsOf } from './create-namespace.ts'
import { readBatch } from './read-batch.ts'
import { openSession, type Session } from './session.ts'

export interface StoredActor {
  readonly actor: ActorId
  readonly image: StateImage
}

const batchMessages = 256

/** All of them, partition by partition. Throws `NamespaceNotFound`, `ServerUnavailable`, `LogCorrupt`. */
export async function* readStates(connection: NatsConnection, namespace: string): AsyncGenerator<StoredActor> {
  const partitions = await partitionsOf(connection, namespace)
  const session = await openSession(connection, namespace)
  for (let partition = 0; partition < partitions; partition++) {
    const filter = session.subject.states(partition)
    const [first, last] = await span(session)
    const seen = new Set<string>()
    yield* readSpan(session, { filter, first, last }, seen)
    yield* readSpan(session, { filter, first: last + 1, last: (await span(session))[1] }, seen) // S1
  }
}

/** Those whose rows are among the last `rowsMax` written. */
export async function* readNewestStates(connection: NatsConnection, namespace: string, rowsMax: number): AsyncGenerator<StoredActor> {
  const session = await openSession(connection, namespace)
  const [first, last] = await span(session)
  yield* readSpan(session, { filter: session.subject.stateAll, first: Math.max(first, last - rowsMax + 1), last }, new Set())
}

async function span({ jsm, stream, ask }: Session): Promise<readonly [first: number, last: number]> {
  const { state } = await ask(`reading ${stream.state}`, () => jsm.streams.info(stream.state))
  return state.messages === 0 ? [1, 0] : [state.first_seq, state.last_seq]
}

interface Span {
  readonly filter: string
  readonly first: number
  readonly last: number
}

async function* readSpan(session: Session, { filter, first, last }: Span, seen: Set<string>): AsyncGenerator<StoredActor> {
  for (let next = first; next <= last;) {
    const batch = await readBatch(session, { stream: session.stream.state, filter, seq: next, batch: batchMessages })
    for (const { subject, seq, data } of batch) {
      const address = parsePartitionedSubject(subject)?.address
      if (seq > last || address === undefined || seen.has(subject)) continue
      seen.add(subject)
      const actor = actorId(address.tenant, address.type, address.key)
      yield { actor, image: readImage(data, actor) }
    }
    next = (batch.at(-1)?.seq ?? last) + 1
  }
}
