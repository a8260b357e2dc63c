// Limits
// How often a caller, a tenant, and whoever fails to say who it is may ask, in windows of a minute. Each gateway counts for itself.
//
// L1. Requests beyond a limit cost a count: nothing is looked up for them.
import rateLimit from '@fastify/rate-limit'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Caller } from '../caller.ts'
import { TooManyRequests } from '../errors.ts'

export interface RateLimits {
  /** Requests a minute. */
  readonly callerMax: number
  readonly tenantMax: number
  /** Failures a minute to say who it is, by address. */
  readonly unknownMax: number
}

export interface Limiter {
  /** Throws TooManyRequests. */
  count(request: FastifyRequest, caller: Caller): Promise<void>
  /** Throws TooManyRequests. */
  countFailure(request: FastifyRequest): Promise<void>
  /** The headers of draft-ietf-httpapi-ratelimit-headers that say how much is left. */
  tell(request: FastifyRequest, reply: FastifyReply): void
}

export const windowMs = 60_000
/** Callers, tenants or addresses that are counted at a time, each kind; the one seen longest ago is forgotten first. */
const countedMax = 10_000

interface Left {
  readonly max: number
  readonly remaining: number
  readonly ttlInSeconds: number
}

export async function openLimiter(server: FastifyInstance, { callerMax, tenantMax, unknownMax }: RateLimits): Promise<Limiter> {
  await server.register(rateLimit, { global: false, cache: countedMax })
  const callers = new WeakMap<FastifyRequest, Caller>()
  const lefts = new WeakMap<FastifyRequest, Left>()
  const keyed = (max: number, keyOf: (caller: Caller | undefined, request: FastifyRequest) => string) =>
    server.createRateLimit({ max, timeWindow: windowMs, keyGenerator: (request) => keyOf(callers.get(request), request) })
  const ofCaller = keyed(callerMax, (caller) => JSON.stringify([caller?.via, caller?.tenant, caller?.id]))
  const ofTenant = keyed(tenantMax, (caller) => caller?.tenant ?? '')
  const ofAddress = keyed(unknownMax, (_, { ip }) => ip)

  const spend = async (limit: typeof ofCaller, request: FastifyRequest, whose: string): Promise<void> => {
    const found = await limit(request)
    if (found.isAllowed) return
    const before = lefts.get(request)
    if (!before || found.remaining < before.remaining) lefts.set(request, found)
    if (!found.isExceeded) return
    const often = `${whose} may ask ${found.max} times in ${windowMs / 1_000} s, and has`
    throw new TooManyRequests(`${often}; wait ${found.ttlInSeconds} s`, found.ttl)
  }

  return {
    count: async (request, caller) => {
      if (caller.via === 'local') return // the person at the machine, and what measures it
      callers.set(request, caller)
      await spend(ofCaller, request, caller.id)
      if (caller.tenant !== '*') await spend(ofTenant, request, `tenant ${caller.tenant}`)
    },
    countFailure: (request) => spend(ofAddress, request, 'whoever does not say who it is'),
    tell: (request, reply) => {
      const left = lefts.get(request)
      if (left)
        void reply.headers({ 'RateLimit-Limit': left.max, 'RateLimit-Remaining': left.remaining, 'RateLimit-Reset': left.ttlInSeconds })
    },
  }
}
