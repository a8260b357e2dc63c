// Past
// What an actor was after any of its turns, from the log: the history knows where each turn stands, the log what it changed.
// Not for the present: that is a question to the actor's owner.
//
// P1. A state is what was committed: it is folded from a whole state and every change after it, and none is guessed.
// P2. Folded states are kept every `foldTurns` turns, so a walk from one moment to the next reads what lies between.
// P3. Where the log no longer holds the beginning, what can be told begins with the next whole state, or with the one the owner stored last.
import { setTimeout as delay } from 'node:timers/promises'
import { parseActorId, partitionOf, type ActorId } from '../../../machines/address.ts'
import { replay, type StateImage } from '../../../runtime/activation.ts'
import { LogCorrupt, MomentMissing } from '../../../runtime/errors.ts'
import { momentOf, type Moment } from '../../../runtime/moment.ts'
import type { LogReader } from '../../../runtime/nats/read-log.ts'
import type { StateStore } from '../../../runtime/ports.ts'
import type { Entry } from '../../../runtime/record.ts'
import { readImage } from '../../../runtime/recovery.ts'
import type { Host } from '../../../runtime/statechart/index.ts'
import type { Stored, StoredParent } from '../../../runtime/statechart/stored.ts'
import type { Database } from '../../history/database.ts'
import { turnPlaces, turnSpan, type TurnPlace, type TurnSpan } from '../../history/read-turns.ts'
import { Entries } from './entries.ts'
import { MomentNotYet } from './errors.ts'
import { Kept } from './kept.ts'

export interface PastParts {
  readonly database: Database
  readonly log: LogReader
  readonly states: StateStore
  readonly partitions: number
  readonly hosts: ReadonlyMap<string, Host>
  /** The present turn of an actor as its owner knows it; undefined: it does not live, or nobody owns it. */
  turnNow(actor: ActorId): Promise<number | undefined>
}

export interface PastMoment {
  readonly moment: Moment
  /** After the turn before; undefined at the first. */
  readonly before: Stored | undefined
  /** Where it stands in the log. */
  readonly place: TurnPlace
  /** The turns that the history knows of. */
  readonly span: TurnSpan
}

const foldTurns = 100
const foldBytesMax = 64 * 1024 * 1024
/** A walk that would be longer is not begun. */
const walkTurnsMax = 100_000
/** How long a turn that was taken is waited for in the history, and how often it is looked for. */
const projectedMsMax = 2_000
const lookMs = 50

export class Past {
  readonly entries: Entries
  readonly #parts: PastParts
  readonly #folds = new Kept<StateImage>(foldBytesMax)

  constructor(parts: PastParts) {
    this.#parts = parts
    this.entries = new Entries(parts.log)
  }

