// Ports
// Everything the kernel needs from outside itself. Each has an implementation on NATS and one in memory, under the same contract suite.
import type { ActorId, Address } from '../machines/address.ts'
import type { TypeBreakpoint } from '../machines/debug.ts'

/** One append is one transaction; the expected sequence is the fence. */
export interface Log {
  /** The last record of a partition, read through the leader. */
  last(partition: number): Promise<Stamped | undefined>
  at(partition: number, seq: number): Promise<Stamped | undefined>
  /** The records with `from <= seq <= to`, in order. */
  read(partition: number, from: number, to: number): AsyncIterable<Stamped>
  /** Appends if the partition's last record is `expected` (0: none). Never throws for a lost race or a lost answer. */
  append(partition: number, expected: number, bytes: Uint8Array): Promise<Appended>
  /** Whether nothing was appended to a partition after the record at `seq`, as its leader knows it. Cheap: no record is sent when so. */
  isLast(partition: number, seq: number): Promise<boolean>
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
  /**
   * Calls with all that are alive, at once and at every change; `departure` is the change that was one.
   * A member is left out when it is not heard of for its time to live, and soon after the server has said that its connection ended.
   */
  watch(changed: (members: readonly Member[], departure?: Departure) => void): Promise<Reader>
}

/** `left`: it said so. `disconnected`: the server did, and it did not come back. `silent`: its time to live is over. */
export interface Departure {
  readonly id: string
  readonly why: 'left' | 'disconnected' | 'silent'
}

export interface Member {
  readonly id: string
  /** What it owns or is claiming. */
  readonly owned: readonly number[]
  /**
   * The last record that it knew to have written when it said this. A partition whose last record it wrote before, and which is not in `owned`,
   * is no longer its own. Undefined: it does not say.
   */
  readonly appendedSeq?: number
  readonly draining: boolean
  readonly version: string
  readonly types: readonly string[]
  readonly startedAt: number
  readonly host: string
  readonly pid: number
  /** Which release of the program it runs; undefined: none was named. */
  readonly deployment?: Deployment
  /** It has run long enough to be trusted with the partitions of an older deployment. */
  readonly fit: boolean
  /** Figures for people; free to grow. */
  readonly load: { readonly actors: number; readonly turns: number; readonly effects: number; readonly rssBytes: number }
  /** Its busiest partitions. */
  readonly partitions: readonly PartitionLoad[]
}

/** The workers of one release. The highest rank owns the partitions; a worker without a deployment has rank 0. */
export interface Deployment {
  readonly id: string
  readonly rank: number
}

/** Since the heartbeat before. */
export interface PartitionLoad {
  readonly partition: number
  readonly epoch: number
  readonly turnsPerSecond: number
  /** How much of the time its turns took, 0 to 1. */
  readonly busyShare: number
  /** Messages, timers and results in memory, not yet in a turn. */
  readonly waiting: number
  /** How long the oldest of the messages has waited since the server stored it, ms; 0: none waits. */
  readonly oldestWaitMs?: number
}

/** What operators want of the fleet, kept until they want something else. */
export interface Orders {
  read(): Promise<FleetOrders>
  /** Changes them as one step: `update` is called again when someone else was faster. Resolves to what holds now. */
  change(update: (orders: FleetOrders) => FleetOrders): Promise<FleetOrders>
  /** Calls with what holds, at once and at every change. */
  watch(changed: (orders: FleetOrders) => void): Promise<Reader>
}

export interface FleetOrders {
  /** Where actors of whole types stand still. */
  readonly breakpoints?: readonly TypeBreakpoint[]
  /** The deployment that owns the partitions that are not pinned by themselves. Nobody else takes them, even if no worker of it is alive. */
  readonly pin?: string
  /** By partition: the deployment that owns it. */
  readonly pins: Readonly<Record<number, string>>
  /** Workers that give their partitions back and get none. */
  readonly drained: readonly string[]
  /** By tenant: its actors take no messages until it is taken back. */
  readonly paused?: Readonly<Record<string, TenantPause>>
  /** By tenant: when actors without a parent failed for good, epoch ms, those that still count. */
  readonly fallen?: Readonly<Record<string, readonly number[]>>
}

export interface TenantPause {
  /** Epoch milliseconds. */
  readonly at: number
  /** Who ordered it: an operator, or `supervisor`. */
  readonly by: string
  readonly cause: string
}

export interface Clock {
  /** Epoch milliseconds; the server's where there is one, so that all workers have one time. */
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
  readonly orders: Orders
  readonly clock: Clock
  readonly random: Random
}
