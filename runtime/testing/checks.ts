// Checks
// What must be true of a whole run, whatever went wrong in it. Each gives its faults as sentences; none means that it holds.
import { isDeepStrictEqual } from 'node:util'
import type { ActorId } from '../../machines/address.ts'
import type { InMemoryServer } from '../in-memory/server.ts'
import type { Entry } from '../record.ts'
import { compensationsIn } from '../saga.ts'
import type { Stored } from '../statechart/stored.ts'
import type { SentMessage } from './clients.ts'
import type { Plan } from './plan.ts'
import type { Place, Truth } from './truth.ts'

/** What was seen of the run beside its log. */
export interface Seen {
  readonly plan: Plan
  readonly server: InMemoryServer
  readonly messages: readonly SentMessage[]
  /** Snapshots that reached the state store. */
  readonly saves: readonly { readonly actor: ActorId; readonly turn: number; readonly bytes: number; readonly stored: Stored }[]
  /** Answers to queries. */
  readonly queries: readonly AnsweredQuery[]
  /** How many answers to each inbox message the server was given. */
  readonly replied: ReadonlyMap<string, number>
  readonly now: number
}

export interface AnsweredQuery {
  readonly actor: ActorId
  readonly turn: number
  readonly value: unknown
  readonly context: unknown
  readonly last: boolean
}

type Check = (truth: Truth, seen: Seen) => Iterable<string>

export function faultsOf(truth: Truth, seen: Seen): readonly string[] {
  return [...truth.faults, ...checks.flatMap((check) => [...check(truth, seen)])]
}

/** What is still to come; nothing once the world has been good for long enough. */
export function pendingOf(truth: Truth, seen: Pick<Seen, 'server' | 'messages' | 'now'>): readonly string[] {
  return [...unread(truth, seen.messages), ...unapplied(truth), ...unfinished(truth, seen.now)]
}

/** Nothing is armed any more either: only what comes from outside would change anything. */
export function isStill({ states }: Truth): boolean {
  for (const known of states.values()) {
    const state = known.at(-1)
    if (state && (state.keeping.restartDue !== undefined || (state.status === 'active' && Object.keys(state.timers).length > 0)))
      return false
  }
  return true
}

/** Epochs grow by one with each claim, and only the claimer's records follow it. */
function* owners({ lines }: Truth): Iterable<string> {
  const claims = new Map<number, { epoch: number; worker: string; released: boolean; checkpointAt: number }>()
  for (const { partition, seq, record } of lines) {
    const owner = claims.get(partition) ?? { epoch: 0, worker: '', released: true, checkpointAt: 0 }
    if (record.kind === 'claim' && record.epoch !== owner.epoch + 1)
      yield `${partition}.${seq}: epoch ${record.epoch} is claimed after epoch ${owner.epoch}`
    if (record.kind !== 'claim' && (record.epoch !== owner.epoch || record.worker !== owner.worker || owner.released))
      yield `${partition}.${seq}: ${record.worker} writes in epoch ${record.epoch}, the owner is ${owner.worker} in epoch ${owner.epoch}`
    if (record.checkpointAt !== owner.checkpointAt)
      yield `${partition}.${seq}: names ${record.checkpointAt} as its checkpoint, it is ${owner.checkpointAt}`
    const checkpointAt = record.checkpoint ? seq : owner.checkpointAt
    claims.set(partition, { epoch: record.epoch, worker: record.worker, released: record.kind === 'release', checkpointAt })
  }
}

function* limits({ lines }: Truth, { plan, saves }: Seen): Iterable<string> {
  const { recordBytesMax, recordsMax, stateBytesMax } = plan.options
  const records = new Map<number, number>()
  const claims = new Map<number, number>()
  for (const { partition, seq, record, bytes } of lines) {
    if (bytes > recordBytesMax + 32 * 1024) yield `${partition}.${seq}: a record of ${bytes} bytes, the limit is ${recordBytesMax}`
    if (record.kind === 'claim') claims.set(partition, record.checkpointAt === 0 ? record.epoch : (claims.get(partition) ?? 0) + 1)
    if (record.kind !== 'turns') continue
    const since = record.checkpoint ? 0 : (records.get(partition) ?? 0) + 1
    records.set(partition, since)
    if (record.checkpoint) claims.set(partition, 0)
    // A new owner may commit a group before it looks at the count, and a careful one writes two records for an item.
    if (since > recordsMax + 4 + 2 * (claims.get(partition) ?? 0))
      yield `${partition}.${seq}: ${since} records since the last checkpoint, the limit is ${recordsMax}`
  }
  for (const { actor, turn, bytes } of saves)
    if (bytes > stateBytesMax * 1.5 + 4_096) yield `${actor}: a snapshot of ${bytes} bytes at turn ${turn}, the limit is ${stateBytesMax}`
}

