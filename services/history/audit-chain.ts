// Audit chain
// The gateway's audit log in Postgres: who did, or was refused, what. Each row holds the hash of the one before, so that a row that was edited,
// removed, put in or moved shows.
//
// H1. Rows are numbered from 1 without gaps, by one writer at a time: the advisory lock is held until the row is committed.
// H2. The hash is over every other column of the row, the hash before included.
// H3. What nobody can tell from the rows alone: whether the last ones were cut off, or all rewritten from some row on. For that a head is noted elsewhere.
import { createHash } from 'node:crypto'
import type { InferEntity, MikroORM, SqlEntityManager } from '@mikro-orm/postgresql'
import { canonicalJson } from '../../machines/json-text.ts'
import { AuditLink, type auditOutcomes } from './entities/audit-link.ts'

export interface AuditEntry {
  readonly at: Date
  readonly caller: string
  readonly via: string
  readonly tenant: string
  readonly action: string
  readonly target: string
  readonly requestId: string
  readonly outcome: (typeof auditOutcomes)[number]
  readonly code?: string | undefined
}

export type AuditRow = InferEntity<typeof AuditLink>

/** Where a chain ends: to be noted where who can write the database cannot (H3). */
export interface AuditHead {
  readonly seq: number
  readonly hash: string
}

/** Before the first row. */
export const emptyHead: AuditHead = { seq: 0, hash: '0'.repeat(64) }

/** The advisory lock of those who append (H1): any number that nothing else in the database uses. */
const appendLock = 7_205_759_404
const textCharactersMax = 512

/** Appends in the order given. Rows of other writers may stand before them, never between them. */
export function appendAudit(orm: MikroORM, entries: readonly AuditEntry[]): Promise<AuditHead> {
  return orm.em.fork().transactional(async (em) => {
    await em.execute('select pg_advisory_xact_lock(?)', [appendLock]) // H1
    let head = await headIn(em)
    for (const entry of entries) {
      const row = rowOf(entry, head)
      em.create(AuditLink, row)
      head = { seq: row.seq, hash: row.hash }
    }
    await em.flush()
    return head
  })
}

export const readAuditHead = (orm: MikroORM): Promise<AuditHead> => headIn(orm.em.fork())

async function headIn(em: SqlEntityManager): Promise<AuditHead> {
  const [last] = await em.find(AuditLink, {}, { orderBy: { seq: 'desc' }, limit: 1 })
  return last ? { seq: last.seq, hash: last.hash } : emptyHead
}

export interface AuditQuery {
  readonly tenant: string | undefined
  /** Older than this row. */
  readonly before?: number | undefined
  readonly limit: number
}

/** The newest first. */
export function readAudit(orm: MikroORM, { tenant, before, limit }: AuditQuery): Promise<readonly AuditRow[]> {
  const where = { ...(tenant !== undefined && { tenant }), ...(before !== undefined && { seq: { $lt: before } }) }
  return orm.em.fork().find(AuditLink, where, { orderBy: { seq: 'desc' }, limit })
}

export type Verdict =
  | { readonly ok: true; readonly head: AuditHead }
  | { readonly ok: false; readonly seq: number; readonly fault: string; readonly head: AuditHead }

const pageRows = 2_000

/** Reads the whole chain, and says the first row at which it does not hold. `noted`: a head of before, which must still be in it. */
export async function verifyAudit(orm: MikroORM, noted?: AuditHead): Promise<Verdict> {
  let head = emptyHead
  for (;;) {
    const rows = await orm.em.fork().find(AuditLink, { seq: { $gt: head.seq } }, { orderBy: { seq: 'asc' }, limit: pageRows })
    for (const row of rows) {
      const fault = faultOf(row, head, noted)
      if (fault !== undefined) return { ok: false, seq: row.seq, fault, head }
      head = { seq: row.seq, hash: row.hash }
    }
    if (rows.length < pageRows) break
  }
  if (noted === undefined || noted.seq <= head.seq) return { ok: true, head }
  return { ok: false, seq: head.seq + 1, fault: `the rows from here to ${noted.seq}, which was noted, are gone`, head }
}

function faultOf(row: AuditRow, before: AuditHead, noted: AuditHead | undefined): string | undefined {
  if (row.seq !== before.seq + 1) return `row ${before.seq + 1} is missing: after ${before.seq} comes ${row.seq}`
  if (hashOf(row) !== row.hash) return 'its fields are not those that its hash was made of: it was edited, or is another row'
  if (row.previousHash !== before.hash)
    return `it does not follow row ${before.seq}: that one was replaced, or this one was put in or moved`
  if (noted?.seq === row.seq && noted.hash !== row.hash) return 'it is not the row that was noted: the chain was written anew'
  return undefined
}

function rowOf(entry: AuditEntry, before: AuditHead): AuditRow {
  const row = {
    seq: before.seq + 1,
    at: entry.at,
    caller: storable(entry.caller),
    via: storable(entry.via),
    tenant: storable(entry.tenant),
    action: storable(entry.action),
    target: storable(entry.target),
    requestId: storable(entry.requestId),
    outcome: entry.outcome,
    code: entry.code ?? null,
    previousHash: before.hash,
  }
  return { ...row, hash: hashOf(row) }
}

/** H2. */
function hashOf({ hash: _, ...row }: Omit<AuditRow, 'hash'> & { readonly hash?: string }): string {
  const { seq, at, caller, via, tenant, action, target, requestId, outcome, code, previousHash } = row
  const hashed = { seq, at: at.toISOString(), caller, via, tenant, action, target, requestId, outcome, code, previousHash }
  return createHash('sha256')
    .update(canonicalJson(hashed) ?? '')
    .digest('hex')
}

/** Postgres keeps no U+0000 and no half surrogate; what was asked for may hold either. */
const storable = (text: string): string => text.slice(0, textCharactersMax).toWellFormed().replaceAll('\u0000', '\ufffd')
