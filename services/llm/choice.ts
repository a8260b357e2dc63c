// Choice: what the settings say about models, as the roster reads it.
import type { Settings } from '../settings.ts'
import type { ModelChoice } from './index.ts'

export const choiceOf = (settings: Settings): ModelChoice => ({
  openAiApiKey: settings.OPENAI_API_KEY,
  openAiBaseUrl: settings.OPENAI_BASE_URL,
  model: settings.OPENAI_MODEL,
  embeddingModel: settings.OPENAI_EMBEDDING_MODEL,
  embeddingDimensions: settings.OPENAI_EMBEDDING_DIMENSIONS,
  unpricedCallUsd: settings.TROUPE_UNPRICED_CALL_USD,
  offlineUrl: settings.TROUPE_OFFLINE_MODEL_URL,
})
