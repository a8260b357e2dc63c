// Claim
// How a partition changes hands: one record with the next epoch, appended only if nothing was appended since the log was read.
import { appendSurely } from './append.ts'
import type { WorkerOptions } from './options.ts'
import type { Ports } from './ports.ts'
import { readRecord } from './recovery.ts'
import type { LogRecord } from './record.ts'

export interface Claim {
  readonly partition: number
  readonly epoch: number
  readonly seq: number
  readonly checkpointAt: number
}

/** After it every append of the owner before fails. Throws StaleOwner when another worker was faster. */
export async function claimPartition({ ports, worker, options }: Claimant, partition: number): Promise<Claim> {
  const last = await ports.log.last(partition)
  const before = last && readRecord(last, partition)
  const epoch = (before?.epoch ?? 0) + 1
  const checkpointAt = before?.checkpoint && last ? last.seq : (before?.checkpointAt ?? 0)
  const record: LogRecord = { kind: 'claim', epoch, worker, checkpointAt }
  const seq = await appendSurely(ports, {
    partition,
    expected: last?.seq ?? 0,
    bytes: Buffer.from(JSON.stringify(record)),
    attemptsMax: options.appendAttemptsMax,
  })
  return { partition, epoch, seq, checkpointAt }
}

export interface Claimant {
  readonly ports: Ports
  readonly worker: string
  readonly options: WorkerOptions
}
