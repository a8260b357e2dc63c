// Worker
// One process of the fleet: says it is alive, owns the partitions that are assigned to it, hands them over when others should have them, drains when told.
//
// W1. Who should own what is only advice: two workers that disagree cost a claim, never a wrong turn (the log's sequence check decides).
// W2. A partition that a living member says it owns is not claimed, nor one whose last record says so of it and news of it is late (claim.ts);
//     that member releases it when it should.
// W3. After `drain` no partition is owned here and no effect runs.
// W4. With every heartbeat an idle partition is looked up in the log. So an owner that was replaced without knowing (it was stopped, or a claim
//     of its partition failed half-way) ends it here within a heartbeat, and does not keep others from it by W2.
import { assign, type Standing } from './assignment.ts'
import { OneAtATime } from './care.ts'
import type { ActorDefinition } from './define-actor.ts'
import { StaleOwner } from './errors.ts'
import { Effects, type PoolFigures } from './effects.ts'
import { hostsOf } from './hosts.ts'
import { LoadMeter } from './load-meter.ts'
import { resolveOptions, type WorkerOptions } from './options.ts'
import { noOrders } from './orders.ts'
import { Partition } from './partition.ts'
import type { Departure, Deployment, FleetOrders, Member, Ports, Reader } from './ports.ts'
import { thisProcess, type Whereabouts } from './system.ts'
import { Rollups } from './rollup.ts'
import type { Shared } from './shared.ts'
import { openTelemetry, quietLogger, type Figure, type Logger, type Telemetry } from './telemetry.ts'
import { Tenants } from './tenants.ts'
import { TypeBreakpoints } from './type-breakpoints.ts'
import { Watchers } from './watchers.ts'

export interface WorkerSpec {
  readonly ports: Ports
  readonly definitions: readonly ActorDefinition[]
  readonly options?: Partial<WorkerOptions>
  readonly log?: Logger
  /** Unique; default random. */
  readonly id?: string
  readonly version?: string
  /** What it says of where it runs. Default: of this process. */
  readonly whereabouts?: Whereabouts
  /** Which release it is of: workers of the highest rank own the partitions. Default none, of rank 0. */
  readonly deployment?: Deployment
}

/** Starts a worker; it claims partitions at once. Throws DefinitionInvalid for a definition that cannot be hosted. */
export async function startWorker(spec: WorkerSpec): Promise<Worker> {
  const worker = new Worker(spec)
  await worker.start()
  return worker
}

export class Worker {
  readonly id: string
  readonly #ports: Ports
  readonly #options: WorkerOptions
  readonly #telemetry: Telemetry
  readonly #shared: Shared
  readonly #owned = new Map<number, Partition>()
  readonly #claiming = new Set<number>()
  /** Partitions being claimed or released: left alone until that is over. */
  readonly #moving = new Map<number, Promise<void>>()
  /** Partitions that could not be claimed a moment ago. */
  readonly #resting = new Set<number>()
  readonly #version: string
  readonly #whereabouts: Whereabouts
  readonly #deployment: Deployment | undefined
  readonly #startedAt: number
  readonly #meter: LoadMeter
  readonly #rollups: Rollups
  #members: readonly Member[] = []
  #orders: FleetOrders = noOrders
  #readers: readonly Reader[] = []
  #state: 'running' | 'draining' | 'stopped' = 'running'
  #cancelBeat: () => void = () => {}
  #cancelBalance: () => void = () => {}
  #turnsBefore = 0
  #settled = false
  /** The announcement under way, and the one that follows it. */
  #saying: Promise<void> | undefined
  #next: Promise<void> | undefined
  #handingOver = 0
  /** The last record of any of its partitions. */
  #appendedSeq = 0

