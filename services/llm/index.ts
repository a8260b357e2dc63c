// Language models
// The roster: which models there are, and which one the settings mean.
import type { Embedder, Llm } from '../../actors/ports.ts'
import type { CallPricer } from '../../machines/budget.ts'
import { callPricer } from './call-price.ts'
import { LlmNotConfigured } from './errors.ts'
import { isOfflineModel, offlineChatModel, offlineEmbeddingModel } from './offline/models.ts'
import { openAiEmbedder } from './openai-embedder.ts'
import { openAiBaseUrl, openAiLlm } from './openai.ts'
import { prices } from './prices.ts'

export const chatModelDefault = 'gpt-6-luna'
export const embeddingModelDefault = 'text-embedding-3-small'

/** Length of the vectors each known embedding model gives when it is not asked for shorter ones. */
const embeddingModels: Readonly<Record<string, number>> = {
  [offlineEmbeddingModel]: 384,
  'text-embedding-3-small': 1536,
  'text-embedding-3-large': 3072,
}

/** Settings as they were read; an empty string counts as absent. */
export interface ModelChoice {
  readonly openAiApiKey?: string | undefined
  readonly openAiBaseUrl?: string | undefined
  readonly model?: string | undefined
  readonly embeddingModel?: string | undefined
  /** Needed for an embedding model that is not in the roster. */
  readonly embeddingDimensions?: number | undefined
  /** What a call of a model without a price counts for, in US dollars. */
  readonly unpricedCallUsd?: number | undefined
  /** Where the built-in offline model server listens, its `/v1` included. */
  readonly offlineUrl?: string | undefined
}

export interface ChosenModels {
  readonly llm: Llm
  readonly embedder: Embedder
  readonly callUsdMax: CallPricer
  /** Those that agents may name; undefined: whichever the endpoint has. */
  readonly models: readonly string[] | undefined
  /** Where the language model answers: circuits are kept by it. */
  readonly endpoint: string
  /** For people: what answers, and where. */
  readonly describe: string
}

/**
 * With a key or a base URL the real endpoint, else the offline server. A model named `offline-…` is always the offline server's.
 * Throws `LlmNotConfigured` when the settings name no usable model.
 */
export function chooseModel(choice: ModelChoice): ChosenModels {
  const real = Boolean(choice.openAiApiKey) || Boolean(choice.openAiBaseUrl)
  // Behind a base URL alone there may be any server: its models are not ours to guess, and it may have no embeddings.
  const model = choice.model || (real ? (choice.openAiApiKey ? chatModelDefault : undefined) : offlineChatModel)
  if (model === undefined) {
    throw new LlmNotConfigured(`a base URL is set (${choice.openAiBaseUrl}) but no model; name the model to ask there`)
  }
  const embeddingModel = choice.embeddingModel || (choice.openAiApiKey ? embeddingModelDefault : offlineEmbeddingModel)
  const llm = openAiLlm({ ...endpointOf(model, choice), prices })
  const embedder = embedderOf(embeddingModel, choice)
  const { offline } = llm
  const callUsdMax = callPricer({ model, offline, unpricedCallUsd: choice.unpricedCallUsd })
  const endpoint = withoutCredentials(endpointOf(model, choice).baseUrl ?? openAiBaseUrl)
  const described = `${describe(llm, choice)}; embeddings by ${describe(embedder, choice)}`
  return { llm, embedder, callUsdMax, models: modelsFor(model, choice), endpoint, describe: described }
}

/** It is shown to people, and to every worker. */
function withoutCredentials(url: string): string {
  if (!URL.canParse(url)) return url
  const { origin, pathname } = new URL(url)
  return origin + pathname
}

/** Behind another base URL there may be any. */
function modelsFor(model: string, choice: ModelChoice): readonly string[] | undefined {
  if (isOfflineModel(model)) return [model]
  if (choice.openAiBaseUrl) return undefined
  const priced = Object.entries(prices).flatMap(([name, { output }]) => (output > 0 ? [name] : [])) // embeddings have none
  return [...new Set([model, ...priced])]
}

function endpointOf(model: string, choice: ModelChoice) {
  if (!isOfflineModel(model))
    return { baseUrl: choice.openAiBaseUrl || undefined, apiKey: choice.openAiApiKey || 'none', model, offline: false }
  if (choice.offlineUrl) return { baseUrl: choice.offlineUrl, apiKey: 'offline', model, offline: true }
  throw new LlmNotConfigured(`model '${model}' needs the offline server, and its URL is not known; start it, or set OPENAI_API_KEY`)
}

function embedderOf(model: string, choice: ModelChoice): Embedder {
  const native = embeddingModels[model]
  const dimensions = choice.embeddingDimensions ?? native
  if (dimensions === undefined) {
    throw new LlmNotConfigured(`embedding model '${model}' is not in the roster; set the number of dimensions of its vectors`)
  }
  return openAiEmbedder({ ...endpointOf(model, choice), dimensions, shortened: native !== undefined && dimensions !== native })
}

function describe({ model, offline }: { readonly model: string; readonly offline: boolean }, choice: ModelChoice): string {
  if (offline) return `offline model ${model} (built in: it quotes passages and writes nothing of its own)`
  return `${model} at ${choice.openAiBaseUrl || openAiBaseUrl}`
}
