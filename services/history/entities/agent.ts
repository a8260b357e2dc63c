import { defineEntity, p } from '@mikro-orm/core'
import { instant, origin } from './columns.ts'

export const agentStatuses = ['active', 'disabled', 'retired'] as const
export const agentSources = ['roster', 'registry'] as const

/** An agent as the actor tells it that knows it: the coordinator of the roster's kinds, the registry of those that were defined. */
export const Agent = defineEntity({
  name: 'Agent',
  tableName: 'agents',
  properties: {
    actor: p.text().primary(),
    agent: p.text().primary(),
    tenant: p.text(),
    /** Null in rows of before there was a registry: the roster. */
    source: p.enum(agentSources).nullable(),
    status: p.enum(agentStatuses).nullable(),
    version: p.text().nullable(),
    kind: p.text().nullable(),
    taskTypes: p.json<readonly string[]>().nullable(),
    capabilities: p.json<readonly string[]>().nullable(),
    skills: p.json<readonly string[]>().nullable(),
    models: p.json<readonly string[]>().nullable(),
    /** Of these three an empty text says that there is none. */
    owner: p.text().nullable(),
    costClass: p.text().nullable(),
    description: p.text().nullable(),
    revision: p.bigint('number').nullable(),
    /** Whether the coordinator chooses from it; `why` it does not. */
    selectable: p.boolean().nullable(),
    why: p.text().nullable(),
    registeredAt: instant().nullable(),
    updatedAt: instant().nullable(),
    ...origin(),
  },
  indexes: [
    { properties: ['tenant', 'agent'] },
    { properties: ['tenant', 'updatedAt', 'agent'] },
    { properties: 'capabilities', type: 'gin' },
    { properties: 'skills', type: 'gin' },
    { properties: 'taskTypes', type: 'gin' },
  ],
})
