// Worlds
// The same machine twice: as XState's own live actor, and as hosted turns with a full restore before each. Both on a simulated clock, both delivering depth first as XState does.
import { createActor, fromPromise, type AnyStateMachine, type AnyStateNode, type PromiseActorLogic } from 'xstate'
import { actorId, type ActorId } from '../../../machines/address.ts'
import type { ActorEvent } from '../../../machines/message.ts'
import { TurnFailed } from '../../../runtime/errors.ts'
import {
  birth,
  errorNotice,
  fromStored,
  prepare,
  takeTurn,
  toStored,
  type Arrival,
  type Birth,
  type Host,
  type Outcome,
  type Living,
} from '../../../runtime/statechart/index.ts'
import { define, metaAt, throughJson } from './life.ts'

export interface View {
  readonly status: string
  readonly value: unknown
  readonly context: unknown
  readonly children: readonly string[]
  readonly error: string
  readonly emitted: readonly string[]
}

export interface World {
  send(type: string): void
  pass(ms: number): void
  /** Ends the running promise, if there is one. */
  settle(ok: boolean, output: number): Promise<void>
  view(): View
}

/** What XState 5.33 does with a live actor that its own restore, or the statechart standard, contradicts. */
export type Fault = 'kept an overwritten timer' | 'was in an illegal configuration'

export function liveWorld(
  machineOf: (work: PromiseActorLogic<number, undefined>) => AnyStateMachine,
): World & { faults(): ReadonlySet<Fault> } {
  const clock = new FairClock()
  const emitted: string[] = []
  const faults = new Set<Fault>()
  let running: { readonly signal: AbortSignal; resolve(output: number): void; reject(error: Error): void } | undefined
  const work = fromPromise<number, undefined>(({ signal }) => new Promise((resolve, reject) => (running = { signal, resolve, reject })))
  const actor = createActor(machineOf(work), { clock, logger() {} })
  watchTimers(actor, faults)
  actor.subscribe({ next: (snapshot) => void (isLegal(snapshot._nodes) || faults.add('was in an illegal configuration')), error() {} })
  actor.on('*', ({ type }) => void emitted.push(type))
  actor.start()
  return {
    send: (type) => actor.send({ type }),
    pass: (ms) => clock.increment(ms),
    async settle(ok, output) {
      if (!running || running.signal.aborted) return
      if (ok) running.resolve(output)
      else running.reject(new Error('work failed'))
      running = undefined
      for (let tick = 0; tick < 4; tick++) await Promise.resolve()
    },
    view() {
      const { status, value, context, children, error } = actor.getSnapshot()
      return viewOf({ status, value, context, children, error }, emitted)
    },
    faults: () => faults,
  }
}

/** A second timer of one id does not cancel the first there: both fire. */
function watchTimers(actor: object, faults: Set<Fault>): void {
  // The scheduler and what it has scheduled are internal to XState's system.
  const { system } = actor as { system: { _snapshot: { _scheduledEvents: object }; scheduler: { schedule(...given: unknown[]): void } } }
  const original = system.scheduler.schedule
  system.scheduler.schedule = (...given) => {
    const [source, , , , id] = given
    const { sessionId } = source as { sessionId: string }
    if (typeof id === 'string' && `${sessionId}.${id}` in system._snapshot._scheduledEvents) faults.add('kept an overwritten timer')
    original(...given)
  }
}

/** Every active parallel state has all its regions, every active compound state exactly one child. */
const isLegal = (nodes: readonly AnyStateNode[]): boolean =>
  nodes.every((node) => {
    const inner = Object.values(node.states).filter(({ type }) => type !== 'history')
    const active = inner.filter((child) => nodes.includes(child)).length
    return node.type === 'parallel' ? active === inner.length : node.type !== 'compound' || active === 1
  })

/** Some random machines double their timers at each firing; what is left over waits for the next step, in both worlds. */
const firingsMax = 100

/** Fires what is due at one time in the order it was set; XState's SimulatedClock leaves ties to chance. */
class FairClock {
  readonly #pending = new Map<number, { readonly due: number; readonly call: () => void }>()
  #now = 0
  #set = 0

  now(): number {
    return this.#now
  }

  setTimeout(call: () => void, ms: number): number {
    const id = this.#set++
    this.#pending.set(id, { due: this.#now + ms, call })
    return id
  }

  clearTimeout(id: number): void {
    this.#pending.delete(id)
  }

  increment(ms: number): void {
    const end = this.#now + ms
    let fired = 0
    for (let next = this.#earliest(end); next; next = this.#earliest(end)) {
      if (fired++ === firingsMax) return
      this.#pending.delete(next.id)
      this.#now = next.due
      next.call()
    }
    this.#now = end
  }

  #earliest(end: number): { readonly id: number; readonly due: number; readonly call: () => void } | undefined {
    let [earliest, due] = [-1, end + 1]
    for (const [id, timer] of this.#pending) if (timer.due < due) [earliest, due] = [id, timer.due]
    const found = this.#pending.get(earliest)
    return found && { id: earliest, ...found }
  }
}

interface Resident {
  readonly host: Host
  readonly address: ActorId
  /** Undefined until the birth has succeeded. */
  living: Living | undefined
  readonly queue: Arrival[]
  busy: boolean
  error: string
}

