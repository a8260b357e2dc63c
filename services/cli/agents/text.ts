// Text
// Agents and skills as people read them.
import type { AgentRecord, AgentResult } from '../../../machines/registry.ts'
import type { Skill } from '../../../machines/skills.ts'
import type { ListedAgent } from '../../history/read-agents.ts'
import { cut, fields, table, timeText } from '../output.ts'
import type { SkillResult } from './define.ts'

const descriptionCharactersMax = 50

export const agentsTable = (agents: readonly ListedAgent[]): string =>
  table(
    ['name', 'tenant', 'status', 'kind', 'models', 'outcomes', 'success', 'updated', 'description'],
    agents.map((agent) => [
      agent.agent,
      agent.tenant,
      statusText(agent),
      agent.kind,
      agent.models.join(', ') || '-',
      String(agent.health.outcomes),
      shareText(agent.health.successShare),
      timeText(agent.updatedAt),
      cut(agent.description, descriptionCharactersMax),
    ]),
  )

const statusText = ({ status, selectable, why }: ListedAgent): string =>
  status === 'active' && !selectable ? `active, not chosen from: ${cut(why || 'the coordinator has not said why', 60)}` : status

const shareText = (share: number | undefined): string => (share === undefined ? '-' : `${Math.round(share * 100)} %`)

/** `record`: what the registry itself says; absent for a kind of the roster, or when it did not answer. */
export function agentText(agent: ListedAgent, record: AgentRecord | undefined): string {
  const { health, source } = agent
  const definition = record?.definition
  return fields({
    agent: agent.agent,
    tenant: agent.tenant,
    from: source === 'roster' ? 'the roster: it comes with the code' : `the registry, revision ${record?.revision ?? agent.revision}`,
    status: record && record.status !== agent.status ? `${record.status} (the history still has ${agent.status})` : statusText(agent),
    version: agent.version,
    kind: agent.kind,
    description: agent.description,
    owner: agent.owner,
    'task types': agent.taskTypes.join(', '),
    capabilities: agent.capabilities.join(', '),
    skills: agent.skills.join(', '),
    models: agent.models.join(', '),
    tools: definition?.tools.join(', '),
    'cost class': agent.costClass,
    follows: definition?.follows,
    cards: record?.cards
      .map(({ model, state, code, reason }) => [model ?? 'any model', state, code, reason].filter(Boolean).join(' '))
      .join('\n'),
    'last seven days': `${health.outcomes} outcomes, ${shareText(health.successShare)} of them good`,
    'last outcome': health.lastOutcomeAt && timeText(health.lastOutcomeAt),
    updated: timeText(agent.updatedAt),
    instructions: definition?.instructions,
    approach: definition?.approach.map((step) => `- ${step}`).join('\n'),
  })
}

export const resultsTable = (results: readonly AgentResult[]): string =>
  table(
    ['agent', 'result'],
    results.map((result) => [result.name || '(no name)', resultText(result)]),
  )

const resultText = (result: AgentResult): string =>
  result.ok
    ? `${result.changed ? 'defined' : 'unchanged'}, revision ${result.revision}${result.status === 'active' ? '' : `, ${result.status}`}`
    : `refused, ${result.code}: ${result.reason}`

export const skillResultsTable = (results: readonly SkillResult[]): string =>
  table(
    ['skill', 'result'],
    results.map(({ skill, answer }) => [
      skill,
      answer.ok ? (answer.changed ? 'published' : 'published already') : `refused, ${answer.code}: ${answer.reason}`,
    ]),
  )

export const skillText = ({ name, version, description, tools, instructions, inUse }: Skill & { readonly inUse: boolean }): string =>
  fields({ skill: `${name}@${version}`, description, tools: tools.join(', '), 'in use': inUse ? 'yes' : 'no', instructions })
