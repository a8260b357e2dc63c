// Simulate
// One run, decided by its seed: workers on faulty ports, clients, mischief; then a good world, the checks, and a hash of all that happened.
//
// S1. The same seed gives the same history: time is simulated, chance is thrown by the seed, nothing else is asked.
import { createHash } from 'node:crypto'
import { parseActorId, partitionOf, type ActorId } from '../../machines/address.ts'
import type { Reply } from '../../machines/message.ts'
import { subjects } from '../../machines/subject.ts'
import { inMemoryServer, type InMemoryServer } from '../../runtime/in-memory/server.ts'
import { seededRandom, simulatedClock, type SimulatedClock } from '../../runtime/in-memory/simulated-clock.ts'
import { workerDefaults, type WorkerOptions } from '../../runtime/options.ts'
import type { Ports } from '../../runtime/ports.ts'
import type { Stored } from '../../runtime/statechart/stored.ts'
import { startWorker, type Worker } from '../../runtime/worker.ts'
import { definitionsFor } from './actors.ts'
import { faultsOf, pendingOf, type Queried, type Seen } from './checks.ts'
import { dice as diceOf, type Dice } from './dice.ts'
import { faultyPorts, type Faults } from './faulty-ports.ts'
import { startLife, type Life } from './life.ts'
import { startLoad, type Load } from './load.ts'
import { memberTtlMs, planOf, type Plan } from './plan.ts'
import { readTruth } from './truth.ts'

export interface Outcome {
  readonly seed: number
  /** Of everything that happened. */
  readonly hash: string
  /** What must not be; none in a good run. */
  readonly faults: readonly string[]
  readonly history: readonly string[]
  readonly turns: number
  readonly crashes: number
}

export async function simulate(seed: number): Promise<Outcome> {
  const run = new Run(seed)
  const unhandled = (reason: unknown): void =>
    run.fail(`a rejection nobody handles: ${reason instanceof Error ? reason.stack : String(reason)}`)
  const frames = Error.stackTraceLimit
  Error.stackTraceLimit = 0 // stacks stand in dead letters, and say where this checkout is and who called (S1)
  process.on('unhandledRejection', unhandled)
  try {
    await run.load()
    return await run.conclude()
  } finally {
    process.off('unhandledRejection', unhandled)
    Error.stackTraceLimit = frames
  }
}

interface Process {
  readonly life: Life
  worker: Worker | undefined
}

const quietMs = 15_000
const quietRounds = 60

class Run {
  readonly #seed: number
  readonly #dice: Dice
  readonly #plan: Plan
  readonly #clock: SimulatedClock
  readonly #server: InMemoryServer
  readonly #ports: Ports
  readonly #faults: Faults
  readonly #load: Load
  readonly #start: number
  readonly #history: string[] = []
  readonly #processes: Process[] = []
  readonly #saves: Seen['saves'][number][] = []
  readonly #queries: Queried[] = []
  readonly #replied = new Map<string, number>()
  #lives = 0
  #crashes = 0
  readonly #broken: string[] = []

  constructor(seed: number) {
    this.#seed = seed
    const all = diceOf(seed)
    this.#plan = planOf(all.apart('plan'))
    this.#dice = all.apart('mischief')
    const { partitions, mailboxMessagesMax, rates } = this.#plan
    this.#clock = simulatedClock()
    this.#start = this.#clock.now()
    this.#server = inMemoryServer({ partitions, mailboxMessagesMax, memberTtlMs, clock: this.#clock, random: seededRandom(seed) })
    this.#ports = this.#watched(this.#server.ports())
    this.#faults = { on: true, dice: all.apart('faults'), rates, clock: this.#clock, tell: (what) => this.#tell(what) }
    this.#load = startLoad(this.#server, this.#clock, this.#plan, all.apart('load'))
  }

  fail(why: string): void {
    this.#broken.push(why)
  }

