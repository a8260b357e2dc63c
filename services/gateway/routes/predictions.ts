// Prediction routes
// What the coordinator would choose and what it believes: predictions without a decision, its model in short, and how good its predictions were.
import { z } from 'zod'
import type { PredictionAnswer } from '../../../machines/coordinator-messages.ts'
import { learnedOf } from '../../../machines/coordinator-stats.ts'
import { reliabilityOf } from '../../../machines/selection.ts'
import { selectionRefusals } from '../../../machines/selection/types.ts'
import { readDecisionDays, readForecasts, readPassed } from '../../history/read-decision-pages.ts'
import { answerMs, coordinatorOf, statsOf } from '../coordinator.ts'
import type { GatewayParts } from '../parts.ts'
import { remembered } from '../remember.ts'
import { route } from '../route.ts'
import { tenantQuery } from '../server.ts'
import { candidate, candidateOf } from './candidates.ts'
import { instant, name, tenantFor } from './shapes.ts'

const namesMax = 100
const share = z.number().min(0)
const wishes = z
  .strictObject({
    taskType: name,
    needs: z.array(name).max(namesMax).optional().describe('Capabilities the agent must have'),
    exclude: z.array(name).max(namesMax).optional(),
    only: name.optional(),
    features: z.record(name, z.number()).optional(),
    deadlineMs: z.number().optional(),
    budgetUsd: z.number().optional(),
    weights: z
      .strictObject({ success: share.optional(), quality: share.optional(), cost: share.optional(), latency: share.optional() })
      .optional(),
  })
  .meta({
    examples: [{ taskType: 'question', needs: ['search'], deadlineMs: 30_000, budgetUsd: 0.05, weights: { success: 1, cost: 0.5 } }],
  })

const prediction = z.object({
  ok: z.boolean(),
  candidates: z.array(candidate),
  policyVersion: z.string().optional(),
  more: z.int().optional().describe('Candidates that are not listed'),
  code: z.enum(selectionRefusals).optional().describe('Why nothing could be chosen'),
  reason: z.string().optional(),
})

const bin = z.object({ n: z.int(), predicted: z.number(), outcome: z.number() })
const day = z.object({
  day: z.string().describe('Of UTC'),
  decided: z.int(),
  settled: z.int(),
  succeeded: z.int(),
  reward: z.number().optional(),
  predicted: z.number().optional(),
  costUsd: z.number(),
})

const summary = z
  .object({
    tenant: z.string(),
    counts: z.record(z.string(), z.number()).describe('Of decisions that the root itself made or heard of'),
    open: z.int().describe('Decisions of the root that wait for their outcome'),
    agents: z.int(),
    policies: z.object({
      live: z.object({ version: z.string(), mode: z.string() }),
      canary: z.object({ version: z.string(), mode: z.string(), share: z.number() }).optional(),
      shadow: z.object({ version: z.string(), mode: z.string() }).optional(),
    }),
    blocked: z.array(z.object({ name: z.string(), until: instant })).describe('Open circuits, by agent or model'),
    shards: z.array(z.object({ shard: z.string(), outcomes: z.int() })),
    learned: z.array(z.object({ arm: z.string(), taskType: z.string(), outcomes: z.number(), reward: z.number() })),
    learnedMore: z.int().describe('Pairs of agent and type that are not listed'),
    calibration: z
      .object({ outcomes: z.int(), brier: z.number(), ece: z.number(), bins: z.array(bin) })
      .describe('Of the latest 10,000 outcomes'),
    passed: z
      .array(
        z.object({
          at: instant,
          given: z.number(),
          even: z.number().describe('The same, had chance alone taken one of those that could be'),
        }),
      )
      .describe('Of the latest decisions: how much better the best mean was than that of the agent taken; exploring costs it'),
    days: z.array(day).describe('The last fourteen'),
  })
  .meta({
    examples: [
      {
        tenant: 'main',
        counts: { decided: 0, settled: 0 },
        open: 0,
        agents: 5,
        policies: { live: { version: 'default', mode: 'thompson' } },
        blocked: [],
        shards: [{ shard: 's1', outcomes: 12 }],
        learned: [{ arm: 'researcher', taskType: 'question', outcomes: 12, reward: 0.92 }],
        learnedMore: 0,
        calibration: { outcomes: 12, brier: 0.09, ece: 0.05, bins: [{ n: 12, predicted: 0.86, outcome: 0.92 }] },
        passed: [{ at: 1_795_176_000_040, given: 0.02, even: 0.11 }],
        days: [{ day: '2026-11-20', decided: 14, settled: 12, succeeded: 11, reward: 0.92, predicted: 0.86, costUsd: 0.04 }],
      },
    ],
  })

