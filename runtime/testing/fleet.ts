// Simulated fleet
// Workers, a server and a clock of one process, in which time passes only when told: what tests of actors are told in.
//
// F1. The same calls with the same seed give the same history.
import { partitionOf, type ActorId } from '../../machines/address.ts'
import type { ActorEvent, Reply } from '../../machines/message.ts'
import { subjects } from '../../machines/subject.ts'
import type { Headers, Published } from '../in-memory/mail-store.ts'
import { inMemoryServer, type InMemoryServer } from '../in-memory/server.ts'
import { seededRandom, simulatedClock, type SimulatedClock } from '../in-memory/simulated-clock.ts'
import type { WorkerOptions } from '../options.ts'
import type { Ports } from '../ports.ts'
import type { Entry, LogRecord } from '../record.ts'
import type { Worker, WorkerSpec } from '../worker.ts'
import { pendingOf } from './checks.ts'
import { addressOf } from './clients.ts'
import { dice as diceOf } from './dice.ts'
import { noFaults, type Faults, type Rates } from './faults.ts'
import { mischief } from './mischief.ts'
import { Processes, type Actors, type Process } from './processes.ts'
import { TruthReader, type Truth } from './truth.ts'

export interface FleetSpec {
  readonly actors: Actors
  /** Default 1. */
  readonly workers?: number
  /** Default 4. */
  readonly partitions?: number
  /** Limits of the workers; the defaults are those of production. */
  readonly options?: Partial<WorkerOptions>
  readonly seed?: number
  /** What goes wrong by itself from the start on, until `heal`; a worker that dies of it is followed by another. Default: nothing. */
  readonly faults?: Partial<Rates>
  /** Go on with the world of an earlier fleet. */
  readonly world?: { readonly clock: SimulatedClock; readonly server: InMemoryServer }
}

/** What a query says of an actor. */
export interface Queried {
  readonly ok: boolean
  readonly state?: { readonly value: unknown; readonly context: Record<string, unknown>; readonly status: string; readonly turn: number }
  readonly error?: { readonly code: string; readonly message: string }
}

/** A dead letter as it is kept. */
export interface KeptLetter {
  readonly id: string
  readonly actor: ActorId
  readonly code: string
  readonly cause: string
  readonly event: ActorEvent
}

/** What watchers of an actor heard, oldest first. */
export interface Watching {
  readonly heard: readonly Readonly<Record<string, unknown>>[]
  /** The types of the facts it emitted. */
  readonly facts: readonly string[]
  stop(): Promise<void>
}

/** Starts a fleet and waits, in simulated time, until every partition is owned. */
export async function simulatedFleet(spec: FleetSpec): Promise<SimulatedFleet> {
  const fleet = new SimulatedFleet(spec)
  for (let count = 0; count < (spec.workers ?? 1); count++) await fleet.start()
  await fleet.clock.advanceUntil(() => fleet.owned() === fleet.server.partitions, startMs)
  fleet.strike()
  return fleet
}

const startMs = 60_000
const untilMs = 60_000
const settleStepMs = 100

/** How many fleets a world has had. */
const fleetsOf = new WeakMap<InMemoryServer, number>()

export class SimulatedFleet {
  readonly clock: SimulatedClock
  readonly server: InMemoryServer
  /** The server's ports, without faults. */
  readonly ports: Ports
  /** Those that have started and live; whoever takes one out looks after it. */
  readonly workers: Worker[] = []
  /** What happened beside the log. */
  readonly history: string[] = []
  readonly #options: Partial<WorkerOptions>
  readonly #faults: Faults
  readonly #processes: Processes
  readonly #truth: TruthReader
  /** By partition: the last message sent through this fleet. */
  readonly #sent = new Map<number, number>()
  readonly #asker: string
  #asks = 0

