// Sightings
// What was heard of actors since the list was opened: the newest state of each, and how often each took a turn. Pure.
//
// S1. It has an end: `seenMax` actors, those heard of last.
// S2. Newest wins: what is older than what is known changes nothing.
import type { ActorRow } from '../wire.ts'

const seenMax = 500
export const bucketMs = 5_000
export const bucketsMax = 24

export interface Sighted {
  readonly row: ActorRow
  /** Turns by bucket of time; `at` is the bucket of the last. */
  readonly turns: readonly number[]
  readonly bucket: number
  /** When it was first heard of, and its turn then. */
  readonly since: number
  readonly sinceTurn: number
}

export type Sightings = ReadonlyMap<string, Sighted>

export function withRows(sightings: Sightings, rows: readonly ActorRow[], now: number): Sightings {
  const next = new Map(sightings)
  const bucket = Math.floor(now / bucketMs)
  for (const row of rows) {
    const known = next.get(row.actor)
    if (known && known.row.turn >= row.turn && known.row.held === row.held) continue // S2
    const turns = shifted(known, bucket)
    const taken = known ? Math.max(1, row.turn - known.row.turn) : 1
    next.delete(row.actor)
    const { since, sinceTurn } = known ?? { since: now, sinceTurn: row.turn }
    next.set(row.actor, { row, turns: [...turns.slice(0, -1), (turns.at(-1) ?? 0) + taken], bucket, since, sinceTurn })
  }
  for (const actor of next.keys()) {
    if (next.size <= seenMax) break
    next.delete(actor) // S1
  }
  return next
}

const none: readonly number[] = Array.from({ length: bucketsMax }, () => 0)

/** As it stands in this bucket: time without a turn is nothing, not a hole. */
export function shifted(known: Pick<Sighted, 'turns' | 'bucket'> | undefined, bucket: number): readonly number[] {
  if (!known) return none
  const by = Math.min(bucketsMax, Math.max(0, bucket - known.bucket))
  return [...known.turns.slice(by), ...none.slice(0, by)]
}

export interface Listed {
  readonly rows: readonly ActorRow[]
  /** There are no pages behind it: who is not in it is new. */
  readonly isWhole: boolean
}

const bornMax = 50
/** Of an actor that was first heard of at a later turn nobody knows that it is new: it may stand on a page behind. */
const bornTurnMax = 12

/** Those listed as they are now; before them those that fit and were born since, the newest first. A row is the same object until it changes. */
export function merged({ rows, isWhole }: Listed, sightings: Sightings, fits: (row: ActorRow) => boolean): readonly ActorRow[] {
  const here = new Set(rows.map(({ actor }) => actor))
  const born = [...sightings.values()]
    .filter(({ row, sinceTurn }) => !here.has(row.actor) && (isWhole || sinceTurn <= bornTurnMax) && fits(row))
    .toSorted((one, other) => other.since - one.since)
    .slice(0, bornMax)
  return [...born.map(({ row }) => row), ...rows.map((row) => newest(row, sightings.get(row.actor)?.row))]
}

const joined = new WeakMap<ActorRow, { readonly listed: ActorRow; readonly row: ActorRow }>()

/** What is told live has fewer fields than what is listed. */
function newest(listed: ActorRow, seen: ActorRow | undefined): ActorRow {
  if (!seen || seen.turn < listed.turn) return listed
  const known = joined.get(seen)
  if (known?.listed === listed) return known.row
  const row = { ...listed, ...seen, held: seen.held ?? false }
  joined.set(seen, { listed, row })
  return row
}
