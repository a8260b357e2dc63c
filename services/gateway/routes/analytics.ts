// Analytics routes
// How tasks have gone: counts, success, duration and cost, by day, type and agent.
import { z } from 'zod'
import { readAnalytics, type TaskFigures } from '../../history/read-analytics.ts'
import { remembered } from '../remember.ts'
import { route } from '../route.ts'
import { tenantQuery } from '../server.ts'
import { instant } from './shapes.ts'

const daysMax = 90
const daysDefault = 14
const dayMs = 86_400_000
/** It walks over every task of those days: once in this time at most. */
const keptMs = 10_000
const staleMs = 110_000

const figures = {
  tasks: z.int(),
  completed: z.int(),
  failed: z.int(),
  cancelled: z.int(),
  successShare: z.number().optional().describe('Of those that completed or failed'),
  p50Ms: z.number().optional(),
  p95Ms: z.number().optional(),
  costUsd: z.number(),
  tokens: z.number(),
}
const day = z.string().describe('Of UTC')

const example = {
  tasks: 12,
  completed: 11,
  failed: 1,
  cancelled: 0,
  successShare: 0.917,
  p50Ms: 2_140,
  p95Ms: 6_020,
  costUsd: 0.04,
  tokens: 28_100,
}

export const analyticsRoutes = [
  route({
    method: 'GET',
    path: '/analytics',
    summary: 'How the tasks that ended in the last days have gone: by day, type and agent',
    resource: 'history',
    action: 'read',
    query: tenantQuery.extend({
      days: z.coerce.number().int().min(1).max(daysMax).default(daysDefault).describe('The present one is the last'),
    }),
    answer: z
      .object({
        at: instant.describe('When it was counted: two minutes ago at most'),
        total: z.object(figures),
        days: z.array(z.object({ day, ...figures })),
        types: z.array(z.object({ taskType: z.string(), ...figures })),
        agents: z.array(z.object({ agent: z.string().describe('Empty: none was given the task'), ...figures })),
        rows: z.array(z.object({ day, taskType: z.string(), agent: z.string(), ...figures })),
      })
      .meta({
        examples: [
          {
            at: 1_795_176_000_000,
            total: example,
            days: [{ day: '2026-11-20', ...example }],
            types: [{ taskType: 'question', ...example }],
            agents: [{ agent: 'researcher', ...example }],
            rows: [{ day: '2026-11-20', taskType: 'question', agent: 'researcher', ...example }],
          },
        ],
      }),
    run: ({ parts, tenant, query: { days } }) =>
      remembered(parts, `analytics ${tenant ?? '*'} ${days}`, { freshMs: keptMs, staleMs }, async () => {
        const at = Date.now()
        const since = new Date((Math.floor(at / dayMs) - days + 1) * dayMs)
        const found = await readAnalytics(parts.orm, { tenant, since })
        return {
          at,
          total: told(found.total),
          days: found.days.map((row) => ({ day: row.day, ...told(row) })),
          types: found.types.map((row) => ({ taskType: row.taskType, ...told(row) })),
          agents: found.agents.map((row) => ({ agent: row.agent, ...told(row) })),
          rows: found.rows.map((row) => ({ day: row.day, taskType: row.taskType, agent: row.agent, ...told(row) })),
        }
      }),
  }),
]

function told({ tasks, completed, failed, cancelled, p50Ms, p95Ms, costUsd, tokens }: TaskFigures) {
  const ended = completed + failed
  return {
    tasks,
    completed,
    failed,
    cancelled,
    costUsd,
    tokens,
    successShare: ended === 0 ? undefined : completed / ended,
    p50Ms: p50Ms ?? undefined,
    p95Ms: p95Ms ?? undefined,
  }
}
