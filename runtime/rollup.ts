// Rollups
// What a worker says of itself once a second, to whoever listens: how much it did, how long that took, how its process fares. Nobody need ask for it.
// It is not an account: a rollup that is lost is lost, and what is exact stands in the log.
//
// R1. A worker that does nothing says so every `restMs` only: whoever hears nothing for longer may take it for gone.
// R2. After `stop` nothing more is said; the last word has `ended`.
import { subjects } from '../machines/subject.ts'
import type { Ports } from './ports.ts'
import type { Pulse, Whereabouts } from './system.ts'
import type { Tallied } from './tally.ts'
import type { Telemetry } from './telemetry.ts'

export const rollupMs = 1_000
export const restMs = 10_000

/** As it goes over the wire: docs/protocol.md. */
export interface Rollup extends Tallied {
  readonly worker: string
  /** Epoch ms. */
  readonly at: number
  /** The time it is about. */
  readonly forMs: number
  readonly pulse: Pulse
  /** It is the last of this worker. */
  readonly ended?: true
}

interface Told {
  readonly telemetry: Pick<Telemetry, 'tally' | 'log'>
  readonly whereabouts: Pick<Whereabouts, 'pulse'>
}

export class Rollups {
  readonly #worker: string
  readonly #ports: Pick<Ports, 'namespace' | 'signals' | 'clock'>
  readonly #told: Told
  #cancel: () => void = () => {}
  #since = 0
  #toldAt = 0

  constructor(worker: string, ports: Pick<Ports, 'namespace' | 'signals' | 'clock'>, told: Told) {
    this.#worker = worker
    this.#ports = ports
    this.#told = told
  }

  start(): void {
    this.#since = this.#ports.clock.now()
    this.#tell({})
    this.#wait()
  }

  stop(): void {
    this.#cancel()
    this.#tell({ ended: true }) // R2
  }

  #wait(): void {
    this.#cancel = this.#ports.clock.after(rollupMs, () => {
      const now = this.#ports.clock.now()
      const rests = this.#told.telemetry.tally.isEmpty && now - this.#toldAt < restMs
      if (rests) this.#since = now
      else this.#tell({}) // R1
      this.#wait()
    })
  }

  #tell(more: Pick<Rollup, 'ended'>): void {
    const { namespace, signals, clock } = this.#ports
    const { telemetry, whereabouts } = this.#told
    const at = clock.now()
    const tallied = telemetry.tally.take()
    const rollup: Rollup = { worker: this.#worker, at, forMs: at - this.#since, ...tallied, pulse: whereabouts.pulse(), ...more }
    this.#since = at
    this.#toldAt = at
    try {
      signals.publish(subjects(namespace).rollup(this.#worker), Buffer.from(JSON.stringify(rollup)))
    } catch (error) {
      telemetry.log.warn({ worker: this.#worker, error }, 'a rollup was not told; the next one follows')
    }
  }
}
