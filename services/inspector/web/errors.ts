/** The gateway did not answer at all: it is down, or something between does not let the request through. */
export class GatewayUnreachable extends Error {
  readonly code = 'TR_GATEWAY_UNREACHABLE'
  readonly retryable = true
}
