// Pressure
// The limits on what waits in one partition: refuses what comes beyond a depth, and tells clients before it comes to that.
// It is not fair taking: the mailbox is one ordered stream with one offset, so what is read is taken in order; the door keeps that queue short instead.
//
// P1. A scope is closed when its depth reaches the high-water mark, or when it fills a queue that has become slow; it is opened below the low-water marks.
// P2. What is closed is said at once, again every `pressureEveryMs` while it lasts, never more often, and holds for a time to live: an owner that falls silent has opened its door.
// P3. Only events from outside are refused: a cancel passes, and so does what was stored before this owner began to read.
import { subjects } from '../machines/subject.ts'
import { Depths, isOutside, type Depth, type MessageItem } from './depths.ts'
import { refusals } from './errors.ts'
import type { Item } from './items.ts'
import type { WorkerOptions } from './options.ts'
import type { Ports } from './ports.ts'
import type { DeadLetter } from './record.ts'
import { isLate, shedItem } from './shed.ts'
import type { Telemetry } from './telemetry.ts'

/** What the pressure is of. */
export interface Queue {
  readonly partition: number
  /** Items that wait. */
  size(): number
  /** How long the oldest mail has waited. */
  oldestMs(): number
}

export class Pressure {
  readonly #queue: Queue
  readonly #ports: Ports
  readonly #options: WorkerOptions
  readonly #telemetry: Telemetry
  readonly #depths = new Depths()
  readonly #closed = new Set<Depth>()
  /** Tenants that were told of something closed. */
  #told = new Set<string>()
  #saidAt = -Infinity
  #cancelRound: () => void = () => {}
  readonly #countsFrom: number

  constructor(queue: Queue, ports: Ports, options: WorkerOptions, telemetry: Telemetry) {
    this.#queue = queue
    this.#ports = ports
    this.#options = options
    this.#telemetry = telemetry
    const { actor, type, tenant } = options.depthMax
    this.#countsFrom = Math.min(actor, type, tenant) * countsFromShare
  }

