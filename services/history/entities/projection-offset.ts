import { defineEntity, p } from '@mikro-orm/core'
import { instant } from './columns.ts'

/** How far the log of a partition is in the tables: written in the transaction of the rows themselves. */
export const ProjectionOffset = defineEntity({
  name: 'ProjectionOffset',
  tableName: 'projection_offsets',
  properties: {
    namespace: p.text().primary(),
    partition: p.integer().primary(),
    /** The last record projected, its epoch, and when the server stored it: a reused sequence has another time. */
    seq: p.bigint('number'),
    epoch: p.bigint('number'),
    storedAt: instant(),
  },
})
