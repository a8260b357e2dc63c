// Alerts
// What somebody should look at, from what is known of the fleet at one moment. Pure: who gathers it is alert-look.ts, what it goes by stands in alert-rules.ts.
//
// A1. An alert is there as long as its cause is, under one id: nothing is acknowledged; a mute hides it from nobody who looks.
// A2. Each names what it is about, so that a page can lead there.
import { rulesOf, type AlertKind, type Rule, type Rules } from './alert-rules.ts'

export type Severity = 'critical' | 'warning' | 'info'
export const severities = ['critical', 'warning', 'info'] as const satisfies readonly Severity[]

export interface Alert {
  readonly id: string
  readonly severity: Severity
  readonly kind: AlertKind
  readonly title: string
  readonly detail: string
  /** What it is about, where that is an actor; and its turn, where that is the moment it is about. */
  readonly actor?: string
  readonly turn?: number
  /** Absent: it is the fleet's, or of all tenants together. */
  readonly tenant?: string
  /** Where a page shows it. */
  readonly link: string
  readonly since: number
}

export interface Situation {
  readonly now: number
  readonly partitions: number
  /** Undefined: not asked for, since whoever asks sees one tenant only. */
  readonly fleet: FleetSituation | undefined
  readonly deadLetters: { readonly lastMinutes: number; readonly lastHour: number }
  readonly waiting: readonly { readonly actor: string; readonly turn?: number; readonly since: number; readonly why: string }[]
  readonly blocked: readonly { readonly tenant: string; readonly name: string; readonly until: number }[]
  readonly paused: readonly { readonly tenant: string; readonly since: number; readonly why: string }[]
  /** What the models cost each tenant in the last hour. */
  readonly costs: readonly { readonly tenant: string; readonly usd: number }[]
  /** Those with a limit. */
  readonly budgets: readonly { readonly tenant: string; readonly name: string; readonly limitUsd: number; readonly usedUsd: number }[]
  /** What could not be asked: an alert for lack of knowledge is better than none. */
  readonly unknown: readonly { readonly source: string; readonly why: string }[]
}

export interface FleetSituation {
  readonly members: readonly { readonly id: string; readonly owned: readonly number[] }[]
  readonly claims: readonly { readonly partition: number; readonly worker: string; readonly at: number; readonly released: boolean }[]
  readonly lags: readonly { readonly partition: number; readonly lagMs: number }[]
  /** Messages in memory, not yet in a turn. */
  readonly loads: readonly { readonly partition: number; readonly worker: string; readonly waiting: number }[]
  readonly late: readonly { readonly worker: string; readonly loopLateMs: number }[]
  /** Of the last minute; undefined: no message came. */
  readonly waitP95Ms: number | undefined
  /** Of the last five minutes. */
  readonly turns: { readonly taken: number; readonly failed: number }
}

/** A projector that works is behind by a fraction of a second: so many times what is allowed is critical. */
const criticalTimes = 12
/** Of fewer turns nobody says which share failed. */
const turnsMin = 20
const risingShare = 1 / 3
/** Subjects that one alert names, and alerts of one kind. */
const namedMax = 8
const alertsPerKindMax = 200

/** The worst first, then those that have lasted longest. How long a rule wants its cause to last is for who calls. */
export function alertsOf(situation: Situation, rules: Rules = rulesOf([])): readonly Alert[] {
  const { fleet } = situation
  const found = [...rules.values()].flatMap((rule) => {
    if (!rule.enabled) return []
    const of = findings[rule.kind]
    const told = Map.groupBy(of({ situation, fleet, rule }), ({ id }) => id) // A1
    return [...told.values()].flatMap(([first]) => first ?? []).slice(0, alertsPerKindMax)
  })
  return found.toSorted((one, other) => severities.indexOf(one.severity) - severities.indexOf(other.severity) || one.since - other.since)
}

interface Looked {
  readonly situation: Situation
  readonly fleet: FleetSituation | undefined
  readonly rule: Rule
}

const findings: Readonly<Record<AlertKind, (looked: Looked) => readonly Alert[]>> = {
  'partition-unowned': ({ situation, fleet }) => (fleet ? unowned(situation, fleet) : []),
  'worker-silent': ({ fleet }) => (fleet ? silent(fleet) : []),
  'partition-behind': crowded,
  'waiting-long': waitingLong,
  'turns-failing': failing,
  'loop-late': late,
  'dead-letters-rising': rising,
  'projector-behind': behind,
  'cost-high': dear,
  'budget-near': nearlySpent,
  'tenant-paused': ({ situation }) => situation.paused.map(pausedAlert),
  'person-awaited': awaited,
  'circuit-open': ({ situation: { blocked, now } }) => blocked.map((circuit) => circuitAlert(circuit, now)),
  'source-unavailable': ({ situation: { unknown, now } }) => unknown.map((source) => unknownAlert(source, now)),
}

