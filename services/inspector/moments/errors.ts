import { TroupeError } from '../../../runtime/errors.ts'

/** The address that a fork is to have is an actor's already. */
export class ForkKeyTaken extends TroupeError {
  readonly code = 'TR_FORK_KEY_TAKEN'
  readonly retryable = false
}

/** An actor has taken a turn that the history does not hold yet. */
export class MomentNotYet extends TroupeError {
  readonly code = 'TR_MOMENT_NOT_YET'
  readonly retryable = true
}
