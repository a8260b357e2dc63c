// Alert routes
// What somebody should look at now and what ended, by which rules, what is muted and by whom; and what of it this caller may see.
//
// A1. A mute is of everybody when a caller of all tenants makes it, else of what is that caller's tenant's.
// A2. Rules are the namespace's: only callers of all tenants set them.
// A3. Of everybody's mutes a caller of one tenant sees those of rules for tenants and of its own alerts: others name other tenants, or the fleet's workers.
import { z } from 'zod'
import {
  addMute,
  changeRule,
  endMute,
  goneMs,
  mutesMax,
  mutesOfTenantMax,
  readEpisodes,
  readMutes,
  readRules,
  type Mute,
} from '../../history/alert-book.ts'
import { lookFor, type MutedAlert } from '../alert-look.ts'
import { alertKinds, forMsMax, ruleSpecs, rulesOf, ruleUnits, thresholdFault, type Rule } from '../alert-rules.ts'
import { severities, type Alert } from '../alerts.ts'
import { RequestInvalid, ResourceConflict, ResourceMissing } from '../errors.ts'
import { once } from '../idempotency.ts'
import { route } from '../route.ts'
import { tenantQuery } from '../server.ts'
import { instant } from './shapes.ts'

const minuteMs = 60_000
const muteMinutesMax = 7 * 24 * 60
const reasonCharactersMax = 500
const targetCharactersMax = 400

const mute = z.object({
  id: z.string(),
  target: z.string().describe('The id of an alert, or the kind of a rule'),
  tenant: z.string().optional().describe('Absent: it is for everybody'),
  reason: z.string(),
  by: z.string(),
  at: instant,
  until: instant,
})

const fields = {
  id: z.string().describe('Of its cause: the same as long as that lasts'),
  severity: z.enum(severities),
  kind: z.enum(alertKinds),
  title: z.string(),
  detail: z.string(),
  actor: z.string().optional(),
  turn: z.int().optional().describe('Of the actor: the moment it is about'),
  tenant: z.string().optional().describe("Absent: it is the fleet's, or of all tenants together"),
  link: z.string().describe('Where the inspector shows what it is about'),
  since: instant,
}

const example = {
  id: 'partition-unowned',
  severity: 'critical' as const,
  kind: 'partition-unowned' as const,
  title: '2 of 16 partitions have no owner',
  detail: 'Messages for their actors wait: 3, 9. See that workers run; a partition is taken over within seconds.',
  link: '/fleet',
  since: 1_795_176_000_000,
}
const mutedExample = {
  id: '3f0c2a71-9d1e',
  target: 'loop-late',
  reason: 'Known, the new machine comes on Monday',
  by: 'ada',
  at: 1_795_176_000_000,
  until: 1_795_179_600_000,
}

const alert = z.object({ ...fields, muted: mute.optional() }).meta({ examples: [example] })
const ended = z
  .object({ ...fields, endedAt: instant.describe('When it was seen last: to about fifteen seconds') })
  .meta({ examples: [{ ...example, endedAt: 1_795_176_060_000 }] })
const rule = z
  .object({
    kind: z.enum(alertKinds),
    title: z.string(),
    enabled: z.boolean(),
    unit: z.enum(ruleUnits).optional().describe('Of its figure; absent: it goes by none'),
    threshold: z.number().optional(),
    thresholdDefault: z.number().optional(),
    min: z.number().optional(),
    max: z.number().optional(),
    forMs: z.number().describe('How long its cause must last before it fires'),
    forMsDefault: z.number(),
    ofFleet: z.boolean().describe('Told to callers of all tenants only'),
    changed: z.object({ at: instant, by: z.string() }).optional(),
    firing: z.int().describe('Alerts of it now, as far as this caller sees them'),
  })
  .meta({
    examples: [
      {
        kind: 'loop-late',
        title: 'The event loop of a worker is late',
        enabled: true,
        unit: 'ms',
        threshold: 250,
        thresholdDefault: 250,
        min: 1,
        max: 3_600_000,
        forMs: 60_000,
        forMsDefault: 60_000,
        ofFleet: true,
        firing: 0,
      },
    ],
  })

