// Fleet watch
// One gateway's memory of the fleet: it hears what workers say of themselves whether or not a page is open, so that a page that is opened is full.
//
// W1. What it holds has an end: the steps of `FleetSeries`, the marks of `FleetMarks`, and `workersMax` workers with a minute and a half each.
// W2. Minutes that are over go to the database once a minute, and the day before is read from there when it begins: a restart leaves a hole of its own length only,
//     a gateway that is killed one that is up to a minute longer. A database that does not answer costs the day before, nothing else; minutes that could not be kept are written with the next ones.
// W3. A worker that says nothing for `goneMs` is forgotten.
// W4. Workers tell of themselves twice a second each: what changed is looked for every `seeEveryMs`, however many they are.
import { subjects } from '../../../machines/subject.ts'
import type { Departure, FleetOrders, Member, Reader } from '../../../runtime/ports.ts'
import { restMs, type Rollup } from '../../../runtime/rollup.ts'
import { quietLogger, type Logger } from '../../../runtime/telemetry.ts'
import { keepMinutes, readMinutes, type FleetMinute } from '../../history/fleet-minutes.ts'
import { lineOf } from '../live/fleet-rollup.ts'
import type { GatewayParts } from '../parts.ts'
import { FleetMarks, type Mark, type Move } from './marks.ts'
import { FleetSeries, minuteMs, type Now, type SeriesRow, type Step } from './series.ts'

const tickMs = 1_000
const seeEveryMs = 250
const goneMs = 2.5 * restMs
/** A rollup older than this says nothing of now: its worker rests. */
const freshMs = 1_900
const workersMax = 1_000
const secondsKept = 90
const dayMs = 86_400_000

export interface WorkerLine {
  readonly worker: string
  /** When it was last heard of, by this gateway's clock. */
  readonly heardAt: number
  /** Turns a second, the oldest second first; null: nobody listened yet. */
  readonly turns: readonly (number | null)[]
  readonly pulse: Rollup['pulse']
}

/** How far a drain is. */
export interface Drain {
  readonly since: number
  /** Partitions it had when it was ordered. */
  readonly from: number
}

interface Heard {
  rollup: Rollup
  at: number
  readonly firstAt: number
  /** By second, round and round (W1). */
  readonly turns: Float64Array
}

type Watched = Pick<GatewayParts, 'ports' | 'orm' | 'namespace'>

export class FleetWatch {
  readonly since: number
  readonly #parts: Watched
  readonly #log: Logger
  readonly #series = new FleetSeries()
  readonly #marks = new FleetMarks()
  readonly #heard = new Map<string, Heard>()
  readonly #drains = new Map<string, Drain>()
  readonly #ending = new AsyncDisposableStack()
  #members: readonly Member[] = []
  #departures: Departure[] = []
  #seeing: NodeJS.Timeout | undefined
  #orders: FleetOrders | undefined
  #keptUntil: number
  #keeping = Promise.resolve()

  constructor(parts: Watched, log: Logger) {
    this.#parts = parts
    this.#log = log
    this.since = Date.now()
    this.#keptUntil = Math.floor(this.since / minuteMs) * minuteMs
  }

