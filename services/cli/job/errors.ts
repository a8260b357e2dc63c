import { TroupeError } from '../../../runtime/errors.ts'

/** The folder holds nothing that a task could be made of. */
export class NothingToDo extends TroupeError {
  readonly code = 'TR_JOB_NOTHING_TO_DO'
  readonly retryable = false
}

/** The folder could not be read into memory. */
export class IngestFailed extends TroupeError {
  readonly code = 'TR_JOB_INGEST_FAILED'
  readonly retryable = false
}

/** No worker owns the partitions: nobody would take the tasks. */
export class FleetMissing extends TroupeError {
  readonly code = 'TR_JOB_FLEET_MISSING'
  readonly retryable = true
}
