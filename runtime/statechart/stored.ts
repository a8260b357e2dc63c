// Stored
// An actor's state as plain JSON: what the log's snapshots hold, what the state store keeps, what a new owner restores.
import type { ActorId } from '../../machines/address.ts'
import type { StoredHold } from '../../machines/debug.ts'
import type { StoredFork } from '../../machines/fork.ts'
import type { Message, Once, Reply, ReplyTo } from '../../machines/message.ts'
import type { RestartPlan } from '../../machines/restart-plan.ts'
import type { Restart, RestartCause } from '../../machines/supervision.ts'

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
  readonly parent?: StoredParent
}

/** An ask that is answered when the actor ends. */
export interface StoredAsk extends ReplyTo {
  /** The id of the message that asked. */
  readonly message: string
  readonly once?: Once
  readonly deadline?: number
}

/** What an actor knows of a producer that numbers its messages. */
export interface StoredProducer {
  /** The last sequence applied. */
  readonly seq: number
  /** The last replies, oldest first. */
  readonly replies: readonly { readonly seq: number; readonly reply: Reply }[]
}

/** A step of a saga: an effect that can be undone, and was begun. */
export interface StoredStep {
  readonly src: string
  /** Its idempotency key. */
  readonly key: string
  /** Encoded, as the output. */
  readonly input: Json
  /** Absent: nobody knows whether it did its work. */
  readonly output?: Json
}

export interface StoredSaga {
  /** In the order of their ends; those that run are among the children. */
  readonly steps: readonly StoredStep[]
  /** To be undone, the next one first. */
  readonly undoing: readonly StoredStep[]
  /** Why the first of them is not tried any more, and since when (epoch ms). */
  readonly stuck?: { readonly cause: string; readonly at: number }
  /** How many of the steps the checkpoint of this actor knows of. */
  readonly checkpoint?: number
}

/** A tie to another actor. Both may have made one at once, and one may be on its way while the other ends: each has an id. */
export interface StoredLink {
  readonly to: ActorId
  readonly ids: readonly string[]
}

/** The kernel's share: asks that wait, and the supervisor's memory. */
export interface StoredKeeping {
  readonly asks: readonly StoredAsk[]
  /** The restarts that still count, oldest first. */
  readonly restarts: readonly Restart[]
  /** Messages in a row that failed on the present state. */
  readonly failures: number
  /** Epoch ms, set while the actor waits for its restart; messages wait in `parked`. `whenTold`: its parent says when. */
  readonly restartDue?: number
  /** What the next restart counts as, while it is awaited; absent when a sibling's failure brings it about. */
  readonly restartCause?: RestartCause
  /** As a parent: the restart of several children that is under way, and when such restarts began (epoch ms, those that still count). */
  readonly plan?: RestartPlan
  readonly groupRestarts?: readonly Restart[]
  /** What a bad state is reset to, where the definition asks for it. */
  readonly checkpoint?: StoredChart
  readonly saga?: StoredSaga
  /** By `=<producer>`, or `#<id>` for an ask with an id of its own. */
  readonly producers?: Readonly<Record<string, StoredProducer>>
  /** Former children that are being stopped, the next one first, and who waits until all have. */
  readonly stopping?: readonly ActorId[]
  readonly stoppedFor?: ActorId
  /** Who is told when this actor goes down. */
  readonly monitors?: readonly ActorId[]
  /** Who fails with this actor, and it with them. */
  readonly links?: readonly StoredLink[]
  readonly parked: readonly Message[]
  /** Somebody debugs the actor. */
  readonly hold?: StoredHold
  /** It is a fork of another actor. */
  readonly fork?: StoredFork
  /** Of the last message that had one: what timers and late results are filed under. */
  readonly correlation?: string
}

/** The due time of a restart that the parent brings about. */
export const whenTold = Number.MAX_SAFE_INTEGER

/** How a child knows its parent. */
export interface StoredParent {
  readonly address: ActorId
  /** The child's id there. */
  readonly id: string
  /** Set when the parent restarts its children together: a child that fails leaves it to its parent. */
  readonly together?: true
}

export interface Stored extends StoredChart {
  readonly keeping: StoredKeeping
}
