// Finding
// What one look of the doctor found, and what to do about it.

export interface Finding {
  readonly level: 'ok' | 'warn' | 'fail'
  /** What was looked at. */
  readonly what: string
  readonly found: string
  /** What to do; nothing when all is well. */
  readonly advice?: string
}

export const ok = (what: string, found: string): Finding => ({ level: 'ok', what, found })
export const warn = (what: string, found: string, advice: string): Finding => ({ level: 'warn', what, found, advice })
export const fail = (what: string, found: string, advice: string): Finding => ({ level: 'fail', what, found, advice })

export const reasonOf = (error: unknown): string => {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join(', ')
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error && !('code' in error && String(error.code).startsWith('TR_'))
    ? `${error.message} (${reasonOf(error.cause)})`
    : error.message
}
