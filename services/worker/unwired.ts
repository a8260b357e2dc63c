// Unwired
// The main job's definitions with nothing behind their ports: to look at, not to run. No model, memory or folder is opened for them.
import { troupeActors } from '../../actors/index.ts'
import type { Embedder, Llm, Memory } from '../../actors/ports.ts'
import type { ActorDefinition } from '../../runtime/define-actor.ts'
import { tools } from '../tools/index.ts'

export function unwiredActors(): readonly ActorDefinition[] {
  return troupeActors({ llm, callUsdMax: () => 0, embedder, memory, tools: tools({ memory, embedder }), ingest: { ingest: refuse } })
}

const refuse = (): Promise<never> =>
  Promise.reject(new Error('these definitions are looked at, not run: compose them with services/worker/compose.ts'))

const llm: Llm = { model: 'none', offline: true, complete: refuse }
const embedder: Embedder = { model: 'none', offline: true, dimensions: 1, embed: refuse }
const memory: Memory = {
  ensureCollection: refuse,
  upsert: refuse,
  search: refuse,
  remove: refuse,
  count: refuse,
  close: () => Promise.resolve(),
}
