// Failure
// What an error of the NATS client means to the kernel. Decided by the server's error codes, never by a message's words.
import { JetStreamApiError } from '@nats-io/jetstream'
import { MailboxFull, MessageTooLarge, NamespaceNotFound, ServerUnavailable, type TroupeError } from '../errors.ts'

/** `err_code` of the JetStream API. */
export const apiCodes = {
  messageTooLarge: 10054,
  streamExists: 10058,
  streamNotFound: 10059,
  wrongLastSequence: 10071,
  wrongLastSequenceUnknown: 10164,
  storeFull: 10077,
} as const

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** The server took a publish or a request and refused it; `apiCode` is JetStream's `err_code`. */
export class RequestRefused extends Error {
  readonly apiCode: number

  constructor(message: string, apiCode: number) {
    super(message)
    this.name = 'RequestRefused'
    this.apiCode = apiCode
  }
}

export function apiCodeOf(error: unknown): number | undefined {
  if (error instanceof RequestRefused) return error.apiCode
  return error instanceof JetStreamApiError ? error.code : undefined
}

/** The kernel's error for a request that failed; `doing` says which, with its id. */
export function failureOf(error: unknown, doing: string): TroupeError {
  const message = `${doing}: ${messageOf(error)}`
  const options = { cause: error }
  if (error instanceof MessageTooLarge) return error
  switch (apiCodeOf(error)) {
    case apiCodes.messageTooLarge:
      return new MessageTooLarge(message, options)
    case apiCodes.storeFull:
      return new MailboxFull(message, options)
    case apiCodes.streamNotFound:
      return new NamespaceNotFound(message, options)
    default:
      return new ServerUnavailable(message, options)
  }
}

/** Awaits a request, or throws what its failure means. */
export async function orFail<Answer>(request: Promise<Answer>, doing: string): Promise<Answer> {
  try {
    return await request
  } catch (error) {
    throw failureOf(error, doing)
  }
}

/** An error in a callback of the client has no caller: it is a bug and ends the process like any uncaught one. */
export const raise = (error: unknown): void => {
  setImmediate(() => {
    throw error
  })
}
