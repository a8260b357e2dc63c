// Group
// What one log record will hold, and what is to be done once it is committed. Filled turn by turn, then sealed into bytes.
//
// G1. Nothing in a group has happened yet: replies, messages, effects and emits leave only after the append.
// G2. A channel's messages are numbered here, in the order of the turns that send them.
// G3. The entries of one item stand in one record; when the last item is too much for it, it gets a record of its own.
import { partitionOf, parseActorId, type ActorId } from '../machines/address.ts'
import type { Message, Reply, ReplyTo } from '../machines/message.ts'
import type { Activation } from './activation.ts'
import type { Deaths } from './care.ts'
import { LogCorrupt } from './errors.ts'
import type { Item } from './items.ts'
import type { Checkpoint, DeadLetter, EffectStarted, Entry, LogRecord, MailboxOffset, Sent } from './record.ts'
import type { Json, Outcome } from './statechart/index.ts'
import type { Fall } from './tenants.ts'
import type { Taken } from './transition.ts'

export interface EffectOrder extends EffectStarted {
  readonly activation: Activation
  readonly input: Json
  readonly correlation: string | undefined
  readonly trace: string | undefined
}

export interface TimerOrder {
  readonly actor: ActorId
  /** Undefined: the supervisor's restart. */
  readonly id: string | undefined
  readonly n: number
  readonly due: number
}

/** An entry while it is being made. */
export type Draft = { -readonly [Field in keyof Entry]: Entry[Field] }

interface Mark {
  readonly entries: number
  readonly bytes: number
  readonly offset: MailboxOffset
  /** Set when the item moved a watermark: what it was. */
  channel?: { readonly source: number; readonly before: number | undefined }
}

export interface RecordHead extends Deaths {
  readonly epoch: number
  readonly worker: string
  readonly checkpointAt: number
  readonly checkpoint?: Checkpoint
}

/** What a group is made in: who watches decides whether turns leave more than their entries. */
interface Around {
  readonly ports: { readonly partitions: number }
  readonly watchers: { readonly none: boolean }
}

export class Group {
  readonly entries: Entry[] = []
  readonly sends: Sent[] = []
  readonly effects: EffectOrder[] = []
  /** Effects that were held back, and start now. */
  readonly held = new Set<EffectOrder>()
  readonly cancelled: string[] = []
  readonly timers: TimerOrder[] = []
  readonly replies = new Map<string, Reply[]>()
  readonly dead: { readonly index: number; readonly letter: DeadLetter }[] = []
  /** Watermarks moved by this group. */
  readonly applied = new Map<number, number>()
  /** Watermarks to say again: their senders repeat themselves or have left a gap. */
  readonly acknowledge = new Map<number, number>()
  /** For watchers, entry by entry: the state the turn led to. */
  readonly described: { readonly value: unknown; readonly status: string; readonly held?: true }[] = []
  /** For watchers who want detail, by entry; undefined while nobody watches. */
  readonly taken: Map<Entry, Taken> | undefined
  /** What the machines' turns came to, for the tally; those that brought an actor to life also in `births`. */
  readonly outcomes: Outcome[] = []
  readonly births: Outcome[] = []
  /** Wake-ups that came, and how each is forgotten. */
  readonly wakes: { readonly actor: ActorId; readonly done: () => void }[] = []
  /** Actors whose first parked message is to be taken next. */
  readonly again: ActorId[] = []
  /** Results for actors that are held: they come again. */
  readonly later: Item[] = []
  /** Actors without a parent that failed for good. */
  readonly fallen: Fall[] = []
  /** Ends the spans of traced turns. */
  readonly spans: (() => void)[] = []
  /** Sequences of the records, once committed. */
  readonly seqs: number[] = []
  readonly now: number
  offset: MailboxOffset
  bytes = 0
  turns = 0
  /** How long making it took, until it was sealed. */
  madeMs = 0
  readonly #begunAt = performance.now()
  /** Where the item at work began. */
  #item: Mark
  /** Where a second record begins (G3). */
  #cut: Mark | undefined
  readonly #texts: string[] = []
  readonly #sent: Map<number, number>
  readonly #partitions: number

  constructor(now: number, offset: MailboxOffset, sent: Map<number, number>, { ports, watchers }: Around) {
    this.now = now
    this.offset = offset
    this.taken = watchers.none ? undefined : new Map()
    this.#sent = sent
    this.#partitions = ports.partitions
    this.#item = { entries: 0, bytes: 0, offset }
  }

  /** An item is about to be taken. */
  begin(): void {
    this.#item = { entries: this.entries.length, bytes: this.bytes, offset: this.offset }
  }

