// Embeddings
// Texts as vectors, in the shape OpenAI's API gives them.
import type { z } from 'zod'
import type { Fault } from './faults.ts'
import type { Tokens } from './journal.ts'
import { dimensionsDefault, lexicalVector } from './lexical-vector.ts'
import { ApiRefusal, embeddingTokensMax, tokensOf, type embeddingRequest } from './protocol.ts'

export type EmbeddingRequest = z.infer<typeof embeddingRequest>

export function embeddingsOf(request: EmbeddingRequest, fault: Fault): { readonly tokens: Tokens; readonly body: object } {
  const dimensions = request.dimensions ?? dimensionsDefault
  const vectors = request.input.map((text, at) => {
    if (tokensOf(text) > embeddingTokensMax) {
      throw new ApiRefusal(400, `Invalid value for 'input.${at}': more than ${embeddingTokensMax} tokens.`, 'context_length_exceeded')
    }
    const vector = lexicalVector(text, dimensions)
    if (vector === undefined) throw new ApiRefusal(400, `Invalid value for 'input.${at}': the text is empty.`, null)
    return spoilt(vector, fault)
  })
  const inputTokens = request.input.reduce((sum, text) => sum + tokensOf(text), 0)
  const data = vectors.map((vector, index) => ({ object: 'embedding', index, embedding: encoded(vector, request.encoding_format) }))
  return {
    tokens: { inputTokens, outputTokens: 0 },
    body: {
      object: 'list',
      model: request.model,
      data: fault.vectors === 'missing' ? data.slice(1) : data,
      usage: { prompt_tokens: inputTokens, total_tokens: inputTokens },
    },
  }
}

/** Little-endian 32-bit floats, as the `openai` package asks for, or plain numbers. */
function encoded(vector: Float32Array, format: 'float' | 'base64'): readonly number[] | string {
  if (format === 'float') return [...vector]
  const bytes = Buffer.alloc(vector.length * Float32Array.BYTES_PER_ELEMENT)
  vector.forEach((value, at) => bytes.writeFloatLE(value, at * Float32Array.BYTES_PER_ELEMENT))
  return bytes.toString('base64')
}

function spoilt(vector: Float32Array, { vectors }: Fault): Float32Array {
  if (vectors === 'short') return vector.slice(1)
  if (vectors === 'zero') return vector.fill(0)
  return vectors === 'infinite' ? vector.fill(Number.POSITIVE_INFINITY, 0, 1) : vector
}
