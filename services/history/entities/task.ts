import { defineEntity, p } from '@mikro-orm/core'
import { count, instant, origin } from './columns.ts'

export const taskStatuses = ['pending', 'running', 'completed', 'failed', 'cancelled'] as const

/** A task as its own actor told it. */
export const Task = defineEntity({
  name: 'Task',
  tableName: 'tasks',
  properties: {
    actor: p.text().primary(),
    id: p.text().primary(),
    tenant: p.text(),
    status: p.enum(taskStatuses),
    taskType: p.text().nullable(),
    prompt: p.text().nullable(),
    file: p.text().nullable(),
    submittedAt: instant().nullable(),
    agent: p.text().nullable(),
    agentActor: p.text().nullable(),
    executionId: p.text().nullable(),
    decisionId: p.text().nullable(),
    why: p.text().nullable(),
    assignedAt: instant().nullable(),
    finishedAt: instant().nullable(),
    durationMs: p.double().nullable(),
    reason: p.text().nullable(),
    answer: p.text().nullable(),
    citations: p.json<unknown>().nullable(),
    model: p.text().nullable(),
    offline: p.boolean().nullable(),
    inputTokens: count().nullable(),
    outputTokens: count().nullable(),
    costUsd: p.double().nullable(),
    llmCalls: count().nullable(),
    toolCalls: count().nullable(),
    correlation: p.text().nullable(),
    ...origin(),
  },
  indexes: [{ properties: ['tenant', 'id'] }, { properties: 'id' }, { properties: ['tenant', 'status', 'submittedAt'] }],
})
