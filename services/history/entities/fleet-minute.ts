import { defineEntity, p } from '@mikro-orm/core'
import { instant } from './columns.ts'

/** A minute of what the workers of a namespace told of themselves, as gateways heard it. Rows are kept for a day. */
export const FleetMinute = defineEntity({
  name: 'FleetMinute',
  tableName: 'fleet_minutes',
  properties: {
    namespace: p.text().primary(),
    at: instant().primary(),
    /** How much of it the gateway listened: of two gateways' minutes the one that heard more stands. */
    heardMs: p.integer(),
    line: p.json<unknown>(),
    /** What changed in the fleet meanwhile. */
    marks: p.json<unknown>(),
  },
})
