import { TroupeError } from '../../runtime/errors.ts'

/** Postgres could not be reached, or could not be made ready, in time. */
export class DatabaseUnavailable extends TroupeError {
  readonly code = 'TR_DATABASE_UNAVAILABLE'
  readonly retryable = true
}