const forecastsMax = 10_000
const passedMax = 200
const learnedMax = 500
const daysShown = 14
const dayMs = 86_400_000
/** What is counted over thousands of rows is counted this often at most. */
const figuresMs = 5_000
const figuresStaleMs = 55_000

export const predictionRoutes = [
  route({
    method: 'POST',
    path: '/predictions',
    summary: 'Which agents could do a task, and how well, for how much and how fast: nothing runs and nothing is decided',
    resource: 'coordinator',
    action: 'read',
    query: tenantQuery,
    body: wishes,
    answer: prediction,
    run: async ({ parts, tenant, body }) => {
      const event = { type: 'agent.predict', ...body }
      const answer = await parts.client.ask<PredictionAnswer>(
        coordinatorOf(tenantFor(tenant, parts)),
        { ...event },
        { deadlineMs: answerMs },
      )
      const candidates = answer.candidates.map(candidateOf)
      if (!answer.ok) return { ok: false, candidates, code: answer.code, reason: answer.reason }
      return { ok: true, candidates, policyVersion: answer.policyVersion, more: answer.more }
    },
  }),
  route({
    method: 'GET',
    path: '/coordinator',
    summary: 'What the coordinator of a tenant has learned, which policies are in force, and how good its predictions were',
    resource: 'coordinator',
    action: 'read',
    query: tenantQuery,
    answer: summary,
    run: async ({ parts, tenant }) => {
      const of = tenantFor(tenant, parts)
      const [stats, figures] = await Promise.all([statsOf(parts, of), figuresOf(parts, of)])
      const learned = learnedOf(stats.model).toSorted((one, other) => other.outcomes - one.outcomes)
      const { live, canary, shadow } = stats.policies
      const named = ({ version, mode }: typeof live) => ({ version, mode: mode.kind })
      return {
        tenant: of,
        counts: { ...stats.counts },
        open: stats.open,
        agents: stats.cards.length,
        policies: {
          live: named(live),
          canary: canary && { ...named(canary.policy), share: canary.share },
          shadow: shadow && named(shadow),
        },
        blocked: Object.entries(stats.blocked).map(([blocked, until]) => ({ name: blocked, until })),
        shards: Object.entries(stats.shards).map(([shard, { outcomes }]) => ({ shard, outcomes })),
        learned: learned.slice(0, learnedMax),
        learnedMore: Math.max(0, learned.length - learnedMax),
        ...figures,
      }
    },
  }),
]

const figuresOf = (parts: GatewayParts, tenant: string): Promise<Pick<z.input<typeof summary>, 'calibration' | 'passed' | 'days'>> =>
  remembered(parts, `figures ${tenant}`, { freshMs: figuresMs, staleMs: figuresStaleMs }, async () => {
    const since = new Date(Date.now() - daysShown * dayMs)
    const { orm } = parts
    const [forecasts, passed, days] = await Promise.all([
      readForecasts(orm, tenant, forecastsMax),
      readPassed(orm, tenant, passedMax),
      readDecisionDays(orm, tenant, since),
    ])
    const { n: outcomes, brier, ece, bins } = reliabilityOf(forecasts)
    return {
      calibration: { outcomes, brier, ece, bins: [...bins] },
      passed: passed.map(({ at, ...figures }) => ({ ...figures, at: at.getTime() })),
      days: days.map(({ reward, predicted, ...one }) => ({ ...one, reward: reward ?? undefined, predicted: predicted ?? undefined })),
    }
  })
