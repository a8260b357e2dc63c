// Alerts
// What somebody should look at, from what is known of the fleet at one moment. Pure: who gathers it is routes/alerts.ts.
//
// A1. An alert is there as long as its cause is, under one id: nothing is acknowledged, nothing is kept.
// A2. Each names what it is about, so that a page can lead there.

export type Severity = 'critical' | 'warning' | 'info'
export const severities = ['critical', 'warning', 'info'] as const satisfies readonly Severity[]

export const alertKinds = [
  'partition-unowned',
  'worker-silent',
  'dead-letters-rising',
  'projector-behind',
  'tenant-paused',
  'person-awaited',
  'circuit-open',
  'source-unavailable',
] as const
export type AlertKind = (typeof alertKinds)[number]

export interface Alert {
  readonly id: string
  readonly severity: Severity
  readonly kind: AlertKind
  readonly title: string
  readonly detail: string
  /** What it is about, where that is an actor. */
  readonly actor?: string
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
  readonly waiting: readonly { readonly actor: string; readonly since: number; readonly why: string }[]
  readonly blocked: readonly { readonly tenant: string; readonly name: string; readonly until: number }[]
  readonly paused: readonly { readonly tenant: string; readonly since: number; readonly why: string }[]
  /** What could not be asked: an alert for lack of knowledge is better than none. */
  readonly unknown: readonly { readonly source: string; readonly why: string }[]
}

export interface FleetSituation {
  readonly members: readonly { readonly id: string; readonly owned: readonly number[] }[]
  readonly claims: readonly { readonly partition: number; readonly worker: string; readonly at: number; readonly released: boolean }[]
  readonly lags: readonly { readonly partition: number; readonly lagMs: number }[]
}

/** A projector that works is behind by a fraction of a second. */
const lagMsMax = 10_000
const lagMsCritical = 120_000
const waitingMsMax = 15 * 60_000
/** More than so many in five minutes, and more than a third of the hour's. */
const deadLettersMin = 3
const risingShare = 1 / 3
/** Subjects that one alert names. */
const namedMax = 8

/** The worst first, then those that have lasted longest. */
export function alertsOf(situation: Situation): readonly Alert[] {
  const { fleet } = situation
  const found = [
    ...(fleet ? [...unowned(situation, fleet), ...silent(situation, fleet), ...behind(situation, fleet)] : []),
    ...rising(situation),
    ...situation.paused.map(pausedAlert),
    ...awaited(situation),
    ...situation.blocked.map((circuit) => circuitAlert(circuit, situation.now)),
    ...situation.unknown.map((source) => unknownAlert(source, situation.now)),
  ]
  return found.toSorted((one, other) => severities.indexOf(one.severity) - severities.indexOf(other.severity) || one.since - other.since)
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
function silent(_: Situation, { members, claims }: FleetSituation): Alert[] {
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

function behind({ now }: Situation, { lags }: FleetSituation): Alert[] {
  const late = lags.filter(({ lagMs }) => lagMs > lagMsMax)
  if (late.length === 0) return []
  const worstMs = Math.max(...late.map(({ lagMs }) => lagMs))
  return [
    {
      id: 'projector-behind',
      severity: worstMs > lagMsCritical ? 'critical' : 'warning',
      kind: 'projector-behind',
      title: `The history is ${Math.round(worstMs / 1_000)} s behind`,
      detail: `Nothing is lost, but lists are late: partitions ${listOf(late.map(({ partition }) => partition))}. See that a projector runs, and read its log.`,
      link: '/fleet',
      since: now - worstMs,
    },
  ]
}

function rising({ now, deadLetters: { lastMinutes, lastHour } }: Situation): Alert[] {
  if (lastMinutes < deadLettersMin || lastMinutes <= lastHour * risingShare) return []
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

export const risingMs = 5 * 60_000
export const hourMs = 60 * 60_000

function pausedAlert({ tenant, since, why }: Situation['paused'][number]): Alert {
  return {
    id: `tenant-paused:${tenant}`,
    severity: 'critical',
    kind: 'tenant-paused',
    title: `Tenant ${tenant} is paused`,
    detail: `${why}. Its actors take no messages until it is taken back: \`troupe tenants resume ${tenant}\`.`,
    link: '/fleet',
    since,
  }
}

const awaited = ({ waiting, now }: Situation): Alert[] =>
  waiting
    .filter(({ since }) => now - since > waitingMsMax)
    .map(({ actor, since, why }) => ({
      id: `person-awaited:${actor}`,
      severity: 'warning',
      kind: 'person-awaited',
      title: `${actor} has waited ${Math.round((now - since) / 60_000)} minutes for a person`,
      detail: why,
      actor,
      link: `/agents/${actor}`,
      since,
    }))

const circuitAlert = ({ tenant, name, until }: Situation['blocked'][number], now: number): Alert => ({
  id: `circuit-open:${tenant}:${name}`,
  severity: 'warning',
  kind: 'circuit-open',
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
