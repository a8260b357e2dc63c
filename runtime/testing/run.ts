// Run
// One run of a scenario, decided by its seed.
//
// R1. It ends with everything at rest, every partition released, and a new worker that says the same of every actor.
import { createHash } from 'node:crypto'
import { parseActorId, partitionOf, type ActorId } from '../../machines/address.ts'
import type { Reply } from '../../machines/message.ts'
import { subjects } from '../../machines/subject.ts'
import { inMemoryServer, type InMemoryServer } from '../in-memory/server.ts'
import { seededRandom, simulatedClock, type SimulatedClock } from '../in-memory/simulated-clock.ts'
import { workerDefaults } from '../options.ts'
import type { Ports } from '../ports.ts'
import type { Stored } from '../statechart/stored.ts'
import { faultsOf, isStill, pendingOf, type AnsweredQuery, type Seen } from './checks.ts'
import { Clients } from './clients.ts'
import { dice as diceOf, type Dice } from './dice.ts'
import type { Faults } from './faults.ts'
import { mischief } from './mischief.ts'
import { memberTtlMs, planOf, type Plan } from './plan.ts'
import { Processes, type Seats } from './processes.ts'
import type { Scenario } from './scenario.ts'
import { TruthReader, type Truth } from './truth.ts'

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

export async function simulateSeed(seed: number, scenario: Scenario): Promise<Outcome> {
  const run = new Run(seed, scenario)
  const unhandled = (reason: unknown): void =>
    run.fail(`a rejection nobody handles: ${reason instanceof Error ? reason.stack : String(reason)}`)
  const frames = Error.stackTraceLimit
  Error.stackTraceLimit = 0 // stacks stand in dead letters, and say where this checkout is and who called (simulate.ts, S1)
  process.on('unhandledRejection', unhandled)
  try {
    await run.load()
    return await run.conclude()
  } finally {
    process.off('unhandledRejection', unhandled)
    Error.stackTraceLimit = frames
  }
}

/** How long the world is left alone before it is looked at again, and how often. */
const quietMs = 2_500
const quietRounds = 360
/** What repeats by itself is not waited for longer. */
const stillRounds = 12

const seatsOf = new WeakMap<Scenario, Seats>()

class Run {
  readonly #seed: number
  readonly #scenario: Scenario
  readonly #dice: Dice
  readonly #plan: Plan
  readonly #clock: SimulatedClock
  readonly #server: InMemoryServer
  readonly #faults: Faults
  readonly #processes: Processes
  readonly #clients: Clients
  readonly #truth: TruthReader
  readonly #start: number
  readonly #history: string[] = []
  readonly #saves: Seen['saves'][number][] = []
  readonly #queries: AnsweredQuery[] = []
  readonly #replied = new Map<string, number>()
  readonly #broken: string[] = []

