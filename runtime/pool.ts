// Pool
// Which effect run starts next: limits of the pool and of each key, tenants in turn, priorities with ageing. Pure: time in, decision out.
// Time never runs backwards here; who calls sees to it.
//
// P1. At most `concurrency` runs are under way, at most the key's own limit of them with one key, and never faster than the key's rate.
// P2. Tenants take turns: while a tenant has a run that may start, no other tenant is given two turns. So do the keys of one tenant.
// P3. Within a tenant and key the order is the time since which a run waits, less `priorityMs` for each step of its priority:
//     a run is overtaken only by runs that begin to wait less than `(2 × priorityMax) × priorityMs` after it.
// P4. A tenant may wait with no more runs than the queue has places left, so there is room for one that has none waiting.
//     At most `waitingMax + concurrency` runs are in the pool, those that rest between two attempts included.
// P5. A run that is removed leaves nothing behind.
import { Gate, type KeyLimits } from './gate.ts'
import { Heap, type Ranked } from './heap.ts'
import { shareOf } from './rate-limit.ts'

export interface PoolLimits {
  readonly concurrency: number
  readonly waitingMax: number
  /** One step of priority counts as this much waiting. */
  readonly priorityMs: number
  readonly perKey: KeyLimits
}

/** What the pool needs to know of a run. */
export interface PoolRun {
  readonly tenant: string
  readonly key: string
  readonly priority: number
}

/** Priorities reach from minus this to this; beyond it they count as the end of the scale. */
export const priorityMax = 10

interface Tenant<Run> extends Ranked {
  readonly name: string
  /** By key. */
  readonly lanes: Map<string, Lane<Run>>
  /** Lanes that may start, as far as is known. */
  readonly open: Heap<Lane<Run>>
  /** When it last had its turn. */
  turn: number
  waiting: number
}

/** The waiting runs of one tenant and key. */
interface Lane<Run> extends Ranked {
  readonly tenant: Tenant<Run>
  readonly gate: Gate<Lane<Run>>
  readonly runs: Heap<Waiting<Run>>
  turn: number
}

interface Waiting<Run> extends Ranked {
  readonly run: Run
  readonly tenant: Tenant<Run>
  /** When it begins to wait; until then it rests. */
  readonly since: number
  readonly rank: number
  readonly arrival: number
  lane: Lane<Run> | undefined
}

export class Pool<Run extends PoolRun> {
  readonly #limits: PoolLimits
  /** This worker's part of `perKey`. */
  #perKey: KeyLimits
  #running = 0
  /** Counts turns and arrivals. */
  #count = 0
  readonly #waiting = new Map<Run, Waiting<Run>>()
  readonly #resting = new Heap<Waiting<Run>>((one, other) => one.since < other.since)
  readonly #tenants = new Map<string, Tenant<Run>>()
  /** Tenants with an open lane. */
  readonly #open = new Heap<Tenant<Run>>(byTurn)
  readonly #gates = new Map<string, Gate<Lane<Run>>>()
  /** Gates that only time keeps closed, and that runs wait for. */
  readonly #opening = new Heap<Gate<Lane<Run>>>((one, other) => one.due < other.due)
  #gatesMax = gatesSpare

  constructor(limits: PoolLimits) {
    this.#limits = limits
    this.#perKey = limits.perKey
  }

  get running(): number {
    return this.#running
  }

  get waiting(): number {
    return this.#waiting.size
  }

  waitingOf(tenant: string): number {
    return this.#tenants.get(tenant)?.waiting ?? 0
  }

