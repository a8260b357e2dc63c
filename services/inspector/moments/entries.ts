// Entries
// Entries of the log by their places, for whoever looks at the past. What was read is kept for a while: moments that are looked at lie close together.
//
// E1. At most `readsMax` records are read at once, whoever asks; who asks for one that is being read gets the same answer.
// E2. A record is never changed, so what is kept is as good as what is read; what was missing is asked for again.
import type { LogReader } from '../../../runtime/nats/read-log.ts'
import type { Entry, LogRecord } from '../../../runtime/record.ts'
import { readRecord } from '../../../runtime/recovery.ts'
import type { TurnPlace } from '../../history/read-turns.ts'
import { Kept } from './kept.ts'

const readsMax = 16
const keptBytesMax = 64 * 1024 * 1024
/** A decoded record takes about so much more than its bytes in the log. */
const decodedFactor = 3

export type TurnsRecord = Extract<LogRecord, { readonly kind: 'turns' }>

export class Entries {
  readonly #log: LogReader
  readonly #kept = new Kept<TurnsRecord>(keptBytesMax)
  readonly #reading = new Map<string, Promise<TurnsRecord | undefined>>()
  readonly #waiting: (() => void)[] = []
  #free = readsMax

  constructor(log: LogReader) {
    this.#log = log
  }

  /** The entry at each place, in the same order; undefined where the log holds it no longer. Throws `ServerUnavailable`, `LogCorrupt`. */
  async at(places: readonly TurnPlace[]): Promise<readonly (Entry | undefined)[]> {
    const records = await Promise.all(places.map((place) => this.record(place)))
    return places.map(({ index }, n) => records[n]?.entries[index])
  }

  async record({ partition, seq }: Pick<TurnPlace, 'partition' | 'seq'>): Promise<TurnsRecord | undefined> {
    const key = `${partition}.${seq}`
    const kept = this.#kept.get(key)
    if (kept) return kept
    const reading = this.#reading.get(key) ?? this.#read(partition, seq).finally(() => this.#reading.delete(key))
    this.#reading.set(key, reading)
    return reading
  }

  async #read(partition: number, seq: number): Promise<TurnsRecord | undefined> {
    await this.#turn() // E1
    try {
      const stamped = await this.#log.at(partition, seq)
      if (!stamped) return undefined
      const record = readRecord(stamped, partition)
      if (record.kind !== 'turns') return undefined
      this.#kept.put(`${partition}.${seq}`, record, stamped.bytes.length * decodedFactor)
      return record
    } finally {
      this.#free++
      this.#waiting.shift()?.()
    }
  }

  async #turn(): Promise<void> {
    while (this.#free === 0) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    this.#free--
  }
}
