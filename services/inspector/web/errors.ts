/** What the page asks for is not in the export that is open. */
export class NotInExport extends Error {
  readonly code = 'TR_NOT_IN_EXPORT'
  readonly retryable = false
}

/** Something is to be done while an export is open: it only shows. */
export class ExportReadOnly extends Error {
  readonly code = 'TR_EXPORT_READ_ONLY'
  readonly retryable = false
}

/** The gateway did not answer at all: it is down, or something between does not let the request through. */
export class GatewayUnreachable extends Error {
  readonly code = 'TR_GATEWAY_UNREACHABLE'
  readonly retryable = true
}
