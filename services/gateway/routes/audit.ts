// Audit routes
// Who did, or was refused, what: the audit log, the newest first. Whether it is whole, `troupe audit verify` says.
import { z } from 'zod'
import { readAudit, type AuditRow } from '../../history/audit-chain.ts'
import { auditOutcomes } from '../../history/entities/audit-link.ts'
import { route } from '../route.ts'
import { tenantQuery } from '../server.ts'

const rowsDefault = 100
const rowsMax = 200

const row = z.object({
  seq: z.int(),
  at: z.string(),
  caller: z.string(),
  via: z.string().describe('How the caller was known: local, token, key, none, cli'),
  tenant: z.string(),
  action: z.string(),
  target: z.string(),
  requestId: z.string(),
  outcome: z.enum(auditOutcomes).describe('begun: it may do it, and now does; what came of it is a row of its own'),
  code: z.string().optional(),
  hash: z.string(),
})

export const auditRoutes = [
  route({
    method: 'GET',
    path: '/audit',
    summary: 'Who did, or was refused, what; the newest first',
    resource: 'audit',
    action: 'read',
    query: tenantQuery.extend({
      after: z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER).optional().describe('`next` of the page before'),
      limit: z.coerce.number().int().min(1).max(rowsMax).default(rowsDefault),
    }),
    answer: z.object({ rows: z.array(row), next: z.string().optional() }),
    run: async ({ parts: { orm }, tenant, query: { after, limit } }) => {
      const rows = await readAudit(orm, { tenant, before: after, limit: limit + 1 })
      const page = rows.slice(0, limit)
      const last = rows.length > limit ? page.at(-1) : undefined
      return { rows: page.map(rowOf), ...(last && { next: String(last.seq) }) }
    },
  }),
]

const rowOf = ({ seq, at, caller, via, tenant, action, target, requestId, outcome, code, hash }: AuditRow): z.input<typeof row> => ({
  seq,
  at: at.toISOString(),
  caller,
  via,
  tenant,
  action,
  target,
  requestId,
  outcome,
  code: code ?? undefined,
  hash,
})
