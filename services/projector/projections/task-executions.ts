import type { EntrySource, RowChange } from './projection.ts'
import { originOf } from './projection.ts'

/** Attempts at tasks: each begins when its task is assigned, and ends in success or failure. */
export const taskExecutions = (source: EntrySource): readonly RowChange[] =>
  source.facts.flatMap(({ fact }): RowChange[] => {
    if (fact.type !== 'task.assigned' && fact.type !== 'execution.finished') return []
    const { taskId, executionId: id, agent } = fact
    const both = { ...originOf(source), actor: source.entry.actor, tenant: source.address.tenant, id, taskId, agent }
    if (fact.type === 'task.assigned') {
      const { agentActor, decisionId, model, why, predicted } = fact
      const row = { ...both, status: 'running' as const, agentActor, decisionId, model, why, predicted, startedAt: source.at }
      return [{ table: 'task_executions', row }]
    }
    const { ok, reason, usage, durationMs } = fact
    const status = ok ? 'succeeded' : 'failed'
    return [{ table: 'task_executions', row: { ...both, status, reason, ...usage, durationMs, finishedAt: source.at } }]
  })
