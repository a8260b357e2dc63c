import { TroupeError } from '../../../runtime/errors.ts'

/** Actors of two types have no states in common, however alike their names are. */
export class RunsNotComparable extends TroupeError {
  readonly code = 'TR_RUNS_NOT_COMPARABLE'
  readonly retryable = false
}

/** A version of a machine that this build does not host. */
export class VersionNotHosted extends TroupeError {
  readonly code = 'TR_VERSION_NOT_HOSTED'
  readonly retryable = false
}
