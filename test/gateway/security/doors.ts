// Doors for tests: the guard on a real server and database, before routes that say who came in.
import type { FastifyInstance } from 'fastify'
import { onTestFinished } from 'vitest'
import { z } from 'zod'
import type { Action, Caller, Resource, Role } from '../../../services/gateway/caller.ts'
import type { GatewayParts } from '../../../services/gateway/parts.ts'
import { route, type AnyRoute } from '../../../services/gateway/route.ts'
import { auditRoutes } from '../../../services/gateway/routes/audit.ts'
import { keyRoutes } from '../../../services/gateway/routes/keys.ts'
import { issueKey } from '../../../services/gateway/security/api-key.ts'
import { exposureOf } from '../../../services/gateway/security/exposure.ts'
import { openGuard, type GuardSpec } from '../../../services/gateway/security/guard.ts'
import { openTokens } from '../../../services/gateway/security/tokens.ts'
import { buildServer } from '../../../services/gateway/server.ts'
import { settingsOf } from '../../../services/settings.ts'
import { quietLogger } from '../../../runtime/telemetry.ts'
import type { TestPostgres } from '../../support/history-database.ts'
import { audience, issuerName, type TestIssuer } from './issuer.ts'

const said = z.object({ caller: z.any(), tenant: z.string().optional() })

/** A route that does nothing but say who came in. */
export const echo = (resource: Resource, action: Action, path: string, method: 'GET' | 'POST' = 'GET'): AnyRoute =>
  route({
    method,
    path,
    summary: 'Who came in',
    resource,
    action,
    ...(path.includes(':actor') && { params: z.object({ actor: z.string() }) }),
    query: z.object({ tenant: z.string().optional() }),
    ...(method === 'POST' && { body: z.looseObject({}) }),
    answer: said,
    run: async ({ caller, tenant }) => ({ caller, tenant }),
  })

export const echoes = [
  echo('health', 'read', '/health'),
  echo('tasks', 'read', '/tasks'),
  echo('tasks', 'operate', '/tasks', 'POST'),
  echo('agents', 'read', '/actors/:actor'),
  echo('fleet', 'administer', '/fleet/drain', 'POST'),
]

export interface DoorsSpec extends Partial<Omit<GuardSpec, 'database'>> {
  readonly database?: GuardSpec['database']
  readonly environment?: Readonly<Record<string, string>>
  readonly issuer?: TestIssuer
  readonly routes?: readonly AnyRoute[]
}

export async function openDoors(postgres: TestPostgres, { environment = {}, issuer, routes, ...own }: DoorsSpec = {}) {
  const orm = own.database ?? (await postgres.open())
  const settings = settingsOf(environment)
  const now = own.now ?? (() => Date.now())
  const log = own.log ?? quietLogger
  const tokens = issuer && openTokens({ keys: { url: issuer.url }, issuer: issuerName, audience, now })
  const guard = await openGuard({
    database: orm,
    log,
    exposure: exposureOf(settings, true),
    tokens,
    limits: { callerMax: 1_000, tenantMax: 1_000, unknownMax: 1_000 },
    origins: [],
    now,
    ...own,
  })
  const parts = { orm, settings, version: '0', startedAt: 0 } as unknown as GatewayParts // those that these routes use
  const server = await buildServer({
    parts,
    routes: routes ?? [...echoes, ...keyRoutes, ...auditRoutes],
    guard,
    log,
    corsOrigins: own.origins ?? [],
  })
  onTestFinished(async () => {
    await server.close()
    await guard.close()
  })
  return { orm, server, guard, ask: asker(server) }
}

interface Ask {
  readonly method?: 'GET' | 'POST' | 'DELETE'
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: object
  /** A token or key. */
  readonly as?: string
  readonly from?: string
}

export function asker(server: FastifyInstance) {
  return async ({ method = 'GET', url, headers = {}, body, as, from }: Ask) => {
    const answer = await server.inject({
      method,
      url: `/v1${url}`,
      headers: { ...headers, ...(as !== undefined && { authorization: `Bearer ${as}` }) },
      ...(body && { payload: body }),
      ...(from !== undefined && { remoteAddress: from }),
    })
    return {
      status: answer.statusCode,
      headers: answer.headers,
      body: answer.json<Record<string, unknown> & { readonly caller?: Caller }>(),
    }
  }
}

export interface KeyFor {
  readonly roles?: readonly Role[]
  readonly tenant?: string
  readonly scopes?: readonly string[]
  readonly expiresAt?: Date
}

export const keyFor = (orm: GuardSpec['database'], { roles = ['viewer'], tenant = 'acme', scopes, expiresAt }: KeyFor = {}) =>
  issueKey(orm, { tenant, name: 'ci', roles, scopes, expiresAt }, { at: new Date(), by: 'test' })
