// Errors
// Every failure of the client, each with a stable code. docs/errors.md has one row a code: what happened, what to do.

export abstract class ClientError extends Error {
  abstract readonly code: string
  /** Whether the same call may succeed later without anyone changing anything. */
  abstract readonly retryable: boolean

  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = new.target.name
  }
}

/** An option of the client or of one call does not exist or is out of its range: nothing was sent. */
export class OptionInvalid extends ClientError {
  readonly code = 'TR_OPTION_INVALID'
  readonly retryable = false
}

/** The event is no object with a type, or no JSON can be made of it: nothing was sent. */
export class MessageInvalid extends ClientError {
  readonly code = 'TR_MESSAGE_INVALID'
  readonly retryable = false
}

/** The deadline passed without an answer. The message may have been taken: only the answer is known to be missing. */
export class AskTimeout extends ClientError {
  readonly code = 'TR_ASK_TIMEOUT'
  readonly retryable = true
}

/** The worker refused the message, the actor failed, or a query found nothing. `code` is the server's. */
export class AskRefused extends ClientError {
  readonly code: string
  readonly retryable: boolean

  constructor(message: string, code: string) {
    super(message)
    this.code = code
    this.retryable = retryableRefusals.has(code)
  }
}

const retryableRefusals: ReadonlySet<string> = new Set(['TR_ASKS_FULL', 'TR_DEADLINE_PASSED'])

/** The mailbox has no room: nothing of the message was stored. */
export class MailboxFull extends ClientError {
  readonly code = 'TR_MAILBOX_FULL'
  readonly retryable = true
}

/** Too much waits for the actor, its type or its tenant: nothing was applied. Try again after `retryAfterMs`. */
export class Overloaded extends ClientError {
  readonly code = 'TR_OVERLOADED'
  readonly retryable = true
  readonly retryAfterMs: number

  constructor(message: string, retryAfterMs: number) {
    super(message)
    this.retryAfterMs = retryAfterMs
  }
}

/** The NATS server or account refused the message for another reason than room: nothing of it was stored. */
export class SendRefused extends ClientError {
  readonly code = 'TR_SEND_REFUSED'
  readonly retryable = false
}

/** The event is larger than a message may be. Nothing was sent. */
export class MessageTooLarge extends ClientError {
  readonly code = 'TR_MESSAGE_TOO_LARGE'
  readonly retryable = false
}

/** The target is not an address. Nothing was sent. */
export class AddressInvalid extends ClientError {
  readonly code = 'TR_ADDRESS_INVALID'
  readonly retryable = false
}

/** The namespace was never created, or this is another server's. */
export class NamespaceNotFound extends ClientError {
  readonly code = 'TR_NAMESPACE_NOT_FOUND'
  readonly retryable = false
}

/** No server or no worker answered in time. A message that was waiting may or may not have been stored. */
export class ServerUnavailable extends ClientError {
  readonly code = 'TR_SERVER_UNAVAILABLE'
  readonly retryable = true
}

/** More messages are unanswered than the client may hold. Nothing was sent. */
export class ClientOverloaded extends ClientError {
  readonly code = 'TR_CLIENT_OVERLOADED'
  readonly retryable = true
}

/** The client was closed before the call, or while it waited. */
export class ClientClosed extends ClientError {
  readonly code = 'TR_CLIENT_CLOSED'
  readonly retryable = false
}
