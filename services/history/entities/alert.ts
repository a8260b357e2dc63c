import { defineEntity, p } from '@mikro-orm/core'
import { instant } from './columns.ts'

/** An alert as long as it lasted; written by gateways while its cause is there. Rows are kept for a day after it was seen last. */
export const AlertEpisode = defineEntity({
  name: 'AlertEpisode',
  tableName: 'alert_episodes',
  properties: {
    namespace: p.text().primary(),
    id: p.text().primary(),
    since: instant().primary(),
    seenAt: instant(),
    /** Null: it is the fleet's. */
    tenant: p.text().nullable(),
    /** As it was told last. */
    alert: p.json<unknown>(),
  },
})

/** How an operator set a rule; a rule without a row is as the code has it. */
export const AlertRule = defineEntity({
  name: 'AlertRule',
  tableName: 'alert_rules',
  properties: {
    namespace: p.text().primary(),
    kind: p.text().primary(),
    enabled: p.boolean(),
    threshold: p.double().nullable(),
    forMs: p.bigint('number').nullable(),
    at: instant(),
    by: p.text(),
  },
})

/** An alert, or all of a rule, that nobody is to be called for until then. */
export const AlertMute = defineEntity({
  name: 'AlertMute',
  tableName: 'alert_mutes',
  properties: {
    namespace: p.text().primary(),
    id: p.text().primary(),
    /** The id of an alert, or the kind of a rule. */
    target: p.text(),
    /** Null: for everybody; else for what is that tenant's. */
    tenant: p.text().nullable(),
    reason: p.text(),
    by: p.text(),
    at: instant(),
    until: instant(),
  },
})
