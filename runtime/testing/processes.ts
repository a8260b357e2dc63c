// Processes
// The worker processes of one simulated world: started, told apart, and let down in every way that faults allow.
//
// R1. Whoever starts in a seat gets the definitions made for it: machines are prepared once a seat, not once a process.
import type { ActorDefinition } from '../define-actor.ts'
import type { InMemoryServer } from '../in-memory/server.ts'
import { seededRandom } from '../in-memory/simulated-clock.ts'
import type { WorkerOptions } from '../options.ts'
import type { Clock, Ports } from '../ports.ts'
import type { Whereabouts } from '../system.ts'
import { startWorker, type Worker, type WorkerSpec } from '../worker.ts'
import type { Dice } from './dice.ts'
import type { Faults } from './faults.ts'
import { faultyPorts } from './faulty-ports.ts'
import { startLife, type Life } from './life.ts'

/** What the effects of one worker may use beside their context, so that they run in simulated time. */
export interface Workshop {
  /** Of the worker that runs there now: silent once it is dead. */
  readonly clock: Clock
  readonly dice: Dice
  /** Writes into the history of the run. */
  tell(what: string): void
}

/** Definitions, or how they are made for a worker whose effects take simulated time. */
export type Actors = readonly ActorDefinition[] | ((workshop: Workshop) => readonly ActorDefinition[])

export interface Process {
  readonly life: Life
  /** Undefined until it has started. */
  readonly worker: Worker | undefined
  /** Rejects when it cannot start; never settles when it dies before. */
  readonly started: Promise<Worker>
  /** The server's ports, which it uses through its faults: what connects it to the world. */
  readonly real: Ports
}

export interface ProcessesSpec {
  readonly server: InMemoryServer
  readonly actors: Actors
  readonly seats: Seats
  readonly faults: Faults
  readonly seed: number
  /** The ports of a new worker before faults come between. */
  watched?(ports: Ports): Ports
  /** A worker says something at info or above. */
  heard?(worker: string, message: string, fields: object): void
  started?(worker: Worker): void
  died?(process: Process, why: string): void
}

export class Processes {
  readonly #spec: ProcessesSpec
  readonly #living: Running[] = []
  readonly #free: Seat[]
  #started = 0
  crashes = 0

  constructor(spec: ProcessesSpec) {
    this.#spec = spec
    this.#free = [...spec.seats]
  }

  get living(): readonly Process[] {
    return this.#living
  }

  /** With the definitions of its seat, or with what else is given: another build of the program, another way to the world. */
  start(options: Partial<WorkerOptions>, own: Partial<WorkerSpec> = {}): Process {
    const { server, faults, seed, watched = (ports) => ports, heard } = this.#spec
    const id = `w${++this.#started}`
    const random = seededRandom(seed * 1_000 + this.#started)
    const real = own.ports ?? server.ports({ random })
    const seat = this.#free.shift() ?? this.#newSeat() // R1
    const { promise: started, resolve, reject } = Promise.withResolvers<Worker>()
    const life = startLife(id, faults.clock, (why) => this.#died(process, why))
    const process: Running = { seat, real, life, worker: undefined, started }
    seat.life = life
    seat.faults = faults
    this.#living.push(process) // before it starts: it may die of its first word
    faults.tell(`${id} starts`)
    const say = (fields: object, message: string): void => heard?.(id, message, fields)
    startWorker({
      definitions: seat.definitions,
      options,
      id,
      whereabouts: simulated,
      ...own,
      ports: faultyPorts(watched(real), life, faults),
      log: { debug() {}, info: say, warn: say, error: say, isLevelEnabled: () => false },
    }).then(resolve, reject)
    started.then(
      (worker) => {
        process.worker = worker
        this.#spec.started?.(worker)
      },
      () => life.crash('could not start'),
    )
    return process
  }

  /** The server says that the connection of a worker has ended, true or not. */
  disconnect({ real }: Process): void {
    this.#spec.server.disconnect(real)
  }

  /** A worker has a new connection. */
  reconnect(process: Process): void {
    if (process.life.dead) return
    process.life.cutOff = false
    this.#spec.server.reconnect(process.real)
  }

  /** Nothing is wrong with any of them any more. */
  heal(): void {
    for (const process of this.#living) {
      if (process.life.cutOff) this.reconnect(process)
      Object.assign(process.life, { muted: false, blind: false, skewMs: 0, storeMs: 0 })
      process.life.thaw()
    }
  }

  /** Those that live are no longer counted among the fleet: their end is none. */
  leave(): void {
    for (const { seat } of this.#living.splice(0)) this.#free.push(seat)
  }

  #newSeat(): Seat {
    const seat = seatFor(this.#spec.actors)
    this.#spec.seats.push(seat)
    return seat
  }

  #died(process: Running, why: string): void {
    const at = this.#living.indexOf(process)
    if (at < 0) return
    this.crashes++
    this.#spec.faults.tell(`${process.life.id} dies: ${why}`)
    if (this.#spec.faults.on && this.#spec.faults.dice.chance(0.5)) this.disconnect(process) // else the others find out by its silence
    this.#living.splice(at, 1)
    this.#free.push(process.seat)
    this.#spec.died?.(process, why)
  }
}

/** What differs from run to run of the process is not said: a changed figure would be a change of the roll. */
const simulated: Whereabouts = {
  host: 'simulated',
  pid: 0,
  rssBytes: () => 0,
  pulse: () => ({ rssBytes: 0, heapBytes: 0, loopLateMs: 0, processorShare: 0 }),
}

interface Running extends Process {
  worker: Worker | undefined
  readonly seat: Seat
}

/** Where one process after the other runs. Seats may be kept from world to world. */
export type Seats = Seat[]

interface Seat {
  readonly definitions: readonly ActorDefinition[]
  life: Life | undefined
  faults: Faults | undefined
}

function seatFor(actors: Actors): Seat {
  const taken = (): { life: Life; faults: Faults } => {
    if (!seat.life || !seat.faults) throw new Error('an effect ran before its worker was started')
    return { life: seat.life, faults: seat.faults }
  }
  const workshop: Workshop = {
    get clock() {
      return taken().life.clock
    },
    get dice() {
      return taken().faults.dice
    },
    tell: (what) => {
      const { life, faults } = taken()
      faults.tell(`${life.id} ${what}`)
    },
  }
  const seat: Seat = { definitions: typeof actors === 'function' ? actors(workshop) : actors, life: undefined, faults: undefined }
  return seat
}
