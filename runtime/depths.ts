// Depths
// How many messages from outside wait in one partition, by actor, type and tenant.
// They are counted only while much waits: a partition that keeps up pays nothing for them.
//
// D1. While counting, a depth is the number of messages from outside that wait for a turn in its scope; refused ones are not among them.
// D2. A depth lives as long as something waits in its scope, it is closed, or a narrower one lives.
import type { ActorId } from '../machines/address.ts'
import type { Item } from './items.ts'
import type { Throttle } from './throttle.ts'

export type MessageItem = Extract<Item, { kind: 'message' }>
export type ScopeKind = 'actor' | 'type' | 'tenant'

export interface Depth {
  /** `tenant/type/key`, `tenant/type` or `tenant`. */
  readonly scope: string
  readonly kind: ScopeKind
  /** The next wider one. */
  readonly within: Depth | undefined
  waiting: number
  /** Messages that have come, and that were given to their turn, since they are counted. */
  arrived: number
  served: number
  /** Undefined: clients may let everything through. */
  throttle: Throttle | undefined
  /** It has reached its high-water mark and not yet fallen to the low one: nothing is let through. */
  full: boolean
}

export const isClosed = ({ throttle, full }: Depth): boolean => full || throttle !== undefined

export class Depths {
  readonly #scopes = new Map<string, Depth>()
  #counts = false
  #afterPrune = 0

  get counts(): boolean {
    return this.#counts
  }

  begin(waiting: readonly Item[]): void {
    this.#counts = true
    for (const item of waiting) if (isOutside(item)) this.arrive(this.of(item.actor))
  }

  end(): void {
    this.#counts = false
    this.#scopes.clear()
    this.#afterPrune = 0
  }

  /** One message more in a scope and in those around it. */
  arrive(narrowest: Depth): void {
    for (let depth: Depth | undefined = narrowest; depth; depth = depth.within) {
      depth.waiting++
      depth.arrived++
    }
  }

  /** Messages have left the queue; those that are not served are refused. */
  taken(items: readonly Item[], served: readonly Item[]): void {
    for (const item of items) if (isOutside(item)) this.#serve(this.of(item.actor))
    if (items === served) return
    this.#each(items, (depth) => depth.served--)
    this.#each(served, (depth) => depth.served++)
  }

  /** Messages were not served after all. */
  putBack(items: readonly Item[]): void {
    this.#each(items, (depth) => {
      depth.waiting++
      depth.served--
    })
  }

  /** The depth of an actor. */
  of(actor: ActorId): Depth {
    const known = this.#scopes.get(actor)
    if (known) return known
    const afterTenant = actor.indexOf('/')
    const afterType = actor.indexOf('/', afterTenant + 1)
    const tenant = this.#scope(actor.slice(0, afterTenant), 'tenant', undefined)
    return this.#scope(actor, 'actor', this.#scope(actor.slice(0, afterType), 'type', tenant))
  }

  /** The tenant with the most waiting; or the type in it, or the actor in that, that has more than half of it. */
  largest(): Depth | undefined {
    const tenant = this.#largestIn('tenant', undefined)
    const type = tenant && this.#largestIn('type', tenant)
    if (!type || type.waiting * 2 <= tenant.waiting) return tenant
    const actor = this.#largestIn('actor', type)
    return actor && actor.waiting * 2 > type.waiting ? actor : type
  }

  /** Forgets what nobody waits for (D2); looks only when there are many more than after the last time. */
  prune(): void {
    if (this.#scopes.size < 2 * this.#afterPrune + pruneFrom) return
    const needed = new Set<Depth>()
    for (const kind of ['actor', 'type', 'tenant'] as const) {
      for (const depth of this.#scopes.values()) {
        if (depth.kind !== kind) continue
        if (depth.waiting === 0 && !isClosed(depth) && !needed.has(depth)) this.#scopes.delete(depth.scope)
        else if (depth.within) needed.add(depth.within)
      }
    }
    this.#afterPrune = this.#scopes.size
  }

  #serve(narrowest: Depth): void {
    for (let depth: Depth | undefined = narrowest; depth; depth = depth.within) {
      depth.waiting--
      depth.served++
    }
  }

  #each(items: readonly Item[], change: (depth: Depth) => void): void {
    for (const item of items) {
      if (!isOutside(item)) continue
      for (let depth: Depth | undefined = this.of(item.actor); depth; depth = depth.within) change(depth)
    }
  }

  #scope(scope: string, kind: ScopeKind, within: Depth | undefined): Depth {
    const known = this.#scopes.get(scope)
    if (known) return known
    const depth: Depth = { scope, kind, within, waiting: 0, arrived: 0, served: 0, throttle: undefined, full: false }
    this.#scopes.set(scope, depth)
    return depth
  }

  #largestIn(kind: ScopeKind, within: Depth | undefined): Depth | undefined {
    let largest: Depth | undefined
    for (const depth of this.#scopes.values())
      if (depth.kind === kind && depth.within === within && depth.waiting > (largest?.waiting ?? 0)) largest = depth
    return largest
  }
}

/** A message of a client. What actors sent was promised by the kernel itself: it is neither counted nor refused. */
export const isOutside = (item: Item): item is MessageItem => item.kind === 'message' && item.channel === undefined

const pruneFrom = 1_024
