// Agent routes
// The agents that tasks may be given to: those of the roster and those that were defined, and how each has been doing.
import { z } from 'zod'
import { agentStatuses } from '../../history/entities/agent.ts'
import { readAgent, readAgents, type ListedAgent } from '../../history/read-agents.ts'
import { readAgentRecord } from '../../history/read-agent-record.ts'
import { ResourceMissing } from '../errors.ts'
import { route } from '../route.ts'
import { tenantQuery } from '../server.ts'
import { instant, msOf, name, pageOf, pageQuery, tenantFor, textCharactersMax } from './shapes.ts'

const health = z
  .object({ outcomes: z.int(), successShare: z.number().optional(), lastOutcomeAt: instant.optional() })
  .describe('Of the last seven days, the latest thousand outcomes at most')

const agent = z
  .object({
    name: z.string(),
    tenant: z.string(),
    source: z.enum(['roster', 'registry']),
    status: z.enum(agentStatuses),
    version: z.string(),
    kind: z.string().describe('Whose machine and effects it uses: its actors have the type agent-<kind>'),
    taskTypes: z.array(z.string()),
    capabilities: z.array(z.string()),
    skills: z.array(z.string()),
    models: z.array(z.string()),
    owner: z.string(),
    costClass: z.string(),
    description: z.string(),
    revision: z.number().optional(),
    selectable: z.boolean().describe('Whether the coordinator chooses from it'),
    why: z.string().describe('Why it does not'),
    updatedAt: instant,
    health,
  })
  .meta({
    examples: [
      {
        name: 'researcher',
        tenant: 'main',
        source: 'roster',
        status: 'active',
        version: '1',
        kind: 'researcher',
        taskTypes: ['question'],
        capabilities: ['search'],
        skills: [],
        models: [],
        owner: '',
        costClass: '',
        description: '',
        selectable: true,
        why: '',
        updatedAt: 1_795_176_000_000,
        health: { outcomes: 12, successShare: 0.92, lastOutcomeAt: 1_795_176_002_140 },
      },
    ],
  })

const record = z
  .object({
    arm: z.string(),
    taskType: z.string(),
    decisions: z.int(),
    outcomes: z.int(),
    successShare: z.number().optional(),
    costUsd: z.number().optional().describe('Mean'),
    p50Ms: z.number().optional(),
    p95Ms: z.number().optional(),
  })
  .meta({
    examples: [
      {
        arm: 'researcher',
        taskType: 'question',
        decisions: 14,
        outcomes: 12,
        successShare: 0.92,
        costUsd: 0.003,
        p50Ms: 2_100,
        p95Ms: 5_900,
      },
    ],
  })

export const agentRoutes = [
  route({
    method: 'GET',
    path: '/agents',
    summary: 'Agents, by name; with filters',
    resource: 'agents',
    action: 'read',
    query: pageQuery.extend({
      type: name.optional().describe('A type of task that it does'),
      kind: name.optional(),
      status: z.enum(agentStatuses).optional(),
      skill: name.optional().describe('`name@version`, or a name for any version'),
      capability: name.optional(),
      q: z.string().max(textCharactersMax).optional().describe('In the name or the description'),
    }),
    answer: pageOf(agent),
    run: async ({ parts: { orm }, tenant, query: { type, kind, status, skill, capability, q, after, limit } }) => {
      const text = q === '' ? undefined : q
      const { agents, next } = await readAgents(orm, { tenant, taskType: type, kind, status, skill, capability, text, after, limit })
      return { rows: agents.map(agentOf), next }
    },
  }),
  route({
    method: 'GET',
    path: '/agents/:name',
    summary: 'One agent, and how it has been doing on each type of task in the last seven days',
    resource: 'agents',
    action: 'read',
    params: z.object({ name }),
    query: tenantQuery,
    answer: agent.extend({ record: z.array(record) }),
    run: async ({ parts, tenant, params }) => {
      const of = tenantFor(tenant, parts)
      const [found, rows] = await Promise.all([readAgent(parts.orm, params.name, of), readAgentRecord(parts.orm, params.name, of)])
      if (!found) throw new ResourceMissing(`agent ${params.name}: tenant ${of} has none of that name; GET /v1/agents lists them`)
      return { ...agentOf(found), record: [...rows] }
    },
  }),
]

const agentOf = ({ agent: called, updatedAt, health: known, ...row }: ListedAgent): z.input<typeof agent> => ({
  ...row,
  name: called,
  taskTypes: [...row.taskTypes],
  capabilities: [...row.capabilities],
  skills: [...row.skills],
  models: [...row.models],
  updatedAt: updatedAt.getTime(),
  health: { outcomes: known.outcomes, successShare: known.successShare, lastOutcomeAt: msOf(known.lastOutcomeAt) },
})
