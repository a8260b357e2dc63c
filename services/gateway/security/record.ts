// Record
// What the gateway's routes were asked to do, in the audit log: hooks around every route that the guard has seen.
//
// D1. What changes anything stands in the log before it is done, and again with what came of it; when the log cannot be written it is not done.
// D2. Who is denied stands there too, whatever was asked for.
//     So does a read that takes much with it: a route says so by `isRecorded`.
// D3. Of a body only the names of what it is done to are written down.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Logger } from '../../../runtime/telemetry.ts'
import type { AuditEntry } from '../../history/audit-chain.ts'
import type { Caller } from '../caller.ts'
import { problemType } from '../problems.ts'
import type { AuditTrail } from './audit-trail.ts'
import { mustStayInTenant } from './tenants.ts'

/** What the guard knows of a request to a route. */
export interface Seen {
  caller: Caller
  isDenied: boolean
}

export interface Recording {
  readonly seen: WeakMap<FastifyRequest, Seen>
  readonly trail: AuditTrail
  readonly log: Logger
  readonly now: () => number
}

export interface Recorder {
  /** Around every route that is added afterwards. */
  attach(server: FastifyInstance): void
  /** For a connection that has no answer of HTTP any more: a WebSocket. */
  deny(request: FastifyRequest, known: Seen, code: string): Promise<void>
}

export function openRecorder({ seen, trail, log, now }: Recording): Recorder {
  const write = (request: FastifyRequest, { caller }: Seen, outcome: AuditEntry['outcome'], code?: string): Promise<void> =>
    trail.add(entryOf(request, caller, { at: new Date(now()), outcome, code }))

  const conclude = async (request: FastifyRequest, known: Seen, outcome: AuditEntry['outcome'], code?: string): Promise<void> => {
    try {
      await write(request, known, outcome, code)
    } catch (error) {
      log.error({ request: request.id, error }, 'the outcome of a request is not in the audit log')
    }
  }

  return {
    deny: (request, known, code) => conclude(request, known, 'denied', code),
    attach: (server) => {
      server.addHook('preHandler', async (request) => {
        const known = seen.get(request)
        if (!known || isReading(request)) return
        try {
          mustStayInTenant(known.caller, request.body) // only now is there a body
        } catch (error) {
          known.isDenied = true
          throw error
        }
        await write(request, known, 'begun') // D1
      })
      server.addHook('onSend', async (request, reply, payload) => {
        const known = seen.get(request)
        if (!known || (isReading(request) && !known.isDenied)) return
        await conclude(request, known, outcomeOf(reply, known), codeIn(reply, payload))
      })
    },
  }
}

declare module 'fastify' {
  interface FastifyContextConfig {
    readonly isRecorded?: boolean
  }
}

const isReading = ({ method, routeOptions }: FastifyRequest): boolean =>
  (method === 'GET' || method === 'HEAD' || method === 'OPTIONS') && routeOptions.config.isRecorded !== true

function outcomeOf({ statusCode }: FastifyReply, { isDenied }: Seen): AuditEntry['outcome'] {
  if (isDenied) return 'denied'
  if (statusCode < 400) return 'done'
  return statusCode < 500 ? 'refused' : 'failed'
}

function codeIn(reply: FastifyReply, payload: unknown): string | undefined {
  const isProblem = String(reply.getHeader('content-type')).startsWith(problemType)
  if (!isProblem || typeof payload !== 'string') return undefined
  const { code } = JSON.parse(payload) as { readonly code?: unknown } // made by the server from a problem
  return typeof code === 'string' ? code : undefined
}

type Outcome = Pick<AuditEntry, 'at' | 'outcome' | 'code'>

const entryOf = (request: FastifyRequest, { id, via, tenant }: Caller, outcome: Outcome): AuditEntry => ({
  caller: id,
  via,
  tenant,
  action: `${request.method} ${request.routeOptions.url ?? ''}`,
  target: targetOf(request),
  requestId: request.id,
  ...outcome,
})

/** What it is done to: what the address names, then what the body does (D3). */
function targetOf({ params, body }: FastifyRequest): string {
  const named = Object.values({ ...(params as object) })
  const inBody = typeof body === 'object' && body !== null ? Object.entries(body).filter(([name]) => namingFields.has(name)) : []
  const texts = [...named, ...inBody.map(([, value]) => value)].flatMap((value: unknown) => (Array.isArray(value) ? value : [value]))
  return texts
    .filter((text) => typeof text === 'string')
    .slice(0, targetsMax)
    .join(' ')
}

const namingFields: ReadonlySet<string> = new Set(['actor', 'agent', 'group', 'id', 'ids', 'name', 'taskId', 'tenant'])
const targetsMax = 20