  constructor(spec: WorkerSpec) {
    const { ports, definitions, options = {}, log = quietLogger, id = ports.random.id().slice(0, 8), version = '0' } = spec
    this.id = id
    this.#ports = ports
    this.#version = version
    this.#whereabouts = spec.whereabouts ?? thisProcess()
    this.#deployment = spec.deployment
    this.#meter = new LoadMeter(ports.clock)
    this.#options = resolveOptions(options)
    this.#telemetry = openTelemetry(log)
    this.#rollups = new Rollups(id, ports, { telemetry: this.#telemetry, whereabouts: this.#whereabouts })
    this.#startedAt = ports.clock.now()
    this.#shared = {
      worker: id,
      ports,
      hosts: hostsOf(definitions),
      options: this.#options,
      effects: new Effects(this.#options, ports, this.#telemetry),
      watchers: new Watchers(ports, this.#telemetry),
      telemetry: this.#telemetry,
      tenants: new Tenants(ports.orders, this.#options, this.#telemetry),
      breakpoints: new TypeBreakpoints(),
      oneAtATime: new OneAtATime(ports.clock),
      others: () => this.#others,
      appended: (seq) => (this.#appendedSeq = Math.max(this.#appendedSeq, seq)),
      crowded: () => this.actors > this.#options.actorsMax,
    }
    this.#telemetry.gauge('actors', 'actors in memory', () => this.actors)
    this.#telemetry.gauge('effects_running', 'effect runs under way, by pool', () => this.#byPool(({ running }) => running))
    this.#telemetry.gauge('effects_waiting', 'effect runs waiting or between two attempts, by pool', () =>
      this.#byPool(({ waiting }) => waiting),
    )
    this.#telemetry.gauge('effects_oldest_waiting_ms', 'how long the oldest effect run has waited, by pool', () =>
      this.#byPool(({ oldestWaitingMs }) => oldestWaitingMs),
    )
    this.#telemetry.gauge('partitions_owned', 'partitions owned', () => this.#owned.size)
    this.#telemetry.gauge('waiting', 'messages, timers and results in memory, not yet in a turn', () => this.#meter.waiting)
    this.#telemetry.gauge('busiest_partition', 'share of the time its turns took, 0 to 1', () => this.#meter.busiest)
  }

  #byPool(read: (figures: PoolFigures) => number): readonly Figure[] {
    return this.#shared.effects.figures.map((figures) => ({ value: read(figures), attributes: { pool: figures.pool } }))
  }

  get actors(): number {
    let actors = 0
    for (const partition of this.#owned.values()) actors += partition.activations.size
    return actors
  }

  get turns(): number {
    let turns = this.#turnsBefore
    for (const partition of this.#owned.values()) turns += partition.turns
    return turns
  }

  get owned(): readonly number[] {
    return [...this.#owned.keys()].toSorted((a, b) => a - b)
  }

  get #others(): readonly Member[] {
    return this.#members.filter((member) => member.id !== this.id)
  }

  async start(): Promise<void> {
    await this.#announce()
    const changed = (): void => {
      if (this.#settled) this.#balance()
    }
    this.#readers = [
      await this.#ports.membership.watch((members, departure) => {
        this.#members = members
        this.#shared.effects.share(1 + this.#others.length)
        if (departure && departure.id !== this.id) this.#tellDeparture(departure)
        changed()
      }),
      await this.#ports.orders.watch((orders) => {
        this.#orders = orders
        this.#shared.breakpoints.obey(orders)
        for (const tenant of this.#shared.tenants.obey(orders)) for (const partition of this.#owned.values()) partition.resume(tenant)
        changed()
      }),
    ]
    this.#beat()
    this.#rollups.start()
    await new Promise<void>((resolve) => this.#ports.clock.after(this.#options.settleMs, resolve)) // workers that start together hear of each other first
    this.#settled = true
    this.#rebalance()
  }

