import { defineEntity, p } from '@mikro-orm/core'
import { count, instant, origin } from './columns.ts'

/** One attempt of one agent at one task, as the task's actor told it. */
export const TaskExecution = defineEntity({
  name: 'TaskExecution',
  tableName: 'task_executions',
  properties: {
    actor: p.text().primary(),
    id: p.text().primary(),
    tenant: p.text(),
    taskId: p.text(),
    status: p.enum(['running', 'succeeded', 'failed'] as const),
    agent: p.text(),
    agentActor: p.text().nullable(),
    decisionId: p.text().nullable(),
    model: p.text().nullable(),
    why: p.text().nullable(),
    /** What the coordinator expected: `{ success, costUsd?, latencyMs? }`. */
    predicted: p.json<unknown>().nullable(),
    startedAt: instant().nullable(),
    finishedAt: instant().nullable(),
    durationMs: p.double().nullable(),
    reason: p.text().nullable(),
    inputTokens: count().nullable(),
    outputTokens: count().nullable(),
    costUsd: p.double().nullable(),
    llmCalls: count().nullable(),
    toolCalls: count().nullable(),
    ...origin(),
  },
  indexes: [{ properties: ['tenant', 'taskId'] }, { properties: ['tenant', 'status', 'startedAt'] }],
})
