// Alert routes
// What somebody should look at now, and what of it this caller may see.
import { z } from 'zod'
import { countLetters } from '../../history/read-letters.ts'
import { readLastClaims } from '../../history/read-operations.ts'
import { readWaiting } from '../../history/read-waiting.ts'
import { alertKinds, alertsOf, hourMs, risingMs, severities, type FleetSituation, type Situation } from '../alerts.ts'
import { statsOf } from '../coordinator.ts'
import { readLags } from '../lag.ts'
import { membersOf } from '../members.ts'
import type { GatewayParts } from '../parts.ts'
import { remembered } from '../remember.ts'
import { route } from '../route.ts'
import { humanStatesOf } from '../run/human-states.ts'
import { tenantQuery } from '../server.ts'
import { instant, tenantFor } from './shapes.ts'

const waitingLooked = 200
const keptMs = 1_000

const alert = z
  .object({
    id: z.string().describe('Of its cause: the same as long as that lasts'),
    severity: z.enum(severities),
    kind: z.enum(alertKinds),
    title: z.string(),
    detail: z.string(),
    actor: z.string().optional(),
    link: z.string().describe('Where the inspector shows what it is about'),
    since: instant,
  })
  .meta({
    examples: [
      {
        id: 'partition-unowned',
        severity: 'critical',
        kind: 'partition-unowned',
        title: '2 of 16 partitions have no owner',
        detail: 'Messages for their actors wait: 3, 9. See that workers run; a partition is taken over within seconds.',
        link: '/fleet',
        since: 1_795_176_000_000,
      },
    ],
  })

export const alertRoutes = [
  route({
    method: 'GET',
    path: '/alerts',
    summary: 'What somebody should look at now, the worst first; of the fleet only for callers of all tenants',
    resource: 'alerts',
    action: 'read',
    query: tenantQuery,
    answer: z.object({ rows: z.array(alert) }),
    run: ({ parts, tenant, caller }) => {
      const seesFleet = caller.tenant === '*'
      return remembered(parts, `alerts ${tenant ?? '*'} ${seesFleet}`, { freshMs: keptMs }, async () => ({
        rows: [...alertsOf(await situationOf(parts, tenant, seesFleet))],
      }))
    },
  }),
]

/** What cannot be asked is said, and the rest is told all the same. */
async function situationOf(parts: GatewayParts, tenant: string | undefined, seesFleet: boolean): Promise<Situation> {
  const now = Date.now()
  const unknown: { source: string; why: string }[] = []
  const orUnknown = async <Answer>(source: string, asked: Promise<Answer>, otherwise: Answer): Promise<Answer> => {
    try {
      return await asked
    } catch (error) {
      unknown.push({ source, why: error instanceof Error ? error.message : String(error) })
      return otherwise
    }
  }
  const agentStates = humanStatesOf(parts.definitions).topStates((type) => type.startsWith('agent-'))
  const coordinator = tenantFor(tenant, parts)
  const [fleet, [lastMinutes = 0, lastHour = 0], waiting, stats, orders] = await Promise.all([
    seesFleet ? orUnknown('the fleet', fleetOf(parts), undefined) : undefined,
    orUnknown('dead letters', countLetters(parts.orm, tenant, new Date(now), [risingMs, hourMs]), []),
    orUnknown('who waits for a person', readWaiting(parts.orm, { tenant, agentStates, limit: waitingLooked }), {
      rows: [],
      next: undefined,
    }),
    orUnknown('the coordinator', statsOf(parts, coordinator), undefined),
    orUnknown('orders', parts.ports.orders.read(), undefined),
  ])
  const paused = Object.entries(orders?.paused ?? {}).filter(([name]) => tenant === undefined || name === tenant)
  return {
    now,
    partitions: parts.ports.partitions,
    fleet,
    deadLetters: { lastMinutes, lastHour },
    waiting: waiting.rows.map(({ actor, since, why }) => ({
      actor,
      since: since.getTime(),
      why: why ?? 'It goes on when somebody approves or denies.',
    })),
    blocked: Object.entries(stats?.blocked ?? {}).map(([name, until]) => ({ tenant: coordinator, name, until })),
    paused: paused.map(([name, { at, by, cause }]) => ({ tenant: name, since: at, why: `${cause}, ordered by ${by}` })),
    unknown,
  }
}

async function fleetOf(parts: GatewayParts): Promise<FleetSituation> {
  const [members, claims, lags] = await Promise.all([membersOf(parts), readLastClaims(parts.orm, parts.ports.partitions), readLags(parts)])
  return {
    members: members.map(({ id, owned }) => ({ id, owned })),
    claims: claims.map(({ at, ...claim }) => ({ ...claim, at: at.getTime() })),
    lags,
  }
}
