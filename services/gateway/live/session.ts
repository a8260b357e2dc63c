// Session
// One who listens, over a WebSocket or as an event stream: its topics, how far it has read each, and when it is told next.
//
// S1. It never queues for a slow reader: while too much is unsent nothing is added, and the next frame has the newest.
// S2. Every topic is checked against the caller's rights, when it is asked for and again every `admitAgainMs`.
// S3. It hears something at least every `heartbeatMs`.
import type { Caller } from '../caller.ts'
import { TooManyRequests } from '../errors.ts'
import { problemOf } from '../problems.ts'
import type { Hub, Reader } from './hub.ts'
import type { LiveLimits } from './limits.ts'
import { frameText, type Topic } from './topic.ts'
import type { TopicSpec } from './topic-name.ts'

/** Where its frames go. */
export interface Outlet {
  /** `seq` when all frames of this moment are sent: what a reader may come back with. */
  send(text: string, seq?: number): void
  /** Bytes not yet taken by the other side. */
  readonly unsent: number
}

export interface SessionSpec {
  readonly id: string
  readonly hub: Hub
  readonly limits: LiveLimits
  readonly outlet: Outlet
  /** Checks name and rights: throws RequestInvalid, NotAllowed, ResourceMissing. */
  admit(caller: Caller, name: string): TopicSpec
}

interface Subscription {
  readonly name: string
  readonly spec: TopicSpec
  /** Undefined while its source begins. */
  topic: Topic | undefined
  /** Undefined: has read nothing. */
  seq: number | undefined
}

export class Session implements Reader {
  readonly #spec: SessionSpec
  readonly #subscriptions = new Map<string, Subscription>()
  #caller: Caller
  #hidden = false
  #flushedAt = 0
  #spokeAt: number
  #closed = false
  /** Frames that were not made because too much was unsent. */
  skipped = 0

  constructor(spec: SessionSpec, caller: Caller, now: number) {
    this.#spec = spec
    this.#caller = caller
    this.#spokeAt = now
    spec.hub.join(this)
  }

  get topics(): readonly string[] {
    return [...this.#subscriptions.keys()]
  }

  hide(hidden: boolean): void {
    this.#hidden = hidden
    this.#flushedAt = hidden ? Date.now() : 0 // who looks again is shown what there is at once
  }

  /** Listens to a topic, from a number on or from now; a name that is listened to already begins again. Throws what `admit` does, and TooManyRequests. */
  async subscribe(name: string, since: number | undefined): Promise<void> {
    const { hub, limits } = this.#spec
    const topicSpec = this.#spec.admit(this.#caller, name) // S2
    this.unsubscribe(name)
    if (this.#subscriptions.size >= limits.topicsPerSocketMax)
      throw new TooManyRequests(`topic '${name}': this connection has ${limits.topicsPerSocketMax} topics; leave one first`)
    const subscription: Subscription = { name, spec: topicSpec, topic: undefined, seq: since }
    this.#subscriptions.set(name, subscription)
    try {
      subscription.topic = await hub.open(topicSpec)
    } catch (error) {
      if (this.#subscriptions.get(name) === subscription) this.#subscriptions.delete(name)
      throw error
    }
    if (this.#subscriptions.get(name) !== subscription) return hub.release(topicSpec) // it was left meanwhile
    this.#tell(subscription, Date.now())
  }

  unsubscribe(name: string): void {
    const subscription = this.#subscriptions.get(name)
    if (!subscription) return
    this.#subscriptions.delete(name)
    if (subscription.topic) this.#spec.hub.release(subscription.spec)
  }

  /** The rights may have changed: topics that are no longer allowed end, and it is said why. */
  admitAgain(caller: Caller): void {
    this.#caller = caller
    for (const name of this.#subscriptions.keys()) {
      try {
        this.#spec.admit(caller, name)
      } catch (error) {
        this.unsubscribe(name)
        this.refuse(error, name)
      }
    }
  }

  refuse(error: unknown, topic?: string): void {
    const problem = problemOf(error, this.#spec.id)
    this.#say(JSON.stringify({ t: Date.now(), ...(topic !== undefined && { topic }), problem }))
  }

  flush(now: number): void {
    if (this.#closed) return
    if (now - this.#spokeAt >= this.#spec.limits.heartbeatMs) this.#say(JSON.stringify({ t: now, alive: true })) // S3
    if (this.#hidden && now - this.#flushedAt < this.#spec.limits.hiddenFrameMs) return
    this.#flushedAt = now
    const due = [...this.#subscriptions.values()].filter(({ topic, seq }) => topic && topic.seq !== seq)
    for (const [at, subscription] of due.entries()) this.#tell(subscription, now, at === due.length - 1)
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    for (const name of this.#subscriptions.keys()) this.unsubscribe(name)
    this.#spec.hub.leave(this)
  }

  /** S1 */
  #tell(subscription: Subscription, now: number, isLast = true): void {
    const { outlet, limits } = this.#spec
    if (this.#closed) return
    if (outlet.unsent > limits.unsentBytesMax) return void this.skipped++
    const reading = subscription.topic?.read(subscription.seq)
    if (!reading) return
    subscription.seq = reading.seq
    this.#say(frameText(now, subscription.name, reading), isLast ? reading.seq : undefined)
  }

  #say(text: string, seq?: number): void {
    if (this.#closed) return
    this.#spokeAt = Date.now()
    this.#spec.outlet.send(text, seq)
  }
}
