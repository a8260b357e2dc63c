// Key routes
// Keys of the gateway: made, looked at, renewed, ended. A secret is answered once, to who made it.
//
// K1. Nobody gives away more than it has: no role, tenant or scope of its own that it lacks, by a new key or by the new secret of one that is there.
import { z } from 'zod'
import { findApiKey, listApiKeys, type ApiKeyRow } from '../../history/api-keys.ts'
import { roles, type Caller, type Role } from '../caller.ts'
import { NotAllowed, RequestInvalid, ResourceMissing } from '../errors.ts'
import { route } from '../route.ts'
import { covers } from '../security/access.ts'
import { endKey, isRole, issueKey, keyState, keyNamePattern, newKeyFault, renewKey } from '../security/api-key.ts'
import { rolesIn } from '../security/policy.ts'
import { tenantQuery } from '../server.ts'

const rowsDefault = 100
const rowsMax = 200
const overlapMsDefault = 24 * 3_600_000
const overlapMsMax = 30 * 24 * 3_600_000
const expiresInMsMax = 10 * 366 * 24 * 3_600_000
const scopesMax = 56

const key = z.object({
  id: z.string(),
  tenant: z.string(),
  name: z.string(),
  roles: z.array(z.enum(roles)),
  scopes: z.array(z.string()).optional(),
  state: z.enum(['active', 'expired', 'revoked']),
  createdAt: z.string(),
  createdBy: z.string(),
  expiresAt: z.string().optional(),
  rotatedAt: z.string().optional(),
  previousUntil: z.string().optional().describe('Until when the secret before the last rotation is good'),
  revokedAt: z.string().optional(),
  revokedBy: z.string().optional(),
  lastUsedAt: z.string().optional(),
})
const issued = z.object({ id: z.string(), key: z.string().describe('Shown now and never again') })
const keyParams = z.object({ id: z.string().max(64) })

const newKey = z.strictObject({
  name: z.string().regex(keyNamePattern, 'must be 1 to 64 letters, digits, spaces and . _ -'),
  roles: z.array(z.enum(roles)).min(1).max(roles.length),
  scopes: z
    .array(z.string().max(64))
    .min(1)
    .max(scopesMax)
    .optional()
    .describe('resource:action each, * for any; left out: whatever its roles allow'),
  tenant: z.string().max(64).optional(),
  expiresInMs: z.int().min(1).max(expiresInMsMax).optional(),
})

export const keyRoutes = [
  route({
    method: 'GET',
    path: '/keys',
    summary: 'Keys of the gateway, the newest first; without their secrets',
    resource: 'keys',
    action: 'read',
    query: tenantQuery.extend({
      after: z.string().max(512).optional(),
      limit: z.coerce.number().int().min(1).max(rowsMax).default(rowsDefault),
    }),
    answer: z.object({ rows: z.array(key), next: z.string().optional() }),
    run: async ({ parts: { orm }, tenant, query: { after, limit } }) => {
      const { rows, next } = await listApiKeys(orm, { tenant, after, limit })
      return { rows: rows.map(keyOf), ...(next !== undefined && { next }) }
    },
  }),
  route({
    method: 'POST',
    path: '/keys',
    summary: 'Make a key; its secret is in the answer and nowhere else',
    resource: 'keys',
    action: 'administer',
    body: newKey,
    answer: issued,
    run: async ({ parts: { orm }, caller, body: { name, roles: given, scopes, tenant = caller.tenant, expiresInMs } }) => {
      const fault = newKeyFault({ tenant, name, roles: given, scopes: scopes ?? [] })
      if (fault !== undefined) throw new RequestInvalid(`making key ${name}: ${fault}`, [fault])
      mustNotExceed(caller, { tenant, roles: given, scopes }) // K1
      const at = new Date()
      const expiresAt = expiresInMs === undefined ? undefined : new Date(at.getTime() + expiresInMs)
      return issueKey(orm, { tenant, name, roles: given, scopes, expiresAt }, { at, by: caller.id })
    },
  }),
  route({
    method: 'POST',
    path: '/keys/:id/rotate',
    summary: 'Give a key a new secret; the one of now stays good for a while',
    resource: 'keys',
    action: 'administer',
    params: keyParams,
    body: z.strictObject({ overlapMs: z.int().min(0).max(overlapMsMax).default(overlapMsDefault) }),
    answer: issued,
    run: async ({ parts: { orm }, caller, params: { id }, body: { overlapMs } }) => {
      const row = await keyFor(orm, caller, id)
      mustNotExceed(caller, { tenant: row.tenant, roles: row.roles.filter(isRole), scopes: row.scopes ?? undefined }) // K1
      return renewKey(orm, row, { at: new Date(), overlapMs })
    },
  }),
  route({
    method: 'DELETE',
    path: '/keys/:id',
    summary: 'Revoke a key: within a second nobody comes in with it',
    resource: 'keys',
    action: 'administer',
    params: keyParams,
    answer: z.object({ id: z.string(), state: z.literal('revoked') }),
    run: async ({ parts: { orm }, caller, params: { id } }) => {
      await keyFor(orm, caller, id)
      await endKey(orm, id, { at: new Date(), by: caller.id })
      return { id, state: 'revoked' as const }
    },
  }),
]

type Keys = Parameters<typeof findApiKey>[0]

async function keyFor(orm: Keys, { tenant }: Caller, id: string): Promise<ApiKeyRow> {
  const row = await findApiKey(orm, id, tenant === '*' ? undefined : tenant)
  if (!row) throw new ResourceMissing(`key ${id}: there is none of that id for this caller`)
  return row
}

interface Granted {
  readonly tenant: string
  readonly roles: readonly Role[]
  readonly scopes: readonly string[] | undefined
}

/** K1. Throws NotAllowed. */
function mustNotExceed(caller: Caller, { tenant, roles: granted, scopes }: Granted): void {
  const beyond = (what: string): NotAllowed => new NotAllowed(`${caller.id} may not give away ${what}, which it has not itself`)
  if (caller.tenant !== '*' && tenant !== caller.tenant) throw beyond(`tenant ${tenant}`)
  const has = new Set(caller.roles.flatMap(rolesIn))
  const role = granted.find((one) => !has.has(one))
  if (role !== undefined) throw beyond(`the role ${role}`)
  const own = caller.scopes
  if (own === undefined) return
  if (scopes === undefined) throw beyond('a key without scopes')
  const scope = scopes.find((one) => !own.some((mine) => covers(mine, one)))
  if (scope !== undefined) throw beyond(`the scope ${scope}`)
}

const keyOf = (row: ApiKeyRow): z.input<typeof key> => ({
  id: row.id,
  tenant: row.tenant,
  name: row.name,
  roles: row.roles.filter(isRole),
  scopes: row.scopes ? [...row.scopes] : undefined,
  state: keyState(row, new Date()),
  createdAt: row.createdAt.toISOString(),
  createdBy: row.createdBy,
  expiresAt: row.expiresAt?.toISOString(),
  rotatedAt: row.rotatedAt?.toISOString(),
  previousUntil: row.previousUntil?.toISOString(),
  revokedAt: row.revokedAt?.toISOString(),
  revokedBy: row.revokedBy ?? undefined,
  lastUsedAt: row.lastUsedAt?.toISOString(),
})
