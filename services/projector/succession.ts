// Succession
// Whether a record may follow what is projected of a partition. The log cannot be asked what it has lost, so every record is made to prove its place.
//
// O1. The last record projected is still in the log, with the time it was stored at: nothing behind it was cut off, and its sequence was not used again.
// O2. A record that names a checkpoint names one already seen.
// O3. Every epoch begins with its claim, and none begins twice.
import type { Stamped } from '../../runtime/ports.ts'
import type { LogRecord } from '../../runtime/record.ts'
import { EpochOutOfOrder, LogGap } from './errors.ts'

/** How far a partition is projected. */
export interface Place {
  readonly seq: number
  readonly epoch: number
  /** When the server stored that record, epoch ms. */
  readonly storedAt: number
}

export const beginning: Place = { seq: 0, epoch: 0, storedAt: 0 }

/** Throws `LogGap` unless the log still holds the record at `place` (O1); `found` is the first record from there on. */
export function assertHeld(partition: number, place: Place, found: Stamped | undefined): void {
  if (place.seq === 0 || (found?.seq === place.seq && found.at === place.storedAt)) return
  throw new LogGap(`${projectedTo(partition, place)}, and ${whatIs(place, found)}; ${remedy(partition)}`)
}

/** The place after a record, once it has proved that it follows (O2, O3). Throws `LogGap` and `EpochOutOfOrder`. */
export function follow(partition: number, place: Place, stamped: Stamped, record: LogRecord): Place {
  const { seq, at } = stamped
  const { epoch, kind, checkpointAt } = record
  const here = `${projectedTo(partition, place)}, then record ${seq}`
  if (checkpointAt > place.seq)
    throw new LogGap(`${here} names a checkpoint at ${checkpointAt} that is not in the log before it; ${remedy(partition)}`)
  if (epoch < place.epoch || (kind === 'claim' && epoch === place.epoch))
    throw new EpochOutOfOrder(`${here} is a ${kind} of epoch ${epoch}; an owner that lost the partition wrote it, ${remedy(partition)}`)
  if (epoch > place.epoch && kind !== 'claim')
    throw new EpochOutOfOrder(`${here} is of epoch ${epoch}, whose claim is not in the log before it; ${remedy(partition)}`)
  return { seq, epoch, storedAt: at }
}

const projectedTo = (partition: number, { seq, epoch }: Place): string =>
  `partition ${partition} is projected to record ${seq} of epoch ${epoch}`

function whatIs(place: Place, found: Stamped | undefined): string {
  if (found === undefined) return 'the log has none'
  if (found.seq < place.seq) return `the log ends at ${found.seq}`
  if (found.seq > place.seq) return `the log begins at ${found.seq}`
  return `that record was stored at ${new Date(found.at).toISOString()}, not at ${new Date(place.storedAt).toISOString()}: it is another one`
}

const remedy = (partition: number): string =>
  `restore the log or the history from a backup, or set the row of partition ${partition} in projection_offsets to go on without what is missing`