const ruleChange = z
  .strictObject({
    enabled: z.boolean().optional(),
    threshold: z.number().optional().describe('In the unit of the rule; left out: as it is'),
    forMs: z.int().min(0).max(forMsMax).optional(),
    reset: z.boolean().optional().describe('Back to what the code has, before the other fields are taken'),
  })
  .meta({ examples: [{ threshold: 400, forMs: 120_000 }] })

const newMute = z
  .strictObject({
    id: z.string().min(1).max(targetCharactersMax).describe('Of an alert, or the kind of a rule'),
    minutes: z.number().min(1).max(muteMinutesMax),
    reason: z.string().min(1).max(reasonCharactersMax),
  })
  .meta({ examples: [{ id: 'loop-late', minutes: 60, reason: 'Known, the new machine comes on Monday' }] })

export const alertRoutes = [
  route({
    method: 'GET',
    path: '/alerts',
    summary: 'What somebody should look at now, the worst first; of the fleet only for callers of all tenants',
    resource: 'alerts',
    action: 'read',
    query: tenantQuery,
    answer: z.object({ rows: z.array(alert) }),
    run: async ({ parts, tenant, caller }) => {
      const { alerts } = await lookFor(parts, tenant, caller.tenant === '*')
      return { rows: alerts.map(alertOf) }
    },
  }),
  route({
    method: 'GET',
    path: '/alerts/recent',
    summary: 'Alerts of the last day that are over, the latest first',
    resource: 'alerts',
    action: 'read',
    query: tenantQuery,
    answer: z.object({ rows: z.array(ended) }),
    run: async ({ parts, tenant, caller }) => {
      const [episodes, { at, alerts }] = await Promise.all([
        readEpisodes(parts.orm, parts.namespace, tenant),
        lookFor(parts, tenant, caller.tenant === '*'),
      ])
      const firing = new Set(alerts.map(({ id }) => id))
      const over = episodes.filter(({ id, seenAt }) => !firing.has(id) || at - seenAt.getTime() > goneMs)
      return {
        rows: over.flatMap(({ alert: told, since, seenAt }) => {
          const whole = typeof told === 'object' ? { ...told, since: since.getTime(), endedAt: seenAt.getTime() } : undefined
          return ended.safeParse(whole).data ?? [] // another build wrote it, and had a rule that this one has not
        }),
      }
    },
  }),
  route({
    method: 'GET',
    path: '/alerts/rules',
    summary: 'What is looked for, the figures it goes by, and who set them',
    resource: 'alerts',
    action: 'read',
    query: tenantQuery,
    answer: z.object({ rows: z.array(rule) }),
    run: async ({ parts, tenant, caller }) => {
      const [settings, { alerts }] = await Promise.all([
        readRules(parts.orm, parts.namespace),
        lookFor(parts, tenant, caller.tenant === '*'),
      ])
      return { rows: [...rulesOf(settings).values()].map((one) => ruleRow(one, alerts)) }
    },
  }),
  route({
    method: 'PUT',
    path: '/alerts/rules/:kind',
    summary: 'Set the figure of a rule, how long its cause must last, or switch it on or off',
    resource: 'alerts',
    action: 'administer',
    params: z.object({ kind: z.string().max(targetCharactersMax) }),
    body: ruleChange,
    answer: rule,
    run: async ({ parts, caller, params, body }) => {
      const spec = ruleSpecs.find(({ kind }) => kind === params.kind)
      if (!spec) throw new ResourceMissing(`rule ${params.kind}: there is none of that kind; there are ${alertKinds.join(', ')}`)
      const fault = body.threshold === undefined ? undefined : thresholdFault(spec, body.threshold)
      if (fault !== undefined) throw new RequestInvalid(`setting rule ${spec.kind}: ${fault}`, [`threshold: ${fault}`])
      const setting = await changeRule(parts.orm, parts.namespace, { ...body, kind: spec.kind, at: new Date(), by: caller.id })
      const now = rulesOf([setting]).get(spec.kind)
      if (!now) throw new Error(`rule ${spec.kind} is not in its own list`)
      return ruleRow(now, [])
    },
  }),
  route({
    method: 'GET',
    path: '/alerts/mutes',
    summary: 'What is muted, why, by whom and until when; the first to end first',
    resource: 'alerts',
    action: 'read',
    query: tenantQuery,
    answer: z.object({ rows: z.array(mute.meta({ examples: [mutedExample] })) }),
    run: async ({ parts, tenant }) => {
      const mutes = await readMutes(parts.orm, parts.namespace, new Date())
      return { rows: mutes.filter((one) => tenant === undefined || isFor(one, tenant)).map(muteRow) }
    },
  }),
  route({
    method: 'POST',
    path: '/alerts/mutes',
    summary: 'Mute an alert, or all of a rule, for a time; it is still told, as muted',
    resource: 'alerts',
    action: 'operate',
    query: tenantQuery,
    body: newMute,
    answer: mute.meta({ examples: [mutedExample] }),
    run: (call) =>
      once(call, { operation: 'POST /alerts/mutes', what: call.body }, async () => {
        const { parts, tenant, caller, body } = call
        const kind = body.id.split(':', 1)[0]
        if (!alertKinds.some((one) => one === kind))
          throw new ResourceMissing(`muting ${body.id}: it is no alert and no rule; rules are ${alertKinds.join(', ')}`)
        const at = new Date()
        const until = new Date(at.getTime() + Math.round(body.minutes * minuteMs))
        const added = await addMute(parts.orm, parts.namespace, {
          target: body.id,
          tenant: tenant ?? null, // A1
          reason: body.reason,
          by: caller.id,
          at,
          until,
        })
        if (!added)
          throw new ResourceConflict(
            `muting ${body.id}: as many mutes last as may, ${mutesMax} in all and ${mutesOfTenantMax} of a tenant; end one first`,
          )
        return muteRow(added)
      }),
  }),
  route({
    method: 'DELETE',
    path: '/alerts/mutes/:id',
    summary: 'End a mute before its time',
    resource: 'alerts',
    action: 'operate',
    params: z.object({ id: z.string().max(targetCharactersMax) }),
    answer: z.object({ id: z.string() }).meta({ examples: [{ id: mutedExample.id }] }),
    run: async ({ parts, tenant, params: { id } }) => {
      if (!(await endMute(parts.orm, parts.namespace, { id, tenant })))
        throw new ResourceMissing(`mute ${id}: there is none of that id that this caller may end, or it is over`)
      return { id }
    },
  }),
]

