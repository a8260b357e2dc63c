// Registry agents
// What becomes of one agent when it is defined, enabled, disabled or retired: the agents of a bucket in, the same after it out.
//
// G1. An agent is what its last accepted definition says: a change that is refused changes nothing, one that says what holds already is accepted and counts as none.
// G2. What is kept is bounded; a retired agent is forgotten, the oldest first, before a new one is refused.
import type { AgentRegister, AgentRegistration, AgentRetire } from './coordinator-messages.ts'
import { cardsFor, programFault, programOf, type FoundSkills } from './registry-cards.ts'
import type { ReadAgent } from './registry-spec.ts'
import {
  registryLimits,
  registryRefusals,
  type AgentDefinition,
  type AgentRecord,
  type AgentResult,
  type CardState,
  type Refused,
  type RegistryFact,
} from './registry.ts'

export interface Agents {
  readonly byName: Readonly<Record<string, AgentRecord>>
  /** Of the records as JSON. */
  readonly bytes: number
}

export const noAgents: Agents = { byName: {}, bytes: 0 }

export interface Settled {
  readonly agents: Agents
  readonly result: AgentResult
  readonly facts: readonly RegistryFact[]
  readonly toCoordinator: readonly (AgentRegister | AgentRetire)[]
}

/** The record itself, and nothing that every object inherits. */
export const recordOf = ({ byName }: Agents, name: string): AgentRecord | undefined =>
  Object.hasOwn(byName, name) ? byName[name] : undefined

export const refusal = (name: string, why: keyof typeof registryRefusals, reason: string): Refused => ({
  name,
  ok: false,
  code: registryRefusals[why],
  reason: name === '' ? reason : `agent ${name}: ${reason}`,
})

export function invalid(name: string, faults: readonly string[]): Refused {
  const told = faults.slice(0, registryLimits.faultsMax)
  const more = faults.length - told.length
  const list = more > 0 ? [...told, `${more} more`] : told
  return { ...refusal(name, 'invalid', list.join('; ')), faults: list }
}

const unchanged = (agents: Agents, result: AgentResult): Settled => ({ agents, result, facts: [], toCoordinator: [] }) // G1

const accepted = (name: string, { revision, status }: AgentRecord, changed: boolean): AgentResult => ({
  name,
  ok: true,
  revision,
  status,
  changed,
})

/** Defined as read; `found` are the skills it refers to, as far as there are any. */
export function define(
  agents: Agents,
  { read, expectedRevision }: { readonly read: ReadAgent; readonly expectedRevision?: number },
  found: FoundSkills,
  now: number,
): Settled {
  const { name } = read
  const record = recordOf(agents, name)
  const known = record && record.status !== 'retired' ? record : undefined
  if (known && isSame(known.definition, completed(read, known.definition.version, known.definition.follows)))
    return unchanged(agents, accepted(name, known, false))
  const conflict = revisionFault(name, record, expectedRevision)
  if (conflict) return unchanged(agents, conflict)
  const revision = (record?.revision ?? 0) + 1
  const before = record?.definition
  const version = read.version ?? `r${revision}`
  const definition = completed(read, version, before?.version === version ? before.follows : before?.version)
  return put(agents, { status: known?.status ?? 'active', revision, definition, updatedAt: now, cards: record?.cards ?? [] }, found)
}

/** Active again, as it was defined last. An active one that the coordinator had no room for is offered again. */
export function enable(agents: Agents, name: string, found: FoundSkills, now: number): Settled {
  const record = recordOf(agents, name)
  if (!record) return unchanged(agents, unknownAgent(name))
  if (record.status === 'active' && record.cards.every(({ state }) => state !== 'refused'))
    return unchanged(agents, accepted(name, record, false))
  if (record.status === 'retired') return unchanged(agents, refusal(name, 'unknown', 'it is retired; define it again to have it back'))
  return put(agents, { ...record, status: 'active', revision: record.revision + 1, updatedAt: now }, found)
}

/** Disabled, or retired: the coordinator no longer chooses from it. */
export function withdraw(
  agents: Agents,
  {
    name,
    status,
    expectedRevision,
  }: { readonly name: string; readonly status: 'disabled' | 'retired'; readonly expectedRevision?: number },
  now: number,
): Settled {
  const record = recordOf(agents, name)
  if (!record) return unchanged(agents, unknownAgent(name))
  if (record.status === status) return unchanged(agents, accepted(name, record, false))
  if (record.status === 'retired') return unchanged(agents, refusal(name, 'unknown', 'it is retired; define it again to have it back'))
  const conflict = revisionFault(name, record, expectedRevision)
  if (conflict) return unchanged(agents, conflict)
  const after: AgentRecord = { ...record, status, revision: record.revision + 1, updatedAt: now, cards: [] }
  return {
    agents: kept(agents, after),
    result: accepted(name, after, true),
    facts: [changedFact(after)],
    toCoordinator: record.cards.length > 0 ? [{ type: 'agent.retire', agent: name }] : [],
  }
}

