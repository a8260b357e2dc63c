// Search documents: passages of the ingested documents that are near a question in meaning or share its words.
import { z } from 'zod'
import type { Embedder, Memory, Tool } from '../../actors/ports.ts'
import { defineTool, type Passage } from './define-tool.ts'

export function searchDocuments(memory: Memory, embedder: Embedder): Tool {
  return defineTool({
    name: 'search-documents',
    description: 'Finds passages of the ingested documents about a question. Each passage is marked [[file:from-to]]; cite by that mark.',
    arguments: z.strictObject({
      query: z.string().trim().min(1).max(1_000).describe('What to look for, in plain words'),
      limit: z.int().min(1).max(30).default(8).describe('How many passages'),
    }),
    timeoutMs: 30_000,
    run: async ({ query, limit }, { collection, tenant, signal }) => {
      const [vector = new Float32Array()] = await embedder.embed([query], signal)
      const hits = await memory.search(collection, tenant, { vector, text: query, limit })
      const passages = hits.flatMap((hit) => toPassage(hit.payload))
      if (passages.length === 0) return { about: [`No results: nothing in collection ${collection} is about this.`], passages: [] }
      return { about: [`${passages.length} passages, best first:`], passages }
    },
  })
}

/** What ingestion stores; points of another shape in the same collection are no passages. */
const passageShape = z.object({ file: z.string(), fromLine: z.int(), toLine: z.int(), text: z.string() })

function toPassage(payload: unknown): readonly Passage[] {
  const parsed = passageShape.safeParse(payload)
  return parsed.success ? [parsed.data] : []
}
