// Decision routes
// Why tasks were given to the agents they were given to: every candidate, what was known of it, what decided, and what came of it.
import { z } from 'zod'
import { surpriseOf, type LoggedDecision } from '../../../actors/logged-decision.ts'
import { policyDefaults } from '../../../machines/selection.ts'
import { readRegister } from '../../history/policy-store.ts'
import { isConfirmed, policyModes, type RegisteredPolicy } from '../../policies/plan.ts'
import { policyGiven, replayed, type Replayed } from '../../policies/replayed.ts'
import { decisionsNamed, readDecisions, type ListedDecision, type WholeDecision } from '../../history/read-decision-pages.ts'
import { route } from '../route.ts'
import { tenantQuery } from '../server.ts'
import { candidate, candidateOf } from './candidates.ts'
import { id, instant, msOf, name, pageOf, pageQuery, present, tenantFor, theOnly } from './shapes.ts'

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

const drawn = z.object({
  score: z.object({ mean: z.number(), deviation: z.number() }).optional().describe('What is drawn from'),
  sample: z.number().optional().describe('The score that was drawn, and compared'),
  propensity: z.number().optional().describe('Of being chosen first'),
})

const replayShape = z
  .object({
    id: z.string(),
    policyVersion: z.string(),
    before: z.object({ arm: z.string(), policyVersion: z.string().optional(), why: z.string().optional() }),
    after: z.object({ arm: z.string().optional().describe('Absent: fewer would have been chosen'), why: z.string() }),
    agrees: z.boolean(),
    candidates: z.array(z.object({ arm: z.string(), before: drawn.omit({ score: true }), after: drawn, excluded: z.string().optional() })),
    notes: z.array(z.string()).describe('What the log lacks'),
    error: z
      .number()
      .optional()
      .describe(
        'Replayed with its own policy, a propensity differs this much from the logged one at most; absent: that policy is not registered',
      ),
  })
  .meta({
    examples: [
      {
        id: 's1-0-7',
        policyVersion: 'curious-1',
        before: { arm: 'researcher', policyVersion: 'default', why: 'best so far of 2 eligible agents' },
        after: { arm: 'librarian', why: 'tried to learn more of 2 eligible agents' },
        agrees: false,
        candidates: [
          {
            arm: 'researcher',
            before: { sample: 0.86, propensity: 0.72 },
            after: { score: { mean: 0.82, deviation: 0.05 }, sample: 0.81, propensity: 0.55 },
          },
          {
            arm: 'librarian',
            before: { sample: 0.78, propensity: 0.28 },
            after: { score: { mean: 0.8, deviation: 0.08 }, sample: 0.84, propensity: 0.45 },
          },
        ],
        notes: ['Beliefs are those recorded then.'],
        error: 0.002,
      },
    ],
  })

const registered = z.object({
  version: z.string(),
  mode: z.enum(policyModes),
  share: z.number().optional().describe('Of a canary'),
  note: z.string().optional(),
  createdAt: instant,
  createdBy: z.string(),
  policy: z.unknown().describe('What it says, as in its file'),
  estimate: z.unknown().optional().describe('What `troupe policy evaluate` said of it last'),
})

const policiesShape = z
  .object({ tenant: z.string(), confirmed: z.boolean().describe('The coordinator is known to have them'), rows: z.array(registered) })
  .meta({
    examples: [
      {
        tenant: 'main',
        confirmed: true,
        rows: [{ version: 'default', mode: 'live', createdAt: 0, createdBy: 'troupe', policy: { format: 1, explore: 0.01 } }],
      },
    ],
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
  route({
    method: 'POST',
    path: '/decisions/:id/replay',
    summary: 'What another policy would have chosen: the same candidates, beliefs and chance; nothing is changed',
    resource: 'coordinator',
    action: 'read',
    params: z.object({ id }),
    query: tenantQuery,
    body: z
      .strictObject({
        policy: z
          .union([name, z.record(z.string(), z.unknown())])
          .describe('A version of the registry, or a policy as in a file; what that leaves out has its default'),
      })
      .meta({ examples: [{ policy: 'curious-1' }, { policy: { mode: { kind: 'best-single' }, explore: 0.1 } }] }),
    answer: replayShape,
    run: async ({ parts: { orm }, tenant, params, body }) => {
      const { decision } = theOnly(await decisionsNamed(orm, params.id, tenant), `decision ${params.id}`)
      const register = await readRegister(orm, decision.tenant, policyDefaults)
      return replayOf(replayed(decision, policyGiven(register, body.policy), register), decision)
    },
  }),
  route({
    method: 'GET',
    path: '/policies',
    summary: 'The policies of a tenant: what each says, how it is used, and its last estimate',
    resource: 'coordinator',
    action: 'read',
    query: tenantQuery,
    answer: policiesShape,
    run: async ({ parts, tenant }) => {
      const register = await readRegister(parts.orm, tenantFor(tenant, parts), policyDefaults)
      return { tenant: register.tenant, confirmed: isConfirmed(register), rows: register.policies.map(registeredOf) }
    },
  }),
]

const replayOf = ({ replay, arm, agrees, error }: Replayed, decision: LoggedDecision): z.input<typeof replayShape> => ({
  id: decision.id,
  policyVersion: replay.policyVersion,
  before: { arm: decision.arm, policyVersion: decision.policyVersion, why: decision.why },
  after: { arm, why: replay.why },
  agrees,
  candidates: decision.candidates.map(({ arm: one, sample, propensity, excluded }, place) => {
    const again = replay.candidates[place]
    return {
      arm: one,
      before: { sample, propensity },
      after: { score: again?.score && { ...again.score }, sample: again?.sample, propensity: again?.propensity },
      excluded,
    }
  }),
  notes: [...replay.notes],
  error,
})

const registeredOf = ({ config, estimate, createdAt, ...rest }: RegisteredPolicy): z.input<typeof registered> => ({
  ...rest,
  createdAt: createdAt.getTime(),
  policy: config,
  estimate: present(estimate),
})

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
