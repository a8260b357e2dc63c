// Tenants
// Which tenants are paused, and when one becomes so: actors without a parent that fail for good are counted fleet-wide, as a root supervisor would.
// A paused tenant loses nothing: its messages wait with their actors or as dead letters, its timers and effects start when it goes on.
//
// K1. Who is paused stands in the fleet's orders: every worker obeys, and one that starts later too.
import type { WorkerOptions } from './options.ts'
import { noteFall } from './orders.ts'
import type { FleetOrders, Orders } from './ports.ts'
import type { Telemetry } from './telemetry.ts'

/** An actor without a parent that failed for good. */
export interface Fall {
  readonly tenant: string
  readonly actor: string
  readonly cause: string
}

export class Tenants {
  #paused: ReadonlySet<string> = new Set()
  readonly #orders: Orders
  readonly #options: WorkerOptions
  readonly #telemetry: Telemetry

  constructor(orders: Orders, options: WorkerOptions, telemetry: Telemetry) {
    this.#orders = orders
    this.#options = options
    this.#telemetry = telemetry
  }

  readonly isPaused = (tenant: string): boolean => this.#paused.has(tenant)

  /** Takes what holds now; says which tenants go on. */
  obey({ paused = {} }: FleetOrders): readonly string[] {
    const before = this.#paused
    this.#paused = new Set(Object.keys(paused)) // K1
    for (const [tenant, { by, cause }] of Object.entries(paused))
      if (!before.has(tenant)) this.#telemetry.log.error({ tenant, by, cause }, 'tenant paused; `troupe tenants resume` lets it go on')
    return [...before].filter((tenant) => !this.#paused.has(tenant))
  }

  /** Counts a root actor that failed for good; too many and its tenant is paused. */
  fell(fall: Fall, at: number): void {
    this.#orders.change(noteFall({ ...fall, at }, this.#options.tenantIntensity)).catch((error: unknown) => {
      this.#telemetry.log.warn({ ...fall, error }, 'the failure of an actor without a parent could not be counted')
    })
  }
}

/** A timer or an effect of a paused tenant looks this often whether it may start. */
export const pauseLookMs = 1_000
