// Read calls
// What one actor asked of the world: its model calls and its effects, the latest first.
import type { Database } from './database.ts'
import { Effect } from './entities/effect.ts'
import { LlmCall } from './entities/llm-call.ts'

export const modelCallsOf = async (database: Database, actor: string, limit: number) =>
  database.em.fork().find(LlmCall, { actor }, { orderBy: [{ at: 'desc' }, { seq: 'desc' }, { index: 'desc' }, { n: 'desc' }], limit })

export const effectsOf = async (database: Database, actor: string, limit: number) =>
  database.em.fork().find(Effect, { actor }, { orderBy: [{ startedAt: 'desc nulls last' }, { key: 'asc' }], limit })
