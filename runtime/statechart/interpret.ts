// Interpret
// The actions of one run as what the kernel has to do: messages, births, effects, timers. XState's own actions only ask; this is where they are understood.
//
// I1. A child born and stopped in one turn never existed: no birth, no stop, no message to it.
// I2. Nothing leaves a turn but encoded values, without the facts the kernel put on the event.
import type { AnyMachineSnapshot, ExecutableActionObject } from 'xstate'
import { parseActorId, type ActorId } from '../../machines/address.ts'
import { compensateType, replyType, watchTypes, type AnyRef, type WatchType } from '../../machines/authoring.ts'
import { metaOf, type ActorEvent, type EventMeta } from '../../machines/message.ts'
import { isEffect } from './children.ts'
import { encode } from './codec.ts'
import type { Collected, CreatedChild } from './scope.ts'
import type { Json, StoredChild, StoredTimer } from './stored.ts'
import type { Host, Living, Outcome } from './turn.ts'

type Mutable<T> = T extends readonly (infer Item)[] ? Item[] : never
type Lists = 'sends' | 'watches' | 'spawned' | 'effects' | 'cancelled' | 'stopped' | 'emits' | 'replies' | 'logs'

/** The outcome in the making. */
export type Draft = { readonly [List in Lists]: Mutable<Outcome[List]> } & {
  readonly children: Record<string, StoredChild>
  readonly timers: Record<string, StoredTimer>
  counter: number
  compensates?: true
}

export interface Run {
  readonly host: Host
  /** The actor before the turn, with what the arrival itself has changed. */
  readonly before: Pick<Living, 'address' | 'children' | 'timers' | 'parent'> & Partial<Pick<Living, 'snapshot'>>
  readonly meta: EventMeta
}

export function interpret(run: Run, collected: Collected): Draft {
  const { children, timers } = run.before
  const draft: Draft = {
    children: { ...children },
    timers: { ...timers },
    counter: collected.counter,
    sends: [],
    watches: [],
    spawned: [],
    effects: [],
    cancelled: [],
    stopped: [],
    emits: [],
    replies: [],
    logs: [],
  }
  for (const action of collected.actions) interpretOne(run, draft, action)
  if (collected.snapshot.status !== 'active') end(run, draft, collected.snapshot)
  return draft
}

/** What each of XState's own actions has resolved by the time it would be executed; the types of `params` say only `unknown`. */
interface Request {
  readonly event: ActorEvent
  readonly to: AnyRef | undefined
  readonly id: string | undefined
  readonly delay: number | undefined
  readonly sendId: string
  readonly actorRef: CreatedChild | undefined
  readonly src: unknown
  readonly label: string | undefined
  readonly value: unknown
}

function interpretOne(run: Run, draft: Draft, action: ExecutableActionObject): void {
  const request = action.params as Request
  switch (action.type) {
    case 'xstate.raise':
      if (typeof request.delay === 'number') arm(run, draft, request, run.before.address)
      return // without a delay the event is consumed already
    case 'xstate.sendTo': {
      const to = addressee(run, draft, request)
      if (typeof request.delay === 'number') return arm(run, draft, request, to)
      draft.sends.push({ to, event: encodeEvent(run, request.event) })
      return
    }
    case 'xstate.cancel':
      delete draft.timers[request.sendId]
      return
    case 'xstate.spawnChild':
      if (!request.actorRef)
        throw new Error(`spawns '${String(request.src)}', which the definition has neither as an effect nor as a child`)
      return spawn(run, draft, request.actorRef)
    case 'xstate.stopChild':
      // `params` is the child itself here, or undefined when there was none of that id.
      return stop(run, draft, action.params as AnyRef | undefined)
    case 'xstate.emit':
      if (request.event.type === replyType) draft.replies.push(replyOf(request.event, encode(bare(run, request.event['value']))))
      else if (isWatch(request.event.type)) draft.watches.push({ to: watched(request.event), event: { type: request.event.type } })
      else if (request.event.type === compensateType) draft.compensates = true
      else draft.emits.push(encodeEvent(run, request.event))
      return
    case 'xstate.log':
      draft.logs.push({ ...(request.label !== undefined && { label: request.label }), value: encode(bare(run, request.value)) })
  }
}

const isWatch = (type: string): type is WatchType => (watchTypes as readonly string[]).includes(type)

