// Errors of the tools. They reach the model as the text of a result.
import { TroupeError } from '../../runtime/errors.ts'

/** A file that is no table, or a larger one than the limits. */
export class TableUnreadable extends TroupeError {
  readonly code = 'TR_TABLE_UNREADABLE'
  readonly retryable = false
}

/** The linter could not be started, or ended without a report. */
export class LintFailed extends TroupeError {
  readonly code = 'TR_LINT_FAILED'
  readonly retryable = true
}
