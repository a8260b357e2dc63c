// Read dead letters
// The dead letters of a namespace for people: the newest first, window by window back to the oldest that is kept.
//
// X1. Every letter that is kept while it is read comes once: a window ends where the one read before it began.
import type { NatsConnection } from 'nats'
import type { StoredMsg } from '@nats-io/jetstream'
import type { ActorId } from '../../machines/address.ts'
import type { ActorEvent } from '../../machines/message.ts'
import { ServerUnavailable } from '../errors.ts'
import type { DeadLetter } from '../record.ts'
import { openSession, requestTimeoutMs, type Session } from './session.ts'

/** A dead letter as it is stored: the entry's own fields are not there when the next owner stored it. */
export interface StoredLetter extends DeadLetter {
  /** Partition, log sequence and entry. */
  readonly id: string
  readonly actor: ActorId
  /** When the turn was taken, else when the server stored the letter; epoch milliseconds. */
  readonly at: number
  readonly turn?: number
  readonly message?: string
  readonly event?: ActorEvent
  readonly from?: ActorId
  readonly correlation?: string
}

/** Sequences of one window; also the letters that are in memory at once. */
const windowMessages = 256
const windowBytesMax = 8 * 1024 * 1024

/** The newest first, of all tenants. Throws `NamespaceNotFound`, `ServerUnavailable`. */
export async function* readDeadLetters(connection: NatsConnection, namespace: string): AsyncGenerator<StoredLetter> {
  const session = await openSession(connection, namespace)
  const { jsm, stream, ask } = session
  const { state } = await ask(`reading ${stream.dead}`, () => jsm.streams.info(stream.dead))
  for (let end = state.last_seq; end >= state.first_seq && state.messages > 0; end -= windowMessages) {
    const letters = await readWindow(session, Math.max(state.first_seq, end - windowMessages + 1), end)
    yield* letters.toReversed().map(letterOf)
  }
}

/** The messages with `from <= seq <= to`. A batch may be cut by its bytes, so it is asked for until the window is read. */
async function readWindow(session: Session, from: number, to: number): Promise<readonly StoredMsg[]> {
  const found: StoredMsg[] = []
  for (let next = from; next <= to; next = (found.at(-1)?.seq ?? to) + 1) {
    const batch = await readBatch(session, next, to - next + 1)
    const inside = batch.filter(({ seq }) => seq <= to) // X1
    if (inside.length === 0) break // what was there has expired
    found.push(...inside)
  }
  return found
}

async function readBatch({ jsm, stream, subject, ask }: Session, seq: number, batch: number): Promise<readonly StoredMsg[]> {
  const messages: StoredMsg[] = []
  const doing = `reading ${stream.dead} from ${seq}`
  const ended = Promise.withResolvers<'whole' | 'late'>()
  const answer = await ask(doing, () =>
    jsm.direct.getBatch(stream.dead, {
      seq,
      batch,
      max_bytes: windowBytesMax,
      next_by_subj: subject.deadAll,
      callback: (done, message) => (done ? ended.resolve('whole') : void messages.push(message)),
    }),
  )
  // The client's iterator never ends when the server dies while answering.
  const guard = setTimeout(() => ended.resolve('late'), requestTimeoutMs)
  const end = await ended.promise
  clearTimeout(guard)
  answer.stop()
  if (end === 'late') throw new ServerUnavailable(`${doing}: the answer broke off; try again`)
  return messages
}

function letterOf(message: StoredMsg): StoredLetter {
  const letter: Omit<StoredLetter, 'at'> & { readonly at?: number } = message.json() // only workers write here
  return { ...letter, at: letter.at ?? message.time.getTime() }
}
