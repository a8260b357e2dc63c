// Stored
// An actor's state as plain JSON: what the log's snapshots hold, what the state store keeps, what a new owner restores.
import type { ActorId } from '../../machines/address.ts'
import type { Message, ReplyTo } from '../../machines/message.ts'

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

export interface StoredChild {
  readonly kind: 'effect' | 'actor'
  readonly src: string
  /** Actor: its address. Effect: its idempotency key. Either names one incarnation. */
  readonly address: string
  /** An effect's encoded input, so that a new owner can run it again. */
  readonly input?: Json
  /** Its result or its end is applied: it does not run, and nothing more counts from it. It stays until its state is left, as in XState. */
  readonly ended?: true
}

export interface StoredTimer {
  /** Tells this arming from earlier ones of the same id. */
  readonly n: number
  /** Epoch milliseconds. */
  readonly due: number
  /** The address the event goes to; the actor itself for `after`. */
  readonly to: ActorId
  readonly event: Json
}

export interface StoredDefinition {
  readonly name: string
  readonly version: string
  /** Structure hash of the machine. */
  readonly hash: string
  /** The interpreter and its version: snapshots of another one are not comparable. */
  readonly engine: string
}

/** The statechart's share: what `runtime/statechart` reads and writes. */
export interface StoredChart {
  readonly definition: StoredDefinition
  readonly status: 'active' | 'done' | 'error' | 'stopped'
  readonly value: Json
  readonly context: Json
  readonly historyValue: { readonly [stateNode: string]: readonly string[] }
  readonly output?: Json
  readonly error?: Json
  readonly children: { readonly [id: string]: StoredChild }
  readonly timers: { readonly [id: string]: StoredTimer }
  /** Deterministic counter for child incarnations and timer armings. */
  readonly counter: number
  readonly input: Json
  readonly parent?: { readonly address: ActorId; readonly id: string }
}

/** An ask that is answered when the actor ends. */
export interface StoredAsk extends ReplyTo {
  /** The id of the message that asked. */
  readonly message: string
  readonly deadline?: number
}

/** The kernel's share: asks that wait, and the supervisor's memory. */
export interface StoredKeeping {
  readonly asks: readonly StoredAsk[]
  /** Epoch ms of the restarts that still count, oldest first. */
  readonly restarts: readonly number[]
  /** Messages in a row that failed on the present state. */
  readonly failures: number
  /** Set while the supervisor waits before a restart; messages wait in `parked`. */
  readonly restartDue?: number
  readonly parked: readonly Message[]
  /** Of the last message that had one: what timers and late results are filed under. */
  readonly correlation?: string
}

export interface Stored extends StoredChart {
  readonly keeping: StoredKeeping
}
