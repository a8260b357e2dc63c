// OpenAI embedder
// The Embedder port over the `openai` package. Vectors are checked before anyone stores them.
//
// E1. One vector per text, in order, each of `dimensions` finite numbers and not all zero; else the call fails as a whole.
import type OpenAI from 'openai'
import type { Embedder } from '../../actors/ports.ts'
import { LlmAnswerInvalid } from './errors.ts'
import { attemptOf, clientOf, type EndpointOptions } from './openai.ts'
import { failureOf, type Attempt } from './openai-failure.ts'

/** Texts in one request; more are sent in several, one after the other. */
export const embedBatchMax = 128

export interface OpenAiEmbedderOptions extends EndpointOptions {
  /** Length of every vector. */
  readonly dimensions: number
  /** Ask the endpoint for `dimensions`: only for models whose vectors can be shortened. Default false. */
  readonly shortened?: boolean
}

/** Embeddings from an OpenAI-compatible endpoint. Throws the errors of `errors.ts`, or the signal's reason. */
export function openAiEmbedder(options: OpenAiEmbedderOptions): Embedder {
  const client = clientOf(options)
  return {
    model: options.model,
    dimensions: options.dimensions,
    offline: options.offline,
    async embed(texts, signal) {
      const vectors: Float32Array[] = []
      for (let from = 0; from < texts.length; from += embedBatchMax) {
        vectors.push(...(await embedBatch(client, options, texts.slice(from, from + embedBatchMax), signal)))
      }
      return vectors
    },
  }
}

async function embedBatch(client: OpenAI, options: OpenAiEmbedderOptions, texts: readonly string[], signal: AbortSignal) {
  const attempt = attemptOf(options, `embedding ${texts.length} texts`, signal)
  const body = { model: options.model, input: [...texts], ...(options.shortened && { dimensions: options.dimensions }) }
  try {
    const answer = await client.embeddings.create(body, { signal: AbortSignal.any([signal, attempt.timeout]) })
    return vectorsOf(answer.data, texts.length, options.dimensions, attempt)
  } catch (cause) {
    throw cause instanceof LlmAnswerInvalid ? cause : failureOf(cause, attempt)
  }
}

function vectorsOf(rows: readonly OpenAI.Embedding[] | undefined, count: number, dimensions: number, attempt: Attempt): Float32Array[] {
  const ordered = [...(rows ?? [])].toSorted((a, b) => a.index - b.index)
  const fault =
    ordered.length === count
      ? ordered
          .map((row, at) => (row.index === at ? vectorFault(row.embedding, dimensions) : `is missing`))
          .find((found) => found !== undefined)
      : `are ${ordered.length} in number`
  if (fault === undefined) return ordered.map((row) => Float32Array.from(row.embedding))
  throw new LlmAnswerInvalid(
    `${attempt.what}: asked for ${count} vectors of ${dimensions} numbers, one ${fault}; check model and dimensions`,
  ) // E1
}

function vectorFault(vector: readonly number[], dimensions: number): string | undefined {
  if (!Array.isArray(vector) || vector.length !== dimensions) return `has ${vector?.length} numbers`
  if (!vector.every(Number.isFinite)) return 'has a number that is not finite'
  return vector.some((value) => value !== 0) ? undefined : 'is all zero'
}
