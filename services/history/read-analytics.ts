// Read analytics
// How tasks have gone, by the day they ended on, their type and their agent. Days are of UTC.
import type { MikroORM } from '@mikro-orm/postgresql'
import { equal } from './key-page.ts'

export interface AnalyticsQuery {
  /** Undefined: of every tenant. */
  readonly tenant: string | undefined
  readonly since: Date
}

export interface TaskFigures {
  readonly tasks: number
  readonly completed: number
  readonly failed: number
  readonly cancelled: number
  /** Of how long they took, from being submitted to their end. Null: none of them says. */
  readonly p50Ms: number | null
  readonly p95Ms: number | null
  readonly costUsd: number
  readonly tokens: number
}

export interface DayFigures extends TaskFigures {
  /** As `2026-11-20`. */
  readonly day: string
  readonly taskType: string
  /** Empty: no agent was given the task. */
  readonly agent: string
}

export interface Analytics {
  readonly total: TaskFigures
  readonly days: readonly (TaskFigures & { readonly day: string })[]
  readonly types: readonly (TaskFigures & { readonly taskType: string })[]
  readonly agents: readonly (TaskFigures & { readonly agent: string })[]
  readonly rows: readonly DayFigures[]
}

export const analyticsRowsMax = 5_000

const figures = `count(*)::int as tasks, (count(*) filter (where status = 'completed'))::int as completed,
  (count(*) filter (where status = 'failed'))::int as failed, (count(*) filter (where status = 'cancelled'))::int as cancelled,
  percentile_cont(0.5) within group (order by duration_ms) as "p50Ms", percentile_cont(0.95) within group (order by duration_ms) as "p95Ms",
  coalesce(sum(cost_usd), 0)::float8 as "costUsd", coalesce(sum(input_tokens + output_tokens), 0)::float8 as tokens`

interface Row extends TaskFigures {
  readonly day: string | null
  readonly taskType: string | null
  readonly agent: string | null
  /** Which of day, type and agent this row is over all of: bits 4, 2 and 1. */
  readonly over: number
}

/** One walk over the tasks that ended since then. */
export async function readAnalytics(orm: MikroORM, { tenant, since }: AnalyticsQuery): Promise<Analytics> {
  const own = equal('tenant', tenant)
  const found = await orm.em.fork().execute<Row[]>(
    `select day, type as "taskType", agent, grouping(day, type, agent)::int as over, ${figures} from (
       select to_char(finished_at at time zone 'UTC', 'YYYY-MM-DD') as day, coalesce(task_type, 'unknown') as type, coalesce(agent, '') as agent,
         status, duration_ms, cost_usd, input_tokens, output_tokens
       from tasks where finished_at >= ? ${own ? `and ${own.sql}` : ''}
     ) t group by grouping sets ((), (day), (type), (agent), (day, type, agent)) order by day, type, agent limit ?`,
    [since, ...(own?.values ?? []), analyticsRowsMax],
  )
  const over = (bits: number): readonly Row[] => found.filter((row) => row.over === bits)
  return {
    total: over(7).map(figuresOf)[0] ?? noFigures,
    days: over(3).map((row) => ({ day: row.day ?? '', ...figuresOf(row) })),
    types: over(5).map((row) => ({ taskType: row.taskType ?? '', ...figuresOf(row) })),
    agents: over(6).map((row) => ({ agent: row.agent ?? '', ...figuresOf(row) })),
    rows: over(0).map((row) => ({ day: row.day ?? '', taskType: row.taskType ?? '', agent: row.agent ?? '', ...figuresOf(row) })),
  }
}

const figuresOf = ({ tasks, completed, failed, cancelled, p50Ms, p95Ms, costUsd, tokens }: Row): TaskFigures => ({
  tasks,
  completed,
  failed,
  cancelled,
  p50Ms,
  p95Ms,
  costUsd,
  tokens,
})

const noFigures: TaskFigures = { tasks: 0, completed: 0, failed: 0, cancelled: 0, p50Ms: null, p95Ms: null, costUsd: 0, tokens: 0 }
