import { coordinatorKey } from '../../../machines/coordinator-messages.ts'
import type { KnownFact } from '../facts.ts'
import type { EntrySource, Row, RowChange } from './projection.ts'
import { originOf } from './projection.ts'

/** Agents: the kinds of the roster as the coordinator tells them, those that were defined as the registry does. */
export const agents = (source: EntrySource): readonly RowChange[] =>
  source.facts.flatMap(({ fact }) => {
    const told = toldBy(fact, source)
    if (told === undefined) return []
    const { entry, address, at } = source
    return [{ table: 'agents', row: { ...told, ...originOf(source), actor: entry.actor, tenant: address.tenant, updatedAt: at } }]
  })

type Told = Omit<Row<'agents'>, 'actor' | 'tenant' | 'updatedAt' | 'partition' | 'seq' | 'index'>

function toldBy(fact: KnownFact, { address, at }: EntrySource): Told | undefined {
  switch (fact.type) {
    case 'agent.registered': {
      if (address.key !== coordinatorKey) return undefined // a shard repeats what the root told
      const { agent, version, taskTypes, capabilities } = fact
      const card = { agent, version, taskTypes, capabilities, kind: agent }
      return { ...card, source: 'roster', status: 'active', selectable: true, why: '', registeredAt: at }
    }
    case 'agent.retired':
      if (address.key !== coordinatorKey || fact.model !== undefined) return undefined
      return { agent: fact.agent, source: 'roster', status: 'retired', selectable: false }
    case 'agent.defined': {
      const { type: _, ...row } = fact
      // Whether it is chosen from is not known until the coordinator has answered.
      const answer = row.status === 'active' ? 'the coordinator has not answered yet' : ''
      return { ...row, source: 'registry', selectable: false, why: answer, ...(row.revision === 1 && { registeredAt: at }) }
    }
    case 'agent.changed':
      return { agent: fact.agent, source: 'registry', status: fact.status, revision: fact.revision, selectable: false, why: '' }
    case 'agent.selectable':
      return { agent: fact.agent, source: 'registry', selectable: fact.selectable, why: fact.why }
    default:
      return undefined
  }
}
