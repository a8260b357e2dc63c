// Pressure speaker
// Tells the clients of each tenant how much of what they have for the closed scopes of one partition they may let through.
//
// K1. It speaks at most once every `pressureEveryMs`. Whoever was told of something closed is told a last time when nothing is closed any more.
// K2. What is said holds for a time to live: who connects late hears it with the next repetition, and an owner that falls silent has opened its door.
import { subjects } from '../machines/subject.ts'
import type { Depth } from './depths.ts'
import type { WorkerOptions } from './options.ts'
import type { Ports } from './ports.ts'
import type { Telemetry } from './telemetry.ts'

export class PressureSpeaker {
  readonly #partition: number
  readonly #ports: Ports
  readonly #everyMs: number
  readonly #telemetry: Telemetry
  /** Tenants that were told of something closed. */
  #told = new Set<string>()
  #saidAt = -Infinity

  constructor(partition: number, ports: Ports, { pressureEveryMs }: WorkerOptions, telemetry: Telemetry) {
    this.#partition = partition
    this.#ports = ports
    this.#everyMs = pressureEveryMs
    this.#telemetry = telemetry
  }

  /** Nobody is to be told that something has opened. */
  get isSilent(): boolean {
    return this.#told.size === 0
  }

  /** Tells each tenant all that is closed for it, if it is time to (K1). */
  say(depths: Iterable<Depth>, oldestMs: number): void {
    const now = this.#ports.clock.now()
    if (now - this.#saidAt < this.#everyMs) return
    const shares = new Map<string, Record<string, number>>([...this.#told].map((tenant) => [tenant, {}]))
    const closed = new Set<string>()
    for (const { scope, throttle, full } of depths) {
      const tenant = scope.split('/', 1)[0] ?? scope
      closed.add(tenant)
      shares.set(tenant, { ...shares.get(tenant), [scope]: full ? 0 : rounded(throttle?.share ?? 1) })
    }
    if (shares.size === 0) return
    this.#saidAt = now
    this.#told = closed
    for (const [tenant, ofTenant] of shares) this.#tell(tenant, ofTenant, this.retryAfterMs(oldestMs))
  }

  /** What came in last waits about as long as the oldest has. */
  retryAfterMs(oldestMs: number): number {
    return Math.min(Math.max(oldestMs, this.#everyMs), retryAfterMsMax)
  }

  #tell(tenant: string, shares: Readonly<Record<string, number>>, retryAfterMs: number): void {
    const { pressure } = subjects(this.#ports.namespace)
    const said = { shares, retryAfterMs, ttlMs: this.#everyMs * ttlPeriods } // K2
    try {
      this.#ports.signals.publish(pressure(this.#partition, tenant), Buffer.from(JSON.stringify(said)))
    } catch (error) {
      this.#telemetry.log.warn({ partition: this.#partition, tenant, error }, 'clients were not told; they are told again')
    }
  }
}

const rounded = (share: number): number => Math.round(share * 10_000) / 10_000
const ttlPeriods = 10
const retryAfterMsMax = 10_000
