// Errors of the language model
// How a call to a model fails. The kernel retries what is retryable; nothing here retries.
// One that has cost nothing says so in `costUsd`: what was reserved for it is given back.
import { TroupeError } from '../../runtime/errors.ts'

/** The endpoint asks to slow down. */
export class LlmRateLimited extends TroupeError {
  readonly code = 'TR_LLM_RATE_LIMITED'
  readonly retryable = true
  readonly costUsd = 0
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
  /** 0 when it was refused before any token; undefined when nobody knows. */
  readonly costUsd: 0 | undefined

  constructor(message: string, { costUsd, ...options }: ErrorOptions & { readonly costUsd?: 0 } = {}) {
    super(message, options)
    this.costUsd = costUsd
  }
}

/** The endpoint is known to be down, so it was not called. */
export class LlmCircuitOpen extends TroupeError {
  readonly code = 'TR_CIRCUIT_OPEN'
  readonly retryable = true
  readonly costUsd = 0
  readonly retryAfterMs: number

  constructor(message: string, retryAfterMs: number) {
    super(message)
    this.retryAfterMs = retryAfterMs
  }
}

/** The endpoint will not answer this call, however often it is made: wrong key, unknown model, bad request, no quota. */
export class LlmRefused extends TroupeError {
  readonly code = 'TR_LLM_REFUSED'
  readonly retryable = false
  readonly costUsd = 0
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
