// Scope
// What XState is handed in place of a running actor and its system: it collects what the machine asks for and does none of it.
// XState builds a child as a real `Actor` object; that object gets an address here and never starts.
//
// C1. One run at a time: a turn is synchronous and never nests, so the collection in progress is one variable.
// C2. What outlives the turn (a child in the context) holds on to this system and to `self`, never to the turn's collection.
import type {
  AnyActorScope,
  AnyMachineSnapshot,
  AnyStateMachine,
  AnyTransitionDefinition,
  EventObject,
  ExecutableActionObject,
} from 'xstate'
import type { ActorId } from '../../machines/address.ts'
import { refTo, type AnyRef } from '../../machines/authoring.ts'
import { withMeta, type EventMeta } from '../../machines/message.ts'

/** Who takes the turn. */
export interface TurnTaker {
  readonly address: ActorId
  readonly parent?: { readonly address: ActorId; readonly id: string }
  readonly counter: number
  /** Before the turn; undefined at birth. */
  readonly snapshot?: AnyMachineSnapshot
}

/** What XState made of one event. */
export interface Collected {
  readonly snapshot: AnyMachineSnapshot
  readonly actions: readonly ExecutableActionObject[]
  readonly taken: readonly AnyTransitionDefinition[]
  readonly guards: readonly GuardNote[]
  readonly counter: number
}

/** A guard that was asked in a turn, and what it said. A guard that `and`, `or` or `not` combine is noted by itself. */
export interface GuardNote {
  readonly name: string
  readonly params: unknown
  readonly result: boolean
}

export interface TurnScope {
  /** Called by the guards of the clone; outside a turn nothing is noted. */
  noteGuard(name: string, params: unknown, result: boolean): void
  run(taker: TurnTaker, meta: EventMeta, call: (scope: AnyActorScope) => AnyMachineSnapshot): Collected
}

/** A child as XState creates it: an `Actor`, of which only this much is ours to know. */
export interface CreatedChild {
  id: string
  sessionId: string
  readonly src: unknown
  readonly options: { readonly id?: string; readonly input?: unknown }
}

/** Names a new child of the actor: `n` is the number of this incarnation. */
export type NameChild = (parent: ActorId, src: string, id: string, n: number) => string

interface Collecting {
  readonly taker: TurnTaker
  readonly actions: ExecutableActionObject[]
  readonly taken: AnyTransitionDefinition[]
  readonly guards: GuardNote[]
  counter: number
  created: CreatedChild | undefined
}

export function createScope(nameChild: NameChild): TurnScope {
  let collecting: Collecting | undefined // C1

  const christen = (child: CreatedChild): void => {
    if (!collecting) return
    if (typeof child.src !== 'string')
      throw new Error('a child is spawned from inline logic; name it in setup({ actors }) so that any worker can find it')
    const n = collecting.counter++
    if (child.options.id === undefined) child.id = `${child.src}:${n}`
    child.sessionId = nameChild(collecting.taker.address, child.src, child.id, n)
    collecting.created = child
  }
  const system = systemOf((event) => {
    if (event.type === '@xstate.actor' && event.actorRef) christen(event.actorRef)
    if (event.type === '@xstate.microstep' && event._transitions) collecting?.taken.push(...event._transitions)
  })
  const selfBehaviour = { ...sendless, system, getSnapshot: () => collecting?.taker.snapshot }

  return {
    noteGuard(name, params, result) {
      collecting?.guards.push({ name, params, result })
    },
    run(taker, meta, call) {
      if (collecting) throw new Error(`${taker.address}: a turn began inside a turn of ${collecting.taker.address}`)
      const now: Collecting = { taker, actions: [], taken: [], guards: [], counter: taker.counter, created: undefined }
      collecting = now
      try {
        const snapshot = call(scopeOf(now, selfOf(taker, selfBehaviour), meta, system))
        for (const action of now.actions) if (!isBuiltIn(action)) action.exec?.(action.info, action.params)
        return { snapshot, actions: now.actions, taken: now.taken, guards: now.guards, counter: now.counter }
      } finally {
        collecting = undefined
      }
    },
  }
}

/** Lets entry actions of the first state know the time: XState makes the init event itself, so the clone adds the facts before it is used. */
export function stampInitEvent(machine: AnyStateMachine): void {
  // `_getPreInitialState` is the first to see the init event and passes the same object on.
  const inner = machine as unknown as {
    _getPreInitialState(scope: { readonly meta?: EventMeta }, event: EventObject, queue: unknown): unknown
  }
  const original = inner._getPreInitialState.bind(machine)
  inner._getPreInitialState = (scope, event, queue) => {
    if (scope.meta) Object.assign(event, withMeta(event, scope.meta))
    return original(scope, event, queue)
  }
}

/** A reference to a child by the name its parent knows it by. */
export function childRef(address: string, id: string): AnyRef {
  const ref = refTo(address as ActorId)
  // `stopChild(ref)` finds the child by its id; XState's type says an id is never set from outside.
  ;(ref as { id: string }).id = id
  return ref
}

/** XState's own actions carry a resolved request in `params` and are interpreted after the run; the machine's custom ones run here. */
export const isBuiltIn = (action: ExecutableActionObject): boolean => builtIns.has(action.type)
const builtIns = new Set(['raise', 'sendTo', 'cancel', 'spawnChild', 'stopChild', 'emit', 'log'].map((name) => `xstate.${name}`))

type System = ReturnType<typeof systemOf>

/** The members of XState's actor system that its `Actor` and `StateMachine` use. */
const systemOf = (inspect: (event: { type: string; actorRef?: CreatedChild; _transitions?: AnyTransitionDefinition[] }) => void) => ({
  _bookId: () => '',
  _register() {},
  _unregister() {},
  _set(systemId: string) {
    throw new Error(`a child is spawned with systemId '${systemId}'; actors are found by their address here`)
  },
  get: () => undefined,
  getAll: () => ({}),
  _sendInspectionEvent: inspect,
  _relay: refuseSend,
  _logger() {},
  _clock: { setTimeout: refuseSend, clearTimeout() {} },
})

function refuseSend(): never {
  throw new Error('an action sends by itself; use sendTo, raise or emit: only those are part of the turn')
}

const sendless = {
  send: refuseSend,
  _send: refuseSend,
  start() {},
  stop() {},
  subscribe: () => ({ unsubscribe() {} }),
  on: () => ({ unsubscribe() {} }),
}

function selfOf({ address, parent }: TurnTaker, behaviour: object): object {
  const self = Object.create(behaviour) as Record<string, unknown>
  self['sessionId'] = address
  self['id'] = parent?.id ?? address
  self['_parent'] = parent && refTo(parent.address)
  return self
}

/** One per run: XState swaps `actionExecutor` while it steps. */
function scopeOf(now: Collecting, self: object, meta: EventMeta, system: System): AnyActorScope {
  const scope = {
    self,
    id: (self as AnyRef).id,
    sessionId: now.taker.address,
    system,
    meta,
    logger() {},
    emit() {},
    stopChild() {},
    // Built-in actions are not executed, so only `spawn` within an assign or a context defers: the start of the child it has just created.
    defer: () => now.actions.push({ type: 'xstate.spawnChild', params: { actorRef: now.created } } as ExecutableActionObject),
    actionExecutor: (action: ExecutableActionObject) => now.actions.push(action),
  }
  // The types of a scope demand a whole actor and system; StateMachine uses the members above.
  return scope as unknown as AnyActorScope
}
