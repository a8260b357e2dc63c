// Compose
// The main job's actors with the real world behind their ports: model, memory, tools, files. What `troupe dev` and a production worker both host.
import { troupeActors } from '../../actors/index.ts'
import type { Embedder, Ingest, Memory } from '../../actors/ports.ts'
import type { ActorDefinition } from '../../runtime/define-actor.ts'
import { inMemoryCircuitStore, openCircuits, type Circuits } from '../circuits/index.ts'
import { choiceOf } from '../llm/choice.ts'
import { guardedLlm } from '../llm/guarded.ts'
import { chooseModel } from '../llm/index.ts'
import { tracedEmbedder, tracedLlm } from '../llm/traced.ts'
import { ingest, readFolder } from '../memory/ingest.ts'
import { openMemory } from '../memory/index.ts'
import type { Settings } from '../settings.ts'
import { tools } from '../tools/index.ts'
import { Roots } from './roots.ts'

export interface Composed {
  readonly definitions: readonly ActorDefinition[]
  /** For people: which model answers, and where. */
  readonly describe: string
  close(): Promise<void>
}

/** `circuits`: those that the fleet shares; without them this worker has its own. */
export async function composeActors(settings: Settings, circuits?: Circuits): Promise<Composed> {
  const chosen = chooseModel(choiceOf(settings))
  const embedder = tracedEmbedder(chosen.embedder)
  const memory = await openMemory({ qdrantUrl: settings.QDRANT_URL, qdrantApiKey: settings.QDRANT_API_KEY, folder: settings.TROUPE_DATA })
  const roots = new Roots(settings.TROUPE_ROOTS)
  const ports = {
    llm: tracedLlm(guardedLlm(chosen.llm, circuits ?? (await openCircuits(inMemoryCircuitStore())), chosen.endpoint)),
    callUsdMax: chosen.callUsdMax,
    models: chosen.models,
    embedder,
    memory,
    tools: roots.guardTools(tools({ memory, embedder })),
    ingest: roots.guardIngest(folderIngest(memory, embedder)),
  }
  return { definitions: troupeActors(ports), describe: chosen.describe, close: () => memory.close() }
}

function folderIngest(memory: Memory, embedder: Embedder): Ingest {
  return {
    async ingest({ root, collection, tenant }, { signal, progress }) {
      const { files, skipped } = await readFolder(root, { signal })
      const done = await ingest({ files, memory, embedder, collection, tenant, signal, onProgress: progress })
      return { files: files.length, chunks: done.chunks, skipped: skipped.length }
    },
  }
}
