// Errors of drawing charts.
import { TroupeError } from '../../../runtime/errors.ts'

/** The thread that lays charts out ended, or was closed, before it had answered. */
export class LayoutStopped extends TroupeError {
  readonly code = 'TR_LAYOUT_STOPPED'
  readonly retryable = true
}
