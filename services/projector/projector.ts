// Projector
// Keeps the tables of the history behind the log, partition by partition. It may be stopped, killed, or run twice at any moment: only the delay is felt.
//
// P1. A partition is projected by one lane at a time.
// P2. A failure that may pass (no database, no NATS) is waited out for as long as it takes; nothing is skipped.
// P3. A failure that will not pass ends its partition only, and is told once.
import { setTimeout as wait } from 'node:timers/promises'
import type { MikroORM } from '@mikro-orm/postgresql'
import { TroupeError } from '../../runtime/errors.ts'
import type { Log, Reader } from '../../runtime/ports.ts'
import type { Follow } from './follow-log.ts'
import { projectorDefaults, type ProjectorOptions } from './options.ts'
import { openDesk, PartitionProjection, type Advance, type Desk } from './partition-projection.ts'
import { refuseOtherNamespaces } from './places.ts'

export interface ProjectorParts {
  readonly namespace: string
  readonly partitions: number
  readonly log: Log
  readonly follow: Follow
  readonly orm: MikroORM
  readonly report: ProjectorReport
}

/** What a projector tells about itself, as it happens. */
export interface ProjectorReport {
  advanced(partition: number, advance: Advance): void
  /** A failure that may pass: the next attempt is in `waitMs`. */
  retrying(partition: number, error: unknown, waitMs: number): void
  /** A failure that will not pass: the partition stays where it is. */
  stopped(partition: number, error: TroupeError): void
}

export interface PartitionStatus {
  readonly partition: number
  /** The last record projected; undefined before the database was asked. */
  readonly seq: number | undefined
  readonly stoppedBy: TroupeError | undefined
}

/** Starts projecting. Throws `NamespaceMixed` when the database holds the history of another namespace. */
export async function startProjector(parts: ProjectorParts, given: Partial<ProjectorOptions> = {}): Promise<Projector> {
  const options = { ...projectorDefaults, ...given }
  await refuseOtherNamespaces(parts.orm, parts.namespace)
  const desk = await openDesk({ ...parts, ...options })
  return new Projector(desk, parts, options)
}

export class Projector {
  readonly #report: ProjectorReport
  readonly #options: ProjectorOptions
  readonly #projections: readonly PartitionProjection[]
  readonly #stopped = new Map<number, TroupeError>()
  /** Partitions to look at, the longest waiting first. */
  readonly #due = new Set<number>()
  readonly #busy = new Set<number>()
  /** Lanes with nothing to do. */
  readonly #resting: (() => void)[] = []
  readonly #draining = new AbortController()
  readonly #lanes: Promise<unknown>
  readonly #following: Reader

  constructor(desk: Desk, parts: ProjectorParts, options: ProjectorOptions) {
    this.#report = parts.report
    this.#options = options
    this.#projections = Array.from({ length: parts.partitions }, (_, partition) => new PartitionProjection(desk, partition))
    this.#lanes = Promise.all(Array.from({ length: options.lanes }, () => this.#lane()))
    this.#following = parts.follow((partition) => this.#look(partition))
  }

  get status(): readonly PartitionStatus[] {
    return this.#projections.map(({ place }, partition) => ({ partition, seq: place?.seq, stoppedBy: this.#stopped.get(partition) }))
  }

  /** Ends the batches in progress and starts no other. */
  async drain(): Promise<void> {
    this.#draining.abort()
    await this.#following.stop()
    for (const wake of this.#resting.splice(0)) wake()
    await this.#lanes
  }

  #look(partition: number): void {
    if (this.#projections[partition] === undefined || this.#stopped.has(partition)) return
    this.#due.add(partition)
    this.#resting.shift()?.()
  }

  async #lane(): Promise<void> {
    while (!this.#draining.signal.aborted) {
      const partition = this.#due.values().find((due) => !this.#busy.has(due)) // P1
      const projection = partition === undefined ? undefined : this.#projections[partition]
      if (partition === undefined || projection === undefined) {
        await new Promise<void>((resolve) => this.#resting.push(resolve))
        continue
      }
      this.#due.delete(partition)
      this.#busy.add(partition)
      const more = await this.#advance(partition, projection)
      this.#busy.delete(partition)
      if (more || this.#due.has(partition)) this.#look(partition)
    }
  }

  /** One batch, however often it must be tried (P2). Whether there is more. */
  async #advance(partition: number, projection: PartitionProjection): Promise<boolean> {
    const { retryMs, retryMsMax } = this.#options
    for (let waitMs = retryMs; !this.#draining.signal.aborted; waitMs = Math.min(retryMsMax, waitMs * 2)) {
      try {
        const advance = await projection.advance()
        if (advance.records > 0) this.#report.advanced(partition, advance)
        return advance.more
      } catch (error) {
        if (error instanceof TroupeError && !error.retryable) {
          this.#stopped.set(partition, error)
          this.#report.stopped(partition, error) // P3
          return false
        }
        this.#report.retrying(partition, error, waitMs)
        await wait(waitMs, undefined, { signal: this.#draining.signal }).catch(() => {}) // the loop sees that it drains
      }
    }
    return false
  }
}
