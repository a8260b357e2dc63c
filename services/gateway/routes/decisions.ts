// Decision routes
// Why tasks were given to the agents they were given to: every candidate, what was known of it, what decided, and what came of it.
import { z } from 'zod'
import { surpriseOf } from '../../../actors/logged-decision.ts'
import { decisionsNamed, readDecisions, type ListedDecision, type WholeDecision } from '../../history/read-decision-pages.ts'
import { route } from '../route.ts'
import { tenantQuery } from '../server.ts'
import { candidate, candidateOf } from './candidates.ts'
import { id, instant, msOf, name, pageOf, pageQuery, present, theOnly } from './shapes.ts'

const outcome = z.object({
  at: instant,
  ok: z.boolean(),
  reward: z.number(),
  quality: z.number().optional(),
  costUsd: z.number().optional(),
  latencyMs: z.number().optional(),
  surprise: z.number().optional().describe('How little it was expected, in bits'),
})

const listed = z
  .object({
    id: z.string(),
    tenant: z.string(),
    taskId: z.string(),
    taskType: z.string(),
    arm: z.string().describe('What was taken: `agent`, or `agent@model`'),
    rank: z.int().describe('1: the best of those taken together'),
    why: z.string().optional(),
    policyVersion: z.string().optional(),
    propensity: z.number().optional(),
    predicted: z.number().optional().describe('Mean success'),
    madeAt: instant,
    outcome: outcome.optional().describe('Absent: not known yet, or never'),
    censored: z.string().optional().describe('Why nothing was learned from it'),
  })
  .meta({
    examples: [
      {
        id: 's1-0-7',
        tenant: 'main',
        taskId: '42',
        taskType: 'question',
        arm: 'researcher',
        rank: 1,
        why: 'best so far of 2 eligible agents',
        policyVersion: 'default',
        propensity: 0.72,
        predicted: 0.81,
        madeAt: 1_795_176_000_040,
        outcome: { at: 1_795_176_002_140, ok: true, reward: 1, costUsd: 0.0031, latencyMs: 2_100, surprise: 0.3 },
      },
    ],
  })

const whole = listed.extend({
  shard: z.string().optional().describe('The coordinator that decided'),
  shadow: z.string().optional().describe('What the shadow policy would have taken'),
  random: z.number().optional().describe('What all its chance came from'),
  features: z.record(z.string(), z.number()).optional(),
  request: z.unknown().describe('What was asked for: needs, limits, weights'),
  candidates: z.array(candidate),
  others: z.record(z.string(), z.number()).describe('How many candidates are not listed, by what excluded them'),
  policy: z.unknown().optional().describe('What the policy of that version says, where it is registered'),
})

export const decisionRoutes = [
  route({
    method: 'GET',
    path: '/decisions',
    summary: 'Decisions, the latest first',
    resource: 'coordinator',
    action: 'read',
    query: pageQuery.extend({
      task: id.optional(),
      agent: name.optional().describe('`agent`, which is every model of it, or `agent@model`'),
    }),
    answer: pageOf(listed),
    run: async ({ parts: { orm }, tenant, query: { task, agent, after, limit } }) => {
      const page = await readDecisions(orm, { tenant, taskId: task, agent, after, limit })
      return { rows: page.rows.map(listedOf), next: page.next }
    },
  }),
  route({
    method: 'GET',
    path: '/decisions/:id',
    summary: 'One decision: its candidates, its policy, what came of it',
    resource: 'coordinator',
    action: 'read',
    params: z.object({ id }),
    query: tenantQuery,
    answer: whole,
    run: async ({ parts: { orm }, tenant, params }) =>
      wholeOf(theOnly(await decisionsNamed(orm, params.id, tenant), `decision ${params.id}`)),
  }),
]

const listedOf = (row: ListedDecision): z.input<typeof listed> => ({
  id: row.id,
  tenant: row.tenant,
  taskId: row.taskId,
  taskType: row.taskType ?? 'unknown',
  arm: row.arm ?? '',
  rank: row.rank ?? 1,
  why: present(row.why),
  policyVersion: present(row.policyVersion),
  propensity: present(row.propensity),
  predicted: present(row.predicted),
  madeAt: row.madeAt.getTime(),
  outcome:
    row.settledAt === null || row.reward === null
      ? undefined
      : {
          at: row.settledAt.getTime(),
          ok: row.ok ?? false,
          reward: row.reward,
          costUsd: present(row.costUsd),
          latencyMs: present(row.latencyMs),
          surprise: surpriseOf({ reward: row.reward, predicted: present(row.predicted) }),
        },
  censored: present(row.censored),
})

const wholeOf = ({ decision, policy }: WholeDecision): z.input<typeof whole> => {
  const { madeAt, outcome: known, candidates, others, features, request, ...rest } = decision
  return {
    ...rest,
    predicted: known?.predicted ?? candidates.find(({ arm }) => arm === rest.arm)?.success.mean,
    madeAt: madeAt.getTime(),
    outcome: known && {
      at: msOf(known.at) ?? 0,
      ok: known.ok,
      reward: known.reward,
      quality: known.quality,
      costUsd: known.costUsd,
      latencyMs: known.latencyMs,
      surprise: surpriseOf(known),
    },
    features: features && { ...features },
    request,
    candidates: candidates.map(candidateOf),
    others: { ...others },
    policy: present(policy),
  }
}
