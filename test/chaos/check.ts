// Check
// What must be true of every history, whatever was done to the system meanwhile. Pure: a history in, its violations as sentences out.
import type { ActorId } from '../../machines/address.ts'
import type { Entry } from '../../runtime/record.ts'
import type { AccountState, ChainState, CounterState } from './actors.ts'
import {
  digestOf,
  type ExecutionLine,
  type HistoryLine,
  type NoteLine,
  type OutcomeLine,
  type RecordLine,
  type SendLine,
} from './history.ts'
import type { StateLine } from './history.ts'

/** No violation: all that must hold holds, and nothing is still to come. */
export function violationsOf(lines: readonly HistoryLine[]): readonly string[] {
  const facts = factsOf(lines)
  return [
    ...facts.noted.map(({ what }) => what),
    ...[owners, turnsOnce, messagesOnce, order, replies, counters, bank, chains, results, timers].flatMap((check) => [...check(facts)]),
    ...pendingIn(facts),
  ]
}

/** What was promised and is still to come. */
export const pendingOf = (lines: readonly HistoryLine[]): readonly string[] => [...pendingIn(factsOf(lines))]

/** An entry of the log and the record it stands in. */
export interface Place {
  readonly entry: Entry
  readonly line: RecordLine
}

export interface Facts {
  readonly sends: readonly SendLine[]
  readonly outcomes: ReadonlyMap<string, OutcomeLine>
  readonly executions: ReadonlyMap<string, readonly ExecutionLine[]>
  readonly states: readonly StateLine[]
  readonly records: readonly RecordLine[]
  /** In the order of the log. */
  readonly places: readonly Place[]
  /** Entries of messages that clients sent, by operation. */
  readonly taken: ReadonlyMap<string, readonly Place[]>
  readonly byActor: ReadonlyMap<ActorId, readonly Place[]>
  readonly noted: readonly NoteLine[]
}

export function factsOf(lines: readonly HistoryLine[]): Facts {
  const of = <Kind extends HistoryLine['kind']>(kind: Kind) =>
    lines.filter((line): line is Extract<HistoryLine, { kind: Kind }> => line.kind === kind)
  const records = of('record').toSorted((a, b) => a.partition - b.partition || a.seq - b.seq)
  const places = records.flatMap((line) => (line.record.kind === 'turns' ? line.record.entries.map((entry) => ({ entry, line })) : []))
  const sent = places.filter(({ entry }) => opOf(entry) !== undefined && entry.event.type !== 'credit')
  return {
    sends: of('send'),
    outcomes: new Map(of('outcome').map((line) => [line.id, line])),
    executions: Map.groupBy(of('execution'), ({ key }) => key),
    states: [...new Map(of('state').map((line) => [line.actor, line])).values()], // what an actor said last
    records,
    places,
    taken: Map.groupBy(sent, ({ entry }) => opOf(entry) ?? ''),
    byActor: Map.groupBy(places, ({ entry }) => entry.actor),
    noted: of('violation'),
  }
}

/** Parking is no turn of the message: it is taken when its actor is back. */
const opOf = ({ event }: Entry): string | undefined =>
  typeof event['op'] === 'string' && !event.type.startsWith('@') ? event['op'] : undefined

const isTurn = ({ entry }: Place): boolean => entry.dead === undefined

/** No commit of a former owner: epochs grow by one with each claim, and only the claimer's records follow it. */
function* owners({ records }: Facts): Iterable<string> {
  const owner = new Map<number, { readonly epoch: number; readonly worker: string; readonly released: boolean }>()
  for (const { partition, seq, record } of records) {
    const { epoch, worker, kind } = record
    const before = owner.get(partition)
    owner.set(partition, { epoch, worker, released: kind === 'release' })
    if (!before) continue
    if (kind === 'claim' && epoch !== before.epoch + 1) yield `${partition}.${seq}: epoch ${epoch} is claimed after epoch ${before.epoch}`
    if (kind !== 'claim' && (epoch !== before.epoch || worker !== before.worker || before.released))
      yield `${partition}.${seq}: stale commit of ${worker} in epoch ${epoch}; the owner is ${before.released ? 'nobody' : before.worker} in epoch ${before.epoch}`
  }
}

