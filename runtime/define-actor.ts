// Actor definition
// Ties a machine to the world: which functions run its effects, which definitions its children have, how it is supervised.
// The compiler checks it against the machine: a missing effect, a wrong output or a missing child does not compile.
import type { AnyStateMachine, PromiseActorLogic, StateMachine } from 'xstate'
import type { ActorId } from '../machines/address.ts'
import { supervisionDefaults, type SupervisionSpec } from '../machines/supervision.ts'
import type { ActorEvent } from '../machines/message.ts'
import { acceptingRetries, hostedEffects, type CompensationRun, type CompensationSpec, type LooseEffect } from './compensation.ts'
import type { StoredChart } from './statechart/stored.ts'

/** What an effect is given. It may run more than once for one key, so a call to the outside carries `idempotencyKey`. */
export interface EffectContext<Input> {
  readonly input: Input
  /** Aborted when the machine leaves the invoking state, on timeout, and when the worker drains. */
  readonly signal: AbortSignal
  /** The same at every attempt and on every worker: actor, effect id and incarnation. */
  readonly idempotencyKey: string
  /** 1 for the first run in this process. */
  readonly attempt: number
  readonly actor: ActorId
  readonly correlation: string | undefined
  /** Tells watchers how far the work is. Not stored. */
  progress(value: unknown): void
  /** Says the work is alive: the timeout starts again. */
  heartbeat(): void
}

/** How an effect is run. `docs/flow-control.md` says how pools choose what is next. */
export interface EffectPolicy<Input = never> {
  /** Without a heartbeat for this long the run is aborted and counts as failed. Default 60,000. */
  readonly timeoutMs?: number
  /** Runs in all, the first included. Default 1. */
  readonly attemptsMax?: number
  readonly backoffMs?: number
  readonly backoffFactor?: number
  /** Share of the backoff that is random, 0 to 1. Default 0.2. */
  readonly jitter?: number
  /** False ends the attempts at once. Default: every error is retried. */
  readonly retryable?: (error: unknown) => boolean
  /** Effects of one pool share its concurrency limit. Default 'default'. */
  readonly pool?: string
  /** Runs of one key share the key's limits in their pool, whatever their tenants. Default: the tenant. */
  readonly key?: (input: Input, tenant: string) => string
  /** From -10 to 10: each step counts as `effectPriorityMs` of waiting among the runs of one tenant and key. Default 0. */
  readonly priority?: (input: Input) => number
}

export type EffectRun<Input, Output> = (context: EffectContext<Input>) => Promise<Output>
export interface EffectSpec<Input, Output> extends EffectPolicy<Input> {
  readonly run: EffectRun<Input, Output>
  /** Makes the effect a step of a saga: undoes what `run` did when the actor is cancelled, fails, or asks for it. See docs/sagas.md. */
  readonly compensate?: CompensationRun<Input, Output> | CompensationSpec<Input, Output>
}

type ActorsOf<M> =
  M extends StateMachine<
    infer _C,
    infer _E,
    infer _Ch,
    infer A,
    infer _Ac,
    infer _G,
    infer _D,
    infer _V,
    infer _T,
    infer _I,
    infer _O,
    infer _Em,
    infer _M,
    infer _S
  >
    ? A
    : never
type ChildSource<A> = A extends { src: infer S extends string; logic: infer L } ? (L extends AnyStateMachine ? S : never) : never
type EffectSource<A> = A extends { src: infer S extends string; logic: infer L } ? (L extends AnyStateMachine ? never : S) : never
type EffectOf<L> =
  L extends PromiseActorLogic<infer Output, infer Input, infer _E> ? EffectRun<Input, Output> | EffectSpec<Input, Output> : never
type EffectsOf<A> = { readonly [S in EffectSource<A>]: EffectOf<Extract<A, { src: S }> extends { logic: infer L } ? L : never> }
type Children<A> = { readonly [S in ChildSource<A>]: ActorDefinition }
type WhenAny<Keys, Field extends string, Value> = [Keys] extends [never]
  ? { readonly [F in Field]?: Record<string, never> }
  : { readonly [F in Field]: Value }

