// Read logged decisions
// Decisions with their candidates and outcomes, for those who explain and evaluate them.
import type { InferEntity, MikroORM } from '@mikro-orm/postgresql'
import type { LoggedDecision, LoggedOutcome } from '../../actors/logged-decision.ts'
import type { Candidate } from '../../machines/selection/types.ts'
import { Decision } from './entities/decision.ts'

export type DecisionRow = InferEntity<typeof Decision>

/** Decisions of one task: executions, their teams and retries; there are never more. */
const ofTaskMax = 100

/** In the order they were made; of several tenants' tasks of that id those of the given tenant only. */
export async function decisionsOfTask(orm: MikroORM, taskId: string, tenant: string | undefined): Promise<readonly LoggedDecision[]> {
  const where = { taskId, ...(tenant !== undefined && { tenant }) }
  const rows = await orm.em
    .fork()
    .find(Decision, where, { orderBy: [{ madeAt: 'asc nulls last' }, { rank: 'asc' }, { id: 'asc' }], limit: ofTaskMax })
  return rows.flatMap(loggedOf)
}

export interface LoggedSpan {
  readonly tenant: string
  readonly since: Date
  /** Of more decisions than this the latest are read. */
  readonly limit: number
}

/** In the order they were made. */
export async function loggedDecisions(orm: MikroORM, { tenant, since, limit }: LoggedSpan): Promise<readonly LoggedDecision[]> {
  const rows = await orm.em
    .fork()
    .find(Decision, { tenant, madeAt: { $gte: since } }, { orderBy: [{ madeAt: 'desc' }, { id: 'desc' }], limit })
  return rows.toReversed().flatMap(loggedOf)
}

/** An outcome whose decision is not in the tables, which only a log without its beginning can make, is not told. */
export function loggedOf(row: DecisionRow): readonly LoggedDecision[] {
  const { id, tenant, taskId, madeAt } = row
  if (!madeAt) return []
  return [
    {
      id,
      tenant,
      taskId,
      madeAt,
      taskType: row.taskType ?? 'unknown',
      shard: row.shard ?? undefined,
      rank: row.rank ?? 1,
      arm: row.chosen ?? '',
      why: row.why ?? undefined,
      policyVersion: row.policyVersion ?? undefined,
      propensity: figure(row.propensity),
      shadow: row.shadow ?? undefined,
      random: figure(row.random),
      // What the projector wrote of facts whose shape it has checked.
      features: (row.features ?? undefined) as LoggedDecision['features'],
      request: row.request ?? {},
      candidates: (Array.isArray(row.candidates) ? row.candidates : []) as readonly Candidate[],
      others: (row.others ?? {}) as Readonly<Record<string, number>>,
      outcome: outcomeOf(row),
      censored: row.censored ?? undefined,
    },
  ]
}

function outcomeOf(row: DecisionRow): LoggedOutcome | undefined {
  const reward = figure(row.reward)
  if (!row.settledAt || reward === undefined) return undefined
  return {
    at: row.settledAt,
    ok: row.ok ?? false,
    reward,
    quality: figure(row.quality),
    costUsd: figure(row.costUsd),
    latencyMs: figure(row.latencyMs),
    predicted: figure(row.predicted),
  }
}

const figure = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined)
