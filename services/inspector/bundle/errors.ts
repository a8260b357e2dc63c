// Errors of exports. The page throws and shows the same ones, so they need nothing of the runtime.

abstract class ExportError extends Error {
  abstract readonly code: string
  readonly retryable = false
}

/** A file is no export, or not all of one. */
export class ExportUnreadable extends ExportError {
  readonly code = 'TR_EXPORT_UNREADABLE'
}

/** An export is of a format that is not read here. */
export class ExportVersionUnknown extends ExportError {
  readonly code = 'TR_EXPORT_VERSION_UNKNOWN'
}

/** A file is larger than what is opened. */
export class ExportTooLarge extends ExportError {
  readonly code = 'TR_EXPORT_TOO_LARGE'
}

/** What is to be exported is not there, or not for who asks: it has the status and the code that the API answered. */
export class NotExported extends Error {
  readonly code: string
  readonly status: number
  readonly retryable = false

  constructor(message: string, { code, status }: { readonly code: string; readonly status: number }) {
    super(message)
    this.code = code
    this.status = status
  }
}