/** A stored state in, the same for a later version out. It is pure: it may run many times before what it made is written. */
export type Migration = (stored: StoredChart) => unknown
export interface MigrationStep {
  /** The version it leads to. */
  readonly to: string
  readonly run: Migration
}

/** Checks an event from outside: undefined when it is good, else what is wrong with it. */
export interface EventCheck {
  (event: ActorEvent): string | undefined
  /** For people's tools: the types it takes, each with the JSON schema of its events. A check that lists none may take any. */
  readonly schemas?: () => Readonly<Record<string, object>>
}

/** A definition as the kernel holds it: every field present. */
export interface ActorDefinition<M extends AnyStateMachine = AnyStateMachine> {
  /** The actor type: the middle of every address of this kind. */
  readonly name: string
  readonly version: string
  readonly machine: M
  /** Those that undo others among them. */
  readonly effects: Readonly<Record<string, EffectSpec<never, unknown>>>
  readonly children: Readonly<Record<string, ActorDefinition>>
  readonly supervision: SupervisionSpec
  readonly capabilities: readonly string[]
  /** By the version migrated from. */
  readonly migrate: Readonly<Record<string, MigrationStep>>
  /** Earlier versions that are still hosted, for actors whose state neither fits this one nor migrates to it. */
  readonly previous: readonly ActorDefinition[]
  /** False: events of this type are refused unless the actor exists (a child is only born by its parent). Default true. */
  readonly createdByMessage: boolean
  /** Checks an event from outside; see `ActorSpec`. */
  readonly accepts?: EventCheck
}

export type ActorSpec<M extends AnyStateMachine> = {
  readonly name: string
  readonly version: string
  readonly machine: M
  readonly supervision?: Partial<SupervisionSpec>
  readonly capabilities?: readonly string[]
  /** By the version migrated from: a function leads to this version, a step to the version it names, from where the next one goes on. */
  readonly migrate?: Readonly<Record<string, Migration | MigrationStep>>
  /** Definitions of earlier versions, under the same name: an actor whose state neither fits this version nor migrates to it runs on its own. */
  readonly previous?: readonly ActorDefinition[]
  readonly createdByMessage?: boolean
  /** Checks an event from outside: undefined when it is good, else what is wrong with it. A refused event is a dead letter with that cause. */
  readonly accepts?: EventCheck
} & WhenAny<EffectSource<ActorsOf<M>>, 'effects', EffectsOf<ActorsOf<M>>> &
  WhenAny<ChildSource<ActorsOf<M>>, 'children', Children<ActorsOf<M>>>

/**
 * Defines an actor type from its machine.
 * The worker that is to host it throws TR_DEFINITION_INVALID when the machine uses what cannot be made durable (see docs/semantics.md),
 * or when a policy makes no sense, naming every fault; `troupe deploy check` and the tests of `troupe/testing` do so before.
 */
export function defineActor<M extends AnyStateMachine>(spec: ActorSpec<M>): ActorDefinition<M> {
  const given: LooseSpec = spec
  return {
    name: spec.name,
    version: spec.version,
    machine: spec.machine,
    effects: hostedEffects(given.effects ?? {}),
    children: given.children ?? {},
    supervision: { ...supervisionDefaults, ...given.supervision },
    capabilities: given.capabilities ?? [],
    migrate: Object.fromEntries(
      Object.entries(given.migrate ?? {}).map(([from, step]) => [
        from,
        typeof step === 'function' ? { to: spec.version, run: step } : step,
      ]),
    ),
    previous: given.previous ?? [],
    createdByMessage: given.createdByMessage ?? true,
    ...(given.accepts && { accepts: acceptingRetries(given.accepts) }),
  }
}

/** The spec without what the compiler worked out from the machine. */
interface LooseSpec {
  readonly effects?: Readonly<Record<string, LooseEffect>>
  readonly children?: Readonly<Record<string, ActorDefinition>>
  readonly supervision?: Partial<SupervisionSpec>
  readonly capabilities?: readonly string[]
  readonly migrate?: Readonly<Record<string, Migration | MigrationStep>>
  readonly previous?: readonly ActorDefinition[]
  readonly createdByMessage?: boolean
  readonly accepts?: EventCheck
}
