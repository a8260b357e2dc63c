// Lexical embedder
// The offline model's own embedding function behind the port, without its server: real vectors, no network. It also counts.
import type { Embedder } from '../../actors/ports.ts'
import { lexicalVector } from '../../services/llm/offline/lexical-vector.ts'

export interface CountingEmbedder extends Embedder {
  /** How many texts were embedded so far. */
  embedded: number
}

export function lexicalEmbedder(dimensions = 128): CountingEmbedder {
  return {
    embedded: 0,
    model: 'offline-lexical',
    dimensions,
    offline: true,
    async embed(texts, signal) {
      signal.throwIfAborted()
      this.embedded += texts.length
      return texts.map((text) => lexicalVector(text, dimensions) ?? new Float32Array(dimensions))
    },
  }
}
