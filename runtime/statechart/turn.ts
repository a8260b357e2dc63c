// Turn
// The pure heart: (living state, event) -> (next living state, what to do). Nothing waits, nothing is sent, nothing outside is touched;
// the given state is never changed, so a turn that throws leaves no trace.
import type { AnyMachineSnapshot, AnyStateMachine, AnyTransitionDefinition } from 'xstate'
import type { ActorId } from '../../machines/address.ts'
import type { WatchType } from '../../machines/authoring.ts'
import type { ActorEvent, EventMeta } from '../../machines/message.ts'
import type { ActorDefinition } from '../define-actor.ts'
import type { GuardNote, TurnScope } from './scope.ts'
import type { Json, StoredChild, StoredChart, StoredDefinition, StoredParent, StoredTimer } from './stored.ts'

/** A definition made ready for turns: its child logic replaced by stand-ins, its structure hashed. */
export interface Host {
  readonly definition: ActorDefinition
  readonly stamp: StoredDefinition
  /** The clone that turns run on. */
  readonly machine: AnyStateMachine
  readonly scope: TurnScope
}

/** An actor's state as turns use it: `StoredChart` with the snapshot decoded. Immutable. */
export interface Living {
  readonly address: ActorId
  /** The definition that last ran it: another one than the host's until its first turn there. */
  readonly stamp: StoredDefinition
  readonly snapshot: AnyMachineSnapshot
  readonly children: Readonly<Record<string, StoredChild>>
  readonly timers: Readonly<Record<string, StoredTimer>>
  readonly counter: number
  readonly input: Json
  readonly parent?: StoredParent
}

/**
 * What a turn asks the kernel to do once it is committed. Births come before sends, and sends before stops:
 * a state may greet the child it starts, and say a last word to the one it stops. Every event, input and value is encoded.
 */
export interface Outcome {
  readonly next: Living
  /** False: no transition took the event; the state is unchanged. */
  readonly handled: boolean
  readonly sends: readonly { readonly to: ActorId; readonly event: ActorEvent }[]
  /** What the machine asks of the kernel about other actors: monitors and links. */
  readonly watches: readonly { readonly to: ActorId; readonly event: { readonly type: WatchType } }[]
  /** Child actors born in this turn. */
  readonly spawned: readonly { readonly id: string; readonly address: ActorId; readonly input: Json }[]
  /** Child actors stopped in this turn. */
  readonly stopped: readonly ActorId[]
  readonly effects: readonly { readonly id: string; readonly src: string; readonly key: string; readonly input: Json }[]
  /** Keys of the running effects that this turn cancels. */
  readonly cancelled: readonly string[]
  /** Timers armed in this turn; those it cancelled are no longer in `next.timers`. */
  readonly armed: readonly { readonly id: string; readonly timer: StoredTimer }[]
  readonly emits: readonly ActorEvent[]
  /** What `reply` and `replyLater` say, in order; `to` is the id of an earlier message. */
  readonly replies: readonly { readonly value: Json; readonly to?: string }[]
  readonly logs: readonly { readonly label?: string; readonly value: Json }[]
  /** The machine asks that the steps of its saga be undone. */
  readonly compensates?: true
  /** The transitions taken, microstep by microstep; `takenEdges` names them as the chart does. */
  readonly taken: readonly AnyTransitionDefinition[]
  /** The named guards that were asked, in order. */
  readonly guards: readonly GuardNote[]
}

/** What arrives at a turn. `undefined` comes back for what is out of date: a cancelled timer, a former child, an actor that has ended. */
export type Arrival =
  | { readonly kind: 'event'; readonly event: ActorEvent; readonly from?: ActorId }
  | { readonly kind: 'timer'; readonly id: string; readonly n: number }
  | {
      readonly kind: 'result'
      readonly id: string
      readonly key: string
      readonly result: { readonly ok: true; readonly output: unknown } | { readonly ok: false; readonly error: unknown }
    }
  | { readonly kind: 'stop' }

export interface Birth {
  readonly address: ActorId
  readonly input: Json
  readonly parent?: StoredParent
  /** Where numbering goes on when the actor is born again, so that no incarnation of a child has the address of an earlier one. Default 0. */
  readonly counter?: number
}
export type { EventMeta, StoredChart }
