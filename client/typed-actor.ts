// Typed actor
// One actor seen through its definition: the compiler knows which events it takes and what it answers.
// Machines are described by their shape only, so that this package needs no XState.
import type { ActorId } from '../machines/address.ts'
import type { ActorState } from './requests.ts'
import type { Accepted } from './ticket.ts'
import type { AskOptions, SendOptions, TroupeClient } from './troupe-client.ts'
import type { Watch, WatchOptions } from './watch.ts'

/** What a definition made by `defineActor` has, as far as a client cares. */
export interface DefinitionLike {
  readonly name: string
  readonly machine: { transition(snapshot: never, event: never, scope: never): unknown }
}

type TransitionOf<D extends DefinitionLike> = D['machine'] extends {
  transition(snapshot: never, event: infer Event, scope: never): infer Snapshot
}
  ? { event: Event; snapshot: Snapshot }
  : never

/** The events of a definition's machine. */
export type EventOf<D extends DefinitionLike> = Extract<TransitionOf<D>['event'], { type: string }>
/** The output of a definition's machine: what an ask gives when no `reply` came before the end. */
export type OutputOf<D extends DefinitionLike> =
  Extract<TransitionOf<D>['snapshot'], { status: 'done' }> extends { output: infer Output } ? Output : unknown

export interface ActorHandle<Event extends { type: string }, Output> {
  readonly id: ActorId
  /** Resolves once the event is durably accepted. */
  send(event: Event, options?: SendOptions): Promise<Accepted>
  /** Resolves with the machine's `reply`, or with its output when it ends. Name the type of a reply: `ask<number>(event)`. */
  ask<Value = Output>(event: Event, options?: AskOptions): Promise<Value>
  query(): Promise<ActorState>
  watch(options?: WatchOptions): Watch
  cancel(reason: string, options?: SendOptions): Promise<Accepted>
}

export function typedActor<D extends DefinitionLike>(
  client: TroupeClient,
  id: ActorId,
  part: { tenant: string; type: string; key: string },
): ActorHandle<EventOf<D>, OutputOf<D>> {
  return {
    id,
    send: (event, options) => client.send(id, event, options),
    ask: (event, options) => client.ask(id, event, options),
    query: () => client.query(id),
    watch: (options) => client.watch(part, options),
    cancel: (reason, options) => client.cancel(id, reason, options),
  }
}
