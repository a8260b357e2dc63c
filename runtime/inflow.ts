// Inflow
// What waits in one partition, in order of arrival, and the reader of its mailbox.
//
// F1. Mail waits in the order of the mailbox; what is put back goes to the front.
// F2. When too much waits, in messages or bytes, reading stops, and later goes on from the message after the last one taken in: nothing is skipped.
// F3. Only the newest reading is listened to: one that was stopped while it was being opened delivers nothing twice.
import { Arrivals } from './arrivals.ts'
import type { Group } from './group.ts'
import { holdLookMs } from './hold.ts'
import { itemsOf, type Item } from './items.ts'
import type { WorkerOptions } from './options.ts'
import type { Mail, Ports, Reader } from './ports.ts'
import { Pressure } from './pressure.ts'
import type { MailboxOffset } from './record.ts'
import type { Tally } from './tally.ts'
import type { Telemetry } from './telemetry.ts'

/** Where it begins. */
export interface Beginning {
  readonly offset: MailboxOffset
  readonly backlogTo: number
  /** Hears when reading could not go on after a pause. */
  readonly failed: (error: unknown) => void
  readonly telemetry: Telemetry
}

export class Inflow {
  /** How far the committed groups have come. */
  offset: MailboxOffset
  readonly #partition: number
  readonly #ports: Ports
  readonly #options: WorkerOptions
  #waiting: Item[] = []
  #head = 0
  /** Items ever put at the end. */
  #put = 0
  /** The same when a group was last taken. */
  #putBefore = 0
  readonly #arrivals = new Arrivals()
  readonly #tally: Tally
  readonly #pressure: Pressure
  /** The last mail that was stored before this owner began to read. */
  readonly #backlogTo: number
  #wake: (() => void) | undefined
  #woken = false
  #closed = false
  #reader: Promise<Reader> | undefined
  /** Counts the readings (F3). */
  #reading = 0
  /** No reading begins any more. */
  #finished = false
  /** The next mailbox sequence to read. */
  #next: number
  /** Messages of the first mail that were applied before. */
  #skip: { readonly seq: number; readonly count: number }

  /** Hears when reading could not go on after a pause. */
  readonly #failed: (error: unknown) => void

  constructor(partition: number, from: Beginning, ports: Ports, options: WorkerOptions) {
    const { offset } = from
    this.#backlogTo = from.backlogTo
    this.#failed = from.failed
    this.#tally = from.telemetry.tally
    this.#partition = partition
    this.#ports = ports
    this.#options = options
    this.offset = offset
    this.#next = Math.max(1, offset.seq)
    this.#skip = offset
    const oldestMs = (): number => this.oldestWaitMs
    const waiting = (): readonly Item[] => this.#waiting.slice(this.#head)
    this.#pressure = new Pressure(
      { partition, backlogTo: from.backlogTo, size: () => this.size, waiting, oldestMs },
      ports,
      options,
      from.telemetry,
    )
  }

  /** How long the oldest message has waited since the server stored it, ms. */
  get oldestWaitMs(): number {
    const now = this.#ports.clock.now()
    return Math.max(0, now - (this.#arrivals.oldestAt ?? now))
  }

  async open(): Promise<void> {
    if (this.#closed || this.#finished || this.#reader) return
    const reading = ++this.#reading
    this.#reader = this.#read(reading)
    await this.#reader
  }

  /** Stops reading; what waits stays. */
  async pause(): Promise<void> {
    const reader = this.#reader
    this.#reader = undefined
    this.#reading++
    const opened = await reader?.catch(() => undefined) // who opened it hears why it could not be
    await opened?.stop()
  }

  /** Stops reading for good; what waits is still taken. */
  finish(): Promise<void> {
    this.#finished = true
    return this.pause()
  }

  /** Nothing is taken any more: `something()` ends the loop. */
  close(): void {
    this.#closed = true
    this.#pressure.stop()
    this.wake()
  }

  put(items: readonly Item[]): void {
    if (items.length === 0) return
    for (const item of items) this.#waiting.push(item)
    this.#put += items.length
    this.wake()
  }

  putBack(items: readonly Item[]): void {
    if (items.length === 0) return
    this.#waiting.splice(0, this.#head, ...items)
    this.#head = 0
    this.#pressure.putBack(items)
    this.#woken = true
  }

  /** What a group leaves for later: actors whose waiting messages are next, and results for actors that are held. */
  putAgain({ again, later }: Pick<Group, 'again' | 'later'>): void {
    this.putBack(again.map((actor) => ({ kind: 'restart', actor })))
    if (later.length > 0) this.#ports.clock.after(holdLookMs, () => this.put(later))
  }

  /** Lets the loop look around even if nothing waits. */
  wake(): void {
    this.#woken = true
    this.#wake?.()
  }

  /** Resolves when something waits or the loop was woken: true; when closed: false. */
  async something(): Promise<boolean> {
    this.#arrivals.release(this.#put - this.size, this.#waited)
    if (!this.#closed && !this.#woken && this.size === 0) await new Promise<void>((resolve) => (this.#wake = resolve))
    this.#wake = undefined
    this.#woken = false
    if (!this.#reader && !this.#closed && !this.#isFull(1 / 2)) this.open().catch(this.#failed)
    return !this.#closed
  }

  take(max = this.#options.groupMessagesMax): readonly Item[] {
    const isLeftOver = this.#put - this.size < this.#putBefore // the group before did not take all there was
    this.#putBefore = this.#put
    const end = Math.min(this.#waiting.length, this.#head + max)
    const items = this.#waiting.slice(this.#head, end)
    this.#head = end
    if (this.#head === this.#waiting.length || this.#head > compactAfter) {
      this.#waiting = this.#waiting.slice(this.#head)
      this.#head = 0
    }
    return this.#pressure.take(items, isLeftOver)
  }

  /** Waits a moment: the worker has more in memory than it should. */
  hold(ms: number): Promise<void> {
    return new Promise((resolve) => this.#ports.clock.after(ms, resolve))
  }

  get isEmpty(): boolean {
    return this.size === 0
  }

  get size(): number {
    return this.#waiting.length - this.#head
  }

  readonly #waited = (since: number, messages: number): void => this.#tally.waited(this.#ports.clock.now() - since, messages)

  #read(reading: number): Promise<Reader> {
    return this.#ports.mailbox.read(this.#partition, this.#next, (mail) => {
      if (reading === this.#reading) this.#receive(mail) // F3
    })
  }

  #isFull(share: number): boolean {
    const { waitingMax, waitingBytesMax } = this.#options
    return this.size > waitingMax * share || this.#arrivals.bytes > waitingBytesMax * share
  }

  #receive(mail: Mail): void {
    this.#next = mail.seq + 1
    const { partitions } = this.#ports
    const items = itemsOf(mail, { partition: this.#partition, partitions, messageBytesMax: this.#options.messageBytesMax })
    const fresh = mail.seq === this.#skip.seq ? items.slice(this.#skip.count) : items
    const isBacklog = mail.seq <= this.#backlogTo
    this.put(this.#pressure.admit(fresh))
    const at = isBacklog ? this.#ports.clock.now() : mail.at
    this.#arrivals.add({ end: this.#put, at, bytes: mail.bytes.length, items: fresh.length })
    if (this.#isFull(1)) void this.pause() // F2
  }
}

const compactAfter = 4_096
