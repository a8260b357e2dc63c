import { TroupeError } from '../../runtime/errors.ts'

/** The port of the bridge to Stately's inspector is taken, or the host has no such address. */
export class BridgeNotOpened extends TroupeError {
  readonly code = 'TR_STATELY_BRIDGE_NOT_OPENED'
  readonly retryable = true
}

/** The WebSocket server that messages for Stately's inspector are to go to does not answer. */
export class ReceiverUnreachable extends TroupeError {
  readonly code = 'TR_STATELY_RECEIVER_UNREACHABLE'
  readonly retryable = true
}
