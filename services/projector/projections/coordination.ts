import type { EntrySource, RowChange } from './projection.ts'
import { originOf } from './projection.ts'

/** What coordinators tell: the agents they know, the choices they make, and what came of them. */
export const coordination = (source: EntrySource): readonly RowChange[] =>
  source.facts.flatMap(({ fact }): RowChange[] => {
    const both = { ...originOf(source), actor: source.entry.actor, tenant: source.address.tenant }
    switch (fact.type) {
      case 'agent.registered': {
        const { agent, version, taskTypes, capabilities } = fact
        return [{ table: 'agents', row: { ...both, agent, version, taskTypes, capabilities, registeredAt: source.at } }]
      }
      case 'decision.made': {
        const { decisionId: id, taskId, taskType, chosen, why, candidates } = fact
        return [{ table: 'decisions', row: { ...both, id, taskId, taskType, chosen, why, candidates, madeAt: source.at } }]
      }
      case 'decision.settled': {
        const { decisionId: id, taskId, reward, ok } = fact
        return [{ table: 'decisions', row: { ...both, id, taskId, reward, ok, settledAt: source.at } }]
      }
      default:
        return []
    }
  })