/** `restoring`: every actor comes back from its stored JSON before every turn; else it stays in memory. */
export function hostedWorld(machine: AnyStateMachine, kid: AnyStateMachine, restoring: boolean): World {
  return new HostedWorld(machine, kid, restoring)
}

class HostedWorld implements World {
  readonly #clock = new FairClock()
  readonly #residents = new Map<string, Resident>()
  readonly #timers = new Map<string, unknown>()
  readonly #emitted: string[] = []
  readonly #root = actorId('acme', 'it', 'root')
  readonly #restoring: boolean

  constructor(machine: AnyStateMachine, kid: AnyStateMachine, restoring: boolean) {
    this.#restoring = restoring
    const definition = define(machine, { effects: ['work'], children: { kid: define(kid, { name: 'kid' }) } })
    this.#bear(prepare(definition), { address: this.#root, input: null })
  }

  send(type: string): void {
    this.#post(this.#root, { kind: 'event', event: { type } })
  }

  pass(ms: number): void {
    this.#clock.increment(ms)
  }

  settle(ok: boolean, output: number): Promise<void> {
    const child = this.#residents.get(this.#root)?.living?.children['work']
    const result = ok ? ({ ok, output } as const) : ({ ok: false, error: new Error('work failed') } as const)
    if (child) this.#post(this.#root, { kind: 'result', id: 'work', key: child.address, result })
    return Promise.resolve()
  }

  view(): View {
    const root = this.#residents.get(this.#root)
    if (root?.living && !root.error) return viewOf(root.living.snapshot, this.#emitted)
    return viewOf({ status: 'error', value: undefined, context: undefined, children: {}, error: { message: root?.error } }, this.#emitted)
  }

  #bear(host: Host, first: Birth): void {
    const resident: Resident = { host, address: first.address, living: undefined, queue: [], busy: true, error: '' }
    this.#residents.set(first.address, resident)
    this.#carryOut(resident, () => birth(host, first, metaAt(this.#clock.now())))
    this.#drain(resident)
  }

  #post(address: ActorId, arrival: Arrival): void {
    const resident = this.#residents.get(address)
    resident?.queue.push(arrival)
    if (resident && !resident.busy) this.#drain(resident)
  }

  #drain(resident: Resident): void {
    resident.busy = true
    for (let next = resident.queue.shift(); next; next = resident.queue.shift()) {
      const arrival = next
      const { living } = resident
      if (resident.error || !living) continue
      this.#carryOut(resident, () => takeTurn(resident.host, living, arrival, metaAt(this.#clock.now())))
    }
    resident.busy = false
  }

  #carryOut(resident: Resident, take: () => Outcome | undefined): void {
    const outcome = this.#attempt(resident, take)
    if (!outcome) return
    const { address, host } = resident
    resident.living = this.#restoring ? fromStored(host, address, throughJson(toStored(host, outcome.next))) : outcome.next
    this.#keepTimers(address, outcome)
    for (const { type } of outcome.emits) if (address === this.#root) this.#emitted.push(type)
    for (const { id, address: child, input } of outcome.spawned) {
      const born = host.definition.children['kid']
      if (born) this.#bear(prepare(born), { address: child, input, parent: { address, id } })
    }
    for (const { to, event } of outcome.sends) this.#post(to, { kind: 'event', event, from: address })
    for (const child of outcome.stopped) this.#post(child, { kind: 'stop' })
    if (outcome.next.snapshot.status === 'error') this.#tell(address, errorNotice(outcome.next))
  }

  /** XState ends an actor whose turn throws; here the supervisor decides, and this one gives up at once. */
  #attempt(resident: Resident, take: () => Outcome | undefined): Outcome | undefined {
    try {
      return take()
    } catch (failure) {
      if (!(failure instanceof TurnFailed) || !(failure.cause instanceof Error)) throw failure
      resident.error = failure.cause.message
      return undefined
    }
  }

  #tell(from: ActorId, notice: { readonly to: ActorId; readonly event: ActorEvent } | undefined): void {
    if (notice) this.#post(notice.to, { kind: 'event', event: notice.event, from })
  }

  #keepTimers(address: ActorId, { armed, next }: Outcome): void {
    for (const [key, timeout] of this.#timers) {
      const [owner, id, n] = JSON.parse(key) as [string, string, number]
      if (owner !== address || next.timers[id]?.n === n) continue
      this.#clock.clearTimeout(timeout as number)
      this.#timers.delete(key)
    }
    for (const { id, timer } of armed) {
      const fire = () => this.#post(address, { kind: 'timer', id, n: timer.n })
      this.#timers.set(JSON.stringify([address, id, timer.n]), this.#clock.setTimeout(fire, timer.due - this.#clock.now()))
    }
  }
}

interface Seen {
  readonly status: string
  readonly value: unknown
  readonly context: unknown
  readonly children: object
  readonly error: unknown
}

function viewOf({ status, value, context, children, error }: Seen, emitted: readonly string[]): View {
  const message = error instanceof Error || (typeof error === 'object' && error !== null && 'message' in error) ? String(error.message) : ''
  if (status === 'error') return { status, value: undefined, context: undefined, children: [], error: message, emitted: [] }
  return {
    status,
    value,
    context,
    children: status === 'active' ? Object.keys(children).toSorted() : [],
    error: message,
    emitted: [...emitted],
  }
}
