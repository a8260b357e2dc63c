// Channels
// Both ends of the channels of one partition: what it sends to the others and to itself, and how far it has applied what they send.
//
// C1. A channel message is applied only if it is the next of its channel.
// C2. A message to the partition itself waits here until the record that applies it is in the log.
import type { Group } from './group.ts'
import { localItem } from './inside-items.ts'
import type { Item } from './items.ts'
import type { WorkerOptions } from './options.ts'
import { Outbox } from './outbox.ts'
import type { Ports } from './ports.ts'
import type { Checkpoint, Sent } from './record.ts'
import type { Recovered } from './recovery.ts'
import type { Telemetry } from './telemetry.ts'

export interface ChannelsSpec {
  readonly partition: number
  readonly ports: Ports
  readonly options: WorkerOptions
  readonly telemetry: Telemetry
}

export class Channels {
  /** By target: the last message numbered. The group that is being made counts on. */
  readonly sent: Map<number, number>
  readonly #partition: number
  readonly #applied: Map<number, number>
  readonly #local: Sent[]
  readonly #outbox: Outbox

  constructor({ partition, ports, options, telemetry }: ChannelsSpec, { applied, sent, outbox }: Recovered) {
    this.#partition = partition
    this.#applied = applied
    this.sent = sent
    const appliedHere = applied.get(partition) ?? 0
    this.#local = outbox.filter(({ target, seq }) => target === partition && seq > appliedHere)
    this.#outbox = new Outbox(partition, ports.mailbox, options, (target, error) => {
      telemetry.resends.add(1)
      telemetry.log.warn({ partition, target, error }, 'messages to another partition were not stored; they are sent again')
    })
  }

  /** Sends what a former owner may not have sent; gives back what waits for this partition itself. */
  open(outbox: readonly Sent[]): readonly Item[] {
    const remote = outbox.filter(({ target }) => target !== this.#partition)
    if (remote.length > 0) this.#outbox.add(remote, 0)
    return this.#local.map((sent) => localItem(this.#partition, sent))
  }

  /** C1. A repeated one is acknowledged again; one that comes too early is left out, its sender sends again from the gap. */
  isNext({ source, seq }: { readonly source: number; readonly seq: number }, group: Group): boolean {
    const applied = this.#applied.get(source) ?? 0
    if (seq !== applied + 1) group.acknowledge.set(source, applied)
    return seq === applied + 1
  }

  apply({ source, seq }: { readonly source: number; readonly seq: number }): void {
    this.#applied.set(source, seq)
  }

  /** After the commit: posts what the group sends elsewhere, gives back what it sends here. */
  committed({ sends, applied }: Group, now: number): readonly Item[] {
    const here = sends.filter(({ target }) => target === this.#partition)
    this.#local.push(...here)
    const appliedHere = applied.get(this.#partition)
    const first = this.#local[0]
    if (appliedHere !== undefined && first) this.#local.splice(0, appliedHere - first.seq + 1) // C2
    if (sends.length > here.length)
      this.#outbox.add(here.length === 0 ? sends : sends.filter(({ target }) => target !== this.#partition), now)
    return here.map((sent) => localItem(this.#partition, sent))
  }

  /** The target says how far it has applied what this partition sends. */
  appliedBy(target: number, seq: number): void {
    this.#outbox.applied(target, seq)
  }

  resend(now: number): void {
    this.#outbox.resend(now)
  }

  /** More is waiting for one target than there should be. */
  get full(): boolean {
    return this.#outbox.full
  }

  forCheckpoint(): Pick<Checkpoint, 'applied' | 'sent' | 'outbox'> {
    return {
      applied: Object.fromEntries(this.#applied),
      sent: Object.fromEntries(this.sent),
      outbox: [...this.#local, ...this.#outbox.waiting],
    }
  }
}
