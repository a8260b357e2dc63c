// Problems
// Whatever goes wrong, as RFC 9457 wants it: status, code, what was found, what to do. Nobody is told a stack.
import { z } from 'zod'
import { TroupeError } from '../../runtime/errors.ts'
import { GatewayFault } from './errors.ts'

export const problem = z.object({
  type: z.string().describe('A URN of the code'),
  title: z.string(),
  status: z.int(),
  code: z.string().describe('Stable; docs/errors.md has a row for each'),
  detail: z.string(),
  instance: z.string().describe('The id of the request, as in the logs'),
  faults: z.array(z.string()).optional().describe('Field by field'),
  retryAfterMs: z.number().optional(),
})
export type Problem = z.infer<typeof problem>
export const problemType = 'application/problem+json'

/** By code: which HTTP status says the same. */
const statuses: Readonly<Record<string, number>> = {
  TR_ADDRESS_INVALID: 400,
  TR_MESSAGE_INVALID: 400,
  TR_MESSAGE_TOO_LARGE: 413,
  TR_EVENT_RESERVED: 400,
  TR_EVENT_NOT_ACCEPTED: 422,
  TR_CURSOR_INVALID: 400,
  TR_OPTION_INVALID: 400,
  TR_TOO_MANY_BREAKPOINTS: 409,
  TR_ACTOR_NOT_FOUND: 404,
  TR_ACTOR_TYPE_UNKNOWN: 404,
  TR_ACTOR_STOPPED: 409,
  TR_MOMENT_MISSING: 410,
  TR_FORK_KEY_TAKEN: 409,
  TR_MOMENT_NOT_YET: 503,
  TR_RUNS_NOT_COMPARABLE: 400,
  TR_VERSION_NOT_HOSTED: 404,
  TR_TURN_FAILED: 422,
  TR_TURN_TOO_LARGE: 413,
  TR_VALUE_NOT_STORABLE: 422,
  TR_ACTOR_FAILED: 409,
  TR_ASKS_FULL: 429,
  TR_PRODUCERS_FULL: 429,
  TR_DEADLINE_PASSED: 504,
  TR_LAYOUT_STOPPED: 503,
  TR_SEND_REFUSED: 400,
  TR_CLIENT_CLOSED: 503,
  TR_POLICY_UNKNOWN: 404,
  TR_POLICY_INVALID: 400,
  TR_POLICY_FORMAT_UNKNOWN: 400,
  TR_DECISION_NOT_REPLAYABLE: 422,
  TR_NEEDS_MIGRATION: 409,
  TR_TENANT_PAUSED: 409,
  TR_PARKED_FULL: 429,
  TR_OVERLOADED: 429,
  TR_MAILBOX_FULL: 503,
  TR_CLIENT_OVERLOADED: 503,
  TR_DATABASE_UNAVAILABLE: 503,
  TR_SERVER_UNAVAILABLE: 503,
  TR_ASK_TIMEOUT: 504,
}

const titles: Readonly<Record<number, string>> = {
  400: 'The request makes no sense',
  401: 'Who asks is not known',
  403: 'Not allowed',
  404: 'Not there',
  409: 'It is not in a state for that',
  410: 'No longer there',
  413: 'Too large',
  415: 'Of a kind that is not taken here',
  422: 'The actor does not take that',
  429: 'Too much at once',
  500: 'A fault of the gateway',
  503: 'Not available now',
  504: 'No answer in time',
}

export function problemOf(error: unknown, instance: string): Problem {
  const { status, code, detail, ...more } = readError(error)
  return { type: `urn:troupe:problem:${code}`, title: titles[status] ?? 'It did not work', status, code, detail, instance, ...more }
}

type Told = Pick<Problem, 'status' | 'code' | 'detail' | 'faults' | 'retryAfterMs'>

function readError(error: unknown): Told {
  if (!(error instanceof Error)) return bug
  const { code, status, statusCode, faults, retryAfterMs } = error as Error & Partial<Record<string, unknown>>
  if (typeof code === 'string' && (error instanceof TroupeError || code.startsWith('TR_')))
    return {
      status: typeof status === 'number' ? status : (statuses[code] ?? 500),
      code,
      detail: error.message,
      ...(Array.isArray(faults) && faults.length > 0 && { faults: faults.map(String) }),
      ...(typeof retryAfterMs === 'number' && { retryAfterMs }),
    }
  // Fastify's own: a body that is no JSON, too large, of another type.
  if (typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500)
    return { status: statusCode, code: 'TR_REQUEST_INVALID', detail: error.message }
  return bug
}

const fault = new GatewayFault('the gateway failed; its log has the reason under the id of this request')
const bug: Told = { status: fault.status, code: fault.code, detail: fault.message }