function watched({ type, to }: ActorEvent): ActorId {
  if (typeof to === 'string' && parseActorId(to)) return to as ActorId
  throw new Error(`'${type.slice(1)}' names ${typeof to === 'string' ? `'${to}'` : 'nothing'}, which is not the address of an actor`)
}

function arm(run: Run, draft: Draft, { id, delay = 0, event }: Request, to: ActorId): void {
  if (!Number.isFinite(delay)) throw new Error(`'${event.type}' is delayed by ${delay} ms; a delay is a finite number`)
  const n = draft.counter++
  const due = run.meta.at + Math.max(0, delay)
  const name = id ?? `delayed.${n}`
  delete draft.timers[name] // the newest stands last, so `armed` is in the order of arming
  draft.timers[name] = { n, due, to, event: encodeEvent(run, event) as Json }
}

function addressee({ host, before }: Run, draft: Draft, { to, event }: Request): ActorId {
  const address = to?.sessionId
  if (address === before.address) return before.address
  const child = to && draft.children[to.id]
  if (child?.address === address && child?.kind === 'effect')
    throw new Error(
      `'${event.type}' is sent to '${to?.id}', which is an effect of ${host.definition.name}; an effect receives nothing but its input`,
    )
  if (address === undefined || parseActorId(address) === undefined)
    throw new Error(`'${event.type}' is sent to ${address === undefined ? 'nobody' : `'${address}', which is not the address of an actor`}`)
  return address as ActorId
}

function spawn(run: Run, draft: Draft, created: CreatedChild): void {
  const { id, sessionId: address } = created
  const src = String(created.src)
  const former = draft.children[id]
  if (former) forget(run, draft, id, former) // its id names the new incarnation from now on, nobody could stop the old one
  const input = encode(bare(run, created.options.input))
  if (isEffect(run.host.definition, src)) {
    draft.children[id] = { kind: 'effect', src, address, input }
    draft.effects.push({ id, src, key: address, input })
  } else {
    draft.children[id] = { kind: 'actor', src, address }
    draft.spawned.push({ id, address: address as ActorId, input })
  }
}

function stop(run: Run, draft: Draft, ref: AnyRef | undefined): void {
  const child = ref && draft.children[ref.id]
  if (child && child.address === ref.sessionId) forget(run, draft, ref.id, child)
}

function forget(run: Run, draft: Draft, id: string, child: StoredChild): void {
  delete draft.children[id]
  const bornNow = run.before.children[id]?.address !== child.address
  if (bornNow) unmake(draft, child.address)
  else if (child.ended) return
  else if (child.kind === 'effect') draft.cancelled.push(child.address)
  else draft.stopped.push(child.address as ActorId)
}

/** I1 */
function unmake(draft: Draft, address: string): void {
  remove(draft.effects, (effect) => effect.key === address)
  remove(draft.spawned, (child) => child.address === address)
  remove(draft.sends, (send) => send.to === address)
  for (const [id, { to }] of Object.entries(draft.timers)) if (to === address) delete draft.timers[id]
}

function remove<Item>(list: Item[], doomed: (item: Item) => boolean): void {
  for (let at = list.length - 1; at >= 0; at--) if (doomed(list[at] as Item)) list.splice(at, 1)
}

/** The actor has ended: its children with it, its timers too; the parent hears of a regular end (a permanent actor has none), of a failure only if the supervisor says so. */
function end(run: Run, draft: Draft, snapshot: AnyMachineSnapshot): void {
  for (const [id, child] of Object.entries(draft.children)) forget(run, draft, id, child)
  for (const id of Object.keys(draft.timers)) delete draft.timers[id]
  const { parent } = run.before
  if (snapshot.status !== 'done' || !parent || run.host.definition.supervision.restart === 'permanent') return
  const event = { type: `xstate.done.actor.${parent.id}`, output: encode(snapshot.output), actorId: parent.id }
  draft.sends.push({ to: parent.address, event })
}

/** I2: an event is an object of fields, and stays one when encoded. */
const encodeEvent = (run: Run, event: ActorEvent): ActorEvent => encode(bare(run, event)) as unknown as ActorEvent

/** I2: a forwarded event is the very object the machine was given. */
function bare(run: Run, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || metaOf(value) !== run.meta) return value
  const { '@': _meta, ...rest } = value as ActorEvent
  return rest
}

const replyOf = (event: ActorEvent, value: Json): Outcome['replies'][number] =>
  typeof event.to === 'string' ? { value, to: event.to } : { value }