  constructor(seed: number, scenario: Scenario) {
    this.#seed = seed
    this.#scenario = scenario
    const all = diceOf(seed)
    const thrown = planOf(all.apart('plan'))
    this.#plan = scenario.plan?.(thrown, all.apart('own plan')) ?? thrown
    this.#dice = all.apart('mischief')
    const { partitions, mailboxMessagesMax, rates } = this.#plan
    const clock = simulatedClock()
    this.#clock = clock
    this.#start = clock.now()
    this.#server = inMemoryServer({ partitions, mailboxMessagesMax, memberTtlMs, clock, random: seededRandom(seed) })
    this.#truth = new TruthReader(this.#server)
    this.#faults = { on: true, mailboxFull: false, dice: all.apart('faults'), rates, clock, tell: (what) => this.#tell(what) }
    const seats = seatsOf.get(scenario) ?? []
    seatsOf.set(scenario, seats)
    this.#processes = new Processes({
      server: this.#server,
      actors: scenario.actors,
      seats,
      faults: this.#faults,
      seed,
      watched: (ports) => this.#watched(ports),
      heard: (worker, message, fields) => this.#heard(worker, message, fields),
      died: () => this.#faults.clock.after(this.#dice.between(0, 3_000), () => this.#processes.start(this.#plan.options)),
    })
    this.#clients = new Clients(this.#server, this.#faults, all.apart('clients'))
    scenario.load(this.#clients, all.apart('load'), this.#plan)
  }

  fail(why: string): void {
    this.#broken.push(why)
  }

  /** The time of the load and the faults. */
  async load(): Promise<void> {
    const { workers, loadMs, rates, options } = this.#plan
    for (let count = 0; count < workers; count++) this.#processes.start(options)
    this.#every(rates.mischiefEveryMs, () => mischief(this.#processes, this.#faults, options))
    this.#every(150, () => void this.#query(this.#anyActor(), false))
    await this.#clock.advance(loadMs)
    this.#faults.on = false
    this.#faults.mailboxFull = false
    this.#processes.heal()
    this.#tell('the world is good')
    if (this.#processes.living.length === 0) this.#processes.start(options)
  }

  /** The world is good: everything comes to rest, and then all accounts must agree. */
  async conclude(): Promise<Outcome> {
    const pending = await this.#rest()
    await this.#askAll(false)
    for (const { worker } of this.#processes.living) if (worker) await this.#within(worker.drain(), `${worker.id} drains`)
    this.#allReleased(await this.#truth.read())
    await this.#lookAgain()
    const truth = await this.#truth.read()
    const seen = this.#seen()
    for (const { partition, seq, at, text } of truth.lines) this.#history.push(`${at} ${partition}.${seq} ${text}`)
    const own = this.#scenario.check?.({ truth, seen, actors: (type) => actorsOf(truth, type) }) ?? []
    return {
      seed: this.#seed,
      hash: createHash('sha256').update(this.#history.join('\n')).digest('hex').slice(0, 16),
      faults: [...this.#broken, ...pending, ...faultsOf(truth, seen), ...own],
      history: this.#history,
      turns: truth.places.length,
      crashes: this.#processes.crashes,
    }
  }

  /** What is still pending when it should not be. */
  async #rest(): Promise<readonly string[]> {
    let pending: readonly string[] = []
    for (let round = 1; round <= quietRounds; round++) {
      await this.#clock.advance(quietMs)
      const truth = await this.#truth.read()
      pending = pendingOf(truth, this.#seen())
      if (pending.length === 0 && this.#clients.done && (isStill(truth) || round >= stillRounds)) break
    }
    return pending
  }

  #allReleased({ lines }: Truth): void {
    for (let partition = 0; partition < this.#plan.partitions; partition++) {
      const last = lines.findLast((line) => line.partition === partition)
      if (last?.record.kind !== 'release') this.fail(`partition ${partition} was not released but ends with ${last?.record.kind}`)
    }
  }

  /** A new worker in the place of all others (R1). */
  async #lookAgain(): Promise<void> {
    this.#processes.leave()
    const { life } = this.#processes.start({ ...this.#plan.options, actorsMax: workerDefaults.actorsMax })
    await this.#clock.advance(5_000)
    await this.#askAll(true)
    this.#processes.leave()
    life.crash('the end')
  }

  #tell(what: string): void {
    this.#history.push(`${this.#clock.now() - this.#start} ${what}`)
  }

  #heard(worker: string, message: string, fields: object): void {
    const { error, ...rest } = fields as { error?: unknown }
    this.#tell(`${worker} says: ${message} ${JSON.stringify(rest)} ${error instanceof Error ? `${error.name}: ${error.message}` : ''}`)
    if (error instanceof Error && unforeseen.has(error.name)) this.fail(`${worker}: ${message}: ${error.stack}`)
  }

  #every(ms: number, call: () => void): void {
    if (ms === 0) return
    this.#clock.after(ms, () => {
      if (!this.#faults.on) return
      call()
      this.#every(ms, call)
    })
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
    const { sent } = this.#clients
    return sent[this.#dice.between(0, sent.length - 1)]?.to ?? ('' as ActorId)
  }

  async #query(actor: ActorId, last: boolean): Promise<void> {
    const address = parseActorId(actor)
    if (!address) return
    const subject = subjects(this.#server.namespace).query(partitionOf(address, this.#plan.partitions), address.tenant)
    const bytes = await this.#server.request(subject, Buffer.from(JSON.stringify({ actor })), 1_000)
    const answer =
      bytes &&
      (JSON.parse(new TextDecoder().decode(bytes)) as { ok: boolean; state: Omit<AnsweredQuery, 'last'>; error?: { code: string } })
    if (answer?.ok) this.#queries.push({ ...answer.state, last })
    else if (last && answer?.error?.code !== 'TR_ACTOR_NOT_FOUND' && answer?.error?.code !== 'TR_ACTOR_TYPE_UNKNOWN')
      this.fail(`the last query of ${actor} was not answered: ${JSON.stringify(answer)}`)
  }

  async #askAll(last: boolean): Promise<void> {
    const actors = new Set(this.#clients.sent.map(({ to }) => to))
    await this.#within(Promise.all([...actors].map((actor) => this.#query(actor, last))), 'every actor is queried')
  }

  async #within(promise: Promise<unknown>, what: string): Promise<void> {
    let settled = false
    promise.then(
      () => (settled = true),
      () => (settled = true),
    )
    await this.#clock.advanceUntil(() => settled, 30_000).catch(() => this.fail(`${what}: not within 30 s`))
  }

  #seen(): Seen {
    return {
      plan: this.#plan,
      server: this.#server,
      messages: this.#clients.sent,
      saves: this.#saves,
      queries: this.#queries,
      replied: this.#replied,
      now: this.#clock.now(),
    }
  }
}

function actorsOf({ states }: Truth, type: string): ReadonlyMap<ActorId, Stored> {
  const found = new Map<ActorId, Stored>()
  for (const [actor, known] of states) {
    const stored = known.at(-1)
    if (stored && parseActorId(actor)?.type === type) found.set(actor, stored)
  }
  return found
}

/** What no fault explains: a bug that was caught and logged. */
const unforeseen = new Set(['TypeError', 'RangeError', 'ReferenceError', 'LogCorrupt', 'MessageTooLarge', 'NotStorable'])