/** Each turn of an actor is in the log once, and none is missing. */
function* turnsOnce({ byActor }: Facts): Iterable<string> {
  for (const [actor, places] of byActor) {
    let turn = 0
    for (const { entry, line } of places) {
      const isNew = entry.snapshot !== undefined || entry.patch !== undefined
      if (entry.turn !== turn && entry.turn !== turn + 1)
        yield `${line.partition}.${line.seq} ${actor}: turn ${entry.turn} follows turn ${turn}`
      else if (isNew && entry.turn === turn) yield `${line.partition}.${line.seq} ${actor}: turn ${turn} is taken twice`
      turn = entry.turn
    }
  }
}

/** Refusals that promise that nothing was stored. */
const notStored: ReadonlySet<string> = new Set(['TR_MAILBOX_FULL', 'TR_CLIENT_OVERLOADED', 'TR_MESSAGE_TOO_LARGE'])

/** An acknowledged message is in exactly one turn, a refused one in none, one of unknown outcome in at most one. */
function* messagesOnce({ sends, outcomes, taken }: Facts): Iterable<string> {
  for (const { id, to, dead } of sends) {
    const places = taken.get(id) ?? []
    const { outcome = 'unknown', code = '', why = '' } = outcomes.get(id) ?? {}
    if (places.length > 1) yield `message ${id} to ${to} is in ${places.length} entries`
    const wrong = places.find(({ entry }) => entry.actor !== to)
    if (wrong) yield `message ${id} to ${to} was taken by ${wrong.entry.actor}`
    if (outcome === 'refused' && places.some(isTurn)) yield `message ${id} to ${to} was refused with ${code} and took a turn: ${why}`
    if (notStored.has(code) && places.length > 0) yield `message ${id} to ${to} was refused with ${code} and is in the log`
    for (const { entry } of places) {
      if (entry.dead && outcome === 'acknowledged' && entry.dead.code !== dead)
        yield `message ${id} to ${to} was acknowledged and became a dead letter: ${entry.dead.code} ${entry.dead.cause}`
      if (!entry.dead && dead !== undefined) yield `message ${id} to ${to} took a turn and should be a dead letter ${dead}`
    }
  }
}

/** What one sender sent to one actor is taken in the order of its calls. */
function* order({ sends, taken }: Facts): Iterable<string> {
  const place = (id: string): number | undefined => taken.get(id)?.[0]?.entry.turn
  for (const [lane, calls] of Map.groupBy(sends, ({ sender, to }) => `${sender} to ${to}`)) {
    let last: { readonly id: string; readonly turn: number } | undefined
    for (const { id } of calls.toSorted((a, b) => a.order - b.order)) {
      const turn = place(id)
      if (turn === undefined || taken.get(id)?.some((one) => !isTurn(one))) continue // a refusal does not wait for its turn
      if (last && turn < last.turn) yield `${lane}: message ${id} is taken in turn ${turn}, before message ${last.id} in turn ${last.turn}`
      last = { id, turn }
    }
  }
}

/** What a counter was after each of its turns, worked out from the messages in the log. */
function counterStates(places: readonly Place[]): Map<number, CounterState> {
  const known = new Map<number, CounterState>()
  let state: CounterState = { count: 0, digest: 0 }
  for (const place of places) {
    const { entry } = place
    if (entry.event.type === '@restart' || entry.event.type === '@init') state = { count: 0, digest: 0 }
    else if (entry.event.type === 'add' && isTurn(place))
      state = { count: state.count + 1, digest: digestOf(state.digest, opOf(entry) ?? '') }
    known.set(entry.turn, state)
  }
  return known
}

