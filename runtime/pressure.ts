// Pressure
// The limits on what waits in one partition: keeps the wait short by telling clients how much they may let through, and refuses what comes all the same.
// It is not fair taking: the mailbox is one ordered stream with one offset, so what is read is taken in order; the door keeps that queue short instead.
//
// P1. A scope is throttled when it fills a queue that has become slow, and closed when its depth reaches the high-water mark; it is opened when neither is so any more.
// P2. What is closed is said at once, again every `pressureEveryMs` while it lasts, never more often, and holds for a time to live: an owner that falls silent has opened its door.
// P3. Only events from outside are refused: a cancel passes, and so does what was stored before this owner began to read.
// P4. A queue is slow by its own doing only: when group after group leaves something behind. What waits for other partitions of the worker is nobody's fault here.
// P5. A send is refused at a depth only; an ask also when it has waited too long: its asker hears of it in time, and those behind it are still answered.
import { Depths, isClosed, isOutside, type Depth, type MessageItem } from './depths.ts'
import { refusals } from './errors.ts'
import type { Item } from './items.ts'
import type { WorkerOptions } from './options.ts'
import type { Ports } from './ports.ts'
import { PressureSpeaker } from './pressure-speaker.ts'
import type { DeadLetter } from './record.ts'
import { isExpired, shedItem, withoutExpired } from './shed.ts'
import type { Telemetry } from './telemetry.ts'
import { Throttle } from './throttle.ts'

/** What the pressure is of. */
export interface Queue {
  readonly partition: number
  /** The last mail that was stored before this owner began to read. */
  readonly backlogTo: number
  /** Items that wait. */
  size(): number
  waiting(): readonly Item[]
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
  readonly #speaker: PressureSpeaker
  #cancelRound: () => void = () => {}
  readonly #countsFrom: number
  /** Since when the queue is slow without a pause (P4). */
  #slowFrom: number | undefined
  /** Periods since it is counted. */
  #periods = 1
  /** When an ask was taken last that had to wait. */
  #askedAt = -Infinity
  /** How long the oldest waited at least when a group was taken since the last round; undefined: none was. */
  #delayMs: number | undefined
  #stopped = false

  constructor(queue: Queue, ports: Ports, options: WorkerOptions, telemetry: Telemetry) {
    this.#queue = queue
    this.#ports = ports
    this.#options = options
    this.#telemetry = telemetry
    this.#speaker = new PressureSpeaker(queue.partition, ports, options, telemetry)
    const { actor, type, tenant } = options.depthMax
    this.#countsFrom = Math.min(actor, type, tenant) * countsFromShare
  }