  /** Bytes of the entries that the item at work has made. */
  get itemBytes(): number {
    return this.bytes - this.#item.bytes
  }

  /** Numbers a message of the turn being made (G2). */
  send(draft: Draft, message: Omit<Message, 'id'>, id: (channel: string) => string): void {
    const address = parseActorId(message.to)
    if (!address) throw new LogCorrupt(`${draft.actor} sends '${message.event.type}' to '${message.to}', which is not tenant/type/key`)
    const target = partitionOf(address, this.#partitions)
    const seq = (this.#sent.get(target) ?? 0) + 1
    this.#sent.set(target, seq)
    const sent: Sent = { target, seq, message: { ...message, id: id(`${target}.${seq}`) } }
    draft.sends = [...(draft.sends ?? []), sent]
    this.sends.push(sent)
  }

  /** Takes back what a turn sent that is not sealed after all. */
  unsend(draft: Draft): void {
    for (const { target, seq } of draft.sends ?? []) {
      this.sends.pop()
      this.#sent.set(target, Math.min(seq - 1, this.#sent.get(target) ?? 0))
    }
  }

  reply(draft: Draft, to: ReplyTo, reply: Reply): void {
    draft.replies = [...(draft.replies ?? []), { inbox: to.inbox, reply }]
  }

  /** Seals an entry; its replies, effects and letters are the group's from here on. */
  add(draft: Draft, text: string, described: Group['described'][number]): void {
    this.entries.push(draft)
    this.described.push(described)
    this.#texts.push(text)
    this.bytes += Buffer.byteLength(text) + 1
    if (draft.replies) for (const { inbox, reply } of draft.replies) this.#queueReply(inbox, reply)
    if (draft.dead) this.dead.push({ index: this.entries.length - 1, letter: draft.dead })
    if (draft.cancelled) this.#cancel(draft.cancelled)
  }

  /** Notes that an item is part of this group, whether or not it made an entry. */
  cover(item: Item): void {
    if (item.mail) this.offset = item.mail
    if (!item.channel) return
    const { source, seq } = item.channel
    this.#item.channel = { source, before: this.applied.get(source) }
    this.applied.set(source, seq)
  }

  /** The bytes of the record; of two when the last item needs one of its own (G3). */
  seal(head: RecordHead, recordBytesMax: number): Uint8Array[] {
    this.madeMs = performance.now() - this.#begunAt
    const whole = { offset: this.offset, applied: this.applied }
    if (this.bytes <= recordBytesMax) return [this.#record(head, whole, this.#texts)]
    this.#cut = this.#item
    const { entries } = this.#item
    const { checkpoint: _first, ...next } = head
    return [
      this.#record(head, { offset: this.#item.offset, applied: this.#appliedBefore(this.#item) }, this.#texts.slice(0, entries)),
      this.#record(next, whole, this.#texts.slice(entries)),
    ]
  }

  /** Where an entry stands in the log once the group is committed: sequence of the record and index in it. */
  placeOf(entry: number): string {
    const first = this.#cut?.entries ?? Infinity
    return entry < first ? `${this.seqs[0]}.${entry}` : `${this.seqs[1]}.${entry - first}`
  }

  #record(
    head: RecordHead,
    { offset, applied }: { readonly offset: MailboxOffset; readonly applied: ReadonlyMap<number, number> },
    texts: readonly string[],
  ): Uint8Array {
    const record: LogRecord = {
      kind: 'turns',
      ...head,
      offset,
      ...(applied.size > 0 && { applied: Object.fromEntries(applied) }),
      entries: [],
    }
    return Buffer.from(`${JSON.stringify(record).slice(0, -2)}${texts.join(',')}]}`) // the entries are text already: they go between the brackets
  }

  /** The watermarks as they were before the last item. */
  #appliedBefore({ channel }: Mark): ReadonlyMap<number, number> {
    const applied = new Map(this.applied)
    if (channel?.before !== undefined) applied.set(channel.source, channel.before)
    else if (channel) applied.delete(channel.source)
    return applied
  }

  /** Effects that this very group asked for never start. */
  #cancel(keys: readonly string[]): void {
    this.cancelled.push(...keys)
    for (let at = this.effects.length - 1; at >= 0; at--) if (keys.includes(this.effects[at]?.key ?? '')) this.effects.splice(at, 1)
  }

  #queueReply(inbox: string, reply: Reply): void {
    const waiting = this.replies.get(inbox)
    if (waiting) waiting.push(reply)
    else this.replies.set(inbox, [reply])
  }
}
