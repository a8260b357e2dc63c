// Key ring
// Whose key a request came with. Rows are kept for a second, so that a database is not asked for every request, and a key that is revoked is good for a second at most.
//
// R1. A row is used for `cachedMs` after it was asked for, no longer, even when the database does not answer: then the request is refused.
// R2. What is kept is bounded, ids that are no key's included.
// R3. Uses are noted together every `notedMs`; what could not be written is written with the next ones.
import { findApiKey, noteApiKeyUses, type ApiKeyRow } from '../../history/api-keys.ts'
import type { Database } from '../../history/database.ts'
import type { Logger } from '../../../runtime/telemetry.ts'
import type { Caller } from '../caller.ts'
import { KeysUnavailable, NotAuthenticated } from '../errors.ts'
import { hashOfSecret, isRole, isSecretOf, keyState, readKey, type PresentedKey } from './api-key.ts'

export interface KeyRing {
  /** Throws NotAuthenticated and KeysUnavailable. */
  callerOf(text: string): Promise<Caller>
  /** Writes what was used since the last time. */
  note(): Promise<void>
  close(): Promise<void>
}

export interface KeyRingSpec {
  readonly database: Database
  readonly log: Logger
  readonly now: () => number
}

export const cachedMs = 1_000
const notedMs = 10_000
const rowsMax = 10_000

interface Kept {
  readonly askedAt: number
  readonly row: Promise<ApiKeyRow | undefined>
}

export function openKeyRing({ database, log, now }: KeyRingSpec): KeyRing {
  const kept = new Map<string, Kept>()
  let uses = new Map<string, Date>()

  const rowOf = (id: string): Promise<ApiKeyRow | undefined> => {
    const known = kept.get(id)
    if (known && now() - known.askedAt < cachedMs) return known.row // R1
    kept.delete(id) // to the end of the order
    if (kept.size >= rowsMax) kept.delete(kept.keys().next().value ?? '') // R2
    const row = findApiKey(database, id)
    kept.set(id, { askedAt: now(), row })
    row.catch(() => kept.delete(id)) // thrown where it is awaited
    return row
  }

  const note = async (): Promise<void> => {
    if (uses.size === 0) return
    const noted = uses
    uses = new Map()
    try {
      await noteApiKeyUses(database, noted)
    } catch (error) {
      log.warn({ error, keys: noted.size }, 'uses of keys could not be noted')
      uses = new Map([...noted, ...uses]) // R3
    }
  }

  const timer = setInterval(() => void note(), notedMs)
  timer.unref()
  return {
    callerOf: async (text) => {
      const given = readKey(text)
      if (!given) throw new NotAuthenticated('reading the key: it is not trp_<id>_<secret>; it may have been cut')
      const row = await rowOf(given.id).catch((cause: unknown) => {
        throw new KeysUnavailable(`looking up key ${given.id}: the database of keys does not answer; try again`, { cause })
      })
      const caller = callerOfRow(row, given, new Date(now()))
      uses.set(given.id, new Date(now()))
      return caller
    },
    note,
    close: async () => {
      clearInterval(timer)
      await note()
    },
  }
}

/** An unknown id takes as long as a wrong secret, and is answered alike. */
function callerOfRow(row: ApiKeyRow | undefined, { id, secret }: PresentedKey, now: Date): Caller {
  const isRight = isSecretOf(row?.secretHash ?? noHash, secret)
  const isPrevious = row?.previousHash && row.previousUntil && row.previousUntil > now && isSecretOf(row.previousHash, secret)
  if (!row || !(isRight || isPrevious)) throw new NotAuthenticated(`key ${id}: there is no such key with this secret`)
  const state = keyState(row, now)
  if (state !== 'active') throw new NotAuthenticated(`key ${id}: it is ${state}`)
  const { tenant, name, roles, scopes } = row
  return { id: `${name} (key ${id})`, tenant, roles: roles.filter(isRole), via: 'key', ...(scopes && { scopes }) }
}

const noHash = hashOfSecret('')
