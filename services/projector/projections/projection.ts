// Projection
// What a projection is: a pure function from one entry, or one record, of the log to the rows it writes.
//
// J1. A row is made of the log alone, of its own entry and, for a turn, of the state the turn before left. The same log gives the same rows.
// J2. A row is written by the entries of one actor only (its key holds the actor, or the place in the log), so the order between partitions does not matter.
import type { InferEntity } from '@mikro-orm/core'
import type { Address } from '../../../machines/address.ts'
import type { Entry, LogRecord } from '../../../runtime/record.ts'
import type { Json } from '../../../runtime/statechart/stored.ts'
import type { TableName, Tables } from '../../history/entities/index.ts'
import type { PlacedFact } from '../facts.ts'

/** One record of the log and its place. */
export interface RecordSource {
  readonly partition: number
  readonly seq: number
  /** When the server stored it. */
  readonly storedAt: Date
  readonly record: LogRecord
}

/** One entry of a record, with what several projections need to know about it. */
export interface EntrySource {
  readonly partition: number
  readonly seq: number
  readonly index: number
  readonly worker: string
  readonly entry: Entry
  readonly address: Address
  readonly at: Date
  readonly facts: readonly PlacedFact[]
  /** The actor's state value after the entry, if it is known. */
  readonly state: Json | undefined
}

export type EntryProjection = (source: EntrySource) => readonly RowChange[]
export type RecordProjection = (source: RecordSource) => readonly RowChange[]

/** A row to write. A column left out, or undefined, keeps what it holds. */
export type RowChange = { readonly [T in TableName]: { readonly table: T; readonly row: Row<T> } }[TableName]

type Columns<T extends TableName> = Omit<InferEntity<Tables[T]>, symbol>
export type Row<T extends TableName> = {
  readonly [K in keyof Columns<T> as null extends Columns<T>[K] ? never : K]: Columns<T>[K]
} & { readonly [K in keyof Columns<T> as null extends Columns<T>[K] ? K : never]?: Columns<T>[K] | undefined }

export const originOf = ({ partition, seq, index }: EntrySource) => ({ partition, seq, index })