const listOf = (items: readonly (string | number)[]): string =>
  `${items.slice(0, namedMax).join(', ')}${items.length > namedMax ? ` and ${items.length - namedMax} more` : ''}`

function unowned({ partitions, now }: Situation, { members, claims }: FleetSituation): Alert[] {
  const owned = new Set(members.flatMap((member) => member.owned))
  const without = Array.from({ length: partitions }, (_, partition) => partition).filter((partition) => !owned.has(partition))
  if (without.length === 0) return []
  const since = Math.min(now, ...claims.filter(({ partition }) => without.includes(partition)).map(({ at }) => at))
  return [
    {
      id: 'partition-unowned',
      severity: 'critical',
      kind: 'partition-unowned',
      title: `${without.length} of ${partitions} partitions have no owner`,
      detail: `Messages for their actors wait: ${listOf(without)}. See that workers run; a partition is taken over within seconds.`,
      link: '/fleet',
      since,
    },
  ]
}

/** A worker that claimed partitions, never gave them back, and is not heard of. */
function silent({ members, claims }: FleetSituation): Alert[] {
  const alive = new Set(members.map(({ id }) => id))
  const lost = Map.groupBy(
    claims.filter(({ worker, released }) => !released && !alive.has(worker)),
    ({ worker }) => worker,
  )
  return [...lost].map(([worker, its]) => ({
    id: `worker-silent:${worker}`,
    severity: 'warning',
    kind: 'worker-silent',
    title: `Worker ${worker} is silent`,
    detail: `It was the last to claim partitions ${listOf(its.map(({ partition }) => partition))}, did not give them back, and is not alive.`,
    link: '/fleet',
    since: Math.max(...its.map(({ at }) => at)),
  }))
}

function crowded({ situation: { now }, fleet, rule }: Looked): Alert[] {
  const crowds = fleet?.loads.filter(({ waiting }) => waiting >= rule.threshold) ?? []
  return crowds
    .toSorted((one, other) => other.waiting - one.waiting)
    .map(({ partition, worker, waiting }) => ({
      id: `partition-behind:${partition}`,
      severity: 'warning',
      kind: 'partition-behind',
      title: `Partition ${partition} falls behind`,
      detail: `${waiting} messages wait at ${worker}, ${rule.threshold} are allowed. One busy actor, or too much for one worker: the actors of the partition say which.`,
      link: `/fleet?worker=${encodeURIComponent(worker)}`,
      since: now,
    }))
}

function waitingLong({ situation: { now }, fleet, rule }: Looked): Alert[] {
  const waitedMs = fleet?.waitP95Ms
  if (waitedMs === undefined || waitedMs < rule.threshold) return []
  return [
    {
      id: 'waiting-long',
      severity: 'warning',
      kind: 'waiting-long',
      title: `Messages wait ${secondsText(waitedMs)} before their turn`,
      detail: `One of twenty in the last minute; ${secondsText(rule.threshold)} are allowed. The fleet's page says since when, and which partitions are busy.`,
      link: '/fleet',
      since: now,
    },
  ]
}

function failing({ situation: { now }, fleet, rule }: Looked): Alert[] {
  const { taken, failed } = fleet?.turns ?? { taken: 0, failed: 0 }
  if (taken < turnsMin || failed / taken < rule.threshold) return []
  return [
    {
      id: 'turns-failing',
      severity: 'warning',
      kind: 'turns-failing',
      title: `${shareText(failed / taken)} of turns fail`,
      detail: `${failed} of ${taken} in five minutes; ${shareText(rule.threshold)} are allowed. Dead letters say by which cause.`,
      link: '/dead-letters',
      since: now,
    },
  ]
}

function late({ situation: { now }, fleet, rule }: Looked): Alert[] {
  const slow = fleet?.late.filter(({ loopLateMs }) => loopLateMs >= rule.threshold) ?? []
  return slow.map(({ worker, loopLateMs }) => ({
    id: `loop-late:${worker}`,
    severity: 'warning',
    kind: 'loop-late',
    title: `The event loop of ${worker} is ${Math.round(loopLateMs)} ms late`,
    detail: `${rule.threshold} ms are allowed. Something computes for long in one turn, or the process gets too little of a processor.`,
    link: `/fleet?worker=${encodeURIComponent(worker)}`,
    since: now,
  }))
}

