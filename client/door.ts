// Door
// What the owners of partitions say of a tenant that has too much waiting: which share of its events may go. The others are refused before they are published.
//
// D1. What was said last of a partition holds until its time to live is over: an owner that falls silent has opened its door.
// D2. An event draws its lot once, from 0 to 1, and may go while that is below the share of its actor, type and tenant: asked twice, the door refuses no more than that share.
// D3. A client that may not hear this is refused by the owners only.
import { diag } from '@opentelemetry/api'
import type { Msg, NatsConnection, Subscription } from 'nats'
import type { ActorId } from '../machines/address.ts'
import { subjects } from '../machines/subject.ts'
import { Overloaded } from './errors.ts'

/** What one owner said. */
interface Pressure {
  /** By `tenant/type/key`, `tenant/type` or `tenant`, of those that belong to the partition: which share of their events may go. */
  readonly shares: ReadonlyMap<string, number>
  readonly retryAfterMs: number
  /** Epoch ms. */
  readonly until: number
}

/** The door of one tenant. */
export class Door {
  /** Calls refused here. */
  refused = 0
  readonly #byPartition: (Pressure | undefined)[] = []
  readonly #subscription: Subscription | undefined

  constructor(connection: NatsConnection, namespace: string, tenant: string) {
    if (connection.isClosed()) return // whoever calls is told so
    this.#subscription = connection.subscribe(subjects(namespace).pressures(tenant), {
      callback: (error, message) => {
        if (error) diag.warn(`troupe client: not told of pressure on tenant ${tenant}: ${error.message}`) // D3
        else this.#hear(message)
      },
    })
  }

  /** Why an event with this lot is refused now; undefined when it may go (D2). */
  refusalOf(actor: ActorId, partition: number, lot: number): Overloaded | undefined {
    const pressure = this.#byPartition[partition]
    if (!pressure) return undefined
    if (Date.now() >= pressure.until) {
      this.#byPartition[partition] = undefined // D1
      return undefined
    }
    const scope = scopesOf(actor).find((one) => lot >= (pressure.shares.get(one) ?? 1))
    if (scope === undefined) return undefined
    this.refused++
    return new Overloaded(
      `sending to ${actor}: too much waits for ${scope} in partition ${partition}; nothing was sent, try again in ${pressure.retryAfterMs} ms`,
      pressure.retryAfterMs,
    )
  }

  close(): void {
    this.#subscription?.unsubscribe()
  }

  #hear(message: Msg): void {
    const partition = Number(message.subject.split('.').at(-2))
    this.#byPartition[partition] = readPressure(message)
  }
}

/** From the widest to the actor itself; its key may hold slashes. */
function scopesOf(actor: ActorId): readonly string[] {
  const afterTenant = actor.indexOf('/')
  const afterType = actor.indexOf('/', afterTenant + 1)
  return [actor.slice(0, afterTenant), actor.slice(0, afterType), actor]
}

function readPressure(message: Msg): Pressure | undefined {
  try {
    const { shares, retryAfterMs, ttlMs } = message.json<{ shares?: unknown; retryAfterMs?: unknown; ttlMs?: unknown }>()
    if (typeof shares !== 'object' || shares === null || typeof retryAfterMs !== 'number' || typeof ttlMs !== 'number') return undefined
    const known = Object.entries(shares).filter((entry): entry is [string, number] => typeof entry[1] === 'number')
    if (known.length === 0) return undefined
    return { shares: new Map(known), retryAfterMs, until: Date.now() + Math.min(ttlMs, pressureTtlMsMax) }
  } catch {
    return undefined // what cannot be read closes nothing: the owner refuses by itself
  }
}

/** However long an owner says: nobody is kept out for longer by one message. */
const pressureTtlMsMax = 10_000