  /** Since when the run waits that has waited longest; undefined when none does. */
  get oldestSince(): number | undefined {
    let oldest: number | undefined
    for (const { lane, since } of this.#waiting.values()) if (lane && since < (oldest ?? Infinity)) oldest = since
    return oldest
  }

  /** Tenants, lanes and keys in memory. */
  get remembered(): number {
    let lanes = 0
    for (const tenant of this.#tenants.values()) lanes += tenant.lanes.size
    return this.#tenants.size + lanes + this.#gates.size
  }

  /** Queues a run; false when there is no room (P4). */
  add(run: Run, now: number): boolean {
    this.#wake(now)
    if (!this.#hasRoom(run, now)) return false
    this.#queue(this.#ticket(run, now), now)
    return true
  }

  /** The run that starts now (P1); call until there is none. */
  next(now: number): Run | undefined {
    this.#wake(now)
    while (this.#running < this.#limits.concurrency) {
      const lane = this.#open.first?.open.first
      if (!lane) return undefined
      if (lane.gate.opensAt(this.#perKey, now) <= now) return this.#start(lane, now)
      this.#park(lane, now)
    }
    return undefined
  }

  /** A run that was started is over. */
  settle(run: Run, now: number): void {
    this.#running--
    const gate = this.#gateOf(run.key, now)
    gate.running--
    this.#watch(gate, now)
  }

  /** A settled run is to start once more, not before `from`. It was let in before, so there is room (P4). */
  again(run: Run, from: number): void {
    this.#resting.add(this.#ticket(run, from))
  }

  /** A waiting run is not to start any more. */
  remove(run: Run): void {
    const waiting = this.#waiting.get(run)
    if (waiting) this.#take(waiting)
  }

  /** No run of this key starts before `until`. */
  close(key: string, until: number, now: number): void {
    this.#gateOf(key, now).close(until)
  }

  /** How many workers keep the rates together. */
  share(workers: number): void {
    const { rate } = this.#limits.perKey
    if (!rate) return
    this.#perKey = { ...this.#limits.perKey, rate: shareOf(rate, workers) }
    for (const gate of this.#gates.values()) this.#unpark(gate)
  }

  /** When a waiting run may start without any other ending; undefined: not by time alone. */
  get wakesAt(): number | undefined {
    if (this.#running >= this.#limits.concurrency) return undefined
    const at = Math.min(this.#opening.first?.due ?? Infinity, this.#resting.first?.since ?? Infinity)
    return at < Infinity ? at : undefined
  }

  #hasRoom(run: Run, now: number): boolean {
    const { concurrency, waitingMax } = this.#limits
    if (this.#startsAtOnce(run.key, now)) return this.waiting + this.#running < waitingMax + concurrency
    return this.waitingOf(run.tenant) < waitingMax - this.waiting
  }

  #startsAtOnce(key: string, now: number): boolean {
    if (this.#running >= this.#limits.concurrency || this.#open.size > 0) return false
    const gate = this.#gates.get(key)
    return gate === undefined || (gate.lanes === 0 && gate.opensAt(this.#perKey, now) <= now)
  }

  #ticket(run: Run, since: number): Waiting<Run> {
    const tenant = this.#tenants.get(run.tenant) ?? this.#newTenant(run.tenant)
    tenant.waiting++
    const priority = Math.max(-priorityMax, Math.min(priorityMax, run.priority))
    const rank = since - priority * this.#limits.priorityMs // P3
    const waiting: Waiting<Run> = { run, tenant, since, rank, arrival: ++this.#count, lane: undefined, place: -1 }
    this.#waiting.set(run, waiting)
    return waiting
  }

  #newTenant(name: string): Tenant<Run> {
    const tenant: Tenant<Run> = { name, lanes: new Map(), open: new Heap<Lane<Run>>(byTurn), turn: ++this.#count, waiting: 0, place: -1 }
    this.#tenants.set(name, tenant)
    return tenant
  }

  /** Puts a run that no longer rests into its lane. */
  #queue(waiting: Waiting<Run>, now: number): void {
    const { tenant, run } = waiting
    const known = tenant.lanes.get(run.key)
    const lane = known ?? { tenant, gate: this.#gateOf(run.key, now), runs: new Heap<Waiting<Run>>(byRank), turn: ++this.#count, place: -1 }
    waiting.lane = lane
    lane.runs.add(waiting)
    if (known) return
    tenant.lanes.set(run.key, lane)
    lane.gate.lanes++
    this.#offer(lane)
  }

  /** Takes a waiting run out, and its lane and tenant when they have no other (P5). */
  #take(waiting: Waiting<Run>): void {
    const { run, tenant, lane } = waiting
    this.#waiting.delete(run)
    if (--tenant.waiting === 0) this.#tenants.delete(tenant.name)
    if (!lane) return this.#resting.remove(waiting)
    lane.runs.remove(waiting)
    if (lane.runs.size > 0) return
    this.#withdraw(lane)
    tenant.lanes.delete(run.key)
    lane.gate.lanes--
  }

  #start(lane: Lane<Run>, now: number): Run | undefined {
    const { tenant, gate } = lane
    const first = lane.runs.first
    if (!first) return undefined
    this.#withdraw(lane)
    this.#open.remove(tenant)
    lane.turn = tenant.turn = ++this.#count // P2: behind all others
    this.#take(first)
    if (lane.runs.size > 0) this.#offer(lane)
    else if (tenant.open.size > 0) this.#open.add(tenant)
    gate.enter(this.#perKey, now)
    this.#running++
    return first.run
  }

  /** What time alone held back. */
  #wake(now: number): void {
    for (let rested = this.#resting.first; rested && rested.since <= now; rested = this.#resting.first) {
      this.#resting.remove(rested)
      this.#queue(rested, now)
    }
    for (let gate = this.#opening.first; gate && gate.due <= now; gate = this.#opening.first) this.#unpark(gate)
  }

  #offer(lane: Lane<Run>): void {
    lane.tenant.open.add(lane)
    this.#open.add(lane.tenant)
  }

  #withdraw(lane: Lane<Run>): void {
    const { tenant, gate } = lane
    tenant.open.remove(lane)
    if (tenant.open.size === 0) this.#open.remove(tenant)
    gate.parked.delete(lane)
    if (gate.parked.size === 0) this.#opening.remove(gate)
  }

  /** A lane whose gate is closed leaves the turns until it opens. */
  #park(lane: Lane<Run>, now: number): void {
    this.#withdraw(lane)
    lane.gate.parked.add(lane)
    this.#watch(lane.gate, now)
  }

  #unpark(gate: Gate<Lane<Run>>): void {
    this.#opening.remove(gate)
    for (const lane of gate.parked) this.#offer(lane)
    gate.parked.clear()
  }

  #watch(gate: Gate<Lane<Run>>, now: number): void {
    this.#opening.remove(gate)
    if (gate.parked.size === 0) return
    gate.due = gate.opensAt(this.#perKey, now)
    if (gate.due < Infinity) this.#opening.add(gate)
  }

  #gateOf(key: string, now: number): Gate<Lane<Run>> {
    const known = this.#gates.get(key)
    if (known) return known
    if (this.#gates.size >= this.#gatesMax) this.#forgetIdle(now)
    const gate = new Gate<Lane<Run>>(key)
    this.#gates.set(key, gate)
    return gate
  }

  /** Looks at every key when they have doubled: a small part of the work of adding them. */
  #forgetIdle(now: number): void {
    for (const [key, gate] of this.#gates) if (gate.isIdle(now)) this.#gates.delete(key)
    this.#gatesMax = gatesSpare + 2 * this.#gates.size
  }
}

/** Keys that are remembered without need, at most, beside as many as are needed. */
const gatesSpare = 64

const byTurn = <Item extends { readonly turn: number }>(one: Item, other: Item): boolean => one.turn < other.turn
const byRank = <Run>(one: Waiting<Run>, other: Waiting<Run>): boolean =>
  one.rank === other.rank ? one.arrival < other.arrival : one.rank < other.rank