/** How far the mailbox is read never goes back. */
function* offsets({ lines }: Truth): Iterable<string> {
  const before = new Map<number, { seq: number; count: number }>()
  for (const { partition, seq, record } of lines) {
    if (record.kind !== 'turns') continue
    const last = before.get(partition)
    const { offset } = record
    if (last && (offset.seq < last.seq || (offset.seq === last.seq && offset.count < last.count)))
      yield `${partition}.${seq}: the mailbox is read to ${offset.seq}.${offset.count} after ${last.seq}.${last.count}`
    before.set(partition, offset)
  }
}

const isParking = ({ event }: Entry): boolean => event.type === '@parked'

/** Every acknowledged message is in exactly one entry, one that was not in at most one; those of a sender to an actor in order. */
function* messagesOnce({ places }: Truth, { messages }: Seen): Iterable<string> {
  const taken = placesById(places)
  for (const { id, to, acknowledged } of messages) {
    const found = taken.get(id) ?? []
    if (found.length > 1) yield `message ${id} to ${to} is in ${found.length} entries`
    if (acknowledged && found.length === 0) yield `message ${id} to ${to} was acknowledged and is in no entry`
  }
  const sent = new Map(messages.map(({ id, sender }, index) => [id, { sender, index }]))
  const last = new Map<string, { readonly id: string; readonly index: number }>()
  for (const { entry } of places) {
    const found = sent.get(entry.message)
    if (!found || isParking(entry) || entry.dead) continue
    const lane = `${found.sender} to ${entry.actor}`
    const before = last.get(lane)
    if (before && found.index < before.index) yield `${lane}: message ${entry.message} is taken after message ${before.id}`
    last.set(lane, { id: entry.message, index: found.index })
  }
}

function placesById(places: readonly Place[]): Map<string, Place[]> {
  const taken = new Map<string, Place[]>()
  for (const place of places) {
    if (isParking(place.entry)) continue
    const { message } = place.entry
    const before = taken.get(message)
    if (before) before.push(place)
    else taken.set(message, [place])
  }
  return taken
}

/** Channel messages: numbered without gaps by their source, applied in order and once by their target. */
function* channels({ places, sent }: Truth): Iterable<string> {
  const numbers = new Map<string, number>()
  for (const { source, sent: one } of sent) {
    const channel = `${source}>${one.target}`
    if (one.seq !== (numbers.get(channel) ?? 0) + 1) yield `channel ${channel}: number ${one.seq} follows ${numbers.get(channel) ?? 0}`
    if (one.message.id !== `${channel}.${one.seq}`) yield `channel ${channel}: number ${one.seq} has the id ${one.message.id}`
    numbers.set(channel, one.seq)
  }
  const last = new Map<string, number>()
  const taken = placesById(places)
  for (const { entry, line } of places) {
    const [channel = '', target, seq] = /^(\d+>(\d+))\.(\d+)$/.exec(entry.message)?.slice(1) ?? []
    if (seq === undefined) continue
    if (Number(target) !== line.partition) yield `${entry.message} is applied in partition ${line.partition}`
    if (!isParking(entry) && (taken.get(entry.message)?.length ?? 0) > 1) yield `${entry.message} is in more than one entry`
    if (entry.dead || isSystem(entry)) continue // neither a refusal nor a system message waits for its turn
    const lane = `${channel} ${entry.actor}${isParking(entry) ? ' parked' : ''}`
    if (Number(seq) <= (last.get(lane) ?? 0)) yield `channel ${lane}: ${seq} is applied after ${last.get(lane)}`
    last.set(lane, Number(seq))
  }
}

/** What kernels say to each other overtakes the messages that wait for a restart. */
const isSystem = ({ event }: Entry): boolean =>
  /^(?:@(?:halt|halted|start|started|stopped|failed|monitor|demonitor|link|unlink|down|exit)|actor\.(?:down|exit))$/.test(event.type)

/** The result of an effect is applied once, while it is waited for. */
function* results({ places }: Truth): Iterable<string> {
  const applied = new Set<string>()
  for (const { entry, before } of places) {
    for (const { key } of entry.effects ?? []) applied.delete(key) // it runs again, for a reset or another try
    if (entry.result === undefined || entry.dead) continue
    if (applied.has(entry.result)) yield `the result of ${entry.result} is applied twice`
    applied.add(entry.result)
    const awaited = [...Object.values(before?.children ?? {}), ...(before ? compensationsIn(before.keeping).map(([, undo]) => undo) : [])]
    if (!awaited.some(({ address, ended }) => address === entry.result && !ended))
      yield `the result of ${entry.result} is applied, and nobody waits for it`
  }
}

/** A timer fires once, and never before it is due by the server's clock, but for how wrong the clocks are. */
function* timers({ places }: Truth, { plan }: Seen): Iterable<string> {
  for (const { entry, before, line } of places) {
    if (entry.event.type !== '@timer' || entry.dead) continue
    const timer = before?.timers[String(entry.event['id'])]
    if (!timer || `${String(entry.event['id'])}.${timer.n}` !== entry.message)
      yield `${entry.actor}: timer ${entry.message} fires and is not armed`
    else if (line.at < timer.due - 2 * plan.rates.skewMsMax)
      yield `${entry.actor}: timer ${entry.message} fires ${timer.due - line.at} ms early`
  }
}

