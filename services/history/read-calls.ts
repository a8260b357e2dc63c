// Read calls
// What one actor asked of the world: its model calls and its effects, the latest first.
import type { Database } from './database.ts'
import { Effect } from './entities/effect.ts'
import { LlmCall } from './entities/llm-call.ts'

export const modelCallsOf = async (database: Database, actor: string, limit: number) =>
  database.em.fork().find(LlmCall, { actor }, { orderBy: [{ at: 'desc' }, { seq: 'desc' }, { index: 'desc' }, { n: 'desc' }], limit })

export const effectsOf = async (database: Database, actor: string, limit: number) =>
  database.em.fork().find(Effect, { actor }, { orderBy: [{ startedAt: 'desc nulls last' }, { key: 'asc' }], limit })

export const effectOf = async (database: Database, actor: string, key: string) =>
  (await database.em.fork().findOne(Effect, { actor, key })) ?? undefined

/** Those of these that the history knows, each `{actor, key}`. */
export const effectsNamed = async (database: Database, effects: readonly { readonly actor: string; readonly key: string }[]) =>
  effects.length === 0 ? [] : database.em.fork().find(Effect, { $or: effects.map(({ actor, key }) => ({ actor, key })) })
