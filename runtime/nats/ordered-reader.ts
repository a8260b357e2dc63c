// Ordered reader
// Follows one subject filter of one stream, in the order the server stored it, until it is stopped. No acks: the reader's caller knows how far it is.
//
// R1. Each message is delivered once, in order, and none between is left out: the client checks the count that the server gives each delivery,
//     and a new consumer starts right after the last message delivered.
// R2. After a reconnect, or any other end of the consumer, a new consumer is made, again and again until it works or the reader is stopped.
// R3. A server that lost its tail (a power cut) uses sequences again. What it has stored since is delivered, though its sequence is lower than the one before.
import { setTimeout as delay } from 'node:timers/promises'
import type { Consumer, ConsumerMessages, JsMsg, OrderedConsumerOptions } from '@nats-io/jetstream'
import { ServerUnavailable } from '../errors.ts'
import type { Reader } from '../ports.ts'
import { raise } from './failure.ts'
import type { Session } from './session.ts'

export interface Course {
  readonly stream: string
  readonly filter: string
  readonly from: number
}

/** A message, and when the server stored it, epoch ms. */
type Deliver = (message: JsMsg, at: number) => void

/** Messages the server may send before it is asked again. */
const windowMessages = 2000
/** A pull request may be lost; these two find out within seconds, the client's defaults take half a minute. */
const idleHeartbeatMs = 1000
const pullExpiresMs = 5000
/** The server forgets a consumer that nobody reads. */
const inactiveMs = 30_000
const reopenWaitMs = 50
const reopenWaitMsMax = 1000

/** Delivers from `course.from` on. Rejects when the first consumer cannot be made; after that it mends itself. */
export async function follow(session: Session, course: Course, deliver: Deliver): Promise<Reader> {
  const reader = new OrderedReader(session, course, deliver)
  await reader.start()
  return reader
}

interface Run {
  readonly consumer: Consumer
  readonly messages: ConsumerMessages
}

class OrderedReader implements Reader {
  readonly #session: Session
  readonly #course: Course
  readonly #deliver: Deliver
  readonly #stopped = new AbortController()
  #next: number
  /** The last message delivered; its time tells a repeat from a reused sequence. */
  #last: { readonly seq: number; readonly at: number } | undefined
  #run: Run | undefined
  /** Counts the attempts to make a consumer: only what the latest one delivers is taken (R2). */
  #attempt = 0
  #interrupted = Promise.withResolvers<void>()
  #following: Promise<void> = Promise.resolve()

  constructor(session: Session, course: Course, deliver: Deliver) {
    this.#session = session
    this.#course = course
    this.#deliver = deliver
    this.#next = course.from
  }

  async start(): Promise<void> {
    const { filter, from } = this.#course
    this.#run = await this.#session.ask(`reading ${filter} from ${from}`, () => this.#open())
    this.#following = this.#keepFollowing()
  }

  async stop(): Promise<void> {
    this.#stopped.abort()
    this.#interrupted.resolve()
    this.#end()
    await this.#following
  }

  /** The loop of R2: wait for the end of one consumer, make the next. */
  async #keepFollowing(): Promise<void> {
    const forget = this.#session.link.onReconnect(() => this.#interrupted.resolve())
    while (this.#run !== undefined) {
      await Promise.race([this.#run.messages.closed(), this.#interrupted.promise])
      this.#end()
      await this.#reopen()
    }
    forget()
  }

  async #reopen(): Promise<void> {
    for (let waitMs = reopenWaitMs; this.#isWanted(); waitMs = Math.min(2 * waitMs, reopenWaitMsMax)) {
      await delay(waitMs, undefined, { signal: this.#stopped.signal }).catch(() => undefined)
      this.#interrupted = Promise.withResolvers<void>()
      try {
        if (this.#isWanted()) this.#run = await this.#session.link.request(() => this.#open())
        return
      } catch {
        // The server is away or not ready: the next attempt is the handling.
      }
    }
  }

  #isWanted(): boolean {
    return !this.#stopped.signal.aborted && !this.#session.connection.isClosed()
  }

  async #open(): Promise<Run> {
    const attempt = ++this.#attempt
    const { stream, filter } = this.#course
    const consumer = await this.#session.js.consumers.get(stream, {
      ...(await this.#position()),
      filter_subjects: filter, // one string: a list would hide it from the server's permissions
      inactive_threshold: inactiveMs,
    })
    if (attempt !== this.#attempt) throw new ServerUnavailable(`reading ${filter}: a later attempt has taken over`)
    const messages = await consumer.consume({
      max_messages: windowMessages,
      expires: pullExpiresMs,
      idle_heartbeat: idleHeartbeatMs,
      callback: (message) => {
        if (attempt === this.#attempt) this.#take(message)
      },
    })
    return { consumer, messages }
  }

  /** Where the next consumer starts: after the last message, if the server still has it where it was (R1), else at what came later (R3). */
  async #position(): Promise<Partial<OrderedConsumerOptions>> {
    if (this.#last === undefined) return { opt_start_seq: Math.max(1, this.#course.from) }
    if (await this.#isKept(this.#last)) return { opt_start_seq: this.#last.seq + 1 }
    return { opt_start_time: new Date(this.#last.at + 1).toISOString() }
  }

  async #isKept(last: { readonly seq: number; readonly at: number }): Promise<boolean> {
    const { jsm } = this.#session
    const { state } = await jsm.streams.info(this.#course.stream)
    if (state.last_seq < last.seq) return false
    const kept = await jsm.streams.getMessage(this.#course.stream, { seq: last.seq }) // after the state, for the stream grows meanwhile
    return kept === null || kept.time.getTime() === last.at // null: trimmed behind us
  }

  #take(message: JsMsg): void {
    const { seq } = message
    const at = storedAt(message)
    if (seq < this.#next && at <= (this.#last?.at ?? Infinity)) return // R1: a repeat; a reused sequence is later than the last message (R3)
    this.#next = seq + 1
    this.#last = { seq, at }
    try {
      this.#deliver(message, at)
    } catch (error) {
      raise(error)
    }
  }

  /** Ends the present consumer here, and on the server when it is there to be told. */
  #end(): void {
    this.#attempt++
    const run = this.#run
    this.#run = undefined
    if (run === undefined) return
    run.messages.stop()
    if (!this.#session.connection.isClosed()) run.consumer.delete().catch(() => undefined) // else it is forgotten after `inactiveMs`
  }
}

/** Exactly what a read of the stored message gives: the delivery's nanoseconds do not fit a number. */
const storedAt = (message: JsMsg): number => Number(message.timestampNanos / 1_000_000n)