  /** Releases every partition, lets running effects finish for `drainMs`, and leaves the fleet. */
  async drain(): Promise<void> {
    if (this.#state !== 'running') return
    this.#state = 'draining'
    await this.#announce()
    await Promise.all(this.#moving.values()) // what is being claimed is released as soon as it is owned
    await Promise.all([...this.#owned.values()].map((partition) => this.#handOver(partition)))
    await this.#leave()
    await this.#ports.membership.leave(this.id)
    this.#telemetry.log.info({ worker: this.id, turns: this.turns }, 'worker drained')
  }

  /** Leaves at once, as a crash would, but for the connection: nothing is released. For tests. */
  async abandon(): Promise<void> {
    this.#state = 'stopped'
    await Promise.all([...this.#owned.values()].map((partition) => partition.abandon()))
    await this.#leave()
  }

  async #leave(): Promise<void> {
    this.#state = 'stopped'
    this.#cancelBeat()
    this.#cancelBalance()
    this.#rollups.stop()
    await Promise.all(this.#readers.map((reader) => reader.stop()))
    await this.#shared.watchers.stop()
  }

  #beat(): void {
    this.#cancelBeat = this.#ports.clock.after(this.#options.heartbeatMs, () => {
      for (const partition of this.#owned.values()) void partition.confirm() // W4
      this.#meter.measure(this.#owned.values())
      void this.#announce().finally(() => this.#state !== 'stopped' && this.#beat())
    })
  }

  /** One at a time; what is asked for meanwhile is said once, with what holds then. */
  #announce(): Promise<void> {
    if (this.#saying === undefined) return (this.#saying = this.#say().finally(() => (this.#saying = undefined)))
    this.#next ??= this.#saying.then(() => {
      this.#next = undefined
      return this.#announce()
    })
    return this.#next
  }

  async #say(): Promise<void> {
    try {
      await this.#ports.membership.announce(this.#member())
    } catch (error) {
      this.#telemetry.log.warn({ worker: this.id, error }, 'the heartbeat was not heard; the next one follows')
    }
  }

  #member(): Member {
    return {
      ...this.#standing(),
      owned: [...new Set([...this.owned, ...this.#claiming])],
      appendedSeq: this.#appendedSeq,
      version: this.#version,
      types: [...this.#shared.hosts.keys()],
      startedAt: this.#startedAt,
      host: this.#whereabouts.host,
      pid: this.#whereabouts.pid,
      load: { actors: this.actors, turns: this.turns, effects: this.#shared.effects.size, rssBytes: this.#whereabouts.rssBytes() },
      partitions: this.#meter.loads,
    }
  }

  #standing(): Standing {
    return {
      id: this.id,
      draining: this.#state !== 'running',
      fit: this.#settled && this.#ports.clock.now() - this.#startedAt >= this.#options.fitAfterMs,
      ...(this.#deployment && { deployment: this.#deployment }),
    }
  }

  #tellDeparture({ id, why }: Departure): void {
    this.#telemetry.departures.add(1, { why })
    this.#telemetry.log.info({ worker: this.id, gone: id, why }, 'another worker has gone')
  }

  #rebalance(): void {
    this.#balance()
    this.#cancelBalance = this.#ports.clock.after(this.#options.balanceEveryMs, () => this.#rebalance())
  }

  /** Claims what should be here and nobody has; releases what should be elsewhere, a few at a time (W1, W2). */
  #balance(): void {
    if (this.#state !== 'running') return
    const others = this.#others
    const owners = assign([this.#standing(), ...others], this.#orders, this.#ports.partitions)
    const taken = new Set(others.flatMap((member) => member.owned))
    for (const [number, id] of owners)
      if (id === this.id && !this.#owned.has(number) && !taken.has(number)) this.#move(number, () => this.#claim(number))
    for (const [number, partition] of this.#owned)
      if (owners.get(number) !== this.id && this.#handingOver < this.#options.handOversMax)
        this.#move(number, () => this.#giveUp(partition))
  }

  /** One move of a partition at a time. */
  #move(number: number, move: () => Promise<void>): void {
    if (this.#moving.has(number) || this.#resting.has(number)) return
    const moving = move().finally(() => this.#moving.delete(number))
    this.#moving.set(number, moving)
  }

  async #claim(number: number): Promise<void> {
    this.#claiming.add(number)
    try {
      const partition = await Partition.own(this.#shared, number)
      this.#owned.set(number, partition)
      this.#claiming.delete(number)
      void partition.ended.then(() => this.#forget(partition))
      if (this.#state === 'running') await this.#announce()
      else if (this.#state === 'draining') await this.#handOver(partition)
      else await partition.abandon()
    } catch (error) {
      this.#claiming.delete(number)
      const log = error instanceof StaleOwner ? this.#telemetry.log.info : this.#telemetry.log.error
      log.call(this.#telemetry.log, { partition: number, error }, 'partition not claimed; tried again when it should still be here')
      this.#resting.add(number)
      this.#ports.clock.after(error instanceof StaleOwner ? lostClaimPauseMs : claimPauseMs, () => this.#resting.delete(number))
    }
  }

  async #giveUp(partition: Partition): Promise<void> {
    this.#handingOver++
    await this.#handOver(partition).finally(() => this.#handingOver--)
  }

  async #handOver(partition: Partition): Promise<void> {
    await partition.release(this.#options.drainMs)
    if (this.#state !== 'stopped') await this.#announce()
  }

  #forget(partition: Partition): void {
    if (this.#owned.get(partition.number) !== partition) return
    this.#owned.delete(partition.number)
    this.#turnsBefore += partition.turns
    if (this.#state === 'running') void this.#announce() // whoever should own it now need not wait for the next heartbeat
  }
}

const claimPauseMs = 500
/** Whoever was faster says so within this time. */
const lostClaimPauseMs = 100
