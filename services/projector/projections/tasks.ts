import { correlationOf } from '../../../runtime/record.ts'
import type { KnownFact } from '../facts.ts'
import type { EntrySource, Row, RowChange } from './projection.ts'
import { originOf } from './projection.ts'

/** Tasks as their own actors tell them. */
export const tasks = (source: EntrySource): readonly RowChange[] =>
  source.facts.flatMap(({ fact }) => {
    const told = toldBy(fact, source.at)
    if (told === undefined) return []
    const { entry, address } = source
    return [
      {
        table: 'tasks',
        row: { ...told, ...originOf(source), actor: entry.actor, tenant: address.tenant, correlation: correlationOf(entry) },
      },
    ]
  })

type Told = Omit<Row<'tasks'>, 'actor' | 'tenant' | 'partition' | 'seq' | 'index'>

function toldBy(fact: KnownFact, at: Date): Told | undefined {
  switch (fact.type) {
    case 'task.submitted': {
      const { taskId: id, taskType, prompt, file, parent, priority, team } = fact
      return { id, status: 'pending', taskType, prompt, file, parent, priority, team, submittedAt: at }
    }
    case 'task.assigned': {
      const { taskId: id, agent, agentActor, executionId, decisionId, why } = fact
      return { id, status: 'running', agent, agentActor, executionId, decisionId, why, assignedAt: at }
    }
    case 'task.planned':
      return { id: fact.taskId, status: 'running', steps: fact.steps }
    case 'task.escalated':
      return { id: fact.taskId, status: 'waiting', escalated: fact.why, escalatedAt: at }
    case 'task.approved':
      return { id: fact.taskId, status: 'running' }
    case 'task.completed': {
      const { taskId: id, executionId, agent, answer, citations, usage, durationMs, model, offline } = fact
      return { id, status: 'completed', executionId, agent, answer, citations, ...usage, durationMs, model, offline, finishedAt: at }
    }
    case 'task.failed':
      return {
        id: fact.taskId,
        status: 'failed',
        reason: fact.reason,
        code: fact.code,
        durationMs: fact.durationMs,
        finishedAt: at,
      }
    case 'task.cancelled':
      return { id: fact.taskId, status: 'cancelled', reason: fact.reason, durationMs: fact.durationMs, finishedAt: at }
    default:
      return undefined
  }
}
