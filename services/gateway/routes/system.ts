// System routes
// Whether the gateway runs, whether what it needs answers, how it is set, and figures for a monitor.
//
// Y1. Health asks nobody: a gateway that cannot reach its servers is not restarted for that.
// Y2. No secret is shown: of settings that are one, only whether they are set.
import { z } from 'zod'
import { isSecretName } from '../../../machines/redact.ts'
import { countOpenTasks, pingDatabase } from '../../history/read-operations.ts'
import { roles } from '../caller.ts'
import { NotReady } from '../errors.ts'
import { readLags } from '../lag.ts'
import { membersOf } from '../members.ts'
import { metricsText } from '../metrics-text.ts'
import type { GatewayParts } from '../parts.ts'
import { route } from '../route.ts'

const askedMsMax = 3_000
/** A projector that works is behind by a fraction of a second. */
const lagMsMax = 60_000

const check = z.object({ ok: z.boolean(), ms: z.number().optional(), detail: z.string().optional() })

export const systemRoutes = [
  route({
    method: 'GET',
    path: '/health',
    summary: 'Whether this process runs; it asks nobody else',
    resource: 'health',
    action: 'read',
    answer: z
      .object({ ok: z.literal(true), version: z.string(), uptimeMs: z.number() })
      .meta({ examples: [{ ok: true, version: '0.1.0', uptimeMs: 61_200 }] }),
    run: ({ parts: { version, startedAt } }) => Promise.resolve({ ok: true as const, version, uptimeMs: Date.now() - startedAt }), // Y1
  }),
  route({
    method: 'GET',
    path: '/ready',
    summary: 'Whether NATS and Postgres answer, and the history is up to date; else 503, and which is not',
    resource: 'health',
    action: 'read',
    answer: z
      .object({ ok: z.literal(true), nats: check, postgres: check, projector: check })
      .meta({ examples: [{ ok: true, nats: { ok: true, ms: 1 }, postgres: { ok: true, ms: 1 }, projector: { ok: true, ms: 0 } }] }),
    run: async ({ parts }) => {
      const [nats, postgres, projector] = await Promise.all([
        checked(() => parts.connection.rtt()),
        checked(() => pingDatabase(parts.orm)),
        projectorCheck(parts),
      ])
      const faults = Object.entries({ nats, postgres, projector }).flatMap(([name, { ok, detail }]) =>
        ok ? [] : [`${name}: ${detail ?? 'does not answer'}`],
      )
      if (faults.length > 0) throw new NotReady(`not ready: ${faults.join('; ')}`, faults)
      return { ok: true as const, nats, postgres, projector }
    },
  }),
  route({
    method: 'GET',
    path: '/config',
    summary: 'How this gateway is set, without secrets, and who it takes the caller for',
    resource: 'config',
    action: 'read',
    answer: z
      .object({
        version: z.string(),
        namespace: z.string(),
        partitions: z.int(),
        settings: z.record(z.string(), z.string()),
        caller: z.object({ id: z.string(), tenant: z.string(), via: z.string(), roles: z.array(z.enum(roles)) }),
      })
      .meta({
        examples: [
          {
            version: '0.1.0',
            namespace: 'troupe',
            partitions: 16,
            settings: { TROUPE_TENANT: 'main', OPENAI_API_KEY: 'set' },
            caller: { id: 'local', tenant: '*', via: 'local', roles: ['admin'] },
          },
        ],
      }),
    run: ({ parts: { version, namespace, ports, settings }, caller: { id, tenant, via, roles: its } }) =>
      Promise.resolve({
        version,
        namespace,
        partitions: ports.partitions,
        settings: maskedSettings(settings),
        caller: { id, tenant, via, roles: [...its] },
      }),
  }),
  route({
    method: 'GET',
    path: '/metrics',
    summary: 'What the gateway knows of itself and the fleet, as Prometheus reads it; workers have endpoints of their own',
    resource: 'fleet',
    action: 'read',
    answer: z.string().meta({ examples: ['# TYPE troupe_fleet_workers gauge\ntroupe_fleet_workers 3\n'] }),
    run: async ({ parts }) => {
      const [members, lags, tasks] = await Promise.all([membersOf(parts), readLags(parts), countOpenTasks(parts.orm, undefined)])
      return metricsText({
        members,
        lags,
        tasks,
        partitions: parts.ports.partitions,
        uptimeMs: Date.now() - parts.startedAt,
        rssBytes: process.memoryUsage.rss(),
      })
    },
  }),
]

type Check = z.input<typeof check>

async function checked(ask: () => Promise<unknown>): Promise<Check> {
  const started = performance.now()
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => late.reject(new Error(`no answer in ${askedMsMax} ms`)), askedMsMax)
  try {
    await Promise.race([ask(), late.promise])
    return { ok: true, ms: Math.round(performance.now() - started) }
  } catch (error) {
    return { ok: false, detail: error instanceof Error ? error.message : String(error) }
  } finally {
    clearTimeout(timer)
  }
}

async function projectorCheck(parts: GatewayParts): Promise<Check> {
  let worstMs = 0
  const asked = await checked(async () => {
    worstMs = Math.max(0, ...(await readLags(parts)).map(({ lagMs }) => lagMs))
  })
  if (!asked.ok) return asked
  return worstMs > lagMsMax ? { ok: false, ms: worstMs, detail: `the history is ${worstMs} ms behind the log` } : { ok: true, ms: worstMs }
}

/** Y2 */
export const maskedSettings = (settings: object): Record<string, string> =>
  Object.fromEntries(
    Object.entries(settings).flatMap(([name, value]: [string, unknown]): [string, string][] => {
      if (value === undefined) return []
      if (isSecretName(name)) return [[name, 'set']]
      return [[name, (typeof value === 'string' ? value : JSON.stringify(value)).replaceAll(/\/\/[^@/\s,]*@/g, '//***@')]]
    }),
  )
