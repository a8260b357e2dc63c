import { defineEntity, p } from '@mikro-orm/core'
import { instant } from './columns.ts'

/** A key of the gateway. Its secret is not here: only what tells it again. Operators and admins write it, not the projector. */
export const ApiKey = defineEntity({
  name: 'ApiKey',
  tableName: 'api_keys',
  properties: {
    id: p.text().primary(),
    /** `*`: all of them. */
    tenant: p.text(),
    name: p.text(),
    roles: p.json<readonly string[]>(),
    /** `resource:action` each; null: whatever its roles allow. */
    scopes: p.json<readonly string[]>().nullable(),
    secretHash: p.text(),
    /** Of the secret before the last rotation, which is still good until then. */
    previousHash: p.text().nullable(),
    previousUntil: instant().nullable(),
    createdAt: instant(),
    createdBy: p.text(),
    expiresAt: instant().nullable(),
    rotatedAt: instant().nullable(),
    revokedAt: instant().nullable(),
    revokedBy: p.text().nullable(),
    /** To some seconds: uses are written together. */
    lastUsedAt: instant().nullable(),
  },
  indexes: [{ properties: ['tenant', 'createdAt', 'id'] }],
})