const isCounter = (actor: ActorId): boolean => actor.split('/')[1] === 'counter'

/** An answer says what the actor was after the turn that is in the log. */
function* replies({ sends, outcomes, taken, byActor }: Facts): Iterable<string> {
  const states = new Map<ActorId, Map<number, CounterState>>()
  for (const { id, to, asks, event } of sends) {
    const outcome = outcomes.get(id)
    const place = taken.get(id)?.[0]
    if (!asks || event.type !== 'add' || outcome?.outcome !== 'acknowledged' || !place || !isCounter(to)) continue
    const known = states.get(to) ?? counterStates(byActor.get(to) ?? [])
    states.set(to, known)
    const said = outcome.value as Partial<CounterState> | undefined
    const is = known.get(place.entry.turn)
    if (said?.count !== is?.count || said?.digest !== is?.digest)
      yield `ask ${id} of ${to} was answered ${JSON.stringify(said)}, the log says ${JSON.stringify(is)}`
  }
}

/** At rest a counter holds exactly the messages of its turns. */
function* counters({ states, byActor }: Facts): Iterable<string> {
  for (const { actor, turn, context } of states) {
    if (!isCounter(actor)) continue
    const is = counterStates(byActor.get(actor) ?? []).get(turn)
    const { count, digest } = context as CounterState
    if (is?.count !== count || is.digest !== digest)
      yield `${actor} holds ${count} messages (digest ${digest}) at turn ${turn}, the log says ${is ? `${is.count} (${is.digest})` : 'that there is no such turn'}`
  }
}

/** Each payment arrives once, where it was sent and as much as was sent; what all accounts hold together is what they began with. */
function* bank({ places, byActor, states, taken }: Facts): Iterable<string> {
  const credits = Map.groupBy(
    places.filter(({ entry }) => entry.event.type === 'credit'),
    ({ entry }) => String(entry.event['op']),
  )
  for (const [op, arrived] of credits) {
    const pay = taken.get(op)?.find(isTurn)?.entry
    if (!pay) yield `payment ${op} arrived and nobody paid it`
    if (arrived.length > 1) yield `payment ${op} arrived ${arrived.length} times`
    for (const { entry } of arrived) {
      if (entry.dead) yield `payment ${op} became a dead letter: ${entry.dead.code} ${entry.dead.cause}`
      if (pay && (entry.actor !== pay.event['to'] || entry.event['amount'] !== pay.event['amount']))
        yield `payment ${op} of ${String(pay.event['amount'])} to ${String(pay.event['to'])} arrived as ${String(entry.event['amount'])} at ${entry.actor}`
    }
  }
  const accounts = states.filter(({ actor }) => actor.split('/')[1] === 'account')
  const moved = accounts.find(({ actor, turn }) => byActor.get(actor)?.at(-1)?.entry.turn !== turn)
  if (moved) yield `${moved.actor} was not at rest when it was asked for its balance`
  const sum = accounts.reduce((total, { context }) => total + (context as AccountState).balance, 0)
  if (sum !== 0) yield `the sum of all accounts is ${sum}, not 0`
}

/** At rest a chain has done the steps of all its messages. */
function* chains({ states, byActor }: Facts): Iterable<string> {
  for (const { actor, context } of states) {
    if (actor.split('/')[1] !== 'chain') continue
    const { done, todo } = context as ChainState
    const asked = (byActor.get(actor) ?? []).filter(isTurn).reduce((sum, { entry }) => sum + Number(entry.event['steps'] ?? 0), 0)
    if (done !== asked || todo.length > 0) yield `${actor} has done ${done} steps of ${asked}, ${todo.length} are left`
  }
}

