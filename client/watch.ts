// Watch
// The turns of some actors as they are committed, and the progress of their effects. Core NATS: what happens while nobody listens is not repeated.
//
// H1. At most `bufferMax` sightings wait to be read; when one more comes the oldest is dropped and counted.
// H2. Owners publish only while a watcher says it is there, so the watch says so again every few seconds and after a reconnect.
import type { Msg, NatsConnection, Subscription } from 'nats'
import type { ActorId } from '../machines/address.ts'
import type { ActorEvent } from '../machines/message.ts'
import { wireLimits } from './options.ts'

/** One turn of an actor, as its owner tells watchers after the commit. */
export interface Transition {
  readonly kind: 'transition'
  readonly actor: ActorId
  readonly turn: number
  /** Epoch milliseconds. */
  readonly at: number
  /** Type of the event that was taken. */
  readonly event: string
  /** The state value after it, as XState writes it. */
  readonly value: unknown
  readonly status: 'active' | 'done' | 'error' | 'stopped'
  /** False: no transition took the event. */
  readonly changed: boolean
  readonly emits: readonly ActorEvent[]
  readonly effects: readonly { readonly id: string; readonly src: string }[]
  /** Set when the message became a dead letter. */
  readonly dead?: { readonly code: string; readonly cause: string }
  /** Only while somebody watches with `detail`: edges, guards, states left and entered, the patch; redacted. `docs/protocol.md` lists it. */
  readonly detail?: unknown
}

/** How far a running effect says it is. */
export interface Progress {
  readonly kind: 'progress'
  readonly actor: ActorId
  readonly effect: { readonly id: string; readonly src: string }
  readonly progress: unknown
}

/** The newest state of an actor; what it was between two of these is not told. */
export interface Latest extends Pick<Transition, 'actor' | 'turn' | 'at' | 'event' | 'value' | 'status'> {
  /** It stands still for whoever debugs it. */
  readonly held?: boolean
}

export type Sighting = Transition | Progress

export interface LatestOptions {
  /** Sightings that may wait to be read. Default 1,024. */
  readonly bufferMax?: number
}

export interface WatchOptions extends LatestOptions {
  /** Also what happened inside each turn. It costs the owner more: for one actor or a few. Default false. */
  readonly detail?: boolean
}

const bufferMaxDefault = 1_024

/** An async iterable of what is seen: `for await (const sighting of watch)`. Leaving the loop stops it. */
export class Watch<Seen = Sighting> implements AsyncIterable<Seen> {
  readonly #connection: NatsConnection
  readonly #subscription: Subscription
  readonly #announcement: string
  readonly #subject: string
  readonly #bufferMax: number
  readonly #timer: ReturnType<typeof setInterval>
  readonly #ended: (watch: Watch<Seen>) => void
  readonly #read: (message: Msg) => readonly Seen[]
  #waiting: Seen[] = []
  #wake: (() => void) | undefined
  #dropped = 0
  #stopped = false

  /** Not for users: `TroupeClient.watch` makes it. `read` throws, or gives nothing, of what cannot be read. */
  constructor(
    connection: NatsConnection,
    wire: { readonly pattern: string; readonly subject: string; readonly read: (message: Msg) => readonly Seen[] },
    options: WatchOptions,
    ended: (watch: Watch<Seen>) => void,
  ) {
    this.#connection = connection
    this.#subject = wire.subject
    this.#read = wire.read
    this.#announcement = JSON.stringify({
      pattern: wire.pattern,
      ttlMs: wireLimits.watchTtlMs,
      ...(options.detail && { detail: true }),
    })
    this.#bufferMax = options.bufferMax ?? bufferMaxDefault
    this.#ended = ended
    this.#subscription = connection.subscribe(wire.pattern, { callback: (_error, message) => this.#keep(message) })
    this.#timer = setInterval(() => this.announce(), wireLimits.watchAnnounceMs)
    this.announce()
  }

  /** Sightings dropped because they were not read in time, or could not be read at all. */
  get dropped(): number {
    return this.#dropped
  }

  /** Tells the owners that somebody watches (H2). */
  announce(): void {
    if (!this.#stopped && !this.#connection.isClosed() && !this.#connection.isDraining())
      this.#connection.publish(this.#subject, this.#announcement)
  }

  /** Ends the watch; what waits can still be read. */
  stop(): void {
    if (this.#stopped) return
    this.#stopped = true
    clearInterval(this.#timer)
    if (!this.#connection.isClosed()) this.#subscription.unsubscribe()
    this.#ended(this)
    this.#wake?.()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Seen, void, void> {
    try {
      for (;;) {
        const sighting = this.#waiting.shift()
        if (sighting) yield sighting
        else if (this.#stopped) return
        else await new Promise<void>((resolve) => (this.#wake = resolve))
      }
    } finally {
      this.stop()
    }
  }

  #keep(message: Msg): void {
    const sightings = this.#sightingsIn(message)
    if (sightings.length === 0) this.#dropped++
    for (const sighting of sightings) this.#waiting.push(sighting)
    const over = this.#waiting.length - this.#bufferMax
    if (over > 0) this.#dropped += this.#waiting.splice(0, over).length // H1
    this.#wake?.()
  }

  #sightingsIn(message: Msg): readonly Seen[] {
    try {
      return this.#read(message)
    } catch {
      return [] // counted by the caller
    }
  }
}

/** What an owner says of a turn or an effect, with the lists it leaves out when they are empty. */
export function readSightings(message: Msg): readonly Sighting[] {
  const said = message.json<Omit<Transition, 'kind'> | Omit<Progress, 'kind'>>()
  if ('progress' in said) return [{ kind: 'progress', ...said }]
  return [{ kind: 'transition', ...said, emits: said.emits ?? [], effects: said.effects ?? [] }]
}

export const readLatest = (message: Msg): readonly Latest[] => message.json<{ readonly latest: readonly Latest[] }>().latest
