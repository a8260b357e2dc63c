// Errors
import { TroupeError } from '../../runtime/errors.ts'

/** The event loop of a worker does not turn: some turn or effect never returns. */
export class WorkerBlocked extends TroupeError {
  readonly code = 'TR_WORKER_BLOCKED'
  readonly retryable = false
}
