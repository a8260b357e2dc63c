// Kept answers
// What was answered to requests that came with an idempotency key, for a day: the same request again gets the same answer, and is done once.
//
// I1. Of requests with one key at a time, one is worked on: the others are told so.
// I2. What failed is not kept: it may be tried again at once.
// I3. A request whose gateway died over it is free again after `runningMs`; what it had sent is known by its message ids.
import type { MikroORM } from '@mikro-orm/postgresql'

export interface AskedOnce {
  readonly operation: string
  readonly caller: string
  readonly key: string
  /** Of all that was asked. */
  readonly hash: string
}

/** `free`: it is the asker's to do, and to `keepAnswer` or `forgetRequest`. */
export type Standing =
  | { readonly kind: 'free' }
  | { readonly kind: 'running' }
  | { readonly kind: 'other' }
  | { readonly kind: 'answered'; readonly answer: unknown }

const keptMs = 86_400_000
const runningMs = 60_000
/** Rows past their day that one new request takes away. */
const sweptMax = 20

export async function beginRequest(orm: MikroORM, { operation, caller, key, hash }: AskedOnce, now: Date): Promise<Standing> {
  const em = orm.em.fork()
  const [expired, stale] = [new Date(now.getTime() - keptMs), new Date(now.getTime() - runningMs)]
  const begun = await em.execute<object[]>(
    `with swept as (
       delete from gateway_requests where (operation, caller, key) in (
         select operation, caller, key from gateway_requests where at < ? and not (operation = ? and caller = ? and key = ?) limit ${sweptMax}
       )
     )
     insert into gateway_requests as r (operation, caller, key, hash, at) values (?, ?, ?, ?, ?)
     on conflict (operation, caller, key) do update set hash = excluded.hash, at = excluded.at, answer = null
       where r.at < ? or (r.answer is null and r.at < ?)
     returning 1 as begun`,
    [expired, operation, caller, key, operation, caller, key, hash, now, expired, stale],
  )
  if (begun.length > 0) return { kind: 'free' } // I1
  const [found] = await em.execute<{ hash: string; answer: unknown }[]>(
    'select hash, answer from gateway_requests where operation = ? and caller = ? and key = ?',
    [operation, caller, key],
  )
  if (!found) return { kind: 'running' } // taken back between the two statements: the asker tries again
  if (found.hash !== hash) return { kind: 'other' }
  return found.answer === null ? { kind: 'running' } : { kind: 'answered', answer: found.answer }
}

export async function keepAnswer(orm: MikroORM, { operation, caller, key }: AskedOnce, answer: unknown): Promise<void> {
  await orm.em
    .fork()
    .execute('update gateway_requests set answer = ?::jsonb where operation = ? and caller = ? and key = ?', [
      JSON.stringify(answer),
      operation,
      caller,
      key,
    ])
}

/** I2 */
export async function forgetRequest(orm: MikroORM, { operation, caller, key }: AskedOnce): Promise<void> {
  await orm.em
    .fork()
    .execute('delete from gateway_requests where operation = ? and caller = ? and key = ? and answer is null', [operation, caller, key])
}