  /** The moment after a turn. Throws `MomentMissing`, `MomentNotYet`, `ServerUnavailable`. */
  async at(actor: ActorId, turn: number): Promise<PastMoment> {
    const span = await this.#spanWith(actor, turn)
    const [place] = await turnPlaces(this.#parts.database, actor, turn, turn)
    if (!place) throw new MomentMissing(`${actor} turn ${turn}: the history has no such turn; it has ${span.first} to ${span.last}`)
    const [entry] = await this.entries.at([place])
    if (!entry) throw await this.#gone(actor, turn)
    const before = entry.snapshot ? await this.#orNothing(this.#after(actor, turn - 1)) : await this.#after(actor, turn - 1)
    const host = this.#parts.hosts.get(parseActorId(actor)?.type ?? '')
    const moment = momentOf(host, before ? [wholeEntry(actor, before), entry] : [entry])
    return { moment, before: before?.stored, place, span }
  }

  /** The entries of the turns after one, in order, at most so many; with the state they begin from. Throws like `at`. */
  async after(actor: ActorId, turn: number, turnsMax: number): Promise<readonly Entry[]> {
    const image = await this.#after(actor, turn)
    if (!image) throw new MomentMissing(`${actor} turn ${turn}: no state is known of it`)
    const life = [wholeEntry(actor, image)]
    const { last } = await this.#spanWith(actor, turn)
    for (let from = turn + 1; from <= Math.min(last, turn + turnsMax); from += foldTurns) {
      const chunk = await this.#chunk(actor, from, Math.min(last, turn + turnsMax, from + foldTurns - 1))
      for (const entry of chunk) {
        if (!entry) throw await this.#gone(actor, turn)
        life.push(entry)
      }
    }
    return life
  }

  /** Who started the actor, as its first turn says; where the log no longer holds that, what the owner stored last. */
  async parentOf(actor: ActorId): Promise<StoredParent | undefined> {
    const [place] = await turnPlaces(this.#parts.database, actor, 1, 1)
    const [entry] = place ? await this.entries.at([place]) : []
    return (entry?.snapshot ?? (await this.#lastStored(actor))?.stored)?.parent
  }

  /** Folds forward from the nearest state that is known below (P1, P2). Turn 0 has none. */
  async #after(actor: ActorId, turn: number): Promise<StateImage | undefined> {
    if (turn < 1) return undefined
    const nearest = await this.#nearest(actor, turn)
    const image = await this.#walk(actor, nearest, turn)
    if (image) return image
    const stored = await this.#stored(actor, turn, nearest?.turn ?? 0) // P3
    const later = stored && (await this.#walk(actor, stored, turn))
    if (!later) throw await this.#gone(actor, turn)
    return later
  }

  /** From a state to a later one; undefined where the log does not hold what lies between, and no whole state after it. */
  async #walk(actor: ActorId, start: StateImage | undefined, turn: number): Promise<StateImage | undefined> {
    let image = start
    if (turn - (image?.turn ?? 0) > walkTurnsMax)
      throw new MomentMissing(`${actor} turn ${turn}: the nearest state that is known is more than ${walkTurnsMax} turns before`)
    for (let from = (image?.turn ?? 0) + 1; from <= turn;) {
      const to = Math.min(turn, Math.ceil(from / foldTurns) * foldTurns)
      image = folded(image, await this.#chunk(actor, from, to))
      if (image?.turn === to && to % foldTurns === 0) this.#keep(actor, image)
      from = to + 1
    }
    return image?.turn === turn ? image : undefined
  }

  async #nearest(actor: ActorId, turn: number): Promise<StateImage | undefined> {
    const last = Math.floor(turn / foldTurns) * foldTurns
    for (let at = last; at > 0; at -= foldTurns) {
      const kept = this.#folds.get(foldKey(actor, at))
      if (kept && turn - kept.turn <= foldTurns) return kept
      if (kept) return (await this.#stored(actor, turn, kept.turn)) ?? kept
    }
    return turn <= foldTurns ? undefined : this.#stored(actor, turn, 0)
  }

  /** What the owner stored last, if that was after turn `above` and not after the wanted one. */
  async #stored(actor: ActorId, turn: number, above: number): Promise<StateImage | undefined> {
    const image = await this.#lastStored(actor)
    return image && image.turn <= turn && image.turn > above ? image : undefined
  }

  async #lastStored(actor: ActorId): Promise<StateImage | undefined> {
    const address = parseActorId(actor)
    const row = address && (await this.#parts.states.load(partitionOf(address, this.#parts.partitions), actor))
    return row && readImage(row.bytes, actor)
  }

  async #chunk(actor: ActorId, from: number, to: number): Promise<readonly (Entry | undefined)[]> {
    return this.entries.at(await turnPlaces(this.#parts.database, actor, from, to))
  }

  #keep(actor: ActorId, image: StateImage): void {
    this.#folds.put(foldKey(actor, image.turn), image, JSON.stringify(image.stored).length * 2)
  }

  async #orNothing(state: Promise<StateImage | undefined>): Promise<StateImage | undefined> {
    try {
      return await state
    } catch (error) {
      if (error instanceof MomentMissing) return undefined // a whole state stands for itself (P3)
      throw error
    }
  }

  /** P3: says from which turn on there is something. */
  async #gone(actor: ActorId, turn: number): Promise<MomentMissing> {
    const from = await this.#firstTold(actor, turn)
    const there = from === undefined ? 'nor can any of its later turns be told' : `it can be told from turn ${from} on`
    return new MomentMissing(`${actor} turn ${turn}: the log no longer holds what it was; ${there}`)
  }

  /** The first turn after this one from which on the actor's states are known: one that was written whole, or the one stored last. */
  async #firstTold(actor: ActorId, turn: number): Promise<number | undefined> {
    const stored = (await this.#lastStored(actor))?.turn
    const last = (await turnSpan(this.#parts.database, actor))?.last ?? 0
    for (let from = turn + 1; from <= Math.min(stored ?? last, turn + walkTurnsMax); from += foldTurns) {
      const whole = (await this.#chunk(actor, from, from + foldTurns - 1)).find((entry) => entry?.snapshot)
      if (whole) return whole.turn
    }
    return stored === undefined || stored < turn || stored >= last ? undefined : stored + 1
  }

  /** The turns of the actor that the history knows, once it knows this one. Throws `MomentNotYet`, `MomentMissing`. */
  async #spanWith(actor: ActorId, turn: number): Promise<TurnSpan> {
    const { database, turnNow } = this.#parts
    const known = await turnSpan(database, actor)
    if (known && turn <= known.last) return known
    const now = await turnNow(actor)
    if (now === undefined && !known) throw new MomentMissing(`${actor}: neither its owner nor the history knows it`)
    if ((now ?? known?.last ?? 0) < turn)
      throw new MomentMissing(`${actor} turn ${turn}: it has taken ${now ?? known?.last} turns; ask for one of those`)
    for (let waited = 0; waited < projectedMsMax; waited += lookMs) {
      await delay(lookMs)
      const span = await turnSpan(database, actor)
      if (span && turn <= span.last) return span
    }
    throw new MomentNotYet(
      `${actor} turn ${turn}: it was taken, and is not in the history after ${projectedMsMax} ms; see whether the projector runs, and ask again`,
    )
  }
}

const foldKey = (actor: ActorId, turn: number): string => `${turn}@${actor}`

/** A state as the entry that begins a life. */
const wholeEntry = (actor: ActorId, { turn, stored }: StateImage): Entry => ({
  actor,
  turn,
  at: 0,
  message: '',
  event: { type: '@state' },
  snapshot: stored,
})

/** Undefined until there is a whole state to begin with (P1). */
function folded(image: StateImage | undefined, entries: readonly (Entry | undefined)[]): StateImage | undefined {
  return entries.reduce<StateImage | undefined>((before, entry) => {
    if (!entry) return undefined
    if (!before && !entry.snapshot) return undefined
    try {
      return replay(before, entry, 0)
    } catch (cause) {
      if (cause instanceof LogCorrupt) throw new MomentMissing(cause.message, { cause })
      throw cause
    }
  }, image)
}
