// Recovery
// From the log to a partition that can go on: the snapshots of actors that were at work, the messages not yet applied elsewhere,
// the effects without a result, the timers, and the place in the mailbox.
//
// R1. Recovery reads only what is committed, and only through the leader.
// R2. A mailbox that is shorter than the log says, or holds another message at the offset, has lost its tail: said, counted, and no new message is taken for an old one.
import type { ActorId } from '../machines/address.ts'
import { replay, revive, unborn, type Activation, type StateImage } from './activation.ts'
import type { Found } from './announcer.ts'
import { LogCorrupt } from './errors.ts'
import type { Ports, Stamped } from './ports.ts'
import type { Answer, Checkpoint, DeadLetter, Entry, LogRecord, MailboxOffset, Sent } from './record.ts'
import type { Host } from './statechart/index.ts'

export const fromTheStart: Checkpoint = { seq: 0, offset: { seq: 0, count: 0, at: 0 }, applied: {}, sent: {}, outbox: [], busy: [] }

export interface Recovered {
  /** The last record of the log: what the next append expects. */
  readonly seq: number
  readonly offset: MailboxOffset
  readonly applied: Map<number, number>
  readonly sent: Map<number, number>
  /** Messages to other partitions, and to this one, that may not be applied yet; in order. */
  readonly outbox: readonly Sent[]
  readonly activations: Map<ActorId, Activation>
  /** Dead letters since the checkpoint: adding one again does no harm. */
  readonly dead: readonly { readonly id: string; readonly letter: DeadLetter; readonly found: Found }[]
  /** Of the last group, whose owner may have died before it sent them. */
  readonly replies: readonly Answer[]
  readonly tailLost: boolean
  /** The last sequence of the whole mailbox when this was read. */
  readonly mailboxSeq: number
  /** Since the checkpoint. */
  readonly records: number
  readonly bytes: number
}

export interface Claimed {
  readonly partition: number
  /** Sequence of the claim itself. */
  readonly seq: number
  readonly checkpointAt: number
}

export function readRecord(stamped: Stamped, partition: number): LogRecord {
  try {
    return JSON.parse(decoder.decode(stamped.bytes)) as LogRecord
  } catch (cause) {
    throw new LogCorrupt(`partition ${partition}: record ${stamped.seq} of the log is not JSON`, { cause })
  }
}

const decoder = new TextDecoder()

export async function recover(claimed: Claimed, ports: Ports, hosts: ReadonlyMap<string, Host>): Promise<Recovered> {
  const [state, mailboxSeq] = await Promise.all([replayed(claimed, ports), ports.mailbox.lastSeq()])
  const offset = await trustedOffset(state.offsets, mailboxSeq, ports)
  const activations = new Map<ActorId, Activation>()
  for (const [actor, known] of state.known) {
    const activation = unborn(actor, hosts)
    if (known.image) revive(activation, known.image, known)
    activations.set(actor, activation)
  }
  return {
    seq: claimed.seq,
    offset,
    applied: state.applied,
    sent: state.sent,
    outbox: state.outbox,
    activations,
    dead: state.dead,
    replies: state.replies.flat(),
    tailLost: offset !== state.offsets.at(-1),
    mailboxSeq,
    records: state.records,
    bytes: state.bytes,
  }
}

async function replayed({ partition, seq, checkpointAt }: Claimed, ports: Ports): Promise<Replay> {
  const checkpoint = await readCheckpoint({ partition, seq, checkpointAt }, ports)
  const state = new Replay(partition, ports, checkpoint)
  await state.touch(checkpoint.busy)
  for await (const records of inPieces(ports.log.read(partition, checkpoint.seq + 1, seq))) await state.apply(records)
  return state
}

/** As many records at a time as may be in memory together. */
async function* inPieces(log: AsyncIterable<Stamped>): AsyncGenerator<readonly Stamped[]> {
  let piece: Stamped[] = []
  let bytes = 0
  for await (const stamped of log) {
    piece.push(stamped)
    bytes += stamped.bytes.length
    if (piece.length < pieceRecordsMax && bytes < pieceBytesMax) continue
    yield piece
    piece = []
    bytes = 0
  }
  if (piece.length > 0) yield piece
}

const pieceRecordsMax = 256
const pieceBytesMax = 8 * 1024 * 1024
/** Snapshots asked for at one time. */
const loadsInFlightMax = 256

async function readCheckpoint({ partition, checkpointAt }: Claimed, ports: Ports): Promise<Checkpoint> {
  if (checkpointAt === 0) return fromTheStart
  const stamped = await ports.log.at(partition, checkpointAt)
  const checkpoint = stamped && readRecord(stamped, partition).checkpoint
  if (!checkpoint) throw new LogCorrupt(`partition ${partition}: the log names record ${checkpointAt} as its checkpoint, and there is none`)
  return checkpoint
}

