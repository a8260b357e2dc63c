// Read dead letters
// The dead letters of a namespace for people, and the notes that say which of them were redriven: the newest first,
// window by window back to the oldest that is kept.
//
// X1. Every letter that is kept while it is read comes once: a window ends where the one read before it began.
import type { NatsConnection } from 'nats'
import type { StoredMsg } from '@nats-io/jetstream'
import type { ActorId, Address } from '../../machines/address.ts'
import type { ActorEvent } from '../../machines/message.ts'
import type { DeadLetter } from '../record.ts'
import { readBatch } from './read-batch.ts'
import { openSession, type Session } from './session.ts'

/** A dead letter as it is stored. */
export interface StoredLetter extends DeadLetter {
  /** Partition, log sequence and entry. */
  readonly id: string
  readonly actor: ActorId
  /** When the turn was taken, else (in letters of earlier versions) when the server stored the letter; epoch milliseconds. */
  readonly at: number
  readonly turn?: number
  readonly message?: string
  readonly event?: ActorEvent
  readonly from?: ActorId
  readonly correlation?: string
  /** What the actor was in when it took the message, and the turn that had led there. */
  readonly state?: { readonly value?: unknown; readonly status?: string; readonly turn: number }
}

/** Kept beside the letters, on the subject of its letter: that one was sent again. */
export interface RedriveNote {
  readonly kind: 'redriven'
  /** Of the letter. */
  readonly redriven: string
  /** Of the message it was sent as. */
  readonly id: string
  /** user@host. */
  readonly by: string
  /** Epoch milliseconds. */
  readonly at: number
}

/** Sequences of one window; also the letters that are in memory at once. */
const windowMessages = 256

/** The newest first, of all tenants. Throws `NamespaceNotFound`, `ServerUnavailable`. */
export async function* readDeadLetters(connection: NatsConnection, namespace: string): AsyncGenerator<StoredLetter> {
  for await (const message of readStored(connection, namespace)) {
    const letter: StoredContent = message.json() // only workers and operators write here
    if (letter.kind !== 'redriven') yield { ...letter, at: letter.at ?? message.time.getTime() }
  }
}

/** By letter, the newest first. A letter that a later owner stored again is younger than its note, so the notes are read before the letters. */
export async function readRedrives(connection: NatsConnection, namespace: string): Promise<ReadonlyMap<string, readonly RedriveNote[]>> {
  const notes = new Map<string, RedriveNote[]>()
  for await (const message of readStored(connection, namespace)) {
    const note: StoredContent = message.json()
    if (note.kind !== 'redriven') continue
    const known = notes.get(note.redriven)
    if (known) known.push(note)
    else notes.set(note.redriven, [note])
  }
  return notes
}

/** The letters of one actor with the notes beside them, the newest first; `most` messages of it are read at most, its oldest. Throws like `readDeadLetters`. */
export async function readActorLetters(
  connection: NatsConnection,
  namespace: string,
  { actor, most }: { readonly actor: Address; readonly most: number },
): Promise<readonly NotedLetter[]> {
  const session = await openSession(connection, namespace)
  const letters = new Map<string, StoredLetter>() // a later owner may have stored a letter again
  const notes: RedriveNote[] = []
  const filter = session.subject.dead(actor)
  for (let seq = 1, read = 0; read < most;) {
    const batch = await readBatch(session, { stream: session.stream.dead, filter, seq, batch: Math.min(windowMessages, most - read) })
    for (const message of batch) {
      const content: StoredContent = message.json()
      if (content.kind === 'redriven') notes.push(content)
      else letters.set(content.id, { ...content, at: content.at ?? message.time.getTime() })
    }
    if (batch.length === 0) break
    read += batch.length
    seq = (batch.at(-1)?.seq ?? seq) + 1
  }
  const newest = notes.toReversed()
  return [...letters.values()]
    .toReversed()
    .map((letter) => ({ ...letter, redriven: newest.filter(({ redriven }) => redriven === letter.id) }))
}

export interface NotedLetter extends StoredLetter {
  /** The newest first. */
  readonly redriven: readonly RedriveNote[]
}

type StoredContent = RedriveNote | (Omit<StoredLetter, 'at'> & { readonly at?: number })

async function* readStored(connection: NatsConnection, namespace: string): AsyncGenerator<StoredMsg> {
  const session = await openSession(connection, namespace)
  const { jsm, stream, ask } = session
  const { state } = await ask(`reading ${stream.dead}`, () => jsm.streams.info(stream.dead))
  for (let end = state.last_seq; end >= state.first_seq && state.messages > 0; end -= windowMessages) {
    const messages = await readWindow(session, Math.max(state.first_seq, end - windowMessages + 1), end)
    yield* messages.toReversed()
  }
}

/** The messages with `from <= seq <= to`. A batch may be cut by its bytes, so it is asked for until the window is read. */
async function readWindow(session: Session, from: number, to: number): Promise<readonly StoredMsg[]> {
  const found: StoredMsg[] = []
  for (let next = from; next <= to; next = (found.at(-1)?.seq ?? to) + 1) {
    const { stream, subject } = session
    const batch = await readBatch(session, { stream: stream.dead, filter: subject.deadAll, seq: next, batch: to - next + 1 })
    const inside = batch.filter(({ seq }) => seq <= to) // X1
    if (inside.length === 0) break // what was there has expired
    found.push(...inside)
  }
  return found
}
