// Log end
// The end of a partition's log as its owner knows it: where the next record goes, and how much has come since the last checkpoint.
//
// L1. Only the owner moves it: a record found there that is not its own ends the ownership (append.ts).
import { appendSurely } from './append.ts'
import type { Claim, Claimant } from './claim.ts'
import { StaleOwner } from './errors.ts'
import type { Checkpoint, LogRecord } from './record.ts'
import type { Recovered } from './recovery.ts'

export class LogEnd {
  /** Sequence of the last record. */
  seq: number
  /** Sequence of the last record that holds work. */
  workedAt: number
  /** Since the last checkpoint, also those of former owners. */
  #records: number
  #bytes: number
  readonly #claim: Claim
  readonly #spec: Claimant
  #checkpointAt: number
  /** Of the last record when the log was last asked about it. */
  #confirmedSeq = 0
  #confirming = false
  #appending = false

  constructor(spec: Claimant, claim: Claim, { seq, records, bytes }: Recovered) {
    this.#spec = spec
    this.#claim = claim
    this.seq = seq
    this.#records = records
    this.#bytes = bytes
    this.workedAt = records > 1 ? seq : 0
    this.#checkpointAt = claim.checkpointAt
  }

  /** More than the next owner should have to read: time for a checkpoint. */
  get isLong(): boolean {
    const { recordsMax, uncheckedBytesMax } = this.#spec.options
    return this.#records > recordsMax || this.#bytes > uncheckedBytesMax
  }

  /** What every record of this owner begins with. */
  get head(): Pick<LogRecord, 'epoch' | 'worker' | 'checkpointAt'> {
    return { epoch: this.#claim.epoch, worker: this.#spec.worker, checkpointAt: this.#checkpointAt }
  }

  /** A record that stands alone: it counts as work, so that a checkpoint may follow it. */
  async write(record: LogRecord): Promise<void> {
    this.workedAt = await this.append(Buffer.from(JSON.stringify(record)))
  }

  async append(bytes: Uint8Array): Promise<number> {
    const { ports, options } = this.#spec
    const append = { partition: this.#claim.partition, expected: this.seq, bytes, attemptsMax: options.appendAttemptsMax }
    this.#appending = true
    try {
      this.seq = await appendSurely(ports, append)
      this.#spec.appended(this.seq)
      this.#records++
      this.#bytes += bytes.length
      return this.seq
    } finally {
      this.#appending = false
    }
  }

  /** A group is in the log, as the records `seqs`. */
  committed(seqs: readonly number[], { works, checkpoint }: { works: boolean; checkpoint: Checkpoint | undefined }): void {
    if (works) this.workedAt = this.seq
    if (!checkpoint) return
    this.#checkpointAt = seqs[0] ?? this.seq
    this.#records = 0
    this.#bytes = 0
  }

  /**
   * Throws StaleOwner if the log has gone on without this owner. To be called now and then: one that appends nothing is told by nobody that it was replaced.
   * An append that is under way finds out by itself.
   */
  async confirm(): Promise<void> {
    const { seq } = this
    const rests = (): boolean => !this.#appending && this.seq === seq
    const hasAppended = this.#confirmedSeq !== seq
    this.#confirmedSeq = seq
    if (hasAppended || this.#confirming || !rests()) return
    this.#confirming = true
    const { partition } = this.#claim
    const isOwner = await this.#spec.ports.log.isLast(partition, seq).catch(() => true) // not reached: asked again with the next heartbeat
    this.#confirming = false
    if (!isOwner && rests()) throw new StaleOwner(`partition ${partition}: the log has gone on after record ${seq}, the last of this owner`)
  }
}
