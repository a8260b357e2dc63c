import { defineEntity, p } from '@mikro-orm/core'
import { instant, origin } from './columns.ts'

/** An agent as a coordinator knows it. */
export const Agent = defineEntity({
  name: 'Agent',
  tableName: 'agents',
  properties: {
    actor: p.text().primary(),
    agent: p.text().primary(),
    tenant: p.text(),
    version: p.text(),
    taskTypes: p.json<readonly string[]>(),
    capabilities: p.json<readonly string[]>(),
    registeredAt: instant(),
    ...origin(),
  },
  indexes: [{ properties: ['tenant', 'agent'] }],
})
