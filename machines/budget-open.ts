// Budget open
// Reservations by id, in buckets: a turn copies one bucket, so that what it costs does not grow with how many are open. Pure.

export interface Reservation {
  /** In billionths of a dollar. */
  readonly amount: number
  readonly until: number
  /** The periods it counts in, by their numbers. */
  readonly periods: readonly number[]
  /** It counts as spent already, and may be corrected. */
  readonly expired?: true
}

export interface OpenReservations {
  readonly count: number
  readonly buckets: readonly Readonly<Record<string, Reservation>>[]
}

const bucketCount = 64

export const noneOpen: OpenReservations = { count: 0, buckets: Array.from({ length: bucketCount }, () => ({})) }

export function openOf({ buckets }: OpenReservations, id: string): Reservation | undefined {
  const bucket = buckets[bucketOf(id)]
  return bucket && Object.hasOwn(bucket, id) ? bucket[id] : undefined
}

/** With this one, in the place of one of its id. */
export function withOpen(open: OpenReservations, id: string, reservation: Reservation): OpenReservations {
  const at = bucketOf(id)
  const isNew = openOf(open, id) === undefined
  return { count: open.count + (isNew ? 1 : 0), buckets: open.buckets.with(at, { ...open.buckets[at], [id]: reservation }) }
}

export function withoutOpen(open: OpenReservations, id: string): OpenReservations {
  if (openOf(open, id) === undefined) return open
  const at = bucketOf(id)
  const { [id]: _, ...rest } = open.buckets[at] ?? {}
  return { count: open.count - 1, buckets: open.buckets.with(at, rest) }
}

export const entriesOf = ({ buckets }: OpenReservations): readonly [string, Reservation][] =>
  buckets.flatMap((bucket) => Object.entries(bucket))

/** As Java hashes a text. */
function bucketOf(id: string): number {
  let hash = 0
  for (let at = 0; at < id.length; at++) hash = Math.imul(hash, 31) + id.charCodeAt(at)
  return (hash >>> 0) % bucketCount
}
