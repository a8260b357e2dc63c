import { TroupeError } from '../../runtime/errors.ts'

/** An answer of the gateway that is no success: status, code, and what to do. Every one is sent as a problem (RFC 9457). */
abstract class GatewayRefusal extends TroupeError {
  abstract readonly status: number
  readonly retryable: boolean = false
}

export class RequestInvalid extends GatewayRefusal {
  readonly code = 'TR_REQUEST_INVALID'
  readonly status = 400
  /** Field by field, as `path: what is wrong`. */
  readonly faults: readonly string[]

  constructor(message: string, faults: readonly string[] = []) {
    super(message)
    this.faults = faults
  }
}

export class NotAuthenticated extends GatewayRefusal {
  readonly code = 'TR_NOT_AUTHENTICATED'
  readonly status = 401
}

export class NotAllowed extends GatewayRefusal {
  readonly code = 'TR_NOT_ALLOWED'
  readonly status = 403
}

export class ResourceMissing extends GatewayRefusal {
  readonly code = 'TR_RESOURCE_MISSING'
  readonly status = 404
}

export class ResourceConflict extends GatewayRefusal {
  readonly code = 'TR_RESOURCE_CONFLICT'
  readonly status = 409
}

/** Somebody else has approved, denied or answered it before. */
export class ApprovalAnswered extends GatewayRefusal {
  readonly code = 'TR_APPROVAL_ANSWERED'
  readonly status = 409
}

/** Nobody said anything in time: what waited has gone on without. */
export class ApprovalExpired extends GatewayRefusal {
  readonly code = 'TR_APPROVAL_EXPIRED'
  readonly status = 410
}

export class TooManyRequests extends GatewayRefusal {
  readonly code = 'TR_TOO_MANY_REQUESTS'
  readonly status = 429
  override readonly retryable = true
  readonly retryAfterMs: number | undefined

  constructor(message: string, retryAfterMs?: number) {
    super(message)
    this.retryAfterMs = retryAfterMs
  }
}

/** A server that the gateway needs does not answer, or the history is far behind. */
export class NotReady extends GatewayRefusal {
  readonly code = 'TR_GATEWAY_NOT_READY'
  readonly status = 503
  override readonly retryable = true
  readonly faults: readonly string[]

  constructor(message: string, faults: readonly string[]) {
    super(message)
    this.faults = faults
  }
}

/** A tenant has as many keys as it may. */
export class KeysFull extends GatewayRefusal {
  readonly code = 'TR_KEYS_FULL'
  readonly status = 409
}

/** Whether a key is good cannot be looked up now: nobody comes in on trust. */
export class KeysUnavailable extends GatewayRefusal {
  readonly code = 'TR_KEYS_UNAVAILABLE'
  readonly status = 503
  override readonly retryable = true
}

/** The keys of the tokens' issuer cannot be had now. */
export class TokenKeysUnavailable extends GatewayRefusal {
  readonly code = 'TR_TOKEN_KEYS_UNAVAILABLE'
  readonly status = 503
  override readonly retryable = true
}

/** The audit log cannot be written: what would have to be in it is not done. */
export class AuditUnavailable extends GatewayRefusal {
  readonly code = 'TR_AUDIT_UNAVAILABLE'
  readonly status = 503
  override readonly retryable = true
}

/** The gateway would be open to a network with nobody able to say who they are. */
export class GatewayExposed extends TroupeError {
  readonly code = 'TR_GATEWAY_EXPOSED'
  readonly retryable = false
}

/** The address cannot be had. */
export class ListenFailed extends TroupeError {
  readonly code = 'TR_GATEWAY_LISTEN_FAILED'
  readonly retryable = false
}

/** A fault of ours: the log has what was thrown, under the id of the request. */
export class GatewayFault extends GatewayRefusal {
  readonly code = 'TR_GATEWAY_FAULT'
  readonly status = 500
}

/** The inspector's files could not be bundled. */
export class PageNotBuilt extends GatewayRefusal {
  readonly code = 'TR_PAGE_NOT_BUILT'
  readonly status = 500
}

export type { GatewayRefusal }
