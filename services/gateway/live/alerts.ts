// Alerts
// The topic `alerts` tells what the API's own route answers, so that both say the same.
import { quietLogger } from '../../../runtime/telemetry.ts'
import { apiOf } from '../ask.ts'
import type { Caller } from '../caller.ts'
import { RequestInvalid, ResourceMissing } from '../errors.ts'
import type { GatewayParts } from '../parts.ts'
import type { AnyRoute } from '../route.ts'
import type { Alert } from './fleet-sources.ts'

/** What GET /alerts says now. Throws ResourceMissing where there is no such route. */
export async function alertsOf(routes: readonly AnyRoute[], parts: GatewayParts, tenant: string | undefined): Promise<readonly Alert[]> {
  const route = routes.find(({ method, path }) => method === 'GET' && path === '/alerts')
  if (!route) throw new ResourceMissing('topic alerts: this gateway has no alerts')
  const caller: Caller = { id: 'live', tenant: tenant ?? '*', roles: ['viewer'], via: 'local' }
  const query = route.query?.parse({}) as undefined // as the route's own type says of all of them
  const api = apiOf({ routes, parts, log: quietLogger, allow: () => {} }, { caller, requestId: 'live' })
  const call = { params: undefined, query, body: undefined, caller, tenant, requestId: 'live', idempotencyKey: undefined, parts, api }
  const { rows } = (await route.run(call)) as { readonly rows?: readonly Alert[] }
  if (!Array.isArray(rows)) throw new RequestInvalid('topic alerts: the route /alerts answers without rows')
  return rows
}
