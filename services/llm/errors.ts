// Errors of the language model
// How a call to a model fails. The kernel retries what is retryable; nothing here retries.
import { TroupeError } from '../../runtime/errors.ts'

/** The endpoint asks to slow down. */
export class LlmRateLimited extends TroupeError {
  readonly code = 'TR_LLM_RATE_LIMITED'
  readonly retryable = true
  /** How long the endpoint asks to wait; undefined when it does not say. */
  readonly retryAfterMs: number | undefined

  constructor(message: string, retryAfterMs: number | undefined, options?: ErrorOptions) {
    super(message, options)
    this.retryAfterMs = retryAfterMs
  }
}

/** The endpoint failed, could not be reached, did not answer in time, or its answer broke off. */
export class LlmUnavailable extends TroupeError {
  readonly code = 'TR_LLM_UNAVAILABLE'
  readonly retryable = true
}

/** The endpoint will not answer this call, however often it is made: wrong key, unknown model, bad request, no quota. */
export class LlmRefused extends TroupeError {
  readonly code = 'TR_LLM_REFUSED'
  readonly retryable = false
}

/** An answer came, but it is not what was asked for. A second attempt may be better; a third is no use. */
export class LlmAnswerInvalid extends TroupeError {
  readonly code = 'TR_LLM_ANSWER_INVALID'
  readonly retryable = true
  readonly attemptsMax = 2
}

/** The settings name no model that can be used. */
export class LlmNotConfigured extends TroupeError {
  readonly code = 'TR_LLM_NOT_CONFIGURED'
  readonly retryable = false
}
