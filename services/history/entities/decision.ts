import { defineEntity, p } from '@mikro-orm/core'
import { instant, origin } from './columns.ts'

/** Why a coordinator gave a task to an agent, and what came of it. A decision for several agents has a row for each. */
export const Decision = defineEntity({
  name: 'Decision',
  tableName: 'decisions',
  properties: {
    actor: p.text().primary(),
    id: p.text().primary(),
    tenant: p.text(),
    taskId: p.text(),
    taskType: p.text().nullable(),
    /** The arm: `agent`, or `agent@model`. */
    chosen: p.text().nullable(),
    why: p.text().nullable(),
    candidates: p.json<unknown>().nullable(),
    madeAt: instant().nullable(),
    reward: p.double().nullable(),
    ok: p.boolean().nullable(),
    settledAt: instant().nullable(),
    /** The coordinator that decided: `main` or a shard. */
    shard: p.text().nullable(),
    /** 1 is the best of those chosen together: the one whose propensity is that of the decision. */
    rank: p.integer().nullable(),
    policyVersion: p.text().nullable(),
    propensity: p.double().nullable(),
    shadow: p.text().nullable(),
    features: p.json<unknown>().nullable(),
    /** What else was asked for. */
    request: p.json<unknown>().nullable(),
    /** How many candidates are not listed, by what excluded them. */
    others: p.json<unknown>().nullable(),
    random: p.double().nullable(),
    /** The mean success that was predicted of the arm. */
    predicted: p.double().nullable(),
    /** The same before calibration. */
    raw: p.double().nullable(),
    quality: p.double().nullable(),
    costUsd: p.double().nullable(),
    latencyMs: p.double().nullable(),
    /** Which outcome of its coordinator's life it is. */
    outcome: p.bigint('number').nullable(),
    censoredAt: instant().nullable(),
    /** Why nothing was learned from it. */
    censored: p.text().nullable(),
    ...origin(),
  },
  indexes: [
    { properties: ['tenant', 'taskId'] },
    { properties: ['tenant', 'madeAt'] },
    { properties: ['tenant', 'chosen', 'settledAt'] },
    { properties: ['tenant', 'settledAt'] },
    { properties: ['madeAt', 'actor', 'id'], name: 'decisions_made_index' },
    { properties: ['tenant', 'madeAt', 'actor', 'id'], name: 'decisions_tenant_made_index' },
    { properties: 'id', name: 'decisions_id_index' },
    { properties: 'taskId', name: 'decisions_task_id_index' },
    {
      name: 'decisions_agent_made_index',
      expression: `create index "decisions_agent_made_index" on "decisions" (split_part("chosen", '@', 1), "made_at", "actor", "id")`,
    },
    {
      name: 'decisions_tenant_agent_made_index',
      expression: `create index "decisions_tenant_agent_made_index" on "decisions" ("tenant", split_part("chosen", '@', 1), "made_at", "actor", "id")`,
    },
  ],
})
