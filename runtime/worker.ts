// Worker
// One process of the fleet: says it is alive, owns the partitions that rendezvous hashing gives it, hands them over when others come, drains when told.
//
// W1. Who should own what is only advice: two workers that disagree cost a claim, never a wrong turn (the log's sequence check decides).
// W2. A partition that a living member says it owns is not claimed; that member releases it when it should.
// W3. After `drain` no partition is owned here and no effect runs.
import { hostname } from 'node:os'
import type { ActorDefinition } from './define-actor.ts'
import { DefinitionInvalid, StaleOwner } from './errors.ts'
import { Effects } from './effects.ts'
import { workerDefaults, type WorkerOptions } from './options.ts'
import { Partition, type Shared } from './partition.ts'
import type { Member, Ports, Reader } from './ports.ts'
import { partitionsFor } from './rendezvous.ts'
import { prepare, type Host } from './statechart/index.ts'
import { openTelemetry, quietLogger, type Logger, type Telemetry } from './telemetry.ts'
import { Watchers } from './watchers.ts'

export interface WorkerSpec {
  readonly ports: Ports
  readonly definitions: readonly ActorDefinition[]
  readonly options?: Partial<WorkerOptions>
  readonly log?: Logger
  /** Unique; default random. */
  readonly id?: string
  readonly version?: string
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
  /** Partitions being claimed or released: left alone until that is over. */
  readonly #moving = new Map<number, Promise<void>>()
  /** Partitions that could not be claimed a moment ago. */
  readonly #resting = new Set<number>()
  readonly #version: string
  readonly #startedAt: number
  #members: readonly Member[] = []
  #roster: Reader | undefined
  #state: 'running' | 'draining' | 'stopped' = 'running'
  #cancelBeat: () => void = () => {}
  #cancelBalance: () => void = () => {}
  #turnsBefore = 0
  #settled = false

  constructor({ ports, definitions, options = {}, log = quietLogger, id = ports.random.id().slice(0, 8), version = '0' }: WorkerSpec) {
    this.id = id
    this.#ports = ports
    this.#version = version
    this.#options = { ...workerDefaults, ...options }
    this.#telemetry = openTelemetry(log)
    this.#startedAt = ports.clock.now()
    this.#shared = {
      worker: id,
      ports,
      hosts: hostsOf(definitions),
      options: this.#options,
      effects: new Effects(this.#options, ports, this.#telemetry),
      watchers: new Watchers(ports, this.#telemetry),
      telemetry: this.#telemetry,
      crowded: () => this.actors > this.#options.actorsMax,
    }
    this.#telemetry.gauge('actors', 'actors in memory', () => this.actors)
    this.#telemetry.gauge('effects_running', 'effect runs waiting or under way', () => this.#shared.effects.size)
    this.#telemetry.gauge('partitions_owned', 'partitions owned', () => this.#owned.size)
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

  async start(): Promise<void> {
    await this.#announce()
    this.#roster = await this.#ports.membership.watch((members) => {
      this.#members = members
      if (this.#settled) this.#balance()
    })
    this.#beat()
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
    await this.#roster?.stop()
    await this.#shared.watchers.stop()
  }

  #beat(): void {
    this.#cancelBeat = this.#ports.clock.after(this.#options.heartbeatMs, () => {
      void this.#announce().finally(() => this.#state !== 'stopped' && this.#beat())
    })
  }

  async #announce(): Promise<void> {
    try {
      await this.#ports.membership.announce(this.#member())
    } catch (error) {
      this.#telemetry.log.warn({ worker: this.id, error }, 'the heartbeat was not heard; the next one follows')
    }
  }

  #member(): Member {
    return {
      id: this.id,
      owned: this.owned,
      draining: this.#state !== 'running',
      version: this.#version,
      types: [...this.#shared.hosts.keys()],
      startedAt: this.#startedAt,
      host: hostname(),
      pid: process.pid,
      load: { actors: this.actors, turns: this.turns, effects: this.#shared.effects.size, rssBytes: process.memoryUsage.rss() },
    }
  }

  #rebalance(): void {
    this.#balance()
    this.#cancelBalance = this.#ports.clock.after(this.#options.balanceEveryMs, () => this.#rebalance())
  }

  /** Claims what should be here and nobody has; releases what should be elsewhere (W1, W2). */
  #balance(): void {
    if (this.#state !== 'running') return
    const others = this.#members.filter((member) => member.id !== this.id)
    const ready = [this.id, ...others.filter((member) => !member.draining).map((member) => member.id)]
    const wanted = partitionsFor(this.id, ready, this.#ports.partitions)
    const taken = new Set(others.flatMap((member) => member.owned))
    for (const number of wanted) if (!this.#owned.has(number) && !taken.has(number)) this.#move(number, () => this.#claim(number))
    for (const [number, partition] of this.#owned) if (!wanted.has(number)) this.#move(number, () => this.#handOver(partition))
  }

  /** One move of a partition at a time. */
  #move(number: number, move: () => Promise<void>): void {
    if (this.#moving.has(number) || this.#resting.has(number)) return
    const moving = move().finally(() => this.#moving.delete(number))
    this.#moving.set(number, moving)
  }

  async #claim(number: number): Promise<void> {
    try {
      const partition = await Partition.own(this.#shared, number)
      this.#owned.set(number, partition)
      void partition.ended.then(() => this.#forget(partition))
      if (this.#state === 'running') await this.#announce()
      else if (this.#state === 'draining') await this.#handOver(partition)
      else await partition.abandon()
    } catch (error) {
      const log = error instanceof StaleOwner ? this.#telemetry.log.info : this.#telemetry.log.error
      log.call(this.#telemetry.log, { partition: number, error }, 'partition not claimed; tried again when it should still be here')
      this.#resting.add(number)
      this.#ports.clock.after(claimPauseMs, () => this.#resting.delete(number))
    }
  }

  async #handOver(partition: Partition): Promise<void> {
    await partition.release(this.#options.drainMs)
    if (this.#state !== 'stopped') await this.#announce()
  }

  #forget(partition: Partition): void {
    if (this.#owned.get(partition.number) !== partition) return
    this.#owned.delete(partition.number)
    this.#turnsBefore += partition.turns
  }
}

const claimPauseMs = 500

/** The hosts by actor type, children of children included. */
function hostsOf(definitions: readonly ActorDefinition[]): Map<string, Host> {
  const hosts = new Map<string, Host>()
  const add = (definition: ActorDefinition): void => {
    const known = hosts.get(definition.name)
    if (known && known.definition.machine !== definition.machine)
      throw new DefinitionInvalid(`two different definitions are called '${definition.name}'`)
    if (known) return
    hosts.set(definition.name, prepare(definition))
    for (const child of Object.values(definition.children)) add(child)
  }
  for (const definition of definitions) add(definition)
  return hosts
}
