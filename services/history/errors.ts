import { TroupeError } from '../../runtime/errors.ts'

/** Postgres could not be reached, or could not be made ready, in time. */
export class DatabaseUnavailable extends TroupeError {
  readonly code = 'TR_DATABASE_UNAVAILABLE'
  readonly retryable = true
}

/** A page was asked for after a place that no page of this order has given. */
export class CursorInvalid extends TroupeError {
  readonly code = 'TR_CURSOR_INVALID'
  readonly retryable = false
}
