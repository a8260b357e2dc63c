// Depths
// How many messages from outside wait in one partition, by actor, type and tenant.
// They are counted only while much waits: a partition that keeps up pays nothing for them.
//
// D1. While counting, a depth is the number of messages from outside that wait for a turn in its scope; refused ones are not among them.
// D2. A depth lives as long as something waits in its scope, it is closed, or a narrower one lives.
import type { ActorId } from '../machines/address.ts'
import type { Item } from './items.ts'

export type MessageItem = Extract<Item, { kind: 'message' }>
export type ScopeKind = 'actor' | 'type' | 'tenant'

export interface Depth {
  /** `tenant/type/key`, `tenant/type` or `tenant`. */
  readonly scope: string
  readonly kind: ScopeKind
  /** The next wider one. */
  readonly within: Depth | undefined
  waiting: number
  /** Clients are told to keep what they have for it. */
  closed: boolean
}

export class Depths {
  readonly #scopes = new Map<string, Depth>()
  #counts = false
  #afterPrune = 0

  get counts(): boolean {
    return this.#counts
  }

  begin(waiting: readonly Item[]): void {
    this.#counts = true
    this.put(waiting)
  }

  end(): void {
    this.#counts = false
    this.#scopes.clear()
    this.#afterPrune = 0
  }

  put(items: readonly Item[]): void {
    for (const item of items) if (isOutside(item)) this.add(this.of(item.actor), 1)
  }

  taken(items: readonly Item[]): void {
    for (const item of items) if (isOutside(item)) this.add(this.of(item.actor), -1)
  }

  /** Counts one message more or less in a scope and in those around it. */
  add(narrowest: Depth, change: 1 | -1): void {
    for (let depth: Depth | undefined = narrowest; depth; depth = depth.within) depth.waiting += change
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
        if (depth.waiting === 0 && !depth.closed && !needed.has(depth)) this.#scopes.delete(depth.scope)
        else if (depth.within) needed.add(depth.within)
      }
    }
    this.#afterPrune = this.#scopes.size
  }

  #scope(scope: string, kind: ScopeKind, within: Depth | undefined): Depth {
    const known = this.#scopes.get(scope)
    if (known) return known
    const depth: Depth = { scope, kind, within, waiting: 0, closed: false }
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
