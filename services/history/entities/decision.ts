import { defineEntity, p } from '@mikro-orm/core'
import { instant, origin } from './columns.ts'

/** Why a coordinator gave a task to an agent, and what came of it. */
export const Decision = defineEntity({
  name: 'Decision',
  tableName: 'decisions',
  properties: {
    actor: p.text().primary(),
    id: p.text().primary(),
    tenant: p.text(),
    taskId: p.text(),
    taskType: p.text().nullable(),
    chosen: p.text().nullable(),
    why: p.text().nullable(),
    candidates: p.json<unknown>().nullable(),
    madeAt: instant().nullable(),
    reward: p.double().nullable(),
    ok: p.boolean().nullable(),
    settledAt: instant().nullable(),
    ...origin(),
  },
  indexes: [{ properties: ['tenant', 'taskId'] }, { properties: ['tenant', 'madeAt'] }],
})
