import { defineEntity, p } from '@mikro-orm/core'
import { instant, originKey } from './columns.ts'

/** A message that could not become a turn, or whose turn failed for good. */
export const DeadLetter = defineEntity({
  name: 'DeadLetter',
  tableName: 'dead_letters',
  properties: {
    ...originKey(),
    tenant: p.text(),
    actor: p.text(),
    message: p.text(),
    type: p.text(),
    event: p.json<unknown>(),
    sender: p.text().nullable(),
    code: p.text(),
    cause: p.text(),
    stack: p.text().nullable(),
    raw: p.text().nullable(),
    at: instant(),
  },
  indexes: [
    { properties: ['tenant', 'at'] },
    { properties: 'actor' },
    { properties: ['at', 'partition', 'seq', 'index'], name: 'dead_letters_died_index' },
    { properties: ['tenant', 'at', 'partition', 'seq', 'index'], name: 'dead_letters_tenant_died_index' },
    { properties: ['code', 'at', 'partition', 'seq', 'index'], name: 'dead_letters_code_died_index' },
  ],
})
