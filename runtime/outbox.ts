// Outbox
// The messages of one partition to the others: sent after their commit, kept until the target has applied them, sent again when it has not.
//
// O1. A message leaves the outbox only when its target says it has applied it, so none is lost with a server's last second.
// O2. Resending starts at the first unapplied one and keeps the order (go-back-N); the target drops what it has.
// O3. Each resend without progress doubles the wait for the next: a target that is slow is not buried in repeats.
import type { ChannelFrame } from '../machines/message.ts'
import type { WorkerOptions } from './options.ts'
import type { Mailbox } from './ports.ts'
import type { Sent } from './record.ts'

interface Lane {
  waiting: Sent[]
  /** The last one handed to the mailbox. */
  posted: number
  postedAt: number
  /** Since something was applied. */
  resends: number
}

export class Outbox {
  readonly #lanes = new Map<number, Lane>()
  readonly #source: number
  readonly #mailbox: Mailbox
  readonly #options: WorkerOptions
  readonly #failed: (target: number, error: unknown) => void

  constructor(source: number, mailbox: Mailbox, options: WorkerOptions, failed: (target: number, error: unknown) => void) {
    this.#source = source
    this.#mailbox = mailbox
    this.#options = options
    this.#failed = failed
  }

  /** Takes committed messages. Those to the own partition are not for here. */
  add(sends: readonly Sent[], now: number): void {
    for (const sent of sends) this.#lane(sent.target).waiting.push(sent)
    for (const target of new Set(sends.map((sent) => sent.target))) this.#post(target, now)
  }

  /** The target has applied everything up to `seq` (O1). */
  applied(target: number, seq: number): void {
    const lane = this.#lanes.get(target)
    const first = lane?.waiting[0]
    if (!lane || !first || seq < first.seq) return
    lane.waiting.splice(0, seq - first.seq + 1)
    lane.resends = 0
  }

  /** Sends again what has waited too long (O2). */
  resend(now: number): void {
    for (const [target, lane] of this.#lanes) {
      const first = lane.waiting[0]
      const waitMs = this.#options.resendAfterMs * 2 ** Math.min(lane.resends, doublingsMax) // O3
      if (!first || now - lane.postedAt < waitMs) continue
      lane.resends++
      lane.posted = first.seq - 1
      this.#post(target, now)
    }
  }

  /** Everything not known to be applied, for the checkpoint. */
  get waiting(): readonly Sent[] {
    return [...this.#lanes.values()].flatMap((lane) => lane.waiting)
  }

  get full(): boolean {
    for (const lane of this.#lanes.values()) if (lane.waiting.length >= this.#options.outboxMax) return true
    return false
  }

  #post(target: number, now: number): void {
    const lane = this.#lane(target)
    const first = lane.waiting[0]
    if (!first) return
    const fresh = lane.waiting.slice(Math.max(0, lane.posted + 1 - first.seq))
    lane.postedAt = now
    for (const frame of this.#frames(fresh)) {
      lane.posted = frame.first + frame.messages.length - 1
      this.#mailbox
        .sendChannel(target, this.#source, Buffer.from(JSON.stringify(frame)))
        .catch((error: unknown) => this.#failed(target, error)) // it stays in the lane: the next resend tries again
    }
  }

  *#frames(sends: readonly Sent[]): Iterable<ChannelFrame> {
    const { channelMessagesMax, channelBytesMax } = this.#options
    let start = 0
    let bytes = 0
    for (const [at, sent] of sends.entries()) {
      const size = JSON.stringify(sent.message).length
      if (at > start && (at - start >= channelMessagesMax || bytes + size > channelBytesMax)) {
        yield this.#frame(sends.slice(start, at))
        start = at
        bytes = 0
      }
      bytes += size
    }
    yield this.#frame(sends.slice(start))
  }

  #frame(sends: readonly Sent[]): ChannelFrame {
    return { source: this.#source, first: sends[0]?.seq ?? 0, messages: sends.map((sent) => sent.message) }
  }

  #lane(target: number): Lane {
    let lane = this.#lanes.get(target)
    if (!lane) this.#lanes.set(target, (lane = { waiting: [], posted: 0, postedAt: 0, resends: 0 }))
    return lane
  }
}

const doublingsMax = 5
