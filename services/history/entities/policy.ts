import { defineEntity, p } from '@mikro-orm/core'
import { instant } from './columns.ts'

export const policyModes = ['draft', 'shadow', 'canary', 'live', 'retired', 'rolled-back'] as const

/** A version of how agents are chosen. What it says never changes; how it is used does. Operators write it, not the projector. */
export const Policy = defineEntity({
  name: 'Policy',
  tableName: 'policies',
  properties: {
    tenant: p.text().primary(),
    version: p.text().primary(),
    mode: p.enum(policyModes),
    /** Of a canary: the share of decisions it gets. */
    share: p.double().nullable(),
    config: p.json<unknown>(),
    note: p.text().nullable(),
    createdAt: instant(),
    createdBy: p.text(),
    /** When it became the live one, the last time. */
    activatedAt: instant().nullable(),
    /** Of its last evaluation. */
    estimate: p.json<unknown>().nullable(),
  },
})

/** One row a tenant: which revision of its policies is the present one, and which one its coordinator is known to have. */
export const PolicyRegister = defineEntity({
  name: 'PolicyRegister',
  tableName: 'policy_registers',
  properties: {
    tenant: p.text().primary(),
    revision: p.bigint('number'),
    confirmed: p.bigint('number'),
    /** What the present revision is called to the coordinator: the time it was written, or one more than the one before. */
    number: p.bigint('number'),
  },
})

/** Every change of a tenant's policies, by the revision it made. Rows are only added. */
export const PolicyChange = defineEntity({
  name: 'PolicyChange',
  tableName: 'policy_changes',
  properties: {
    tenant: p.text().primary(),
    revision: p.bigint('number').primary(),
    at: instant(),
    by: p.text(),
    action: p.text(),
    version: p.text(),
    note: p.text().nullable(),
    /** Against, or without, an estimate. */
    forced: p.boolean(),
    /** What it went by. */
    estimate: p.json<unknown>().nullable(),
    /** The modes of the versions it changed, as they were. */
    before: p.json<unknown>(),
  },
})