/** What the log makes of a partition, record by record. */
class Replay {
  readonly known = new Map<ActorId, { image: StateImage | undefined; seq: number; turn: number }>()
  readonly applied: Map<number, number>
  readonly sent: Map<number, number>
  readonly outbox: Sent[]
  readonly dead: { id: string; letter: DeadLetter; found: Found }[] = []
  /** Of the last records, one or two of which are the last group's. */
  replies: (readonly Answer[])[] = []
  /** The offsets of the records read, newest last: where the mailbox was at each. */
  readonly offsets: MailboxOffset[]
  records = 0
  bytes = 0
  readonly #partition: number
  readonly #ports: Ports

  constructor(partition: number, ports: Ports, checkpoint: Checkpoint) {
    this.#partition = partition
    this.#ports = ports
    this.applied = numbered(checkpoint.applied)
    this.sent = numbered(checkpoint.sent)
    this.outbox = [...checkpoint.outbox]
    this.offsets = [checkpoint.offset]
  }

  /** A piece of the log: the snapshots of all its actors are loaded together. */
  async apply(piece: readonly Stamped[]): Promise<void> {
    this.records += piece.length
    for (const { bytes } of piece) this.bytes += bytes.length
    const records = piece.map((stamped) => ({ seq: stamped.seq, record: readRecord(stamped, this.#partition) }))
    await this.touch(records.flatMap(({ record }) => (record.kind === 'turns' ? record.entries.map(({ actor }) => actor) : [])))
    for (const { seq, record } of records) this.#applyRecord(record, seq)
  }

  /** Loads the snapshots of those that are not yet known. */
  async touch(actors: readonly ActorId[]): Promise<void> {
    const missing = [...new Set(actors)].filter((actor) => !this.known.has(actor))
    for (let from = 0; from < missing.length; from += loadsInFlightMax)
      await Promise.all(missing.slice(from, from + loadsInFlightMax).map((actor) => this.#load(actor)))
  }

  async #load(actor: ActorId): Promise<void> {
    const known = { image: undefined as StateImage | undefined, seq: 0, turn: 0 }
    this.known.set(actor, known)
    const row = await this.#ports.states.load(this.#partition, actor)
    if (!row) return
    known.image = readImage(row.bytes, actor)
    known.seq = row.seq
    known.turn = known.image.turn
  }

  #applyRecord(record: LogRecord, seq: number): void {
    if (record.kind === 'release') this.replies = []
    if (record.kind !== 'turns') return
    this.#noteReplies(record.entries)
    this.offsets.push(record.offset)
    for (const [source, applied] of numbered(record.applied ?? {})) this.applied.set(source, applied)
    for (const [index, entry] of record.entries.entries()) this.#applyEntry(entry, record.epoch, `${this.#partition}.${seq}.${index}`)
  }

  /** A record without entries comes after what was to be sent for those before it. */
  #noteReplies(entries: readonly Entry[]): void {
    const answers = entries.flatMap(({ replies = [] }) => replies)
    this.replies = entries.length === 0 ? [] : [...this.replies.slice(-1), answers]
  }

  #applyEntry(entry: Entry, epoch: number, id: string): void {
    const known = this.known.get(entry.actor)
    if (known) known.image = replay(known.image, entry, epoch)
    for (const sent of entry.sends ?? []) {
      this.outbox.push(sent)
      this.sent.set(sent.target, sent.seq)
    }
    const { status = 'unborn', value } = known?.image?.stored ?? {}
    if (entry.dead) this.dead.push({ id, letter: entry.dead, found: { entry, state: { value, status } } })
  }
}

export function readImage(bytes: Uint8Array, actor: ActorId): StateImage {
  try {
    return JSON.parse(decoder.decode(bytes)) as StateImage
  } catch (cause) {
    throw new LogCorrupt(`${actor}: its stored snapshot is not JSON`, { cause })
  }
}

/** The newest offset at which the mailbox still holds the message the log saw, or has trimmed it (R2). */
async function trustedOffset(offsets: readonly MailboxOffset[], last: number, ports: Ports): Promise<MailboxOffset> {
  for (const offset of offsets.toReversed()) {
    if (offset.seq > last) continue
    const stored = offset.seq === 0 ? undefined : await ports.mailbox.at(offset.seq)
    if (!stored || stored.at === offset.at) return offset
  }
  return { seq: last + 1, count: 0, at: 0 }
}

function numbered(record: Readonly<Record<number, number>>): Map<number, number> {
  return new Map(Object.entries(record).map(([partition, seq]) => [Number(partition), seq]))
}
