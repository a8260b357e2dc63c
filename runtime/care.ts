// Care
// Finds the message, timer or result that takes its process down, and sees to it that it is not taken again.
// When owners of a partition die one soon after the other, the next one goes carefully for a while: one item at a time in the whole process,
// each named in the log before it is taken. If the process dies, the next owner reads there what it died of.
//
// Q1. An item is quarantined only after `killsMax` processes died while it alone was taken.
// Q2. The names and counts stand in the log: they outlive every worker.
import type { Claim } from './claim.ts'
import { Quarantined } from './errors.ts'
import type { Item } from './items.ts'
import type { WorkerOptions } from './options.ts'
import type { Clock } from './ports.ts'

/** What a log tells of the deaths of its owners; the fields of a record's head. */
export interface Deaths {
  /** Owners that died one soon after the other, up to the present one. */
  readonly deaths?: number
  /** Processes that died while they took an item, by the item's name. */
  readonly suspects?: Readonly<Record<string, number>>
}

export class Care {
  readonly #killsMax: number
  readonly #claimedAt: number
  readonly #deaths: number
  readonly #suspects: Map<string, number>

  constructor({ deaths = 0, suspects = {} }: Claim, { killsMax }: WorkerOptions, now: number) {
    this.#killsMax = killsMax
    this.#claimedAt = now
    this.#deaths = deaths
    this.#suspects = new Map(Object.entries(suspects))
  }

  /** Whether items are to be taken one at a time. */
  isDue(now: number): boolean {
    return this.#deaths >= deathsMax && now - this.#claimedAt < Math.min(calmAfterMs, careMs * 2 ** (this.#deaths - deathsMax))
  }

  /** For the head of the next record (Q2). */
  head(now: number): Deaths {
    if (this.#deaths === 0 || now - this.#claimedAt >= calmAfterMs) return {}
    return { deaths: this.#deaths, ...(this.#suspects.size > 0 && { suspects: Object.fromEntries(this.#suspects) }) }
  }

  /** An item is about to be taken alone. Returns the item to take: in its place what says that it is quarantined (Q1). */
  suspect(item: Item): Item {
    const name = nameOf(item)
    const kills = this.#suspects.get(name) ?? 0
    if (kills < this.#killsMax) {
      this.#suspects.set(name, kills + 1)
      const [oldest] = this.#suspects.keys()
      if (this.#suspects.size > suspectsMax && oldest !== undefined) this.#suspects.delete(oldest)
      return item
    }
    const { actor, mail, channel } = item
    const error = new Quarantined(
      `${actor}: ${kills} workers died while they took ${name}; it is not taken again. Try it dry, mend the actor, then redrive it`,
    )
    return { kind: 'quarantined', actor, item, error, ...(mail && { mail }), ...(channel && { channel }) }
  }

  /** The item was taken and its turn is in the log: it kills nobody. */
  cleared(item: Item): void {
    this.#suspects.delete(nameOf(item.kind === 'quarantined' ? item.item : item))
  }
}

/** What the claimer of a partition makes of its last record: an owner that did not release it may have died. */
export function deathsAfter(last: (Deaths & { readonly kind: string }) | undefined): Deaths {
  if (!last || last.kind === 'release') return {}
  return { deaths: (last.deaths ?? 0) + 1, ...(last.suspects && { suspects: last.suspects }) }
}

/** The same on every worker that sees the item. */
function nameOf(item: Item): string {
  switch (item.kind) {
    case 'message':
    case 'shed':
      return `message ${item.message.id}`
    case 'timer':
      return `timer ${item.actor} ${item.id}.${item.n}`
    case 'result':
      return `result ${item.key}`
    case 'start':
      return `effect ${item.order.key}`
    case 'refused':
    case 'expired':
      return `message ${item.id}`
    case 'restart':
    case 'wake':
      return `${item.kind} ${item.actor}`
    case 'quarantined':
      return nameOf(item.item)
  }
}

/** Runs one thing after another: what is taken carefully is alone in its process, unless the one before it takes too long. */
export class OneAtATime {
  readonly #clock: Clock
  #last: Promise<unknown> = Promise.resolve()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  run(work: () => Promise<void>): Promise<void> {
    const next = this.#soon(this.#last).then(work)
    this.#last = next.catch(() => {}) // who asked for it hears of it
    return next
  }

  #soon(last: Promise<unknown>): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#clock.after(aloneMsMax, resolve)
      void last.then(() => (cancel(), resolve()))
    })
  }
}

/** Owners in a row that died soon: with this many the next one goes carefully. */
const deathsMax = 2
/** An owner that lives this long ends the row. */
const calmAfterMs = 60_000
/** How long the first careful owner is careful; each further death doubles it. */
const careMs = 2_000
const suspectsMax = 16
/** Nobody waits longer for another's careful round: its server may be slow. */
const aloneMsMax = 1_000
/** An effect that is started carefully is alone for this long. */
export const effectAloneMs = 500