  /** Rejects when the message server does not answer. */
  async start(): Promise<void> {
    const { ports } = this.#parts
    const rollups = ports.signals.subscribe(subjects(ports.namespace).rollups, ({ subject, bytes }) => {
      const rollup = rollupOf(bytes)
      if (rollup) this.#hear(rollup)
      else this.#log.warn({ subject }, 'a rollup could not be read')
    })
    this.#ending.defer(() => rollups.stop())
    const readers: readonly Reader[] = await Promise.all([
      ports.membership.watch((members, departure) => this.#note(members, departure)),
      ports.orders.watch((orders) => this.#obey(orders)),
    ])
    for (const reader of readers) this.#ending.defer(() => reader.stop())
    const timer = setInterval(() => this.#tick(Date.now()), tickMs).unref()
    this.#ending.defer(() => clearInterval(timer))
    await this.#restore()
  }

  async stop(): Promise<void> {
    clearTimeout(this.#seeing)
    await this.#ending.disposeAsync()
    await this.#keeping
    await this.#keep(this.#keptUntil, Date.now() + minuteMs) // what was heard of the present minute too
  }

  rows(minutes: number): { readonly stepMs: number; readonly rows: readonly SeriesRow[] } {
    return this.#series.rows(minutes, Date.now())
  }

  sums(minutes: number): ReturnType<FleetSeries['sums']> {
    return this.#series.sums(minutes, Date.now())
  }

  marks(since: number): readonly Mark[] {
    return this.#marks.marks.filter(({ at }) => at >= since)
  }

  moves(): readonly Move[] {
    return this.#marks.moves(Date.now())
  }

  drainOf(worker: string): Drain | undefined {
    return this.#drains.get(worker)
  }

  /** By this gateway's clock; undefined: not yet, or not for long. */
  heardAt(worker: string): number | undefined {
    return this.#heard.get(worker)?.at
  }

  workers(): readonly WorkerLine[] {
    const now = Date.now()
    return [...this.#heard].map(([worker, heard]) => ({
      worker,
      heardAt: heard.at,
      turns: secondsOf(heard, now),
      pulse: heard.rollup.pulse,
    }))
  }

  #hear(rollup: Rollup): void {
    const now = Date.now()
    this.#series.add(rollup, now)
    this.#marks.machines(rollup.machines, rollup.worker, now)
    const known = this.#heard.get(rollup.worker)
    if (!known && this.#heard.size >= workersMax) return // W1
    const heard = known ?? { rollup, at: now, firstAt: now, turns: new Float64Array(secondsKept) }
    forgetSeconds(heard, now)
    heard.rollup = rollup
    heard.at = now
    heard.turns[slotOf(now)] = turnsOf(rollup)
    this.#heard.set(rollup.worker, heard)
  }

  /** W4 */
  #note(members: readonly Member[], departure: Departure | undefined): void {
    this.#members = members
    if (departure && this.#departures.length < workersMax) this.#departures.push(departure)
    this.#seeing ??= setTimeout(() => this.#see(), seeEveryMs).unref()
  }

  #see(): void {
    const [now, members] = [Date.now(), this.#members]
    this.#seeing = undefined
    this.#marks.see(members, this.#departures, now)
    this.#departures = []
    for (const id of this.#drains.keys()) if (!members.some((member) => member.id === id)) this.#drains.delete(id)
    for (const { id, draining, owned } of members)
      if (draining && !this.#drains.has(id)) this.#drains.set(id, { since: now, from: owned.length })
  }

  #obey(orders: FleetOrders): void {
    const now = Date.now()
    const [before, after] = [new Set(this.#orders?.drained), new Set(orders.drained)]
    const isFirst = this.#orders === undefined
    this.#orders = orders
    for (const { id, owned } of this.#members) {
      if (after.has(id) === before.has(id)) continue
      if (!isFirst) this.#marks.ordered(id, after.has(id), now)
      if (after.has(id)) this.#drains.set(id, { since: now, from: owned.length })
      else this.#drains.delete(id)
    }
  }

  #tick(now: number): void {
    for (const [worker, { rollup, at }] of this.#heard) if (rollup.ended || now - at > goneMs) this.#heard.delete(worker) // W3
    this.#series.tick(now, nowOf([...this.#heard.values()], now))
    if (now - this.#keptUntil < minuteMs + tickMs) return
    const before = this.#keptUntil
    this.#keptUntil = Math.floor(now / minuteMs) * minuteMs
    this.#keeping = this.#keep(before, now)
  }

  /** W2 */
  async #keep(since: number, now: number): Promise<void> {
    const { orm, namespace } = this.#parts
    const marks = this.#marks.marks
    const minutes = this.#series.minutesSince(since, now).map((step): FleetMinute => ({
      at: new Date(step.at),
      heardMs: step.heardMs,
      line: step,
      marks: marks.filter(({ at }) => at >= step.at && at < step.at + minuteMs),
    }))
    try {
      await keepMinutes(orm, namespace, { minutes, forgetBefore: new Date(now - dayMs) })
    } catch (error) {
      this.#keptUntil = Math.max(Math.min(this.#keptUntil, since), now - dayMs)
      this.#log.warn({ error }, "the fleet's last minutes could not be kept; they are written with the next ones")
    }
  }

  async #restore(): Promise<void> {
    const { orm, namespace } = this.#parts
    try {
      const kept = await readMinutes(orm, namespace, new Date(this.since - dayMs))
      this.#series.restore(kept.map(({ line }) => line as Step)) // written by `#keep`
      this.#marks.restore(kept.flatMap(({ marks }) => marks as readonly Mark[]))
    } catch (error) {
      this.#log.warn({ error }, "the fleet's day before this start could not be read; it begins now")
    }
  }
}

function nowOf(heard: readonly Heard[], now: number): Now {
  const pulses = heard.map(({ rollup }) => rollup.pulse)
  const fresh = heard.filter(({ at }) => now - at <= freshMs).map(({ rollup }) => rollup)
  return {
    workers: heard.length,
    rssBytes: pulses.reduce((sum, { rssBytes }) => sum + rssBytes, 0),
    processorShare: Math.round(pulses.reduce((sum, { processorShare }) => sum + processorShare, 0) * 100) / 100,
    loopLateMs: Math.max(0, ...pulses.map(({ loopLateMs }) => loopLateMs)),
    perSecond: lineOf(fresh).perSecond,
  }
}

const slotOf = (at: number): number => Math.floor(at / tickMs) % secondsKept

const turnsOf = ({ total, forMs }: Rollup): number => Math.round((total.turns * 10_000) / Math.max(1, forMs)) / 10

/** Seconds since its last word were without turns: it rests. */
function forgetSeconds({ turns, at }: Heard, now: number): void {
  const seconds = Math.floor(now / tickMs) - Math.floor(at / tickMs)
  for (let back = 0; back < Math.min(seconds, secondsKept); back++) turns[slotOf(now - back * tickMs)] = 0
}

function secondsOf(heard: Heard, now: number): readonly (number | null)[] {
  const age = Math.floor(now / tickMs) - Math.floor(heard.at / tickMs)
  return Array.from({ length: secondsKept }, (_, index) => {
    const back = secondsKept - 1 - index
    const at = now - back * tickMs
    if (at < heard.firstAt - tickMs) return null
    return back < age ? 0 : (heard.turns[slotOf(at)] ?? 0)
  })
}

/** What workers say is believed: nobody else may publish there. */
function rollupOf(bytes: Uint8Array): Rollup | undefined {
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) as Rollup
  } catch {
    return undefined
  }
}

const watches = new WeakMap<GatewayParts, Promise<FleetWatch>>()

/** Of these parts there is one: begun by main.ts, or by the first who asks; one that could not begin is tried again by the next. */
export function fleetWatchOf(parts: GatewayParts, log: Logger = quietLogger): Promise<FleetWatch> {
  const known = watches.get(parts)
  if (known) return known
  const watch = new FleetWatch(parts, log)
  const starting = watch.start().then(() => watch)
  watches.set(parts, starting)
  starting.catch(() => watches.delete(parts))
  return starting
}
