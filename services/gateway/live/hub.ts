// Hub
// All topics that somebody listens to, each with one source for all who do, and the clock that makes their frames.
//
// U1. A source begins with the first who listens and ends a while after the last has gone: who comes back within that while has missed nothing.
// U2. At a frame's time every topic is closed first, then every reader is told: readers of one topic share the same text.
// U3. A source that cannot begin ends its topic: who asked for it is told why.
import type { Logger } from '../../../runtime/telemetry.ts'
import { TooManyRequests } from '../errors.ts'
import type { LiveLimits } from './limits.ts'
import { Topic } from './topic.ts'
import type { TopicSpec } from './topic-name.ts'

/** What fills a topic. */
export interface Source {
  /** Called before each frame, for what is made up only then. */
  collect?(now: number): void
  stop(): void | Promise<void>
}

export interface SourceKind {
  readonly marks: 'turns' | 'times'
  /** At most this often; undefined: as often as there are frames. */
  readonly everyMs?: number
  start(topic: Topic, spec: TopicSpec): Source | Promise<Source>
}

export interface Reader {
  /** New frames are there to be read. */
  flush(now: number): void
}

interface Entry {
  readonly topic: Topic
  readonly kind: SourceKind
  readonly ready: Promise<Source>
  source: Source | undefined
  readers: number
  /** Since when nobody listens. */
  idleSince: number | undefined
  tickedAt: number
}

export class Hub {
  readonly #limits: LiveLimits
  readonly #kinds: Readonly<Record<TopicSpec['kind'], SourceKind>>
  readonly #log: Logger
  readonly #entries = new Map<string, Entry>()
  readonly #readers = new Set<Reader>()
  #timer: NodeJS.Timeout | undefined

  constructor(limits: LiveLimits, kinds: Readonly<Record<TopicSpec['kind'], SourceKind>>, log: Logger) {
    this.#limits = limits
    this.#kinds = kinds
    this.#log = log
  }

  get topics(): number {
    return this.#entries.size
  }

  join(reader: Reader): void {
    this.#readers.add(reader)
    this.#timer ??= setInterval(() => this.#frame(Date.now()), this.#limits.frameMs)
  }

  leave(reader: Reader): void {
    this.#readers.delete(reader)
  }

  /** The topic, once its source has begun. Rejects TooManyRequests, and what the source throws (U3). */
  async open(spec: TopicSpec): Promise<Topic> {
    const entry = this.#entries.get(spec.id) ?? this.#begin(spec)
    entry.readers++
    entry.idleSince = undefined
    try {
      await entry.ready
      return entry.topic
    } catch (error) {
      entry.readers--
      throw error
    }
  }

  release(spec: TopicSpec): void {
    const entry = this.#entries.get(spec.id)
    if (!entry || --entry.readers > 0) return
    entry.idleSince = Date.now() // U1
  }

  async close(): Promise<void> {
    clearInterval(this.#timer)
    this.#timer = undefined
    const entries = [...this.#entries.values()]
    this.#entries.clear()
    await Promise.allSettled(entries.map(async ({ ready }) => (await ready).stop()))
  }

  #begin(spec: TopicSpec): Entry {
    if (this.#entries.size >= this.#limits.topicsMax)
      throw new TooManyRequests(`topic ${spec.id}: ${this.#limits.topicsMax} topics are listened to already; try again later`)
    const kind = this.#kinds[spec.kind]
    const now = Date.now()
    const topic = new Topic(this.#limits, kind.marks, now)
    const ready = Promise.resolve(now).then(() => kind.start(topic, spec))
    const entry: Entry = { topic, kind, ready, source: undefined, readers: 0, idleSince: undefined, tickedAt: now }
    this.#entries.set(spec.id, entry)
    ready.then(
      (source) => (entry.source = source),
      (error: unknown) => {
        this.#log.warn({ topic: spec.id, error }, 'a live topic could not begin')
        if (this.#entries.get(spec.id) === entry) this.#entries.delete(spec.id)
      },
    )
    return entry
  }

  /** U2 */
  #frame(now: number): void {
    for (const [id, entry] of this.#entries) {
      const { topic, kind, idleSince, source } = entry
      if (idleSince !== undefined && now - idleSince > this.#limits.lingerMs) this.#end(id, entry)
      else if (source && now - entry.tickedAt >= (kind.everyMs ?? 0)) {
        entry.tickedAt = now
        source.collect?.(now)
        topic.tick(now)
      }
    }
    for (const reader of this.#readers) reader.flush(now)
    if (this.#readers.size > 0 || this.#entries.size > 0) return
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  #end(id: string, { ready }: Entry): void {
    this.#entries.delete(id)
    ready
      .then((source) => source.stop())
      .catch((error: unknown) => this.#log.warn({ topic: id, error }, 'a live topic did not end cleanly'))
  }
}
