import { defineEntity, p } from '@mikro-orm/core'
import { instant } from './columns.ts'

export const auditOutcomes = ['begun', 'done', 'refused', 'denied', 'failed'] as const

/** One row of the gateway's audit log, each with the hash of the one before. Rows are only added; a trigger refuses the rest. */
export const AuditLink = defineEntity({
  name: 'AuditLink',
  tableName: 'audit_chain',
  properties: {
    seq: p.bigint('number').primary().autoincrement(false),
    at: instant(),
    caller: p.text(),
    /** How the caller was known: `local`, `token`, `key`, `none`, `cli`. */
    via: p.text(),
    tenant: p.text(),
    /** The method and the address of the route, or the command. */
    action: p.text(),
    target: p.text(),
    requestId: p.text(),
    outcome: p.enum(auditOutcomes),
    /** The code of the problem that was answered. */
    code: p.text().nullable(),
    previousHash: p.text(),
    hash: p.text(),
  },
  indexes: [{ properties: ['tenant', 'seq'] }],
  // A second one, which the migration makes, refuses to empty the table: that kind is not looked at when tables are compared.
  triggers: [
    {
      name: 'only_grows',
      timing: 'before',
      events: ['delete', 'update'],
      forEach: 'statement',
      body: `raise exception 'rows of audit_chain are only added'`,
    },
  ],
})
