// Server
// The gateway's routes on Fastify: shapes checked, rights asked, failures told as problems, and the whole described as OpenAPI 3.1.
//
// G1. No route runs before its caller is known and allowed, and its input checked.
// G2. Whatever is thrown becomes a problem; a fault of ours is logged with the request's id and told without its inside.
import { randomUUID } from 'node:crypto'
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import cors from '@fastify/cors'
import helmet from '@fastify/helmet'
import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import { hasZodFastifySchemaValidationErrors, jsonSchemaTransform, serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { Logger } from '../../runtime/telemetry.ts'
import { RequestInvalid, ResourceMissing } from './errors.ts'
import { apiOf } from './ask.ts'
import { tenantOf, type Caller } from './caller.ts'
import type { GatewayParts } from './parts.ts'
import { problem, problemOf, problemType } from './problems.ts'
import type { AnyRoute, Call } from './route.ts'
import { mustBeStorable } from './storable.ts'

/** What is asked for, in the words of the access policy. */
export type Wanted = Pick<AnyRoute, 'resource' | 'action'>

export interface Guard {
  /** Hooks of its own, before any route is added. */
  attach?(server: FastifyInstance): Promise<void>
  /** Who asks, and whether it may, once a request: throws NotAuthenticated, NotAllowed, TooManyRequests, ResourceMissing. */
  admit(request: FastifyRequest, route: Wanted): Promise<Caller>
  /** Whether a caller that was admitted may do this too, to this actor: throws NotAllowed, ResourceMissing. For topics of one connection. */
  allow(caller: Caller, wanted: Wanted, actor?: string): void
}

export interface ServerSpec {
  readonly parts: GatewayParts
  readonly routes: readonly AnyRoute[]
  readonly guard: Guard
  readonly log: Logger
  /** Origins of pages elsewhere that may call; none by default. */
  readonly corsOrigins: readonly string[]
}

const bodyBytesMax = 1_048_576
const requestMsMax = 30_000
const idempotencyKeyCharactersMax = 128

export async function buildServer({ parts, routes, guard, log, corsOrigins }: ServerSpec): Promise<FastifyInstance> {
  const server = fastify({
    bodyLimit: bodyBytesMax,
    requestTimeout: requestMsMax,
    routerOptions: { maxParamLength: 1_024 },
    genReqId: () => randomUUID(),
  })
  server.setValidatorCompiler(validatorCompiler)
  server.setSerializerCompiler(serializerCompiler)
  server.setErrorHandler((error, request, reply) => answerProblem(error, request, reply, log)) // G2
  server.setNotFoundHandler((request, reply) => {
    const missing = new ResourceMissing(`${request.method} ${request.url}: there is no such address; /v1/docs lists them`)
    return answerProblem(missing, request, reply, log)
  })
  await server.register(helmet, { contentSecurityPolicy: false, hsts: false }) // the page sets its own policy
  await server.register(cors, { origin: corsOrigins.length > 0 && [...corsOrigins] })
  await guard.attach?.(server)
  await server.register(swagger, { openapi: openapi(parts.version), transform: jsonSchemaTransform })
  await server.register(swaggerUi, { routePrefix: '/v1/docs' })
  for (const route of routes) addRoute(server, route, { parts, guard, routes, log })
  return server
}

const openapi = (version: string) => ({
  openapi: '3.1.0',
  info: {
    title: 'Troupe',
    version,
    description: 'Tasks, agents, decisions and every live actor of a namespace. Failures are problems (RFC 9457).',
  },
  components: { securitySchemes: { token: { type: 'http' as const, scheme: 'bearer' } } },
})

type Around = Pick<ServerSpec, 'parts' | 'guard' | 'routes' | 'log'>

function addRoute(server: FastifyInstance, route: AnyRoute, around: Around): void {
  const { guard } = around
  server.route({
    method: route.method,
    url: `/v1${route.path}`,
    schema: {
      summary: route.summary,
      tags: [route.resource],
      ...(route.params && { params: route.params }),
      ...(route.query && { querystring: route.query }),
      ...(route.body && { body: route.body }),
      response: { 200: route.answer, '4xx': problem, '5xx': problem },
    },
    config: { isRecorded: route.isRecorded ?? route.method !== 'GET' },
    // G1: before the body is read, so that nobody unknown makes us parse.
    onRequest: async (request) => void callers.set(request, await guard.admit(request, route)),
    handler: async (request, reply) => {
      const call = callOf(request, around)
      const answer = await route.run(call)
      const file = route.file?.(call)
      if (file) void reply.type(file.type).header('Content-Disposition', `attachment; filename="${file.name}"`)
      return answer
    },
  })
}

const callers = new WeakMap<FastifyRequest, Caller>()

function callOf(request: FastifyRequest, { parts, guard, routes, log }: Around): Call {
  const caller = callers.get(request)
  if (!caller) throw new Error(`${request.url} ran without a caller`)
  mustBeStorable({ params: request.params, query: request.query, body: request.body })
  const query = request.query as { readonly tenant?: unknown } | undefined
  const key = request.headers['idempotency-key']
  if (key !== undefined && (typeof key !== 'string' || !/^[\x21-\x7e]+$/.test(key) || key.length > idempotencyKeyCharactersMax))
    throw new RequestInvalid(`the header Idempotency-Key is not 1 to ${idempotencyKeyCharactersMax} printable characters`)
  return {
    // Checked by the route's shapes.
    params: request.params as undefined,
    query: query as undefined,
    body: request.body as undefined,
    caller,
    tenant: tenantOf(caller, query?.tenant),
    requestId: request.id,
    idempotencyKey: key,
    parts,
    api: apiOf({ routes, parts, log, allow: guard.allow.bind(guard) }, { caller, requestId: request.id }),
  }
}

/** For routes that look at one tenant or at all. */
export const tenantQuery = z.object({ tenant: z.string().max(64).optional().describe('One tenant; for callers of all tenants only') })

function answerProblem(error: unknown, request: FastifyRequest, reply: FastifyReply, log: Logger): FastifyReply {
  const known = hasZodFastifySchemaValidationErrors(error) ? invalid(request, error.validation) : error
  const told = problemOf(known, request.id)
  if (told.status >= 500) log.error({ request: request.id, url: request.url, error }, 'a request failed')
  if (told.retryAfterMs !== undefined) void reply.header('Retry-After', Math.ceil(told.retryAfterMs / 1_000))
  return reply.code(told.status).type(problemType).serializer(JSON.stringify).send(told)
}

function invalid(request: FastifyRequest, issues: readonly { readonly instancePath: string; readonly message?: string }[]): RequestInvalid {
  const faults = issues.map(
    ({ instancePath, message }) => `${instancePath.slice(1).replaceAll('/', '.') || 'request'}: ${message ?? 'unreadable'}`,
  )
  return new RequestInvalid(`${request.method} ${request.routeOptions.url ?? request.url}: ${faults.join('; ')}`, faults)
}
