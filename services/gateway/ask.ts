// Ask
// A GET of the API from inside: by the same routes, as the same caller, with the same rights, so that what is put together from answers shows nothing more than they do.
//
// A1. The caller's right to each route, and its tenant, are looked at as a request's are.
// A2. Whatever is thrown becomes a problem, as it does at the server; a fault of ours is logged here.
import type { z } from 'zod'
import type { Logger } from '../../runtime/telemetry.ts'
import { tenantOf, type Caller } from './caller.ts'
import { RequestInvalid, ResourceMissing } from './errors.ts'
import type { GatewayParts } from './parts.ts'
import { problemOf } from './problems.ts'
import type { AnyRoute, Answered, Api } from './route.ts'
import { mustStayInTenant } from './security/tenants.ts'
import { mustBeStorable } from './storable.ts'

export interface AskedBy {
  readonly caller: Caller
  /** Of the request that it is asked for. */
  readonly requestId: string
}

export interface Asking {
  readonly routes: readonly AnyRoute[]
  readonly parts: GatewayParts
  readonly log: Pick<Logger, 'error'>
  /** Throws NotAllowed. */
  allow(caller: Caller, wanted: Pick<AnyRoute, 'resource' | 'action'>): void
}

export const apiOf = (asking: Asking, by: AskedBy): Api => ({
  paths: asking.routes.filter(({ method }) => method === 'GET').map(({ path }) => path),
  ask: (path) => ask(asking, by, path),
})

async function ask(asking: Asking, by: AskedBy, path: string): Promise<Answered> {
  try {
    return { status: 200, body: await answerOf(asking, by, path) }
  } catch (error) {
    const problem = problemOf(error, by.requestId)
    if (problem.status >= 500) asking.log.error({ request: by.requestId, path, error }, 'a request from inside failed') // A2
    return { status: problem.status, body: problem }
  }
}

async function answerOf(asking: Asking, by: AskedBy, path: string): Promise<unknown> {
  const { routes, parts } = asking
  const { caller, requestId } = by
  const [pathname = '', search = ''] = path.split('?', 2)
  const { route, params } = routeFor(routes, pathname)
  asking.allow(caller, route) // A1
  const query = read(route.query, Object.fromEntries(new URLSearchParams(search)), path)
  const named = read(route.params, params, path)
  mustStayInTenant(caller, named)
  mustStayInTenant(caller, query)
  mustBeStorable({ params: named, query })
  const tenant = typeof query === 'object' && query !== null && 'tenant' in query ? query.tenant : undefined
  const answer = await route.run({
    params: named,
    query,
    body: undefined,
    caller,
    tenant: tenantOf(caller, tenant),
    requestId,
    idempotencyKey: undefined,
    parts,
    api: apiOf(asking, by),
  })
  return route.answer.parse(answer)
}

/** The one with the fewest parameters, as the server has it. Throws `ResourceMissing`. */
function routeFor(routes: readonly AnyRoute[], pathname: string): { readonly route: AnyRoute; readonly params: object } {
  const segments = pathname.split('/')
  const fitting = routes
    .filter(({ method }) => method === 'GET')
    .flatMap((route) => {
      const params = paramsOf(route.path.split('/'), segments)
      return params ? [{ route, params }] : []
    })
    .toSorted((one, other) => Object.keys(one.params).length - Object.keys(other.params).length)
  const [best] = fitting
  if (!best) throw new ResourceMissing(`GET ${pathname}: there is no such address; /v1/docs lists them`)
  return best
}

/** Undefined: it is another address. */
function paramsOf(pattern: readonly string[], segments: readonly string[]): Readonly<Record<string, string>> | undefined {
  if (pattern.length !== segments.length) return undefined
  const isSame = pattern.every((part, at) => part.startsWith(':') || part === segments[at])
  const named = pattern.flatMap((part, at) => (part.startsWith(':') ? [[part.slice(1), decodeURIComponent(segments[at] ?? '')]] : []))
  return isSame ? Object.fromEntries(named) : undefined
}

/** Checked by the route's shape. Throws `RequestInvalid`. */
function read(shape: z.ZodType | undefined, value: object, path: string): unknown {
  const told = shape?.safeParse(value)
  if (told?.success === false) {
    const faults = told.error.issues.map(({ path: field, message }) => `${field.join('.')}: ${message}`)
    throw new RequestInvalid(`GET ${path}: ${faults.join('; ')}`, faults)
  }
  return told?.data
}
