import { defineEntity, p } from '@mikro-orm/core'
import { instant, originKey } from './columns.ts'

/** A message as one of its two ends saw it: what a turn received (`n` 0), and what it sent (`n` from 1). */
export const Message = defineEntity({
  name: 'Message',
  tableName: 'messages',
  properties: {
    ...originKey(),
    n: p.integer().primary(),
    tenant: p.text(),
    /** The actor whose turn it was. */
    actor: p.text(),
    direction: p.enum(['received', 'sent'] as const),
    /** The other end; null when a client sent it. */
    peer: p.text().nullable(),
    id: p.text(),
    kind: p.text().nullable(),
    type: p.text(),
    event: p.json<unknown>(),
    correlation: p.text().nullable(),
    trace: p.text().nullable(),
    at: instant(),
  },
  // Hash indexes: an id may be longer than a b-tree entry can be.
  indexes: [{ properties: ['actor', 'seq'] }, { properties: 'id', type: 'hash' }, { properties: 'correlation', type: 'hash' }],
})