/** A3 */
function isFor({ target, tenant: whose }: Mute, tenant: string): boolean {
  if (whose !== null) return whose === tenant
  const [kind = '', about] = /^([^:]*)(?::(.*))?$/s.exec(target)?.slice(1) ?? []
  if (ruleSpecs.some((spec) => spec.kind === kind && spec.ofFleet)) return false
  return about === undefined || about === tenant || about.startsWith(`${tenant}:`) || about.startsWith(`${tenant}/`)
}

const muteRow = ({ id, target, tenant, reason, by, at, until }: Mute) => ({
  id,
  target,
  ...(tenant !== null && { tenant }),
  reason,
  by,
  at: at.getTime(),
  until: until.getTime(),
})

const alertOf = ({ muted, ...told }: MutedAlert) => ({ ...told, ...(muted && { muted: muteRow(muted) }) })

function ruleRow({ kind, title, enabled, figure, threshold, forMs, ofFleet, changed }: Rule, alerts: readonly Alert[]) {
  const spec = ruleSpecs.find((one) => one.kind === kind)
  return {
    kind,
    title,
    enabled,
    ...(figure && { unit: figure.unit, threshold, thresholdDefault: figure.threshold, min: figure.min, max: figure.max }),
    forMs,
    forMsDefault: spec?.forMs ?? 0,
    ofFleet,
    ...(changed && { changed }),
    firing: alerts.filter((one) => one.kind === kind).length,
  }
}