/** What the coordinator says of a card; of one that was replaced meanwhile it is out of date. */
export function registered(agents: Agents, { agent, model, version, ...said }: AgentRegistration): Omit<Settled, 'result'> {
  const nothing = { agents, facts: [], toCoordinator: [] }
  const record = recordOf(agents, agent)
  const card = record?.cards.find((one) => one.model === model)
  if (!record || !card || record.definition.version !== version) return nothing
  const now: CardState = {
    ...(model !== undefined && { model }),
    ...(said.ok ? { state: 'selectable' } : { state: 'refused', code: said.code, reason: said.reason }),
  }
  const cards: readonly CardState[] = record.cards.map((one) => (one === card ? now : one))
  const selectable = cards.some(({ state }) => state === 'selectable')
  const why = cards.flatMap(({ code, reason }) => (code === undefined ? [] : [`${code}: ${reason ?? ''}`])).join('; ')
  return { ...nothing, agents: kept(agents, { ...record, cards }), facts: [{ type: 'agent.selectable', agent, selectable, why }] }
}

export const unknownAgent = (name: string): Refused => refusal(name, 'unknown', 'there is none of that name here; define it first')

function revisionFault(name: string, record: AgentRecord | undefined, expected: number | undefined): Refused | undefined {
  const revision = record?.revision ?? 0
  if (expected === undefined || expected === revision) return undefined
  return refusal(name, 'changed', `expected revision ${expected}, it is at ${revision}; look at it again before you change it`)
}

/** In one order of fields: the same definition is the same JSON. */
function completed(read: ReadAgent, version: string, follows: string | undefined): AgentDefinition {
  const { name, kind, version: _, follows: said, ...rest } = read
  const from = said ?? follows
  return { name, kind, version: read.version ?? version, ...rest, ...(from !== undefined && { follows: from }) }
}

const isSame = (one: AgentDefinition, other: AgentDefinition): boolean => JSON.stringify(one) === JSON.stringify(other)

/** Keeps the record, and asks for its cards when it is active. */
function put(agents: Agents, record: AgentRecord, found: FoundSkills): Settled {
  const { definition, status } = record
  const { name, skills } = definition
  const program = programOf(definition, found)
  const faults = [
    ...skills.flatMap((skill) => (Object.hasOwn(found, skill) ? [] : [`skills: '${skill}' is not published`])),
    ...[programFault(program)].flatMap((fault) => fault ?? []),
  ]
  if (faults.length > 0) return unchanged(agents, invalid(name, faults))
  const { cards, events } = status === 'active' ? cardsFor(definition, program, record.cards) : { cards: [], events: [] }
  const after: AgentRecord = { ...record, cards }
  const room = withRoomFor(agents, after)
  if (!room)
    return unchanged(
      agents,
      refusal(
        name,
        'full',
        `its bucket holds ${Object.keys(agents.byName).length} agents of ${agents.bytes} bytes, the limits are ${registryLimits.agentsMax} and ${registryLimits.agentsBytesMax}; retire some, or shorten their instructions`,
      ),
    )
  return { agents: kept(room, after), result: accepted(name, after, true), facts: [definedFact(after)], toCoordinator: events }
}

/** G2. Undefined: there is none. */
function withRoomFor(agents: Agents, record: AgentRecord): Agents | undefined {
  const { agentsMax, agentsBytesMax } = registryLimits
  const { name } = record.definition
  const own = recordOf(agents, name)
  let [left, bytes] = [agents, agents.bytes + bytesOf(record) - (own ? bytesOf(own) : 0)]
  const retired = Object.values(agents.byName)
    .filter((one) => one.status === 'retired' && one.definition.name !== name)
    .toSorted((one, other) => one.updatedAt - other.updatedAt)
  const isFull = (): boolean => Object.keys(left.byName).length + (own ? 0 : 1) > agentsMax || bytes > agentsBytesMax
  for (const oldest of retired) {
    if (!isFull()) break
    const { [oldest.definition.name]: _, ...byName } = left.byName
    bytes -= bytesOf(oldest)
    left = { byName, bytes: left.bytes - bytesOf(oldest) }
  }
  return isFull() ? undefined : left
}

function kept({ byName, bytes }: Agents, record: AgentRecord): Agents {
  const { name } = record.definition
  const before = recordOf({ byName, bytes }, name)
  return { byName: { ...byName, [name]: record }, bytes: bytes + bytesOf(record) - (before ? bytesOf(before) : 0) }
}

const utf8 = new TextEncoder()
export const bytesOf = (value: unknown): number => utf8.encode(JSON.stringify(value) ?? '').length

function definedFact({ status, revision, definition }: AgentRecord): RegistryFact {
  const { name: agent, version, kind, taskTypes, capabilities, models, skills, description = '', owner = '', costClass = '' } = definition
  const card = { version, kind, taskTypes, capabilities, models, skills }
  return { type: 'agent.defined', agent, status, revision, ...card, description, owner, costClass }
}

const changedFact = ({ status, revision, definition }: AgentRecord): RegistryFact => ({
  type: 'agent.changed',
  agent: definition.name,
  status,
  revision,
})
