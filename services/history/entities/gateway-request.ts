import { defineEntity, p } from '@mikro-orm/core'
import { instant } from './columns.ts'

/** A request that came with an idempotency key, and what was answered: the same again gets the same. Rows are kept for a day. */
export const GatewayRequest = defineEntity({
  name: 'GatewayRequest',
  tableName: 'gateway_requests',
  properties: {
    /** Its method and path. */
    operation: p.text().primary(),
    caller: p.text().primary(),
    key: p.text().primary(),
    /** Of all that was asked: the same key with another one is a mistake. */
    hash: p.text(),
    at: instant(),
    /** Null: it is being worked on, or whoever did died. */
    answer: p.json<unknown>().nullable(),
  },
  indexes: [{ properties: 'at' }],
})