  /** The time of the load and the faults. */
  async load(): Promise<void> {
    const { workers, loadMs, rates } = this.#plan
    for (let count = 0; count < workers; count++) this.#startProcess(this.#plan.options)
    this.#every(rates.mischiefEveryMs, () => this.#mischief())
    this.#every(150, () => void this.#query(this.#anyActor(), false))
    await this.#clock.advance(loadMs)
    this.#faults.on = false
    for (const { life } of this.#processes) Object.assign(life, { muted: false, blind: false, cutOff: false, skewMs: 0 })
    this.#tell('the world is good')
    if (this.#processes.length === 0) this.#startProcess(this.#plan.options)
  }

  /** The world is good: everything comes to rest, and then all accounts must agree. */
  async conclude(): Promise<Outcome> {
    let pending: readonly string[] = []
    for (let round = 0; round < quietRounds; round++) {
      await this.#clock.advance(quietMs)
      pending = pendingOf(await readTruth(this.#server), this.#seen())
      if (pending.length === 0 && this.#load.done) break
    }
    await this.#askAll(false)
    for (const { worker } of this.#processes) if (worker) await this.#within(worker.drain(), `${worker.id} drains`)
    const drained = await readTruth(this.#server)
    for (let partition = 0; partition < this.#plan.partitions; partition++) {
      const last = drained.lines.findLast((line) => line.partition === partition)
      if (last?.record.kind !== 'release') this.#broken.push(`partition ${partition} was not released but ends with ${last?.record.kind}`)
    }
    this.#processes.length = 0
    this.#startProcess({ ...this.#plan.options, actorsMax: workerDefaults.actorsMax })
    await this.#clock.advance(10_000)
    await this.#askAll(true)
    for (const { life } of this.#processes) life.crash('the end')
    const truth = await readTruth(this.#server)
    for (const { partition, seq, at, record } of truth.lines) this.#history.push(`${at} ${partition}.${seq} ${JSON.stringify(record)}`)
    const faults = [...this.#broken, ...pending, ...faultsOf(truth, this.#seen())]
    const hash = createHash('sha256').update(this.#history.join('\n')).digest('hex').slice(0, 16)
    return { seed: this.#seed, hash, faults, history: this.#history, turns: truth.places.length, crashes: this.#crashes }
  }

  #tell(what: string): void {
    this.#history.push(`${this.#clock.now() - this.#start} ${what}`)
  }

  #startProcess(options: WorkerOptions): void {
    const id = `w${++this.#lives}`
    const process: Process = { life: startLife(id, this.#clock, (why) => this.#died(process, why)), worker: undefined }
    const { life } = process
    this.#processes.push(process)
    this.#tell(`${id} starts`)
    const definitions = definitionsFor({
      clock: life.clock,
      dice: this.#faults.dice,
      ran: (key) => this.#tell(`${id} runs ${key}`),
    })
    const ports = faultyPorts({ ...this.#ports, random: seededRandom(this.#seed * 1_000 + this.#lives) }, life, this.#faults)
    const failed = (fields: object, message: string): void => {
      const { error, ...rest } = fields as { error?: unknown }
      this.#tell(`${id} says: ${message} ${JSON.stringify(rest)} ${error instanceof Error ? `${error.name}: ${error.message}` : ''}`)
      if (error instanceof Error && unforeseen.has(error.name)) this.#broken.push(`${id}: ${message}: ${error.stack}`)
    }
    const log = { debug() {}, info: failed, warn: failed, error: failed, isLevelEnabled: () => false }
    startWorker({ ports, definitions, options, id, log }).then(
      (worker) => (process.worker = worker),
      () => life.crash('could not start'),
    )
  }

  #died(process: Process, why: string): void {
    this.#crashes++
    this.#tell(`${process.life.id} dies: ${why}`)
    const at = this.#processes.indexOf(process)
    if (at < 0) return
    this.#processes.splice(at, 1)
    if (why !== 'the end') this.#clock.after(this.#dice.between(0, 3_000), () => this.#startProcess(this.#plan.options))
  }

  #every(ms: number, call: () => void): void {
    if (ms === 0) return
    this.#clock.after(ms, () => {
      if (!this.#faults.on) return
      call()
      this.#every(ms, call)
    })
  }

  #mischief(): void {
    const process = this.#processes[this.#dice.between(0, this.#processes.length - 1)]
    if (!process) return
    const { life, worker } = process
    const what = this.#dice.pick(['mute', 'mute', 'blind', 'cut off', 'clock', 'kill', 'drain', 'join'])
    this.#tell(`${life.id}: ${what}`)
    const forAWhile = (field: 'muted' | 'blind' | 'cutOff', msMax: number): void => {
      life[field] = true
      this.#clock.after(this.#dice.between(0, msMax), () => (life[field] = false))
    }
    switch (what) {
      case 'mute':
        return forAWhile('muted', 8_000)
      case 'blind':
        return forAWhile('blind', 6_000)
      case 'cut off':
        return forAWhile('cutOff', 5_000)
      case 'clock':
        life.skewMs = this.#dice.between(-this.#plan.rates.skewMsMax, this.#plan.rates.skewMsMax)
        return
      case 'kill':
        return life.crash('killed')
      case 'drain':
        return void worker?.drain().then(() => life.crash('drained'))
      case 'join':
        if (this.#processes.length < 5) this.#startProcess(this.#plan.options)
    }
  }

  /** The ports as the server gives them, with an eye on what passes. */
  #watched(ports: Ports): Ports {
    const decoded = (bytes: Uint8Array): unknown => JSON.parse(new TextDecoder().decode(bytes))
    return {
      ...ports,
      states: {
        ...ports.states,
        save: async (partition, actor, expected, bytes) => {
          const saved = await ports.states.save(partition, actor, expected, bytes)
          if (saved.ok) this.#saves.push({ actor, bytes: bytes.length, ...(decoded(bytes) as { turn: number; stored: Stored }) })
          return saved
        },
      },
      signals: {
        ...ports.signals,
        publish: (subject, bytes) => {
          if (subject.startsWith('_INBOX.'))
            for (const { id } of decoded(bytes) as Reply[]) this.#replied.set(id, (this.#replied.get(id) ?? 0) + 1)
          ports.signals.publish(subject, bytes)
        },
      },
    }
  }

  #anyActor(): ActorId {
    const { sent } = this.#load
    return sent[this.#dice.between(0, sent.length - 1)]?.to ?? ('' as ActorId)
  }

  async #query(actor: ActorId, last: boolean): Promise<void> {
    const address = parseActorId(actor)
    if (!address) return
    const subject = subjects(this.#server.namespace).query(partitionOf(address, this.#plan.partitions), address.tenant)
    const bytes = await this.#server.request(subject, Buffer.from(JSON.stringify({ actor })), 1_000)
    const answer =
      bytes && (JSON.parse(new TextDecoder().decode(bytes)) as { ok: boolean; state: Omit<Queried, 'last'>; error?: { code: string } })
    if (answer?.ok) this.#queries.push({ ...answer.state, last })
    else if (last && answer?.error?.code !== 'TR_ACTOR_NOT_FOUND' && answer?.error?.code !== 'TR_ACTOR_TYPE_UNKNOWN')
      this.#broken.push(`the last query of ${actor} was not answered: ${JSON.stringify(answer)}`)
  }

  async #askAll(last: boolean): Promise<void> {
    const actors = new Set(this.#load.sent.map(({ to }) => to))
    await this.#within(Promise.all([...actors].map((actor) => this.#query(actor, last))), 'every actor is queried')
  }

  async #within(promise: Promise<unknown>, what: string): Promise<void> {
    let settled = false
    promise.then(
      () => (settled = true),
      () => (settled = true),
    )
    await this.#clock.advanceUntil(() => settled, 30_000).catch(() => this.#broken.push(`${what}: not within 30 s`))
  }

  #seen(): Seen {
    return {
      plan: this.#plan,
      server: this.#server,
      messages: this.#load.sent,
      saves: this.#saves,
      queries: this.#queries,
      replied: this.#replied,
      now: this.#clock.now(),
    }
  }
}

/** What no fault explains: a bug that was caught and logged. */
const unforeseen = new Set(['TypeError', 'RangeError', 'ReferenceError', 'LogCorrupt', 'MessageTooLarge', 'NotStorable'])