  /** Mail that has come in, as it is to wait: what is beyond a depth is refused there. */
  admit(items: readonly Item[]): readonly Item[] {
    if (!this.#depths.counts) {
      if (this.#queue.size() + items.length <= this.#countsFrom) return items
      this.#count(this.#queue.waiting())
    }
    return items.map((item) => (isOutside(item) ? this.#admitOne(item) : item))
  }

  /** Items as they leave the queue for their turns, without asks that nobody waits for any more. `isLeftOver`: the group before left the first of them behind. */
  take(items: readonly Item[], isLeftOver: boolean): readonly Item[] {
    const now = this.#ports.clock.now()
    const isSlow = this.#measure(isLeftOver, now, items)
    const hopeful = isSlow || this.#closed.size > 0 ? items.map((item) => this.#refuseHopeless(item, now, isSlow)) : items
    const taken = hopeful.some((item) => isExpired(item, now)) ? this.#countExpired(hopeful, now) : hopeful
    if (this.#depths.counts) this.#depths.taken(items, taken)
    return taken
  }

  putBack(items: readonly Item[]): void {
    if (this.#depths.counts) this.#depths.putBack(items)
  }

  /** Nothing waits here any more; what was said runs out. */
  stop(): void {
    this.#stopped = true
    this.#cancelRound()
    this.#depths.end()
    this.#closed.clear()
  }

  #count(waiting: readonly Item[]): void {
    if (this.#stopped) return
    this.#periods = 1
    this.#depths.begin(waiting)
    this.#soon()
  }

  /** Whether the queue is slow now (P4). */
  #measure(isLeftOver: boolean, now: number, taken: readonly Item[]): boolean {
    const delayMs = isLeftOver ? this.#queue.oldestMs() : 0
    this.#delayMs = Math.min(this.#delayMs ?? Infinity, delayMs)
    if (delayMs > this.#options.waitingMsMax && taken.some((item) => isOutside(item) && item.message.replyTo)) this.#askedAt = now
    if (delayMs <= this.#limitMs(now)) {
      this.#slowFrom = undefined
      return false
    }
    this.#slowFrom ??= now
    if (!this.#depths.counts) this.#count([...taken, ...this.#queue.waiting()])
    return true
  }

  /** How long mail may wait: not long while somebody waits for answers. */
  #limitMs(now: number): number {
    const { waitingMsMax } = this.#options
    const unaskedMsMax = waitingMsMax * unaskedFactor
    return now - this.#askedAt <= unaskedMsMax ? waitingMsMax : unaskedMsMax
  }

  #countExpired(items: readonly Item[], now: number): readonly Item[] {
    for (const item of items) if (isExpired(item, now)) this.#note(item, refusals.deadlinePassed)
    return withoutExpired(items, this.#queue.partition, now)
  }

  #admitOne(item: MessageItem): Item {
    const depth = this.#depths.of(item.actor)
    const beyond = this.#isRefusable(item) ? this.#beyond(depth) : undefined
    if (beyond) return this.#refuseBeyond(item, beyond)
    this.#depths.arrive(depth)
    for (let risen: Depth | undefined = depth; risen; risen = risen.within) if (this.#isHigh(risen)) this.#fill(risen)
    return item
  }

  #isRefusable({ message, mail }: MessageItem): boolean {
    return message.kind !== 'cancel' && (mail?.seq ?? Infinity) > this.#queue.backlogTo // P3
  }

  #beyond(narrowest: Depth): Depth | undefined {
    for (let depth: Depth | undefined = narrowest; depth; depth = depth.within)
      if (depth.waiting >= this.#options.depthMax[depth.kind]) return depth
    return undefined
  }

  #refuseBeyond(item: MessageItem, { scope, kind, waiting }: Depth): Item {
    const { partition } = this.#queue
    const cause = `${waiting} messages wait for ${kind} ${scope} in partition ${partition}, the limit is ${this.#options.depthMax[kind]}; send more slowly, then again`
    return this.#refuse(item, cause)
  }

  /** An ask that would be answered too late, or of a closed scope and has waited too long (P5), is refused; everything else stays as it is. */
  #refuseHopeless(item: Item, now: number, isSlow: boolean): Item {
    if (!isOutside(item) || !item.message.replyTo || !this.#isRefusable(item)) return item
    const { deadline = Infinity } = item.message
    if (deadline < now) return item
    const waitedMs = now - (item.mail?.at ?? now)
    const isTooLate = isSlow && deadline < now + this.#options.groupMsMax
    if (!isTooLate && waitedMs <= this.#patienceMs(waitedMs + deadline - now)) return item
    if (!isTooLate && !this.#isClosedFor(item)) return item
    const { partition } = this.#queue
    return this.#refuse(
      item,
      `the ask to ${item.actor} has waited ${waitedMs} ms in partition ${partition}, which is slow now; ask less often, then again`,
    )
  }

  /** How long an ask may wait in a closed scope. */
  #patienceMs(givenMs: number): number {
    return Math.max(this.#options.waitingMsMax * 2, givenMs * patienceShare)
  }

  #isClosedFor({ actor }: MessageItem): boolean {
    for (let depth: Depth | undefined = this.#depths.of(actor); depth; depth = depth.within) if (isClosed(depth)) return true
    return false
  }

  #refuse(item: MessageItem, cause: string): Item {
    const letter: DeadLetter = { code: refusals.overloaded, cause }
    this.#note(item, letter.code)
    return shedItem(item, this.#queue.partition, letter, this.#speaker.retryAfterMs(this.#queue.oldestMs()))
  }

  #note({ actor }: MessageItem, code: string): void {
    const [tenant = '', type = ''] = actor.split('/', 2)
    this.#telemetry.messagesRefused.add(1, { code, tenant, type })
  }

  #isHigh({ waiting, kind }: Depth): boolean {
    return waiting >= this.#options.depthMax[kind] * highWaterShare
  }

  #isLow({ waiting, kind }: Depth): boolean {
    return waiting <= this.#options.depthMax[kind] * lowWaterShare
  }

  /** Nothing is let through until it is low again; then not all at once. */
  #fill(depth: Depth): void {
    if (depth.full || !this.#close(depth)) return
    depth.full = true
    depth.throttle ??= new Throttle({ ...depth }, this.#periods)
    this.#say()
  }

  #close(depth: Depth): boolean {
    if (this.#closed.size >= closedMax && !this.#closed.has(depth)) return false
    if (this.#closed.has(depth)) return true
    this.#closed.add(depth)
    const { scope, waiting } = depth
    this.#telemetry.log.warn(
      { partition: this.#queue.partition, scope, waiting, oldestMs: this.#queue.oldestMs() },
      'too much waits: clients are told to keep what they have',
    )
    return true
  }

  /** Looks again every `pressureEveryMs`, for as long as there is something to count. */
  #soon(): void {
    this.#cancelRound = this.#ports.clock.after(this.#options.pressureEveryMs, () => this.#round())
  }

  #round(): void {
    this.#periods++
    const largest = this.#depths.largest()
    if (largest) this.#throttle(largest)
    for (const depth of this.#closed) this.#adjust(depth, largest?.waiting ?? 0)
    this.#delayMs = undefined
    this.#depths.prune()
    this.#say()
    const isCalm = this.#closed.size === 0 && this.#slowFrom === undefined && this.#queue.size() <= this.#countsFrom / 2
    if (isCalm && this.#speaker.isSilent) this.#depths.end()
    else this.#soon()
  }

  /** The queue has been slow for long enough: who fills it is throttled, and gets as long to make a difference. */
  #throttle(largest: Depth): void {
    const now = this.#ports.clock.now()
    if (this.#slowFrom === undefined || now - this.#slowFrom < this.#options.waitingMsMax) return
    if (isClosed(largest) || !this.#close(largest)) return
    this.#slowFrom = now
    largest.throttle = new Throttle({ ...largest }, this.#periods)
  }

  /** What is closed opens with time, unless it fills a slow queue. */
  #adjust(depth: Depth, largest: number): void {
    if (depth.full && this.#isLow(depth)) depth.full = false
    const { throttle, arrived, served } = depth
    const delayMs = this.#queue.size() === 0 || depth.waiting * 2 < largest ? 0 : this.#delayMs
    if (depth.full || !throttle || delayMs === undefined) return
    throttle.next({ arrived, served }, delayMs, this.#limitMs(this.#ports.clock.now()))
    if (throttle.share < 1) return
    depth.throttle = undefined
    this.#closed.delete(depth)
    this.#telemetry.log.info({ partition: this.#queue.partition, scope: depth.scope }, 'the door is open again')
  }

  #say(): void {
    this.#speaker.say(this.#closed, this.#queue.oldestMs()) // P2
  }
}

/** Below this share of the smallest depth nobody can be near a mark. */
const countsFromShare = 1 / 16
const highWaterShare = 3 / 4
const lowWaterShare = 3 / 8
/** A queue in which nobody has waited for an answer lately may be so many times slower: sends can wait. */
const unaskedFactor = 10
/** Of the time that an asker gives, this much may be spent waiting in a closed scope. */
const patienceShare = 1 / 8
/** Scopes closed at one time; beyond them the depths alone protect the partition. */
const closedMax = 256
