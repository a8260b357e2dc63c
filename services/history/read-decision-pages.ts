// Read decision pages
// Decisions as people look for them: the newest first, page by page, and one with its candidates. What a coordinator's figures are made of.
import type { MikroORM } from '@mikro-orm/postgresql'
import type { LoggedDecision } from '../../actors/logged-decision.ts'
import { Decision } from './entities/decision.ts'
import { Policy } from './entities/policy.ts'
import { equal, readPage, type Page, type Part } from './key-page.ts'
import { loggedOf } from './read-logged-decisions.ts'

export interface DecisionQuery {
  /** Undefined: of every tenant. */
  readonly tenant: string | undefined
  readonly taskId?: string | undefined
  /** `agent`, which is every model of it, or `agent@model`. */
  readonly agent?: string | undefined
  readonly after?: string | undefined
  readonly limit: number
}

/** A decision without its candidates: those are many. */
export interface ListedDecision {
  readonly id: string
  readonly tenant: string
  readonly taskId: string
  readonly taskType: string | null
  readonly arm: string | null
  readonly why: string | null
  readonly policyVersion: string | null
  readonly propensity: number | null
  readonly predicted: number | null
  readonly rank: number | null
  readonly madeAt: Date
  readonly settledAt: Date | null
  readonly ok: boolean | null
  readonly reward: number | null
  readonly costUsd: number | null
  readonly latencyMs: number | null
  readonly censored: string | null
}

const columns = `id, tenant, task_id as "taskId", task_type as "taskType", chosen as arm, why, policy_version as "policyVersion", propensity, predicted,
  rank, made_at as "madeAt", settled_at as "settledAt", ok, reward, cost_usd as "costUsd", latency_ms as "latencyMs", censored, actor`

type Found = Omit<ListedDecision, 'madeAt' | 'settledAt'> & {
  readonly madeAt: string
  readonly settledAt: string | null
  readonly actor: string
}

/** An outcome without its decision, which only a log without its beginning can make, is in no page. Throws `CursorInvalid`. */
export async function readDecisions(orm: MikroORM, { tenant, taskId, agent, after, limit }: DecisionQuery): Promise<Page<ListedDecision>> {
  const page = await readPage<Found>(orm.em.fork(), {
    columns,
    from: 'decisions',
    where: [{ sql: 'made_at is not null', values: [] }, equal('tenant', tenant), equal('task_id', taskId), ofAgent(agent)],
    order: ['made_at', 'actor', 'id'],
    direction: 'desc',
    by: 'made',
    place: ({ madeAt, actor, id }) => [new Date(madeAt), actor, id],
    kinds: ['date', 'text', 'text'],
    after,
    limit,
  })
  const rows = page.rows.map(({ actor: _, madeAt, settledAt, ...row }) => ({
    ...row,
    madeAt: new Date(madeAt),
    settledAt: settledAt === null ? null : new Date(settledAt),
  }))
  return { rows, next: page.next }
}

const ofAgent = (agent: string | undefined): Part | undefined => {
  if (agent === undefined) return undefined
  return agent.includes('@') ? equal('chosen', agent) : { sql: `split_part(chosen, '@', 1) = ?`, values: [agent] }
}

export interface WholeDecision {
  readonly decision: LoggedDecision
  /** What its policy says, where the registry of policies has that version. */
  readonly policy: unknown
}

/** Those of this id, two at most: each tenant's coordinators number their own. */
export async function decisionsNamed(orm: MikroORM, id: string, tenant: string | undefined): Promise<readonly WholeDecision[]> {
  const em = orm.em.fork()
  const rows = await em.find(Decision, { id, madeAt: { $ne: null }, ...(tenant !== undefined && { tenant }) }, { limit: 2 })
  const decisions = rows.flatMap(loggedOf)
  return Promise.all(
    decisions.map(async (decision) => {
      const version = decision.policyVersion
      const policy = version === undefined ? null : await em.findOne(Policy, { tenant: decision.tenant, version }, { fields: ['config'] })
      return { decision, policy: policy?.config }
    }),
  )
}

/** What was predicted and what came of it, of the outcomes known last. */
export async function readForecasts(
  orm: MikroORM,
  tenant: string,
  limit: number,
): Promise<readonly { readonly predicted: number; readonly outcome: number }[]> {
  return orm.em.fork().execute<{ predicted: number; outcome: number }[]>(
    `select predicted, reward as outcome from decisions
     where tenant = ? and settled_at is not null and predicted is not null and reward is not null order by settled_at desc limit ?`,
    [tenant, limit],
  )
}

export interface DecisionDay {
  /** As `2026-11-20`, in UTC. */
  readonly day: string
  readonly decided: number
  readonly settled: number
  readonly succeeded: number
  /** Mean of the rewards that were known, and of what was predicted of the same. */
  readonly reward: number | null
  readonly predicted: number | null
  readonly costUsd: number
}

export async function readDecisionDays(orm: MikroORM, tenant: string, since: Date): Promise<readonly DecisionDay[]> {
  return orm.em.fork().execute<DecisionDay[]>(
    `select to_char(made_at at time zone 'UTC', 'YYYY-MM-DD') as day, count(*)::int as decided, count(settled_at)::int as settled,
       (count(*) filter (where ok))::int as succeeded, avg(reward) as reward, avg(predicted) filter (where settled_at is not null) as predicted,
       coalesce(sum(cost_usd), 0)::float8 as "costUsd"
     from decisions where tenant = ? and made_at >= ? group by 1 order by 1`,
    [tenant, since],
  )
}

export interface Passed {
  readonly at: Date
  /** How much better the mean of the best eligible candidate was than that of the one taken. */
  readonly given: number
  /** The same of an agent taken at random among those that could be. */
  readonly even: number
}

/** What the latest decisions gave up, by what was believed then: chance and exploration cost it. In the order they were made. */
export async function readPassed(orm: MikroORM, tenant: string, limit: number): Promise<readonly Passed[]> {
  const rows = await orm.em.fork().execute<{ at: string; given: number; even: number }[]>(
    `select made_at as at, greatest(0, best.mean - predicted) as given, best.mean - best.even as even from (
       select made_at, predicted, candidates from decisions
       where tenant = ? and made_at is not null and predicted is not null and jsonb_typeof(candidates) = 'array' and rank = 1
       order by made_at desc limit ?
     ) d, lateral (
       select max((c->'success'->>'mean')::float8) as mean, avg((c->'success'->>'mean')::float8) as even from jsonb_array_elements(d.candidates) c where not jsonb_exists(c, 'excluded')
     ) best where best.mean is not null order by made_at`,
    [tenant, limit],
  )
  return rows.map(({ at, given, even }) => ({ at: new Date(at), given, even }))
}