  constructor({ actors, partitions = 4, options = {}, seed = 1, faults, world }: FleetSpec) {
    const clock = world?.clock ?? simulatedClock()
    this.clock = clock
    this.server = world?.server ?? inMemoryServer({ partitions, clock, random: seededRandom(seed) }) // F1
    this.ports = this.server.ports()
    const earlier = fleetsOf.get(this.server) ?? 0
    fleetsOf.set(this.server, earlier + 1)
    this.#asker = earlier === 0 ? 'ask' : `ask-${earlier}` // in one world no id is used twice
    this.#options = options
    this.#truth = new TruthReader(this.server)
    const tell = (what: string): void => void this.history.push(`${clock.now()} ${what}`)
    this.#faults = { on: false, mailboxFull: false, dice: diceOf(seed), rates: { ...noFaults, ...faults }, clock, tell }
    this.#processes = new Processes({
      server: this.server,
      actors,
      seats: [],
      faults: this.#faults,
      seed,
      heard: (worker, message) => tell(`${worker} says: ${message}`),
      started: (worker) => this.workers.push(worker),
      died: (process) => this.#died(process),
    })
  }

  /** How many partitions are owned. */
  owned(): number {
    return this.workers.flatMap(({ owned }) => owned).length
  }

  /** Starts one more worker, with what is given in the place of what the others have. Throws what its start throws. */
  start(own: Partial<WorkerSpec> = {}): Promise<Worker> {
    return this.until(this.#processes.start(this.#options, own).started)
  }

  /** A worker dies without a word; the others find out. */
  async kill(worker: Worker): Promise<void> {
    this.#processOf(worker).life.crash('killed')
    await this.clock.advance(0)
  }

  /** Nothing it sends arrives and nothing arrives there, for a while or until `heal`. */
  cut(worker: Worker, forMs?: number): void {
    const process = this.#processOf(worker)
    process.life.cutOff = true
    if (forMs !== undefined) this.clock.after(forMs, () => void (process.life.cutOff = false))
  }

  /** It stands still, for a while or until `heal`, and then goes on as if nothing had been: a zombie. */
  freeze(worker: Worker, forMs?: number): void {
    const { life } = this.#processOf(worker)
    life.freeze()
    if (forMs !== undefined) this.clock.after(forMs, () => life.thaw())
  }

  /** What connects it to the server, which can end it (`server.disconnect`) or break it. */
  portsOf(worker: Worker): Ports {
    return this.#processOf(worker).real
  }

  /** Its clock is wrong from here on. */
  skew(worker: Worker, ms: number): void {
    this.#processOf(worker).life.skewMs = ms
  }

  /** The faults of the spec begin. */
  strike(): void {
    const { rates } = this.#faults
    this.#faults.on = Object.values(rates).some((rate) => rate > 0)
    this.#mischief(rates.mischiefEveryMs)
  }

  /** Nothing is wrong any more, with anybody. */
  heal(): void {
    this.#faults.on = false
    this.#faults.mailboxFull = false
    this.#processes.heal()
  }

  /** Stores a message for an actor, as a client does. */
  send(actor: string, event: ActorEvent, headers: Headers = {}): Published {
    const address = addressOf(actor)
    const published = this.server.send(address, event, headers)
    this.#sent.set(partitionOf(address, this.server.partitions), published.seq)
    return published
  }

  /** Sends, and lets time pass until the reply is there. */
  ask(actor: string, event: ActorEvent, headers: Headers = {}): Promise<Reply> {
    const inbox = `_INBOX.${this.#asker}.${++this.#asks}`
    const reply = new Promise<Reply>((resolve, reject) => {
      const reader = this.ports.signals.subscribe(inbox, ({ bytes }) => {
        const [first] = decoded(bytes) as readonly Reply[]
        void reader.stop()
        if (first) resolve(first)
        else reject(new Error(`asking ${actor}: an empty list of replies`))
      })
    })
    this.send(actor, event, { 'Troupe-Reply': inbox, 'Nats-Msg-Id': `${this.#asker}-${this.#asks}`, ...headers })
    return this.until(reply)
  }

  /** The state of an actor as its owner says it, which costs a little simulated time. */
  async query(actor: string): Promise<Queried> {
    const address = addressOf(actor)
    const subject = subjects(this.server.namespace).query(partitionOf(address, this.server.partitions), address.tenant)
    const bytes = await this.until(this.server.request(subject, Buffer.from(JSON.stringify({ actor })), 1_000))
    return bytes ? (decoded(bytes) as Queried) : { ok: false }
  }

  /** Hears what an actor tells its watchers, from here on. */
  watch(actor: string): Watching {
    const heard: Record<string, unknown>[] = []
    const reader = this.ports.signals.subscribe(subjects(this.server.namespace).event(addressOf(actor)), ({ bytes }) => {
      heard.push(decoded(bytes) as Record<string, unknown>)
    })
    return {
      heard,
      get facts() {
        return heard.flatMap(({ emits }) => ((emits as readonly ActorEvent[] | undefined) ?? []).map(({ type }) => type))
      },
      stop: () => reader.stop(),
    }
  }

  /** Lets time pass. */
  advance(ms: number): Promise<void> {
    return this.clock.advance(ms)
  }

  /** Lets time pass until the promise settles. */
  async until<T>(promise: Promise<T>, ms = untilMs): Promise<T> {
    let settled = false
    promise.then(
      () => (settled = true),
      () => (settled = true),
    )
    await this.clock.advance(0)
    if (!settled) await this.clock.advanceUntil(() => settled, ms)
    return promise
  }

  /** Lets time pass until every partition is owned, all that was sent is taken, messages between actors are applied, effects have their results and no timer is overdue. */
  async settle(ms = untilMs): Promise<void> {
    const end = this.clock.now() + ms
    for (;;) {
      await this.clock.advance(settleStepMs)
      const pending = this.#pendingIn(await this.truth())
      if (pending.length === 0) return
      if (this.clock.now() >= end) throw new Error(`not settled within ${ms} ms of simulated time:\n- ${pending.slice(0, 5).join('\n- ')}`)
    }
  }

  /** The whole log, replayed. */
  truth(): Promise<Truth> {
    return this.#truth.read()
  }

  async log(): Promise<readonly LogRecord[]> {
    return (await this.truth()).lines.map(({ record }) => record)
  }

  /** The turns, and what could not become one, of one actor or of all. */
  async entries(actor?: string): Promise<readonly Entry[]> {
    const { places } = await this.truth()
    return places.map(({ entry }) => entry).filter((entry) => actor === undefined || entry.actor === actor)
  }

  deadLetters(): readonly KeptLetter[] {
    return this.server.deadLetters().map(({ bytes }) => decoded(bytes) as KeptLetter)
  }

  /** Drains every worker. */
  async stop(): Promise<void> {
    await this.until(Promise.all(this.workers.map((worker) => worker.drain())))
    this.#processes.leave()
  }

  /** After a fault somebody else starts soon. */
  #died({ worker }: Process): void {
    const at = worker ? this.workers.indexOf(worker) : -1
    if (at >= 0) this.workers.splice(at, 1)
    if (this.#faults.on) this.clock.after(this.#faults.dice.between(0, 3_000), () => this.#processes.start(this.#options))
  }

  #pendingIn(truth: Truth): readonly string[] {
    const pending = [...pendingOf(truth, { server: this.server, messages: [], now: this.clock.now() })]
    const unowned = this.#unowned()
    if (unowned.length > 0) pending.push(`nobody who can work owns partition ${unowned.join(', ')}`)
    for (const [partition, seq] of this.#sent) {
      const record = truth.lines.findLast((line) => line.partition === partition && line.record.kind === 'turns')?.record
      const offset = record?.kind === 'turns' ? record.offset : { seq: 0, count: 0 }
      if (offset.seq < seq || (offset.seq === seq && offset.count === 0))
        pending.push(`message ${seq} of partition ${partition} is not taken`)
    }
    return pending
  }

  /** Partitions in the hands of nobody but workers that are cut off or frozen. */
  #unowned(): readonly number[] {
    const able = this.#processes.living.filter(({ life }) => !life.cutOff && !life.frozen)
    const owned = new Set(able.flatMap(({ worker }) => worker?.owned ?? []))
    return Array.from({ length: this.server.partitions }, (_, partition) => partition).filter((partition) => !owned.has(partition))
  }

  #mischief(everyMs: number): void {
    if (everyMs === 0) return
    this.clock.after(everyMs, () => {
      if (!this.#faults.on) return
      mischief(this.#processes, this.#faults, this.#options)
      this.#mischief(everyMs)
    })
  }

  #processOf(worker: Worker): Process {
    const process = this.#processes.living.find((one) => one.worker === worker)
    if (!process) throw new Error(`worker ${worker.id} does not live in this fleet`)
    return process
  }
}

const decoded = (bytes: Uint8Array): unknown => JSON.parse(new TextDecoder().decode(bytes))
