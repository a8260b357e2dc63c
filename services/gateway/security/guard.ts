// Guard
// Who asks, whether it may, how often, and that it is written down. One for a gateway; the server asks it before every route.
//
// G1. Nothing of a request but its head is read before its caller is known and allowed.
// G2. Everybody who is denied is written down, but for those who ask too often, who could fill the log.
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Logger } from '../../../runtime/telemetry.ts'
import type { Database } from '../../history/database.ts'
import { anonymousCaller, localCaller, type Caller } from '../caller.ts'
import { NotAllowed, NotAuthenticated, ResourceMissing, TooManyRequests } from '../errors.ts'
import type { Guard } from '../server.ts'
import { openAccess } from './access.ts'
import { openAuditTrail } from './audit-trail.ts'
import { credentialsIn } from './credentials.ts'
import { strangeness, type Exposure } from './exposure.ts'
import { openKeyRing, type KeyRing } from './key-ring.ts'
import { openLimiter, type Limiter, type RateLimits } from './limits.ts'
import { openRecorder, type Seen } from './record.ts'
import { mustReach, mustStayInTenant } from './tenants.ts'
import type { Tokens } from './tokens.ts'

export interface GuardSpec {
  readonly database: Database
  readonly log: Logger
  readonly exposure: Exposure
  /** Undefined: no tokens are taken. */
  readonly tokens: Tokens | undefined
  readonly limits: RateLimits
  /** Origins of pages elsewhere that may call. */
  readonly origins: readonly string[]
  readonly now: () => number
}

export interface SecurityGuard extends Guard {
  attach(server: FastifyInstance): Promise<void>
  close(): Promise<void>
}

export async function openGuard(spec: GuardSpec): Promise<SecurityGuard> {
  const { database, log, exposure, tokens, limits, origins, now } = spec
  const access = await openAccess()
  const ring = openKeyRing({ database, log, now })
  const trail = openAuditTrail(database)
  const seen = new WeakMap<FastifyRequest, Seen>()
  const recorder = openRecorder({ seen, trail, log, now })
  let limiter: Limiter | undefined

  const admit: Guard['admit'] = async (request, wanted) => {
    const known: Seen = { caller: anonymousCaller, isDenied: false }
    seen.set(request, known)
    if (access.allows('anonymous', 'one', wanted)) return anonymousCaller
    try {
      known.caller = await identify(request, { exposure, tokens, ring, origins })
      await limiter?.count(request, known.caller)
      access.check(known.caller, wanted)
      mustStayInTenant(known.caller, request.params)
      mustStayInTenant(known.caller, request.query)
      return known.caller
    } catch (error) {
      const refusal = error instanceof NotAuthenticated ? await orTooMany(error, request) : error
      if (refusal instanceof TooManyRequests) seen.delete(request) // G2
      known.isDenied = isDenial(refusal)
      if (isDenial(refusal) && request.headers.upgrade !== undefined) await recorder.deny(request, known, refusal.code) // G2
      throw refusal
    }
  }

  async function orTooMany(error: NotAuthenticated, request: FastifyRequest): Promise<unknown> {
    try {
      await limiter?.countFailure(request)
      return error
    } catch (tooMany) {
      return tooMany
    }
  }

  return {
    admit,
    allow: (caller, wanted, actor) => {
      access.check(caller, wanted)
      if (actor !== undefined) mustReach(caller, actor)
    },
    attach: async (server) => {
      limiter = await openLimiter(server, limits)
      const { tell } = limiter
      server.addHook('onSend', async (request, reply) => {
        tell(request, reply)
        if (reply.statusCode === 401) void reply.header('WWW-Authenticate', 'Bearer')
      })
      recorder.attach(server)
    },
    close: async () => {
      await trail.close()
      await ring.close()
    },
  }
}

const isDenial = (error: unknown): error is NotAuthenticated | NotAllowed | ResourceMissing =>
  error instanceof NotAuthenticated || error instanceof NotAllowed || error instanceof ResourceMissing

interface Known extends Pick<GuardSpec, 'exposure' | 'tokens' | 'origins'> {
  readonly ring: KeyRing
}

/** Throws NotAuthenticated, KeysUnavailable and TokenKeysUnavailable. */
async function identify(request: FastifyRequest, { exposure, tokens, ring, origins }: Known): Promise<Caller> {
  const credentials = credentialsIn(request.headers)
  if (credentials?.kind === 'key') return ring.callerOf(credentials.text)
  if (credentials) {
    if (!tokens) throw new NotAuthenticated('checking the token: no tokens are taken here, only keys')
    return tokens.callerOf(credentials.text)
  }
  if (exposure.mode === 'required')
    throw new NotAuthenticated('who asks is not said: send Authorization: Bearer and a token or key, or X-Api-Key')
  const strange = strangeness(request, origins)
  if (strange !== undefined) throw new NotAuthenticated(`taking the request as one of this machine: ${strange}`)
  return localCaller
}
