// Idempotency
// A request with the header `Idempotency-Key` is done once: the same key with the same request gets the same answer for a day.
import { createHash } from 'node:crypto'
import { canonicalJson } from '../../machines/json-text.ts'
import { beginRequest, forgetRequest, keepAnswer } from '../history/kept-answers.ts'
import { ResourceConflict } from './errors.ts'
import type { Call } from './route.ts'

type Asking = Pick<Call, 'caller' | 'tenant' | 'idempotencyKey'> & { readonly parts: Pick<Call['parts'], 'orm'> }

export interface Asked {
  /** Method and path. */
  readonly operation: string
  /** Parameters and body. */
  readonly what: unknown
}

/** Without a key it is done each time. Throws `ResourceConflict`, and whatever the work throws, which is not kept. */
export async function once<Answer>(call: Asking, { operation, what }: Asked, work: () => Promise<Answer>): Promise<Answer> {
  const { caller, tenant, idempotencyKey: key, parts } = call
  if (key === undefined) return work()
  const asked = { operation, caller: nameOf(caller), key, hash: hashOf({ tenant: tenant ?? null, what }) }
  const standing = await beginRequest(parts.orm, asked, new Date())
  switch (standing.kind) {
    case 'other':
      throw new ResourceConflict(`${operation} with key ${key}: this key came before with another request; a new request takes a new key`)
    case 'running':
      throw new ResourceConflict(`${operation} with key ${key}: the same request is being worked on; ask again in a moment`)
    case 'answered':
      return standing.answer as Answer // kept by this operation, whose shape checks it
    case 'free':
  }
  try {
    const answer = await work()
    await keepAnswer(parts.orm, asked, answer)
    return answer
  } catch (error) {
    await forgetRequest(parts.orm, asked)
    throw error
  }
}

/** Two callers may have one id: a key's name, and a token's subject. */
const nameOf = ({ via, tenant, id }: Call['caller']): string => `${via} ${tenant} ${id}`

const hashOf = (value: unknown): string =>
  createHash('sha256')
    .update(canonicalJson(value) ?? JSON.stringify(value))
    .digest('hex')

/** One id for what a request with a key sends; a new one for one without. */
export function idFrom(
  { caller, tenant, idempotencyKey }: Pick<Call, 'caller' | 'tenant' | 'idempotencyKey'>,
  operation: string,
  fresh: () => string,
): string {
  if (idempotencyKey === undefined) return fresh()
  return hashOf({ caller: nameOf(caller), tenant: tenant ?? null, key: idempotencyKey, operation }).slice(0, 32)
}
