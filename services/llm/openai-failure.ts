// OpenAI failure
// Turns what the `openai` package throws into the errors of this floor. The one place that knows how the endpoint says no.
//
// F1. No message carries the API key, and of the endpoint's own words only the start.
// F2. A caller's abort is passed on as the caller's own reason: it is no failure of the model.
import { APIError } from 'openai'
import { LlmAnswerInvalid, LlmRateLimited, LlmRefused, LlmUnavailable } from './errors.ts'

/** One call to the endpoint, as far as its failure needs to know. */
export interface Attempt {
  /** `model 'x' at https://…, call <idempotency key>`. */
  readonly what: string
  readonly apiKey: string
  /** The caller's. */
  readonly signal: AbortSignal
  /** Ours. */
  readonly timeout: AbortSignal
  readonly timeoutMs: number
}

/** The error to throw instead of `cause`. */
export function failureOf(cause: unknown, attempt: Attempt): unknown {
  const stopped = abortOf(attempt)
  if (stopped !== undefined) return stopped
  if (cause instanceof APIError && cause.status !== undefined) return refusalOf(cause, attempt)
  if (cause instanceof SyntaxError || cause instanceof RangeError) {
    return new LlmAnswerInvalid(`${attempt.what}: the answer is not the JSON it should be; try again, then check the endpoint`, { cause })
  }
  return new LlmUnavailable(`${attempt.what}: the connection failed or the answer broke off; check that the endpoint is up`, {
    cause,
    ...(isUnconnected(cause) && unbilled),
  })
}

const unbilled = { costUsd: 0 } as const

/** A gateway that waited too long says nothing of what the model behind it did meanwhile. */
const mayHaveBegun = (status: number): boolean => status === 408 || status === 504

const unconnectedCodes: readonly unknown[] = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN']

/** Nothing was sent: the address has no server. The package wraps what the platform says. */
function isUnconnected(cause: unknown): boolean {
  for (let error = cause, depth = 0; error instanceof Error && depth < causesMax; error = error.cause, depth++)
    if ('code' in error && unconnectedCodes.includes(error.code)) return true
  return false
}

const causesMax = 5

/** Why the call was stopped from this side, if it was: the caller's reason (F2), or our timeout. */
export function abortOf(attempt: Attempt): unknown {
  if (attempt.signal.aborted) return attempt.signal.reason
  if (!attempt.timeout.aborted) return undefined
  return new LlmUnavailable(`${attempt.what}: no whole answer within ${attempt.timeoutMs} ms; raise timeoutMs or check the endpoint`)
}

function refusalOf(cause: APIError, attempt: Attempt): Error {
  const { what } = attempt
  const status = Number(cause.status)
  // Some gateways repeat the key in the body of a 401, so neither message nor cause is kept (F1).
  if (status === 401) return new LlmRefused(`${what}: the API key is wrong or has been revoked; set a valid OPENAI_API_KEY`)
  if (cause.code === 'insufficient_quota') {
    return new LlmRefused(`${what}: the account has no quota left; add credit or use another key`, { cause })
  }
  if (status === 429) {
    const wait = retryAfterMs(cause.headers)
    const said = wait === undefined ? 'does not say for how long' : `asks to wait ${wait} ms`
    return new LlmRateLimited(`${what}: too many requests; the endpoint ${said}`, wait, { cause })
  }
  if (status === 408 || status === 409 || status >= 500) {
    return new LlmUnavailable(`${what}: the endpoint answered ${status}; try again later`, {
      cause,
      ...(!mayHaveBegun(status) && unbilled),
    })
  }
  return new LlmRefused(`${what}: refused with ${status}: ${complaintOf(cause, attempt.apiKey)}`, { cause })
}

const complaintCharactersMax = 300

/** What the endpoint says is wrong, cut, without the key (F1). */
function complaintOf(cause: APIError, apiKey: string): string {
  const text = cause.message.replaceAll(apiKey, '(key)').replaceAll(/\s+/g, ' ')
  return text.length > complaintCharactersMax ? `${text.slice(0, complaintCharactersMax)}…` : text
}

/** `retry-after-ms`, or `retry-after` in seconds or as a date. */
function retryAfterMs(headers: Headers | undefined): number | undefined {
  const ms = Number.parseFloat(headers?.get('retry-after-ms') ?? '')
  if (ms >= 0) return Math.ceil(ms)
  const after = headers?.get('retry-after') ?? ''
  const seconds = Number.parseFloat(after)
  if (seconds >= 0 && /^\s*[\d.]+\s*$/.test(after)) return Math.ceil(seconds * 1000)
  const date = Date.parse(after)
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now())
}
