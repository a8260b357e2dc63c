// API key
// What a key looks like, and what is kept of it: `trp_<id>_<secret>`. The id finds the row, the secret proves the rest.
// The secret is 256 random bits, so no dictionary holds it and a plain SHA-256 cannot be turned back; a slow hash would only make every request slow.
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { addressFault } from '../../../machines/address.ts'
import { addApiKey, revokeApiKey, rotateApiKey, type ApiKeyRow } from '../../history/api-keys.ts'
import type { Database } from '../../history/database.ts'
import { actions, resources, roles, type Role } from '../caller.ts'
import { KeysFull, ResourceConflict } from '../errors.ts'

const idBytes = 8
const secretBytes = 32
const keyPattern = /^trp_([0-9a-f]{16})_([A-Za-z0-9_-]{43})$/

export interface PresentedKey {
  readonly id: string
  readonly secret: string
}

/** Undefined: it is no key, or one with a letter missing. */
export function readKey(text: string): PresentedKey | undefined {
  const [, id, secret] = keyPattern.exec(text) ?? []
  return id === undefined || secret === undefined ? undefined : { id, secret }
}

export const hashOfSecret = (secret: string): string => createHash('sha256').update(secret).digest('hex')

/** In the same time for every wrong secret. */
export const isSecretOf = (hash: string, secret: string): boolean =>
  timingSafeEqual(Buffer.from(hash, 'hex'), Buffer.from(hashOfSecret(secret), 'hex'))

export interface NewKey {
  readonly tenant: string
  readonly name: string
  readonly roles: readonly Role[]
  readonly scopes: readonly string[] | undefined
  readonly expiresAt: Date | undefined
}

/** A key as it is shown once, to whoever asked for it. */
export interface Issued {
  readonly id: string
  readonly key: string
}

/** Throws KeysFull. */
export async function issueKey(database: Database, spec: NewKey, { at, by }: { readonly at: Date; readonly by: string }): Promise<Issued> {
  const id = randomBytes(idBytes).toString('hex')
  const secret = newSecret()
  const { tenant, name, scopes = null, expiresAt = null } = spec
  const row = { id, tenant, name, roles: [...spec.roles], scopes: scopes && [...scopes], expiresAt, secretHash: hashOfSecret(secret) }
  const added = await addApiKey(database, { ...row, createdAt: at, createdBy: by, ...untouched })
  if (!added) throw new KeysFull(`issuing a key to tenant ${tenant}: it has as many as it may; use one it has, or another tenant`)
  return { id, key: keyText(id, secret) }
}

const untouched = { previousHash: null, previousUntil: null, rotatedAt: null, revokedAt: null, revokedBy: null, lastUsedAt: null }

/** A new secret; the one of now stays good for `overlapMs`, the one before it ends. Throws ResourceConflict. */
export async function renewKey(
  database: Database,
  row: ApiKeyRow,
  when: { readonly at: Date; readonly overlapMs: number },
): Promise<Issued> {
  const secret = newSecret()
  const previousUntil = new Date(when.at.getTime() + when.overlapMs)
  const rotated = await rotateApiKey(database, row, { at: when.at, hash: hashOfSecret(secret), previousUntil })
  if (!rotated) throw new ResourceConflict(`rotating key ${row.id}: it is revoked, or was rotated at the same time; look at it again`)
  return { id: row.id, key: keyText(row.id, secret) }
}

/** Throws ResourceConflict. */
export async function endKey(database: Database, id: string, signed: { readonly at: Date; readonly by: string }): Promise<void> {
  if (!(await revokeApiKey(database, id, signed))) throw new ResourceConflict(`revoking key ${id}: it is revoked already`)
}

const newSecret = (): string => randomBytes(secretBytes).toString('base64url')
const keyText = (id: string, secret: string): string => `trp_${id}_${secret}`

export type KeyState = 'active' | 'expired' | 'revoked'

export function keyState({ revokedAt, expiresAt }: Pick<ApiKeyRow, 'revokedAt' | 'expiresAt'>, now: Date): KeyState {
  if (revokedAt) return 'revoked'
  return expiresAt && expiresAt <= now ? 'expired' : 'active'
}

/** Why a scope makes no sense, or undefined. */
export function scopeFault(scope: string): string | undefined {
  const [resource = '', action = '', ...more] = scope.split(':')
  if (more.length > 0 || action === '') return `scope '${scope}' is not resource:action`
  if (resource !== '*' && !resources.some((one) => one === resource))
    return `scope '${scope}': there is no resource ${resource}, only ${resources.join(', ')}`
  if (action !== '*' && !actions.some((one) => one === action))
    return `scope '${scope}': there is no action ${action}, only ${actions.join(', ')}`
  return undefined
}

/** What a key may be called. */
export const keyNamePattern = /^[\p{L}\p{N}][\p{L}\p{N} ._-]{0,63}$/u

interface AskedKey {
  readonly tenant: string
  readonly name: string
  readonly roles: readonly string[]
  readonly scopes: readonly string[]
}

/** Why a key cannot be made like that, or undefined. */
export function newKeyFault({ tenant, name, roles: asked, scopes }: AskedKey): string | undefined {
  if (!keyNamePattern.test(name)) return 'its name is not 1 to 64 letters, digits, spaces and . _ -'
  const unknown = asked.find((role) => !isRole(role))
  if (asked.length === 0 || unknown !== undefined) return `there is no role '${unknown ?? ''}', only ${roles.join(', ')}`
  const fault = tenant === '*' ? undefined : addressFault({ tenant, type: 'any', key: 'any' })
  return fault ?? scopes.map(scopeFault).find((one) => one !== undefined)
}

export const isRole = (text: string): text is Role => roles.some((role) => role === text)
