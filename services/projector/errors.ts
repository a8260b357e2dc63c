import { TroupeError } from '../../runtime/errors.ts'

/** A record of the log that no reader of this version understands. */
export class RecordMalformed extends TroupeError {
  readonly code = 'TR_RECORD_MALFORMED'
  readonly retryable = false
}

/** Records between what is projected and what the log still holds are missing, or are not those that were projected. */
export class LogGap extends TroupeError {
  readonly code = 'TR_LOG_GAP'
  readonly retryable = false
}

/** A record of an owner whose claim is older than one already projected, or was never seen. */
export class EpochOutOfOrder extends TroupeError {
  readonly code = 'TR_EPOCH_OUT_OF_ORDER'
  readonly retryable = false
}

/** Postgres refuses the rows of a record, and would refuse them again. */
export class RowsRefused extends TroupeError {
  readonly code = 'TR_ROWS_REFUSED'
  readonly retryable = false
}

/** The database holds the history of another namespace. */
export class NamespaceMixed extends TroupeError {
  readonly code = 'TR_NAMESPACE_MIXED'
  readonly retryable = false
}
