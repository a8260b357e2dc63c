// Topic
// What is new of one topic, gathered into frames, and what was, for those who come late or come back. It knows no socket: whoever reads it says how far it has read.
//
// P1. Rows: newest wins. A reader gets the newest state of what changed since it read, not every state between.
// P2. Events: in order, the newest ones; what a frame leaves out, and what is no longer kept for a reader, is said as a gap.
// P3. Numbers are times (epoch ms of the frame), growing from frame to frame: a number of another gateway, or of this one before a restart, still says how far somebody has read.
// P4. Nothing here grows without end: rows that wait and are known, events that wait and are kept (limits.ts).
import type { LiveLimits } from './limits.ts'

/** Where sources put what they hear. */
export interface Sink {
  /** The newest state of one thing. */
  row(key: string, row: object): void
  /** `mark` places it among the others: a turn, or a time. */
  event(event: object, mark: number): void
  /** Something between these marks was not heard. */
  gap(from: number, to: number): void
}

export interface Gap {
  readonly from: number
  readonly to: number
}

/** What a reader gets: its rows and events as JSON. */
export interface Reading {
  readonly seq: number
  readonly rows: readonly string[]
  readonly events: readonly string[]
  readonly gap?: Gap
}

interface KeptEvent {
  readonly text: string
  readonly mark: number
}

interface Kept {
  readonly seq: number
  readonly events: readonly KeptEvent[]
  readonly bytes: number
  readonly gap: Gap | undefined
}

/** `turns`: marks are turns of one actor; `times`: epoch ms. */
export type Marks = 'turns' | 'times'

export class Topic implements Sink {
  readonly #limits: LiveLimits
  readonly #marks: Marks
  /** All that happened after this is here, or is said to be missing. */
  #completeSince: number
  #seq: number
  /** The one before, of which most readers have heard. */
  #previous = 0
  #rows = new Map<string, object>()
  #events: { readonly event: object; readonly mark: number }[] = []
  #gap: Gap | undefined
  /** The last mark of what is no longer kept, or was before this topic began. */
  #lostTo = 0
  readonly #known = new Map<string, { readonly text: string; readonly seq: number }>()
  #kept: Kept[] = []
  #keptBytes = 0
  #latestRows: readonly string[] = []
  readonly #readings = new Map<number, Reading>()

  constructor(limits: LiveLimits, marks: Marks, now: number) {
    this.#limits = limits
    this.#marks = marks
    this.#seq = now
    this.#completeSince = now
  }

  get seq(): number {
    return this.#seq
  }

