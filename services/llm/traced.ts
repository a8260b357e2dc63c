// Traced
// A model whose calls are spans, named by OpenTelemetry's GenAI conventions. Prompts and answers are not recorded.
import { SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import type { Embedder, Llm } from '../../actors/ports.ts'
import { instrumentation } from '../../runtime/telemetry.ts'

/** The names of the conventions, as of semantic conventions 1.37. */
const names = {
  operation: 'gen_ai.operation.name',
  provider: 'gen_ai.provider.name',
  requestModel: 'gen_ai.request.model',
  responseModel: 'gen_ai.response.model',
  finishReasons: 'gen_ai.response.finish_reasons',
  inputTokens: 'gen_ai.usage.input_tokens',
  outputTokens: 'gen_ai.usage.output_tokens',
} as const

export const tracedLlm = (llm: Llm): Llm => ({
  model: llm.model,
  offline: llm.offline,
  complete: (request, call) => {
    const model = request.model ?? llm.model
    const attributes = {
      [names.operation]: 'chat',
      [names.requestModel]: model,
      [names.provider]: providerOf(llm),
      'troupe.effect.key': call.idempotencyKey,
    }
    return inSpan(`chat ${model}`, attributes, async (record) => {
      const answer = await llm.complete(request, call)
      record({
        [names.responseModel]: answer.model,
        [names.finishReasons]: [answer.finish],
        [names.inputTokens]: answer.usage.inputTokens,
        [names.outputTokens]: answer.usage.outputTokens,
      })
      return answer
    })
  },
})

export const tracedEmbedder = (embedder: Embedder): Embedder => ({
  model: embedder.model,
  dimensions: embedder.dimensions,
  offline: embedder.offline,
  embed: (texts, signal) =>
    inSpan(
      `embeddings ${embedder.model}`,
      { [names.operation]: 'embeddings', [names.requestModel]: embedder.model, [names.provider]: providerOf(embedder) },
      () => embedder.embed(texts, signal),
    ),
})

const providerOf = ({ offline }: { readonly offline: boolean }): string => (offline ? 'troupe.offline' : 'openai')

type Attributes = Readonly<Record<string, string | number | string[]>>

async function inSpan<Result>(
  name: string,
  attributes: Attributes,
  run: (record: (more: Attributes) => void) => Promise<Result>,
): Promise<Result> {
  const span = trace.getTracer(instrumentation).startSpan(name, { kind: SpanKind.CLIENT, attributes })
  try {
    return await run((more) => span.setAttributes(more))
  } catch (error) {
    span.setStatus({ code: SpanStatusCode.ERROR, message: error instanceof Error ? error.name : 'error' })
    throw error
  } finally {
    span.end()
  }
}
