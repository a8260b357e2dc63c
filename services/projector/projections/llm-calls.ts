import type { EntrySource, RowChange } from './projection.ts'
import { originOf } from './projection.ts'

/** Calls of language models, as the agents that made them tell. One that a fork was given from the log cost its original, not it. */
export const llmCalls = (source: EntrySource): readonly RowChange[] =>
  source.facts.flatMap(({ n, fact }): RowChange[] => {
    if (fact.type !== 'llm.called') return []
    const { type: _, ...told } = fact
    const costUsd = source.entry.relived ? 0 : told.costUsd
    const row = { ...told, costUsd, ...originOf(source), n, actor: source.entry.actor, tenant: source.address.tenant, at: source.at }
    return [{ table: 'llm_calls', row }]
  })
