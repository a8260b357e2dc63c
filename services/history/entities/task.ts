import { defineEntity, p } from '@mikro-orm/core'
import { count, instant, origin } from './columns.ts'

export const taskStatuses = ['pending', 'running', 'waiting', 'completed', 'failed', 'cancelled'] as const

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
    /** The id of the task that it is a step of. */
    parent: p.text().nullable(),
    priority: p.integer().nullable(),
    /** The rule and the size of a team, such as `vote 3`. */
    team: p.text().nullable(),
    submittedAt: instant().nullable(),
    agent: p.text().nullable(),
    agentActor: p.text().nullable(),
    executionId: p.text().nullable(),
    decisionId: p.text().nullable(),
    why: p.text().nullable(),
    assignedAt: instant().nullable(),
    /** Why a person was asked, the last time. */
    escalated: p.text().nullable(),
    escalatedAt: instant().nullable(),
    /** What a planner made of it: `{ id, taskType, after }` each. */
    steps: p.json<unknown>().nullable(),
    finishedAt: instant().nullable(),
    durationMs: p.double().nullable(),
    reason: p.text().nullable(),
    code: p.text().nullable(),
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
    /** Words of the id and the prompt. Signs that Postgres would read as parts of numbers, addresses or tags only part words. */
    words: p
      .text()
      .columnType('tsvector')
      .generated(`(to_tsvector('simple', translate("id" || ' ' || coalesce("prompt", ''), '-+./:@<>&', '         '))) stored`)
      .ignoreSchemaChanges('extra')
      .lazy()
      .nullable(),
    ...origin(),
  },
  indexes: [
    { properties: ['tenant', 'id'] },
    { properties: 'id' },
    { properties: ['tenant', 'status', 'submittedAt'] },
    { properties: ['tenant', 'parent'] },
    { properties: 'finishedAt', name: 'tasks_finished_at_index' },
    {
      name: 'tasks_submitted_index',
      expression: `create index "tasks_submitted_index" on "tasks" ((coalesce("submitted_at", to_timestamp(0))), "actor")`,
    },
    {
      name: 'tasks_tenant_submitted_index',
      expression: `create index "tasks_tenant_submitted_index" on "tasks" ("tenant", (coalesce("submitted_at", to_timestamp(0))), "actor")`,
    },
    {
      name: 'tasks_status_submitted_index',
      expression: `create index "tasks_status_submitted_index" on "tasks" ("status", (coalesce("submitted_at", to_timestamp(0))), "actor")`,
    },
    {
      name: 'tasks_type_submitted_index',
      expression: `create index "tasks_type_submitted_index" on "tasks" ("task_type", (coalesce("submitted_at", to_timestamp(0))), "actor")`,
    },
    { name: 'tasks_words_index', expression: `create index "tasks_words_index" on "tasks" using gin ("words")` },
  ],
})
