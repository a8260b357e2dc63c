// Errors of the actors
import { TroupeError } from '../runtime/errors.ts'

/** The roster does not fit together: found when the worker starts. */
export class RosterInvalid extends TroupeError {
  readonly code = 'TR_ROSTER_INVALID'
  readonly retryable = false
}

/** The search that opens a question found no way into the collection. The agent goes on without it. */
export class RetrievalFailed extends TroupeError {
  readonly code = 'TR_RETRIEVAL_FAILED'
  readonly retryable = true
}
