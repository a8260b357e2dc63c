// OpenAI
// The Llm port over the `openai` package, for OpenAI itself and every endpoint that speaks its chat completions.
// Not for retries: the package's own are off, because the kernel retries effects with the same idempotency key.
//
// O1. An answer is whole or an error: without a finish reason and the usage chunk the stream has broken off.
// O2. Tool arguments that do not parse, and text that is not JSON of the schema asked for, are never passed on.
// O3. Every call ends: by its answer, by the caller's signal, or after `timeoutMs`.
import { createHash } from 'node:crypto'
import OpenAI from 'openai'
import { z } from 'zod'
import type { Llm, LlmAnswer, LlmCall, LlmMessage, LlmRequest, ToolCall } from '../../actors/ports.ts'
import { LlmAnswerInvalid, LlmUnavailable } from './errors.ts'
import { abortOf, failureOf, type Attempt } from './openai-failure.ts'
import { costOf, type PriceTable, type TokenCounts } from './prices.ts'

export const openAiBaseUrl = 'https://api.openai.com/v1'
export const timeoutMsDefault = 120_000

export interface EndpointOptions {
  /** Default OpenAI's own. */
  readonly baseUrl?: string | undefined
  readonly apiKey: string
  readonly model: string
  /** True when `model` is a model of the built-in offline server. */
  readonly offline: boolean
  /** For one whole answer (O3). Default 120,000. */
  readonly timeoutMs?: number
}

export interface OpenAiLlmOptions extends EndpointOptions {
  readonly prices: PriceTable
}

/** A language model behind an OpenAI-compatible endpoint. Throws the errors of `errors.ts`, or the reason of the call's signal. */
export function openAiLlm(options: OpenAiLlmOptions): Llm {
  const client = clientOf(options)
  return {
    model: options.model,
    offline: options.offline,
    complete: (request, call) => complete(client, options, request, call),
  }
}

/** Everything is given here, so that the package reads no base URL or key from the environment and logs nothing. */
export const clientOf = ({ baseUrl, apiKey, timeoutMs }: EndpointOptions): OpenAI =>
  new OpenAI({
    apiKey,
    adminAPIKey: null,
    baseURL: baseUrl ?? openAiBaseUrl,
    maxRetries: 0,
    timeout: timeoutMs ?? timeoutMsDefault,
    logLevel: 'off',
  })

export function attemptOf(options: EndpointOptions, call: string, signal: AbortSignal): Attempt {
  const timeoutMs = options.timeoutMs ?? timeoutMsDefault
  const what = `model '${options.model}' at ${options.baseUrl ?? openAiBaseUrl}, ${call}`
  return { what, apiKey: options.apiKey, signal, timeout: AbortSignal.timeout(timeoutMs), timeoutMs }
}

async function complete(client: OpenAI, options: OpenAiLlmOptions, request: LlmRequest, call: LlmCall): Promise<LlmAnswer> {
  const startedAt = performance.now()
  const model = request.model ?? options.model
  const attempt = attemptOf({ ...options, model }, `call ${call.idempotencyKey}`, call.signal)
  const draft: Draft = { text: '', refusal: '', calls: [], finish: undefined, usage: undefined, model }
  for await (const chunk of chunksOf(client, bodyOf(request, model, options.baseUrl), call, attempt)) {
    const delta = absorb(draft, chunk)
    if (delta !== '') call.onText?.(delta)
  }
  return { ...wholeAnswer(draft, request, options, attempt), latencyMs: performance.now() - startedAt }
}

/** The stream, with failures of the endpoint as our errors; what the consumer throws is not touched. */
async function* chunksOf(
  client: OpenAI,
  body: OpenAI.ChatCompletionCreateParamsStreaming,
  call: LlmCall,
  attempt: Attempt,
): AsyncGenerator<OpenAI.ChatCompletionChunk> {
  const headers = {
    'Idempotency-Key': headerValue(call.idempotencyKey),
    ...(call.correlation !== undefined && { 'X-Client-Request-Id': headerValue(call.correlation) }),
  }
  try {
    yield* await client.chat.completions.create(body, { signal: AbortSignal.any([call.signal, attempt.timeout]), headers })
  } catch (cause) {
    throw failureOf(cause, attempt)
  }
}

const plainHeaderValue = /^[\x21-\x7e]{1,255}$/

/** Keys of actors may hold any characters, headers may not: a key that does not fit is sent as its hash. */
const headerValue = (text: string): string => (plainHeaderValue.test(text) ? text : createHash('sha256').update(text).digest('hex'))

/** What has come so far. */
interface Draft {
  text: string
  refusal: string
  calls: { id: string; name: string; arguments: string }[]
  finish: string | undefined
  usage: (TokenCounts & { readonly cachedTokens: number }) | undefined
  model: string
}

/** Adds a chunk to the draft; returns its text. */
function absorb(draft: Draft, chunk: OpenAI.ChatCompletionChunk): string {
  if (chunk.model) draft.model = chunk.model
  if (chunk.usage) {
    draft.usage = {
      inputTokens: chunk.usage.prompt_tokens,
      outputTokens: chunk.usage.completion_tokens,
      cachedTokens: chunk.usage.prompt_tokens_details?.cached_tokens ?? 0,
    }
  }
  const choice = chunk.choices?.[0]
  if (choice === undefined) return ''
  draft.finish = choice.finish_reason ?? draft.finish
  draft.refusal += choice.delta.refusal ?? ''
  for (const part of choice.delta.tool_calls ?? []) {
    const tool = (draft.calls[part.index] ??= { id: '', name: '', arguments: '' })
    if (part.id) tool.id = part.id
    tool.name += part.function?.name ?? ''
    tool.arguments += part.function?.arguments ?? ''
  }
  const text = choice.delta.content ?? ''
  draft.text += text
  return text
}

