// Claim
// How a partition changes hands: one record with the next epoch, appended only if nothing was appended since the log was read.
//
// C1. What a living worker wrote last is its own until it is known to have given it up: by a release, or because it has said since that it owns
//     something else. News of who owns what may be late; the log is not.
import { appendSurely } from './append.ts'
import { deathsAfter, type Deaths } from './care.ts'
import { StaleOwner } from './errors.ts'
import type { WorkerOptions } from './options.ts'
import type { Member, Ports, Stamped } from './ports.ts'
import { readRecord } from './recovery.ts'
import type { LogRecord } from './record.ts'

export interface Claim extends Deaths {
  readonly partition: number
  readonly epoch: number
  readonly seq: number
  readonly checkpointAt: number
}

/** After it every append of the owner before fails. Throws StaleOwner when another worker was faster, or may be the owner (C1). */
export async function claimPartition(claimant: Claimant, partition: number): Promise<Claim> {
  const { ports, worker, options } = claimant
  const last = await ports.log.last(partition)
  const before = last && readRecord(last, partition)
  if (last && before && isHeld(last, before, claimant))
    throw new StaleOwner(`claiming partition ${partition}: its last record ${last.seq} is of ${before.worker}, which lives and may own it`)
  const epoch = (before?.epoch ?? 0) + 1
  const checkpointAt = before?.checkpoint && last ? last.seq : (before?.checkpointAt ?? 0)
  const deaths = deathsAfter(before)
  const record: LogRecord = { kind: 'claim', epoch, worker, checkpointAt, ...deaths }
  const seq = await appendSurely(ports, {
    partition,
    expected: last?.seq ?? 0,
    bytes: Buffer.from(JSON.stringify(record)),
    attemptsMax: options.appendAttemptsMax,
  })
  claimant.appended(seq)
  return { partition, epoch, seq, checkpointAt, ...deaths }
}

/** C1. Any later announcement of the record's worker would name the partition or say that it knew of the record. */
function isHeld(last: Stamped, { kind, worker }: LogRecord, { others, ports, options }: Claimant): boolean {
  const owner = others().find(({ id }) => id === worker)
  if (kind === 'release' || owner === undefined || (owner.appendedSeq ?? 0) >= last.seq) return false
  return ports.clock.now() - last.at < options.heartbeatMs * heartbeatsMax
}

/** News that is later than this many heartbeats will not come: its sender does not know what became of its append. */
const heartbeatsMax = 4

export interface Claimant {
  readonly ports: Ports
  readonly worker: string
  readonly options: WorkerOptions
  /** The workers that live, but for this one, as they were last heard. */
  others(): readonly Member[]
  /** A record of this worker is in the log. */
  appended(seq: number): void
}
