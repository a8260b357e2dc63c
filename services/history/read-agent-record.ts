// Read agent record
// How one agent has been doing of late, on each type of task and with each model it runs on.
import type { MikroORM } from '@mikro-orm/postgresql'

export interface AgentRecord {
  readonly arm: string
  readonly taskType: string
  readonly decisions: number
  readonly outcomes: number
  readonly successShare?: number
  /** Mean. */
  readonly costUsd?: number
  readonly p50Ms?: number
  readonly p95Ms?: number
}

const sinceMs = 7 * 86_400_000
/** Decisions looked at: the latest. */
const decisionsMax = 2_000

interface Row {
  readonly arm: string
  readonly taskType: string
  readonly decisions: number
  readonly outcomes: number
  readonly succeeded: number
  readonly costUsd: number | null
  readonly p50Ms: number | null
  readonly p95Ms: number | null
}

/** The most used first. */
export async function readAgentRecord(orm: MikroORM, agent: string, tenant: string): Promise<readonly AgentRecord[]> {
  const rows = await orm.em.fork().execute<Row[]>(
    `select chosen as arm, coalesce(task_type, 'unknown') as "taskType", count(*)::int as decisions, count(settled_at)::int as outcomes,
       (count(*) filter (where ok))::int as succeeded, avg(cost_usd) as "costUsd",
       percentile_cont(0.5) within group (order by latency_ms) as "p50Ms", percentile_cont(0.95) within group (order by latency_ms) as "p95Ms"
     from (
       select chosen, task_type, settled_at, ok, cost_usd, latency_ms from decisions
       where split_part(chosen, '@', 1) = ? and tenant = ? and made_at > ? order by made_at desc limit ?
     ) d group by 1, 2 order by 3 desc, 1, 2`,
    [agent, tenant, new Date(Date.now() - sinceMs), decisionsMax],
  )
  return rows.map(({ succeeded, costUsd, p50Ms, p95Ms, ...row }) => ({
    ...row,
    ...(row.outcomes > 0 && { successShare: succeeded / row.outcomes }),
    ...(costUsd !== null && { costUsd }),
    ...(p50Ms !== null && { p50Ms }),
    ...(p95Ms !== null && { p95Ms }),
  }))
}
