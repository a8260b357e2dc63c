// Alert situation
// Gathers what the rules of alerts go by. What cannot be asked is said, and the rest is told all the same.
import { budgetsOf } from '../../machines/budget.ts'
import { emptyBook, rolled, viewsOf, type BudgetBook } from '../../machines/budget-book.ts'
import { AskRefused } from '../../client/index.ts'
import { readCosts } from '../history/read-costs.ts'
import { countLetters } from '../history/read-letters.ts'
import { readLastClaims } from '../history/read-operations.ts'
import { readWaiting } from '../history/read-waiting.ts'
import { hourMs, risingMs, type FleetSituation, type Situation } from './alerts.ts'
import { statsOf } from './coordinator.ts'
import { fleetWatchOf } from './fleet/watch.ts'
import { readLags } from './lag.ts'
import { membersOf } from './members.ts'
import type { GatewayParts } from './parts.ts'
import { remembered } from './remember.ts'
import { tenantFor } from './routes/shapes.ts'
import { humanStatesOf } from './run/human-states.ts'

const waitingLooked = 200
const waitedMinutes = 1
const failedMinutes = 5
const budgetsKeptMs = 5_000

export interface Asked {
  /** Undefined: all of them. */
  readonly tenant: string | undefined
  readonly seesFleet: boolean
  /** Whether actors are asked that take a turn to answer. */
  readonly asks: boolean
}

export async function situationOf(parts: GatewayParts, { tenant, seesFleet, asks }: Asked): Promise<Situation> {
  const now = Date.now()
  const unknown: { source: string; why: string }[] = []
  const orUnknown = async <Answer>(source: string, asked: Promise<Answer>, otherwise: Answer): Promise<Answer> => {
    try {
      return await asked
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      unknown.push({ source, why: seesFleet ? why : 'it did not answer' }) // it may name servers and tables
      return otherwise
    }
  }
  const agentStates = humanStatesOf(parts.definitions).topStates((type) => type.startsWith('agent-'))
  const own = tenantFor(tenant, parts)
  const [fleet, [lastMinutes = 0, lastHour = 0], waiting, costs, budgets, stats, orders] = await Promise.all([
    seesFleet ? orUnknown('the fleet', fleetOf(parts), undefined) : undefined,
    orUnknown('dead letters', countLetters(parts.orm, tenant, new Date(now), [risingMs, hourMs]), []),
    orUnknown('who waits for a person', readWaiting(parts.orm, { tenant, agentStates, limit: waitingLooked }), {
      rows: [],
      next: undefined,
    }),
    orUnknown('what models cost', readCosts(parts.orm, tenant, new Date(now - hourMs)), []),
    orUnknown('budgets', readBudgets(parts, own), []),
    asks ? orUnknown('the coordinator', statsOf(parts, own), undefined) : undefined,
    orUnknown('orders', parts.ports.orders.read(), undefined),
  ])
  const paused = Object.entries(orders?.paused ?? {}).filter(([name]) => tenant === undefined || name === tenant)
  return {
    now,
    partitions: parts.ports.partitions,
    fleet,
    deadLetters: { lastMinutes, lastHour },
    waiting: waiting.rows.map(({ actor, turn, since, why }) => ({
      actor,
      ...(turn !== null && { turn }),
      since: since.getTime(),
      why: why ?? 'It goes on when somebody approves or denies.',
    })),
    costs,
    budgets,
    blocked: Object.entries(stats?.blocked ?? {}).map(([name, until]) => ({ tenant: own, name, until })),
    paused: paused.map(([name, { at, by, cause }]) => ({ tenant: name, since: at, why: `${cause}, ordered by ${by}` })),
    unknown,
  }
}

async function fleetOf(parts: GatewayParts): Promise<FleetSituation> {
  const [members, claims, lags, watch] = await Promise.all([
    membersOf(parts),
    readLastClaims(parts.orm, parts.ports.partitions),
    readLags(parts),
    fleetWatchOf(parts),
  ])
  const { counts } = watch.sums(failedMinutes)
  return {
    members: members.map(({ id, owned }) => ({ id, owned })),
    claims: claims.map(({ at, ...claim }) => ({ ...claim, at: at.getTime() })),
    lags,
    loads: members.flatMap(({ id, partitions }) => partitions.map(({ partition, waiting }) => ({ partition, worker: id, waiting }))),
    late: watch.workers().map(({ worker, pulse }) => ({ worker, loopLateMs: pulse.loopLateMs })),
    waitP95Ms: watch.sums(waitedMinutes).waitMs?.p95,
    turns: { taken: counts.turns, failed: counts.failures },
  }
}

/** Those of one tenant that have a limit. Asking for a state takes no turn. */
function readBudgets(parts: GatewayParts, tenant: string): Promise<Situation['budgets']> {
  return remembered(parts, `budgets ${tenant}`, { freshMs: budgetsKeptMs }, async () => {
    const book = await bookOf(parts, tenant)
    return viewsOf(rolled(book, Date.now())).flatMap(({ scope, per, limitUsd, spentUsd, reservedUsd }) =>
      limitUsd === undefined ? [] : [{ tenant, name: `${scope} per ${per}`, limitUsd, usedUsd: spentUsd + reservedUsd }],
    )
  })
}

async function bookOf({ client }: GatewayParts, tenant: string): Promise<BudgetBook> {
  try {
    const { context } = await client.query(budgetsOf(tenant))
    return context as BudgetBook // the actor's own context: its definition is of this build
  } catch (error) {
    if (error instanceof AskRefused) return emptyBook // nobody has set or spent anything yet
    throw error
  }
}
