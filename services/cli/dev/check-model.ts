// Check model
// Asks a real model endpoint once, while everything else starts: a wrong key should be one sentence at the start, not a reason in every task.
import { TroupeError } from '../../../runtime/errors.ts'
import { choiceOf } from '../../llm/choice.ts'
import { offlineEmbeddingModel } from '../../llm/offline/models.ts'
import type { Settings } from '../../settings.ts'

/** Throws `LlmRefused` and `LlmNotConfigured`; an endpoint that is busy or away may be there when it is needed. */
export async function checkModel(settings: Settings, stop: AbortSignal): Promise<void> {
  if (settings.OPENAI_API_KEY === undefined && settings.OPENAI_BASE_URL === undefined) return
  const { chooseModel } = await import('../../llm/index.ts')
  const { llm, embedder } = chooseModel(choiceOf(settings))
  try {
    if (!embedder.offline) await embedder.embed(['ready?'], stop)
    else if (!llm.offline)
      await llm.complete({ messages: [{ role: 'user', content: 'Reply with: ok' }] }, { signal: stop, idempotencyKey: 'check' })
  } catch (error) {
    if (error instanceof TroupeError && !error.retryable) throw error
  }
}

/** The model whose vectors a collection holds: the same folder has another collection for another model. */
export async function embeddingModelOf(settings: Settings): Promise<string> {
  if (settings.OPENAI_EMBEDDING_MODEL !== undefined) return settings.OPENAI_EMBEDDING_MODEL
  return settings.OPENAI_API_KEY === undefined ? offlineEmbeddingModel : (await import('../../llm/index.ts')).embeddingModelDefault
}
