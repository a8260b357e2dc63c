// Errors of the command line: what the person at it can mend.
import { TroupeError } from '../../runtime/errors.ts'

/** No server is known: nothing runs on the data folder, and the environment names none. */
export class ServersNotFound extends TroupeError {
  readonly code = 'TR_CLI_SERVERS_NOT_FOUND'
  readonly retryable = true
}

/** An argument of a command cannot be read. */
export class ArgumentInvalid extends TroupeError {
  readonly code = 'TR_CLI_ARGUMENT_INVALID'
  readonly retryable = false
}

/** What a command was asked to show is not there. */
export class NotFound extends TroupeError {
  readonly code = 'TR_CLI_NOT_FOUND'
  readonly retryable = true
}

/** A filter left no dead letter. */
export class NothingMatches extends TroupeError {
  readonly code = 'TR_CLI_NOTHING_MATCHES'
  readonly retryable = true
}

/** A dead letter holds no event that could be sent to its actor again, or was sent already. */
export class NotRedrivable extends TroupeError {
  readonly code = 'TR_CLI_NOT_REDRIVABLE'
  readonly retryable = false
}

/** A module has no actor definitions to check. */
export class DefinitionsNotFound extends TroupeError {
  readonly code = 'TR_CLI_DEFINITIONS_NOT_FOUND'
  readonly retryable = false
}

/** The command was stopped before it was done. */
export class Interrupted extends TroupeError {
  readonly code = 'TR_CLI_INTERRUPTED'
  readonly retryable = true
}

/** The log no longer holds all that a coordinator has learned from, and neither does the history. */
export class RebuildIncomplete extends TroupeError {
  readonly code = 'TR_CLI_REBUILD_INCOMPLETE'
  readonly retryable = true
}

/** A cron expression or its time zone cannot be read, or nothing is ever due by it. The code is the one a schedule would refuse it with. */
export class ScheduleInvalid extends TroupeError {
  readonly code: string
  readonly retryable = false

  constructor(message: string, code: string) {
    super(message)
    this.code = code
  }
}

/** Nobody could do such a task, or the task makes no sense. The code is the one a coordinator would refuse it with. */
export class PredictionRefused extends TroupeError {
  readonly code: string
  readonly retryable = false

  constructor(message: string, code: string) {
    super(message)
    this.code = code
  }
}
