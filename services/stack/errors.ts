import { TroupeError } from '../../runtime/errors.ts'

/** Why the servers under the runtime are not there. Every message says what to do. */
export abstract class StackError extends TroupeError {}

/** The data folder belongs to a running stack. */
export class DataFolderBusy extends StackError {
  readonly code = 'TR_STACK_FOLDER_BUSY'
  readonly retryable = true
}

/** No server program that fits was found: none at all, or one of the wrong version. */
export class ServerMissing extends StackError {
  readonly code = 'TR_STACK_SERVER_MISSING'
  readonly retryable = false
}

/** A server that was named (NATS_URL, DATABASE_URL) does not answer. */
export class ServerUnreachable extends StackError {
  readonly code = 'TR_STACK_SERVER_UNREACHABLE'
  readonly retryable = true
}

/** An embedded server ended or stayed silent before it was ready. */
export class ServerStartFailed extends StackError {
  readonly code = 'TR_STACK_SERVER_START_FAILED'
  readonly retryable = false
}

/** An embedded server ended without being asked to. */
export class ServerLost extends StackError {
  readonly code = 'TR_STACK_SERVER_LOST'
  readonly retryable = true
}

/** A process of the project could not be started at all. */
export class ProcessStartFailed extends StackError {
  readonly code = 'TR_STACK_PROCESS_START_FAILED'
  readonly retryable = false
}
