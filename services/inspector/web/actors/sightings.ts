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
    next.set(row.actor, { row, turns: [...turns.slice(0, -1), (turns.at(-1) ?? 0) + taken], bucket })
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

/** Those listed as they are now; before them those that fit and were born since. */
export function merged(listed: readonly ActorRow[], sightings: Sightings, fits: (row: ActorRow) => boolean): readonly ActorRow[] {
  const here = new Set(listed.map(({ actor }) => actor))
  const born = [...sightings.values()].flatMap(({ row }) => (!here.has(row.actor) && fits(row) ? [row] : [])).toReversed()
  const newest = listed.map((row): ActorRow => {
    const seen = sightings.get(row.actor)?.row
    return seen && seen.turn >= row.turn ? seen : row
  })
  return [...born, ...newest]
}