/** The result of an effect is applied once, and only when the effect was started and did run. */
function* results({ places, executions }: Facts): Iterable<string> {
  const started = new Set<string>()
  const applied = new Set<string>()
  for (const { entry } of places) {
    const { result } = entry
    if (result !== undefined && !entry.dead) {
      if (applied.has(result)) yield `the result of effect ${result} is applied twice`
      if (!started.has(result)) yield `the result of effect ${result} is applied before the effect was started`
      if (!executions.has(result)) yield `the result of effect ${result} is applied and the effect never ran`
      applied.add(result)
    }
    for (const { key } of entry.effects ?? []) started.add(key)
  }
}

/** A timer rings once, and not before it is due by the server's clock. */
function* timers({ byActor }: Facts): Iterable<string> {
  for (const { nap, rings } of napsOf(byActor)) {
    if (rings.length > 1) yield `timer of ${nap.entry.actor} rings ${rings.length} times`
    for (const { line } of rings) {
      const early = dueOf(nap) - line.at
      if (early > clockStepMs) yield `timer of ${nap.entry.actor} rings ${early} ms early`
    }
  }
}

/** Two clocks of one machine, each cut to whole milliseconds. */
const clockStepMs = 2

const dueOf = ({ entry }: Place): number => entry.at + Number(entry.event['ms'])

/** Each nap that was begun, with the entries in which it ends. */
function* napsOf(byActor: Facts['byActor']): Iterable<{ readonly nap: Place; readonly rings: readonly Place[] }> {
  for (const places of byActor.values()) {
    const nap = places.find((place) => place.entry.event.type === 'nap' && isTurn(place))
    if (nap) yield { nap, rings: places.filter((place) => place.entry.event.type === '@timer' && isTurn(place)) }
  }
}

/** By how much timers rang late, in milliseconds. */
export const latenessOf = ({ byActor }: Facts): readonly number[] =>
  [...napsOf(byActor)].flatMap(({ nap, rings }) => rings.map(({ line }) => Math.max(0, line.at - dueOf(nap))))

function* pendingIn({ sends, outcomes, taken, places, byActor }: Facts): Iterable<string> {
  for (const { id, to } of sends)
    if (outcomes.get(id)?.outcome === 'acknowledged' && !taken.has(id)) yield `message ${id} to ${to} was acknowledged and is in no turn`
  const credited = new Set<string>()
  const ended = new Set<string>()
  for (const { entry } of places) {
    if (entry.event.type === 'credit') credited.add(String(entry.event['op']))
    if (entry.result !== undefined) ended.add(entry.result)
    for (const key of entry.cancelled ?? []) ended.add(key)
  }
  for (const place of places) {
    const { entry } = place
    if (entry.event.type === 'pay' && isTurn(place) && !credited.has(String(entry.event['op'])))
      yield `payment ${String(entry.event['op'])} of ${entry.actor} has not arrived`
    for (const { key } of entry.effects ?? []) if (!ended.has(key)) yield `effect ${key} has no result`
  }
  for (const { nap, rings } of napsOf(byActor)) if (rings.length === 0) yield `timer of ${nap.entry.actor} has not rung`
}

export interface Pause {
  readonly partition: number
  /** How the former owner left. */
  readonly after: 'release' | 'loss'
  /** From its last turns to the first turns of the next owner, by the server's clock. */
  readonly ms: number
}

/** How long each change of owner kept a partition from working, as far as there was work. */
export function pausesOf({ records }: Facts): readonly Pause[] {
  const pauses: Pause[] = []
  const last = new Map<number, { turnsAt: number; epoch: number; released: boolean }>()
  for (const { partition, at, record } of records) {
    const before = last.get(partition)
    const released = record.kind === 'release' || (before?.released === true && record.kind === 'claim')
    if (record.kind === 'turns') {
      if (before && before.turnsAt > 0 && before.epoch !== record.epoch)
        pauses.push({ partition, after: before.released ? 'release' : 'loss', ms: at - before.turnsAt })
      last.set(partition, { turnsAt: at, epoch: record.epoch, released: false })
    } else if (before) last.set(partition, { ...before, released })
    else last.set(partition, { turnsAt: 0, epoch: 0, released })
  }
  return pauses
}