  /** Mail that has come in, as it is to wait: what is beyond a depth is refused there. `waiting` gives what waits already. */
  admit(items: readonly Item[], isBacklog: boolean, waiting: () => readonly Item[]): readonly Item[] {
    if (!this.#depths.counts) {
      if (this.#queue.size() + items.length <= this.#countsFrom) return items
      this.#depths.begin(waiting())
      this.#soon()
    }
    return items.map((item) => (isOutside(item) ? this.#admitOne(item, isBacklog) : item))
  }

  /** Items as they leave the queue for their turns: an ask that nobody waits for any more is refused instead. */
  take(items: readonly Item[]): readonly Item[] {
    if (this.#depths.counts) this.#depths.taken(items)
    const now = this.#ports.clock.now()
    if (!items.some((item) => isLate(item, now))) return items
    return items.map((item) => (isLate(item, now) ? this.#refuseLate(item, now) : item))
  }

  putBack(items: readonly Item[]): void {
    if (this.#depths.counts) this.#depths.put(items)
  }

  /** Nothing waits here any more; what was said runs out. */
  stop(): void {
    this.#cancelRound()
    this.#depths.end()
    this.#closed.clear()
  }

  #admitOne(item: MessageItem, isBacklog: boolean): Item {
    const depth = this.#depths.of(item.actor)
    const full = isBacklog || item.message.kind === 'cancel' ? undefined : this.#fullAround(depth) // P3
    if (full) return this.#refuseBeyond(item, full)
    this.#depths.add(depth, 1)
    for (let risen: Depth | undefined = depth; risen; risen = risen.within) if (this.#isHigh(risen)) this.#close(risen)
    return item
  }

  #fullAround(narrowest: Depth): Depth | undefined {
    for (let depth: Depth | undefined = narrowest; depth; depth = depth.within)
      if (depth.waiting >= this.#options.depthMax[depth.kind]) return depth
    return undefined
  }

  #refuseBeyond(item: MessageItem, { scope, kind, waiting }: Depth): Item {
    const { partition } = this.#queue
    const cause = `${waiting} messages wait for ${kind} ${scope} in partition ${partition}, the limit is ${this.#options.depthMax[kind]}; send more slowly, then again`
    return this.#refuse(item, { code: refusals.overloaded, cause }, this.#retryAfterMs())
  }

  #refuseLate(item: MessageItem, now: number): Item {
    const cause = `the deadline of the ask to ${item.actor} passed ${now - (item.message.deadline ?? now)} ms ago`
    return this.#refuse(item, { code: refusals.deadlinePassed, cause })
  }

  #refuse(item: MessageItem, letter: DeadLetter, retryAfterMs?: number): Item {
    const [tenant = '', type = ''] = item.actor.split('/', 2)
    this.#telemetry.messagesRefused.add(1, { code: letter.code, tenant, type })
    return shedItem(item, this.#queue.partition, letter, retryAfterMs)
  }

  #isHigh({ waiting, kind }: Depth): boolean {
    return waiting >= this.#options.depthMax[kind] * highWaterShare
  }

  #isLow({ waiting, kind }: Depth): boolean {
    return waiting <= this.#options.depthMax[kind] * lowWaterShare && this.#queue.oldestMs() <= this.#options.waitingMsMax / 2
  }

  #close(depth: Depth): void {
    if (depth.closed || this.#closed.size >= closedMax) return
    depth.closed = true
    this.#closed.add(depth)
    const { scope, waiting } = depth
    this.#telemetry.log.warn(
      { partition: this.#queue.partition, scope, waiting, oldestMs: this.#queue.oldestMs() },
      'too much waits: clients are told to keep what they have',
    )
    if (this.#ports.clock.now() - this.#saidAt >= this.#options.pressureEveryMs) this.#say() // P2
  }

  /** Looks again every `pressureEveryMs`, for as long as there is something to count. */
  #soon(): void {
    this.#cancelRound = this.#ports.clock.after(this.#options.pressureEveryMs, () => this.#round())
  }

  #round(): void {
    for (const depth of this.#closed) {
      if (!this.#isLow(depth)) continue
      depth.closed = false
      this.#closed.delete(depth)
      this.#telemetry.log.info({ partition: this.#queue.partition, scope: depth.scope }, 'the door is open again')
    }
    if (this.#queue.oldestMs() > this.#options.waitingMsMax) this.#blame()
    this.#depths.prune()
    if (this.#ports.clock.now() - this.#saidAt >= this.#options.pressureEveryMs) this.#say()
    if (this.#told.size === 0 && this.#closed.size === 0 && this.#queue.size() <= this.#countsFrom / 2) this.#depths.end()
    else this.#soon()
  }

  /** The queue is slow: who fills it is closed. */
  #blame(): void {
    const largest = this.#depths.largest()
    if (largest && largest.waiting >= this.#countsFrom / 2) this.#close(largest)
  }

  /** Tells each tenant all that is closed for it in this partition; a last time when that is nothing any more. */
  #say(): void {
    const closed = new Map<string, string[]>([...this.#told].map((tenant) => [tenant, []]))
    for (const { scope } of this.#closed) {
      const tenant = scope.split('/', 1)[0] ?? scope
      closed.set(tenant, [...(closed.get(tenant) ?? []), scope])
    }
    if (closed.size === 0) return
    this.#saidAt = this.#ports.clock.now()
    this.#told = new Set([...closed].flatMap(([tenant, scopes]) => (scopes.length > 0 ? [tenant] : [])))
    const { pressure } = subjects(this.#ports.namespace)
    const ttlMs = this.#options.pressureEveryMs * ttlPeriods
    for (const [tenant, scopes] of closed) {
      const said = { closed: scopes, retryAfterMs: this.#retryAfterMs(), ttlMs }
      try {
        this.#ports.signals.publish(pressure(this.#queue.partition, tenant), Buffer.from(JSON.stringify(said)))
      } catch (error) {
        this.#telemetry.log.warn({ partition: this.#queue.partition, tenant, error }, 'clients were not told; they are told again')
      }
    }
  }

  /** What came in last waits about as long as the oldest has. */
  #retryAfterMs(): number {
    return Math.min(Math.max(this.#queue.oldestMs(), this.#options.pressureEveryMs), retryAfterMsMax)
  }
}

/** Below this share of the smallest depth nobody can be near a mark. */
const countsFromShare = 1 / 16
const highWaterShare = 3 / 4
const lowWaterShare = 3 / 8
/** Scopes closed at one time; beyond them the depths alone protect the partition. */
const closedMax = 256
const ttlPeriods = 10
const retryAfterMsMax = 10_000
