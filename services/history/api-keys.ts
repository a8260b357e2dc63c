// API keys
// Keys of the gateway in Postgres: who may come with which secret. Nothing here ever holds a secret, only its hash.
//
// P1. A change says what it expects to find, so two at once do not undo each other: a key that is revoked stays revoked.
import type { InferEntity, MikroORM } from '@mikro-orm/postgresql'
import { cursorOf, placeOf } from './cursor.ts'
import { ApiKey } from './entities/api-key.ts'

export type ApiKeyRow = InferEntity<typeof ApiKey>

/** Keys of one tenant, the revoked ones included. */
export const apiKeysMax = 1_000

/** False: the tenant has as many keys as it may. */
export function addApiKey(orm: MikroORM, key: ApiKeyRow): Promise<boolean> {
  return orm.em.fork().transactional(async (em) => {
    if ((await em.count(ApiKey, { tenant: key.tenant })) >= apiKeysMax) return false
    em.create(ApiKey, key)
    await em.flush()
    return true
  })
}

export async function findApiKey(orm: MikroORM, id: string, tenant?: string): Promise<ApiKeyRow | undefined> {
  return (await orm.em.fork().findOne(ApiKey, { id, ...(tenant !== undefined && { tenant }) })) ?? undefined
}

export interface ApiKeyQuery {
  readonly tenant: string | undefined
  /** The cursor of the page before. */
  readonly after?: string | undefined
  readonly limit: number
}

const byCreation = 'created'

/** The newest first. Throws `CursorInvalid`. */
export async function listApiKeys(orm: MikroORM, { tenant, after, limit }: ApiKeyQuery) {
  const [at = 0, id = ''] = after === undefined ? [] : placeOf(after, byCreation, 2)
  const createdAt = new Date(at)
  const older = after !== undefined && { $or: [{ createdAt: { $lt: createdAt } }, { createdAt, id: { $lt: String(id) } }] }
  const where = { ...(tenant !== undefined && { tenant }), ...older }
  const found = await orm.em.fork().find(ApiKey, where, { orderBy: { createdAt: 'desc', id: 'desc' }, limit: limit + 1 })
  const rows = found.slice(0, limit)
  const last = found.length > limit ? rows.at(-1) : undefined
  return { rows, next: last && cursorOf(byCreation, [last.createdAt.getTime(), last.id]) }
}

export interface Rotation {
  readonly at: Date
  readonly hash: string
  /** How long the secret of now is good beside the new one. */
  readonly previousUntil: Date
}

/** False: it was revoked, or rotated by somebody else, in the meantime (P1). */
export async function rotateApiKey(orm: MikroORM, key: ApiKeyRow, { at, hash, previousUntil }: Rotation): Promise<boolean> {
  const rows = await orm.em
    .fork()
    .nativeUpdate(
      ApiKey,
      { id: key.id, secretHash: key.secretHash, revokedAt: null },
      { secretHash: hash, previousHash: key.secretHash, previousUntil, rotatedAt: at },
    )
  return rows === 1
}

/** False: it is revoked already. */
export async function revokeApiKey(orm: MikroORM, id: string, { at, by }: { readonly at: Date; readonly by: string }): Promise<boolean> {
  return (await orm.em.fork().nativeUpdate(ApiKey, { id, revokedAt: null }, { revokedAt: at, revokedBy: by })) === 1
}

/** Many uses in one statement. A later one is never overwritten by an earlier one. */
export async function noteApiKeyUses(orm: MikroORM, uses: ReadonlyMap<string, Date>): Promise<void> {
  const list = [...uses].map(([id, at]) => ({ id, at: at.toISOString() }))
  await orm.em.fork().execute(
    `update api_keys set last_used_at = greatest(api_keys.last_used_at, used.at)
     from jsonb_to_recordset(?::jsonb) as used(id text, at timestamptz) where api_keys.id = used.id`,
    [JSON.stringify(list)],
  )
}

/** Whether anybody could come with a key at all. */
export async function hasActiveApiKey(orm: MikroORM, at: Date): Promise<boolean> {
  const active = { revokedAt: null, $or: [{ expiresAt: null }, { expiresAt: { $gt: at } }] }
  return (await orm.em.fork().count(ApiKey, active)) > 0
}