function wholeAnswer(draft: Draft, request: LlmRequest, options: OpenAiLlmOptions, attempt: Attempt): Omit<LlmAnswer, 'latencyMs'> {
  // An aborted stream just ends: the reason has to be asked for.
  const stopped = abortOf(attempt)
  if (stopped !== undefined) throw stopped
  if (draft.finish === undefined || draft.usage === undefined) {
    const missing = draft.finish === undefined ? 'a finish reason' : 'the usage chunk (stream_options.include_usage)'
    throw new LlmUnavailable(`${attempt.what}: the stream ended without ${missing} after ${draft.text.length} characters; try again`) // O1
  }
  const toolCalls = draft.calls.map((call) => toolCallOf(call, attempt))
  if (request.schema && toolCalls.length === 0 && draft.refusal === '') checkJson(draft, request.schema, attempt)
  const { inputTokens, outputTokens } = draft.usage
  return {
    text: draft.text === '' ? draft.refusal : draft.text,
    toolCalls,
    finish: draft.refusal === '' ? finishOf(draft.finish, toolCalls.length) : 'filtered',
    usage: { inputTokens, outputTokens, costUsd: options.offline ? 0 : costOf(draft.model, draft.usage, options.prices) },
    model: draft.model,
    offline: options.offline,
  }
}

function finishOf(reason: string, toolCalls: number): LlmAnswer['finish'] {
  if (reason === 'length') return 'length'
  if (reason === 'content_filter') return 'filtered'
  return toolCalls > 0 ? 'tools' : 'stop'
}

function toolCallOf(call: Draft['calls'][number], attempt: Attempt): ToolCall {
  try {
    return { id: call.id, name: call.name, arguments: JSON.parse(call.arguments === '' ? '{}' : call.arguments) }
  } catch (cause) {
    throw new LlmAnswerInvalid(`${attempt.what}: the arguments for tool '${call.name}' are not JSON; try again`, { cause }) // O2
  }
}

function checkJson(draft: Draft, { name, schema }: NonNullable<LlmRequest['schema']>, attempt: Attempt): void {
  const cut = draft.finish === 'length' ? ' because it was cut at the token limit: raise tokensMax' : '; try again'
  let value: unknown
  try {
    value = JSON.parse(draft.text)
  } catch (cause) {
    throw new LlmAnswerInvalid(`${attempt.what}: the answer for schema '${name}' is not JSON${cut}`, { cause }) // O2
  }
  const fault = checkerOf(schema)?.safeParse(value).error?.issues[0]
  if (fault === undefined) return
  throw new LlmAnswerInvalid(
    `${attempt.what}: the answer does not fit schema '${name}' at '${fault.path.join('.')}': ${fault.message}; try again`,
  ) // O2
}

/** A checker for a JSON schema; undefined when the schema uses a keyword that zod cannot check: then only the endpoint does. */
function checkerOf(schema: Readonly<Record<string, unknown>>): z.ZodType | undefined {
  try {
    return z.fromJSONSchema(schema)
  } catch {
    return undefined
  }
}

function bodyOf(request: LlmRequest, model: string, baseUrl: string | undefined): OpenAI.ChatCompletionCreateParamsStreaming {
  const { tools, schema, temperature, seed, tokensMax } = request
  return {
    model,
    messages: request.messages.map(messageParam),
    stream: true,
    stream_options: { include_usage: true },
    ...(tools && tools.length > 0 && { tools: tools.map((tool) => ({ type: 'function' as const, function: { ...tool } })) }),
    ...(schema && { response_format: { type: 'json_schema', json_schema: { ...schema, strict: fitsStrictMode(schema.schema) } } }),
    ...(temperature !== undefined && { temperature }),
    ...(seed !== undefined && { seed }),
    // OpenAI has retired `max_tokens`; most other endpoints know only that.
    ...(tokensMax !== undefined && (isOpenAi(baseUrl) ? { max_completion_tokens: tokensMax } : { max_tokens: tokensMax })),
    // These models reason by default, and then take neither tools (in chat completions) nor a temperature.
    ...(isOpenAi(baseUrl) && reasonsByDefault.test(model) && { reasoning_effort: 'none' as const }),
  }
}

const isOpenAi = (baseUrl: string | undefined): boolean => new URL(baseUrl ?? openAiBaseUrl).hostname === new URL(openAiBaseUrl).hostname

const reasonsByDefault = /^gpt-(5\.[1-9]|[6-9])/

function messageParam(message: LlmMessage): OpenAI.ChatCompletionMessageParam {
  if (message.role === 'tool') return { role: 'tool', tool_call_id: message.toolCallId, content: message.content }
  if (message.role !== 'assistant') return message
  const calls = message.toolCalls ?? []
  return { role: 'assistant', content: message.content, ...(calls.length > 0 && { tool_calls: calls.map(toolCallParam) }) }
}

const toolCallParam = (call: ToolCall): OpenAI.ChatCompletionMessageFunctionToolCall => ({
  id: call.id,
  type: 'function',
  function: { name: call.name, arguments: JSON.stringify(call.arguments ?? {}) },
})

/** OpenAI enforces a schema only if every object in it is closed and requires all of its properties. */
function fitsStrictMode(schema: unknown): boolean {
  if (typeof schema !== 'object' || schema === null) return true
  if ('properties' in schema && typeof schema.properties === 'object' && schema.properties !== null) {
    const required: readonly unknown[] = 'required' in schema && Array.isArray(schema.required) ? schema.required : []
    const closed = 'additionalProperties' in schema && schema.additionalProperties === false
    if (!closed || !Object.keys(schema.properties).every((name) => required.includes(name))) return false
  }
  return Object.values(schema).every(fitsStrictMode)
}
