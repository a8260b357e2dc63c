// Ports
// Everything the kernel needs from outside itself. Each has an implementation on NATS and one in memory, under the same contract suite.
import type { ActorId, Address } from '../machines/address.ts'

/** One append is one transaction; the expected sequence is the fence. */
export interface Log {
  /** The last record of a partition, read through the leader. */
  last(partition: number): Promise<Stamped | undefined>
  at(partition: number, seq: number): Promise<Stamped | undefined>
  /** The records with `from <= seq <= to`, in order. */
  read(partition: number, from: number, to: number): AsyncIterable<Stamped>
  /** Appends if the partition's last record is `expected` (0: none). Never throws for a lost race or a lost answer. */
  append(partition: number, expected: number, bytes: Uint8Array): Promise<Appended>
}

export interface Stamped {
  readonly seq: number
  /** When the server stored it, epoch ms. */
  readonly at: number
  readonly bytes: Uint8Array
}

export type Appended =
  | { readonly ok: true; readonly seq: number }
  /** `stale`: someone else appended. `unknown`: no answer; read the last record to learn what happened. */
  | { readonly ok: false; readonly reason: 'stale' | 'unknown'; readonly cause: string }

/** What a partition's owner reads, in the order the server stored it, from a sequence on. */
export interface Mailbox {
  /** Delivers every message with `seq >= from`, in order, without gaps, until stopped; survives reconnects. */
  read(partition: number, from: number, deliver: (mail: Mail) => void): Promise<Reader>
  /** Publishes channel messages to another partition. Resolves when stored; rejects `ServerUnavailable`. */
  sendChannel(target: number, source: number, bytes: Uint8Array): Promise<void>
  /** The stored message at `seq`, to recognise a reused sequence; undefined when it is gone. */
  at(seq: number): Promise<{ readonly at: number } | undefined>
  /** The last sequence of the whole mailbox. */
  lastSeq(): Promise<number>
  /** Forgets what the partition's owner no longer needs: every message before `seq`. */
  trim(partition: number, seq: number): Promise<void>
}

export interface Reader {
  stop(): Promise<void>
}

export interface Mail {
  readonly seq: number
  readonly at: number
  readonly source: MailSource
  readonly bytes: Uint8Array
  /** The publisher's headers; names in lower case. */
  header(name: string): string | undefined
}

export type MailSource =
  | { readonly kind: 'send'; readonly address: Address }
  | { readonly kind: 'frame'; readonly tenant: string }
  | { readonly kind: 'channel'; readonly source: number }
  /** A subject whose key no key encodes to. */
  | { readonly kind: 'unreadable'; readonly subject: string }

/** The last flushed snapshot of an actor. */
export interface StateStore {
  load(partition: number, actor: ActorId): Promise<StateRow | undefined>
  /** Writes if the row is still at `expected` (0: absent). */
  save(partition: number, actor: ActorId, expected: number, bytes: Uint8Array): Promise<Saved>
  /** Every actor with a stored snapshot in a partition; for tools, not for the hot path. */
  list(partition: number): AsyncIterable<ActorId>
}

export interface StateRow {
  readonly seq: number
  readonly bytes: Uint8Array
}

export type Saved =
  | { readonly ok: true; readonly seq: number }
  | { readonly ok: false; readonly reason: 'stale' | 'unknown'; readonly cause: string }

/** One durable wake-up per passivated actor that has a timer. A wake-up is a hint: early or doubled ones do no harm. */
export interface Wakes {
  /** Replaces the actor's wake-up. */
  set(partition: number, actor: ActorId, due: number): Promise<void>
  /** Delivers wake-ups that are due, those of downtime included, until stopped. Each is forgotten by `done`. */
  read(partition: number, deliver: (actor: ActorId, done: () => void) => void): Promise<Reader>
}

/** Messages nobody stores: replies, events for watchers, queries, watermarks. */
export interface Signals {
  publish(subject: string, bytes: Uint8Array): void
  subscribe(subject: string, deliver: (signal: Signal) => void): Reader
}

export interface Signal {
  readonly subject: string
  readonly bytes: Uint8Array
  respond(bytes: Uint8Array): void
}

/** Where dead letters are kept for people. The id makes a repeated add harmless. */
export interface DeadLetters {
  add(address: Address, id: string, bytes: Uint8Array): Promise<void>
}

/** Who is alive. What a member says of itself is free; only the log says who owns what. */
export interface Membership {
  /** Says this worker is alive, and what it owns. Repeated every `heartbeatMs`. */
  announce(member: Member): Promise<void>
  leave(id: string): Promise<void>
  /** Calls with all that are alive, at once and at every change. A member not heard of for its time to live is left out. */
  watch(changed: (members: readonly Member[]) => void): Promise<Reader>
}

export interface Member {
  readonly id: string
  readonly owned: readonly number[]
  readonly draining: boolean
  readonly version: string
  readonly types: readonly string[]
  readonly startedAt: number
  readonly host: string
  readonly pid: number
  /** Figures for people; free to grow. */
  readonly load: { readonly actors: number; readonly turns: number; readonly effects: number; readonly rssBytes: number }
}

export interface Clock {
  /** Epoch milliseconds. */
  now(): number
  /** Calls once after `ms`; the result cancels. */
  after(ms: number, call: () => void): () => void
}

export interface Random {
  /** In [0, 1). */
  next(): number
  /** A new globally unique id. */
  id(): string
}

/** All of them: what a worker is built on. */
export interface Ports {
  readonly namespace: string
  readonly partitions: number
  readonly log: Log
  readonly mailbox: Mailbox
  readonly states: StateStore
  readonly wakes: Wakes
  readonly signals: Signals
  readonly deadLetters: DeadLetters
  readonly membership: Membership
  readonly clock: Clock
  readonly random: Random
}
