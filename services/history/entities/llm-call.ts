import { defineEntity, p } from '@mikro-orm/core'
import { count, instant, originKey } from './columns.ts'

/** One call of a language model, as the agent that made it told it; `n` is its place in the turn's emits. */
export const LlmCall = defineEntity({
  name: 'LlmCall',
  tableName: 'llm_calls',
  properties: {
    ...originKey(),
    n: p.integer().primary(),
    tenant: p.text(),
    actor: p.text(),
    taskId: p.text(),
    agent: p.text(),
    model: p.text(),
    offline: p.boolean(),
    inputTokens: count(),
    outputTokens: count(),
    costUsd: p.double(),
    latencyMs: p.double(),
    finish: p.text(),
    at: instant(),
  },
  indexes: [{ properties: 'at' }, { properties: ['tenant', 'at'] }, { properties: ['tenant', 'taskId'] }, { properties: ['actor', 'at'] }],
})
