import { defineEntity, p } from '@mikro-orm/core'
import { instant, originKey } from './columns.ts'

/** Who took over, gave up, stopped or approved what. `index` is -1 for what a whole record says. */
export const Audit = defineEntity({
  name: 'Audit',
  tableName: 'audit',
  properties: {
    ...originKey(),
    n: p.integer().primary(),
    tenant: p.text().nullable(),
    action: p.text(),
    /** The worker or actor that did it; null when a client did. */
    actedBy: p.text().nullable(),
    subject: p.text(),
    detail: p.json<unknown>().nullable(),
    at: instant(),
  },
  indexes: [{ properties: ['tenant', 'at'] }, { properties: ['action', 'at'] }],
})