/** What a query said is what the log says of that turn; the last queries say the present. */
function* queries({ states }: Truth, { queries: asked }: Seen): Iterable<string> {
  for (const { actor, turn, value, context, last } of asked) {
    const known = states.get(actor) ?? []
    const stored = known[turn]
    if (!stored) yield `a query of ${actor} said turn ${turn}, which is not in the log`
    else if (!isDeepStrictEqual(stored.value, value) || !isDeepStrictEqual(stored.context, context))
      yield `a query of ${actor} at turn ${turn} said ${JSON.stringify({ value, context })}, the log ${JSON.stringify({ value: stored.value, context: stored.context })}`
    if (last && turn !== known.length - 1) yield `the last query of ${actor} said turn ${turn}, the log is at ${known.length - 1}`
  }
}

function* snapshots({ states }: Truth, { saves }: Seen): Iterable<string> {
  for (const { actor, turn, stored } of saves) {
    const known = states.get(actor)?.[turn]
    if (!known) yield `a snapshot of ${actor} is of turn ${turn}, which is not in the log`
    else if (!isDeepStrictEqual(known, stored))
      yield `the snapshot of ${actor} at turn ${turn} is ${JSON.stringify(stored)}, the log says ${JSON.stringify(known)}`
  }
}

/** The log answers each ask once, if its actor is through with it; what was told reached the asker. */
function* asks({ places, states }: Truth, { messages, replied }: Seen): Iterable<string> {
  const answers = new Map<string, number>()
  for (const { entry } of places) for (const { reply } of entry.replies ?? []) answers.set(reply.id, (answers.get(reply.id) ?? 0) + 1)
  const waiting = new Set([...states.values()].flatMap((known) => known.at(-1)?.keeping.asks.map(({ id }) => id) ?? []))
  for (const { id, to, asks: isAsk, replies, event } of messages) {
    const said = answers.get(id) ?? 0
    const expected = isAsk && !waiting.has(id) ? 1 : 0
    if (said !== expected) yield `ask ${id} of ${to} (${JSON.stringify(event).slice(0, 60)}) is answered ${said} times, not ${expected}`
    if (replies.length !== (replied.get(id) ?? 0)) yield `ask ${id} of ${to} got ${replies.length} replies of ${replied.get(id) ?? 0}`
    if (new Set(replies.map((reply) => JSON.stringify(reply))).size > 1) yield `ask ${id} of ${to} got different replies`
  }
}

/** Each dead letter of the log is kept once, with its event. */
function* deadLetters({ places }: Truth, { server }: Seen): Iterable<string> {
  const kept = new Map(
    server.deadLetters().map(({ id, bytes }) => [id, JSON.parse(new TextDecoder().decode(bytes)) as { code: string; event?: unknown }]),
  )
  for (const { entry, line, index } of places) {
    if (!entry.dead) continue
    const id = `${line.partition}.${line.seq}.${index}`
    const letter = kept.get(id)
    kept.delete(id)
    if (!letter) yield `dead letter ${id} of ${entry.actor} (${entry.dead.code}) is in the log and not kept`
    else if (letter.event === undefined) yield `dead letter ${id} of ${entry.actor} is kept without its event`
  }
  for (const id of kept.keys()) yield `dead letter ${id} is kept and not in the log`
}

const checks: readonly Check[] = [owners, limits, offsets, messagesOnce, channels, results, timers, queries, snapshots, asks, deadLetters]

function* unread({ places }: Truth, messages: readonly SentMessage[]): Iterable<string> {
  const taken = new Set(places.filter(({ entry }) => !isParking(entry)).map(({ entry }) => entry.message))
  for (const { id, to, acknowledged } of messages) {
    if (!acknowledged) yield `message ${id} to ${to} is not acknowledged`
    else if (!taken.has(id)) yield `message ${id} to ${to} is not taken`
  }
}

function* unapplied({ lines, sent }: Truth): Iterable<string> {
  const applied = new Map<string, number>()
  for (const { partition, record } of lines)
    if (record.kind === 'turns')
      for (const [source, seq] of Object.entries(record.applied ?? {})) applied.set(`${source}>${partition}`, seq)
  for (const { source, sent: one } of sent)
    if (one.seq > (applied.get(`${source}>${one.target}`) ?? 0))
      yield `${one.message.id} (${one.message.event.type} to ${one.message.to}) is not applied`
}

function* unfinished({ states }: Truth, now: number): Iterable<string> {
  for (const [actor, known] of states) {
    const state = known.at(-1)
    if (!state) continue
    if (state.keeping.restartDue !== undefined && state.keeping.restartDue < now) yield `${actor} waits for a restart that was due`
    if (state.keeping.parked.length > 0) yield `${actor} has ${state.keeping.parked.length} parked messages`
    for (const [id, { due }] of Object.entries(state.timers)) if (due < now) yield `${actor}: timer ${id} was due ${now - due} ms ago`
    for (const { kind, ended, address } of Object.values(state.children))
      if (kind === 'effect' && !ended) yield `effect ${address} has no result`
    for (const [, { address }] of compensationsIn(state.keeping)) yield `compensation ${address} has no result`
  }
}
