import { defineEntity, p } from '@mikro-orm/core'
import { instant, origin } from './columns.ts'

/** One effect: asked for by a turn, ended by the turn that applied its result or cancelled it. */
export const Effect = defineEntity({
  name: 'Effect',
  tableName: 'effects',
  properties: {
    actor: p.text().primary(),
    key: p.text().primary(),
    tenant: p.text(),
    status: p.enum(['running', 'succeeded', 'failed', 'cancelled'] as const),
    id: p.text().nullable(),
    src: p.text().nullable(),
    startedAt: instant().nullable(),
    startedTurn: p.bigint('number').nullable(),
    finishedAt: instant().nullable(),
    finishedTurn: p.bigint('number').nullable(),
    ...origin(),
  },
  indexes: [{ properties: ['tenant', 'status', 'startedAt'] }],
})
