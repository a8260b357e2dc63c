// Partition projection
// The log of one partition, batch by batch, into rows. Each batch is one transaction: its rows, and how far the log now is in the tables.
//
// Y1. Rows and place are committed together, so a projector that dies goes on exactly where its rows end.
// Y2. Records are projected in order and none is left out: what cannot be projected ends the partition here, and is said.
// Y3. What came before a bad record is committed before the bad one is looked at.
import type { MikroORM } from '@mikro-orm/postgresql'
import type { Log } from '../../runtime/ports.ts'
import { sumActors } from './actor-sums.ts'
import { decodeRecord } from './decode-record.ts'
import { RecordMalformed, RowsRefused } from './errors.ts'
import { movePlace, readPlace } from './places.ts'
import { rowsOf, type RecordSource } from './projections/index.ts'
import { StateValues } from './state-values.ts'
import { assertHeld, follow, type Place } from './succession.ts'
import { inTransaction, type Pool } from './transaction.ts'
import { tableWriters, writeRows, type TableWriter } from './write-rows.ts'

/** Where projections read and write. */
export interface Desk {
  readonly namespace: string
  readonly log: Log
  readonly orm: MikroORM
  readonly pool: Pool
  readonly writers: readonly TableWriter[]
  /** Records in one transaction at most. */
  readonly batchRecordsMax: number
  /** A batch takes no further record once its records are this large. */
  readonly batchBytesMax: number
}

export async function openDesk(given: Omit<Desk, 'pool' | 'writers'>): Promise<Desk> {
  const pool = await given.orm.em.getConnection().getNativeClient()
  return { ...given, pool, writers: tableWriters(given.orm) }
}

export interface Advance {
  readonly records: number
  readonly rows: number
  readonly place: Place
  /** Whether the log holds more than was projected. */
  readonly more: boolean
}

interface Batch {
  readonly records: RecordSource[]
  bytes: number
  place: Place
}

export class PartitionProjection {
  readonly #desk: Desk
  readonly #partition: number
  readonly #states = new StateValues()
  /** Undefined until it is read, and again when another projector has moved it. */
  #place: Place | undefined
  /** Records to be written one by one, to find the one that Postgres refuses. */
  #suspects = 0

  constructor(desk: Desk, partition: number) {
    this.#desk = desk
    this.#partition = partition
  }

  get place(): Place | undefined {
    return this.#place
  }

  /** Projects one batch, if there is one. Throws when the log or the database cannot be used, now (retryable) or ever. */
  async advance(): Promise<Advance> {
    const place = (this.#place ??= await readPlace(this.#desk.orm, this.#desk.namespace, this.#partition))
    const last = await this.#desk.log.last(this.#partition)
    if (last === undefined || last.seq <= place.seq) {
      assertHeld(this.#partition, place, last)
      return { records: 0, rows: 0, place, more: false }
    }
    const batch = await this.#read(place, last.seq)
    const records = batch.records.length
    if (records === 0) return { records, rows: 0, place, more: false }
    const rows = await this.#write(place, batch)
    if (typeof rows === 'string') {
      if (rows === 'moved') this.#place = undefined
      else this.#suspects = records
      return { records: 0, rows: 0, place, more: true }
    }
    this.#place = batch.place
    this.#suspects = Math.max(0, this.#suspects - records)
    return { records, rows, place: batch.place, more: batch.place.seq < last.seq }
  }

  /** The records after `place`. The one at `place` is read again: it proves that nothing is missing in between. */
  async #read(place: Place, to: number): Promise<Batch> {
    const { log, batchRecordsMax, batchBytesMax } = this.#desk
    const recordsMax = this.#suspects > 0 ? 1 : batchRecordsMax
    const batch: Batch = { records: [], bytes: 0, place }
    let held = place.seq === 0
    for await (const stamped of log.read(this.#partition, Math.max(1, place.seq), to)) {
      if (!held) {
        assertHeld(this.#partition, place, stamped)
        held = true
        continue
      }
      try {
        const record = decodeRecord(this.#partition, stamped)
        batch.place = follow(this.#partition, batch.place, stamped, record)
        batch.records.push({ partition: this.#partition, seq: stamped.seq, storedAt: new Date(stamped.at), record })
      } catch (error) {
        if (batch.records.length === 0) throw error // Y2
        break // Y3: it is the first of the next batch
      }
      batch.bytes += stamped.bytes.length
      if (batch.records.length >= recordsMax || batch.bytes >= batchBytesMax) break
    }
    return batch
  }

  /** How many rows it wrote. `moved`: another projector was first. `refused`: one of the records is at fault, not yet known which. */
  async #write(from: Place, { records, place }: Batch): Promise<number | 'moved' | 'refused'> {
    const { pool, namespace, writers } = this.#desk
    const partition = this.#partition
    try {
      const states = await this.#states.before(pool, records)
      const changes = records.flatMap((record) => rowsOf(record, (entry) => states.after(entry)))
      const committed = await inTransaction(pool, async (client) => {
        if (!(await movePlace(client, { namespace, partition }, from, place))) return false
        await writeRows(client, writers, changes)
        await sumActors(client, changes)
        return true
      })
      if (!committed) return 'moved'
      this.#states.keep(states)
      return changes.length
    } catch (cause) {
      if (!isFault(cause)) throw cause
      if (records.length > 1) return 'refused'
      throw faultOf(`partition ${partition}, record ${place.seq}`, cause)
    }
  }
}

/** SQLSTATE classes that say the statement is at fault, not the moment: feature, cardinality, data, integrity, syntax or access, limit. */
const refusalClasses = /^(?:0A|21|22|23|42|54)[0-9A-Z]{3}$/

/** Whether a record is to blame: the same would happen again. A RangeError says that an event is nested deeper than can be written. */
const isFault = (error: unknown): error is Error =>
  error instanceof RecordMalformed || error instanceof RangeError || (error instanceof Error && refusalClasses.test(codeOf(error)))

const faultOf = (record: string, cause: Error): RecordMalformed | RowsRefused =>
  cause instanceof RecordMalformed
    ? new RecordMalformed(`${record}: ${cause.message}`, { cause })
    : new RowsRefused(
        `${record}: its rows cannot be written (${codeOf(cause)}: ${cause.message}); correct the database or the projection and start the projector again`,
        { cause },
      )

const codeOf = (error: Error): string => ('code' in error ? String(error.code) : error.name)