  row(key: string, row: object): void {
    this.#rows.delete(key) // what changed last stands last
    this.#rows.set(key, row)
    if (this.#rows.size <= this.#limits.waitingRowsMax) return
    const [oldest] = this.#rows.keys()
    if (oldest !== undefined) this.#rows.delete(oldest)
    if (this.#marks === 'times') this.gap(this.#seq, this.#seq + this.#limits.frameMs) // P4: a state is missing until it changes again
  }

  event(event: object, mark: number): void {
    this.#events.push({ event, mark })
    if (this.#events.length > 2 * this.#limits.frameEventsMax) this.#shed(this.#events.splice(0, this.#limits.frameEventsMax)) // P4
  }

  gap(from: number, to: number): void {
    this.#gap = hull(this.#gap, { from, to })
  }

  /** What was before this mark is not here: whoever knows less has a gap. */
  began(mark: number): void {
    this.#lostTo = Math.max(this.#lostTo, mark)
  }

  /** Makes a frame of what came since the last one; false when nothing did. */
  tick(now: number): boolean {
    if (this.#rows.size === 0 && this.#events.length === 0 && !this.#gap) return false
    this.#previous = this.#seq
    this.#seq = Math.max(this.#seq + 1, now) // P3
    this.#latestRows = this.#takeRows()
    const events = this.#takeEvents()
    const bytes = events.reduce((sum, { text }) => sum + text.length, 0)
    this.#kept.push({ seq: this.#seq, events, bytes, gap: this.#gap })
    this.#keptBytes += bytes
    this.#gap = undefined
    this.#forget()
    this.#readings.clear()
    return true
  }

  /** What is new for who has read up to `seq`; undefined: for who has read nothing. Nothing new gives undefined. */
  read(seq: number | undefined): Reading | undefined {
    const since = seq ?? -1
    if (since === this.#seq) return undefined
    const known = this.#readings.get(since)
    if (known) return known
    const reading =
      seq === undefined ? this.#readAll() : seq === this.#previous && this.#isComplete(seq) ? this.#readLatest() : this.#readSince(seq)
    this.#readings.set(since, reading)
    return reading
  }

  #takeRows(): readonly string[] {
    const taken = [...this.#rows].slice(-this.#limits.frameRowsMax)
    const texts = taken.map(([key, row]) => {
      const text = JSON.stringify(row)
      this.#rows.delete(key)
      this.#known.delete(key)
      this.#known.set(key, { text, seq: this.#seq })
      return text
    })
    for (const key of this.#known.keys()) {
      if (this.#known.size <= this.#limits.knownRowsMax) break
      this.#known.delete(key)
    }
    return texts
  }

  #takeEvents(): readonly KeptEvent[] {
    const { frameEventsMax, frameBytesMax } = this.#limits
    const waiting = this.#events
    this.#events = []
    const events: KeptEvent[] = []
    let bytes = 0
    let first = waiting.length
    for (let at = waiting.length - 1; at >= 0 && events.length < frameEventsMax; at--) {
      const { event, mark } = waiting[at] ?? { event: {}, mark: 0 }
      const text = JSON.stringify(event)
      bytes += text.length
      if (bytes > frameBytesMax && events.length > 0) break
      events.push({ text, mark })
      first = at
    }
    this.#shed(waiting.slice(0, first)) // P2
    return events.toReversed()
  }

  #shed(left: readonly { readonly mark: number }[]): void {
    const [first] = left
    const last = left.at(-1)
    if (first && last) this.gap(first.mark, last.mark)
  }

  /** P4 */
  #forget(): void {
    const { keptFramesMax, keptBytesMax } = this.#limits
    while (this.#kept.length > 1 && (this.#kept.length > keptFramesMax || this.#keptBytes > keptBytesMax)) {
      const oldest = this.#kept.shift()
      if (!oldest) return
      this.#keptBytes -= oldest.bytes
      this.#completeSince = oldest.seq
      this.#lostTo = Math.max(this.#lostTo, oldest.gap?.to ?? 0, oldest.events.at(-1)?.mark ?? 0)
    }
  }

  /** A number from the time to come is of a clock that was put back: nobody knows what it means. */
  #isComplete(seq: number): boolean {
    return seq >= this.#completeSince && seq <= this.#seq
  }

  #readAll(): Reading {
    const rows = [...this.#known.values()].slice(-this.#limits.knownRowsMax).map(({ text }) => text)
    return { seq: this.#seq, rows, events: [] }
  }

  #readLatest(): Reading {
    const latest = this.#kept.at(-1)
    return readingOf(this.#seq, this.#latestRows, latest?.events ?? [], latest?.gap)
  }

  /** P1, P2 */
  #readSince(since: number): Reading {
    const isComplete = this.#isComplete(since)
    const from = isComplete ? since : Math.min(since, this.#completeSince)
    const rows = [...this.#known.values()].filter(({ seq }) => seq > from).map(({ text }) => text)
    const frames = this.#kept.filter(({ seq }) => seq > from)
    const gaps = frames.reduce<Gap | undefined>(
      (sum, { gap }) => (gap ? hull(sum, gap) : sum),
      isComplete ? undefined : this.#before(since),
    )
    const events = frames.flatMap((frame) => frame.events)
    const { newest, left } = this.#newestOf(events)
    const gap = left.reduce<Gap | undefined>((sum, { mark }) => hull(sum, { from: mark, to: mark }), gaps)
    return readingOf(this.#seq, rows, newest, gap)
  }

  /** What happened between what somebody has read and what is kept. A turn that is not known is 0: from what the reader has. */
  #before(since: number): Gap {
    return this.#marks === 'times' ? { from: since, to: Math.max(since, this.#completeSince) } : { from: 0, to: this.#lostTo }
  }

  #newestOf(events: readonly KeptEvent[]): { readonly newest: readonly KeptEvent[]; readonly left: readonly KeptEvent[] } {
    const { frameEventsMax, frameBytesMax } = this.#limits
    let bytes = 0
    let first = events.length
    while (first > 0 && events.length - first < frameEventsMax) {
      bytes += events[first - 1]?.text.length ?? 0
      if (bytes > frameBytesMax) break
      first--
    }
    return { newest: events.slice(first), left: events.slice(0, first) }
  }
}

function readingOf(seq: number, rows: readonly string[], events: readonly KeptEvent[], gap: Gap | undefined): Reading {
  return { seq, rows, events: events.map(({ text }) => text), ...(gap && { gap }) }
}

const hull = (one: Gap | undefined, other: Gap): Gap =>
  one ? { from: Math.min(one.from, other.from), to: Math.max(one.to, other.to) } : other

/** A frame as it is sent; the name is the one that the reader gave. */
export function frameText(now: number, name: string, { seq, rows, events, gap }: Reading): string {
  const missing = gap ? `,"gap":${JSON.stringify(gap)}` : ''
  return `{"t":${now},"topic":${JSON.stringify(name)},"seq":${seq},"rows":[${rows.join(',')}],"events":[${events.join(',')}]${missing}}`
}