function behind({ situation: { now }, fleet, rule }: Looked): Alert[] {
  const behindNow = fleet?.lags.filter(({ lagMs }) => lagMs >= rule.threshold) ?? []
  if (behindNow.length === 0) return []
  const worstMs = Math.max(...behindNow.map(({ lagMs }) => lagMs))
  return [
    {
      id: 'projector-behind',
      severity: worstMs >= rule.threshold * criticalTimes ? 'critical' : 'warning',
      kind: 'projector-behind',
      title: `The history is ${Math.round(worstMs / 1_000)} s behind`,
      detail: `Nothing is lost, but lists are late: partitions ${listOf(behindNow.map(({ partition }) => partition))}. See that a projector runs, and read its log.`,
      link: '/fleet',
      since: now - worstMs,
    },
  ]
}

function rising({ situation: { now, deadLetters }, rule }: Looked): Alert[] {
  const { lastMinutes, lastHour } = deadLetters
  if (lastMinutes < rule.threshold || lastMinutes <= lastHour * risingShare) return []
  return [
    {
      id: 'dead-letters-rising',
      severity: 'warning',
      kind: 'dead-letters-rising',
      title: `${lastMinutes} messages died in five minutes`,
      detail: `${lastHour} in the last hour. The groups say what they have in common; a dry run, what would become of them now.`,
      link: '/dead-letters',
      since: now - risingMs,
    },
  ]
}

function dear({ situation: { costs, now }, rule }: Looked): Alert[] {
  return costs
    .filter(({ usd }) => usd >= rule.threshold)
    .map(({ tenant, usd }) => ({
      id: `cost-high:${tenant}`,
      severity: 'warning',
      kind: 'cost-high',
      title: `Models cost ${tenant} ${usdText(usd)} in an hour`,
      detail: `${usdText(rule.threshold)} are allowed. Tasks say where it went; a budget would end it.`,
      tenant,
      link: `/tasks?tenant=${encodeURIComponent(tenant)}`,
      since: now,
    }))
}

function nearlySpent({ situation: { budgets, now }, rule }: Looked): Alert[] {
  return budgets
    .filter(({ limitUsd, usedUsd }) => usedUsd > 0 && usedUsd >= limitUsd * rule.threshold)
    .map(({ tenant, name, limitUsd, usedUsd }) => ({
      id: `budget-near:${tenant}:${name}`,
      severity: usedUsd >= limitUsd ? 'critical' : 'warning',
      kind: 'budget-near',
      title: `The budget ${name} of ${tenant} is ${usedUsd >= limitUsd ? 'spent' : 'nearly spent'}`,
      detail: `${usdText(usedUsd)} of ${usdText(limitUsd)} are spent or reserved; beyond it calls are refused. \`troupe budget\` sets another limit.`,
      tenant,
      link: `/tasks?tenant=${encodeURIComponent(tenant)}`,
      since: now,
    }))
}

const usdText = (usd: number): string => `$${usd.toFixed(2)}`
const shareText = (share: number): string => `${Math.round(share * 1_000) / 10} %`
const secondsText = (ms: number): string => (ms < 1_000 ? `${Math.round(ms)} ms` : `${Math.round(ms / 100) / 10} s`)

export const risingMs = 5 * 60_000
export const hourMs = 60 * 60_000

function pausedAlert({ tenant, since, why }: Situation['paused'][number]): Alert {
  return {
    id: `tenant-paused:${tenant}`,
    severity: 'critical',
    kind: 'tenant-paused',
    tenant,
    title: `Tenant ${tenant} is paused`,
    detail: `${why}. Its actors take no messages until it is taken back: \`troupe tenants resume ${tenant}\`.`,
    link: '/fleet',
    since,
  }
}

function awaited({ situation: { waiting, now }, rule }: Looked): Alert[] {
  return waiting
    .filter(({ since }) => now - since >= rule.threshold)
    .map(({ actor, turn, since, why }) => ({
      id: `person-awaited:${actor}`,
      severity: 'warning',
      kind: 'person-awaited',
      title: `${actor} has waited ${Math.round((now - since) / 60_000)} minutes for a person`,
      detail: why,
      actor,
      ...(turn !== undefined && { turn }),
      tenant: actor.slice(0, Math.max(0, actor.indexOf('/'))),
      link: `/agents/${actor}`,
      since,
    }))
}

const circuitAlert = ({ tenant, name, until }: Situation['blocked'][number], now: number): Alert => ({
  id: `circuit-open:${tenant}:${name}`,
  severity: 'warning',
  kind: 'circuit-open',
  tenant,
  title: `The circuit of ${name} is open`,
  detail: `It failed too often for tenant ${tenant} and is left alone; it is tried again ${until > now ? `in ${Math.ceil((until - now) / 1_000)} s` : 'with the next task'}.`,
  link: '/coordinator',
  since: now,
})

const unknownAlert = ({ source, why }: Situation['unknown'][number], now: number): Alert => ({
  id: `source-unavailable:${source}`,
  severity: 'critical',
  kind: 'source-unavailable',
  title: `${source} cannot be asked`,
  detail: why,
  link: '/alerts',
  since: now,
})
