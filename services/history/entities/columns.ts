// Columns that many tables share. Text is never limited: what an actor may say, a row can hold.
import { p } from '@mikro-orm/core'

/** Where a row comes from: entry `index` of record `seq` of the log of `partition`. For a row that many entries changed, the last one. */
export const origin = () => ({ partition: p.integer(), seq: p.bigint('number'), index: p.integer() })

/** The same, as the key of a row that no other entry changes. */
export const originKey = () => ({ partition: p.integer().primary(), seq: p.bigint('number').primary(), index: p.integer().primary() })

/** Instants as the log holds them, to the millisecond. */
export const instant = () => p.datetime(3)

export const count = () => p.bigint('number')
