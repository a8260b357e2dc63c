// Alert book
// What is remembered of alerts: how long each lasted, how operators set the rules, and what they muted. Written by gateways and the command line.
//
// B1. An episode goes on as long as some gateway sees its cause again within `goneMs`; after that the same alert is a new one.
// B2. Episodes have an end: a day after they were seen last, and `episodesMax` of them are read.
// B3. A mute ends by itself; of those that last there are `mutesMax` at most, of one tenant `mutesOfTenantMax`.
import { randomUUID } from 'node:crypto'
import type { MikroORM } from '@mikro-orm/postgresql'
import { AlertEpisode, AlertMute, AlertRule } from './entities/alert.ts'

/** Several looks of a gateway. */
export const goneMs = 60_000
export const episodesMax = 200
export const mutesMax = 500
export const mutesOfTenantMax = 50
const keptMs = 86_400_000

export interface Episode {
  readonly id: string
  readonly since: Date
  readonly seenAt: Date
  readonly tenant: string | null
  /** As the gateway told it: its own shape. */
  readonly alert: unknown
}

export interface RuleSetting {
  readonly kind: string
  readonly enabled: boolean
  /** Null: as the code has it. */
  readonly threshold: number | null
  readonly forMs: number | null
  readonly at: Date
  readonly by: string
}

export interface Mute {
  readonly id: string
  readonly target: string
  readonly tenant: string | null
  readonly reason: string
  readonly by: string
  readonly at: Date
  readonly until: Date
}

/** Alerts whose cause was there a moment ago, by id: when it began (B1), the earliest where two gateways saw it at once. */
export async function readFiring(orm: MikroORM, namespace: string, now: Date): Promise<ReadonlyMap<string, Date>> {
  const rows = await orm.em
    .fork()
    .find(
      AlertEpisode,
      { namespace, seenAt: { $gt: new Date(now.getTime() - goneMs) } },
      { fields: ['id', 'since'], orderBy: { since: 'desc' }, limit: episodesMax },
    )
  return new Map(rows.map(({ id, since }) => [id, since]))
}

/** Those of a look that is just over, and forgets what is a day old (B2). */
export async function keepEpisodes(orm: MikroORM, namespace: string, seen: readonly Omit<Episode, 'seenAt'>[], now: Date): Promise<void> {
  await orm.em.fork().execute(
    `with forgotten as (delete from alert_episodes where namespace = ? and seen_at < ?)
     insert into alert_episodes (namespace, id, since, seen_at, tenant, alert)
     select ?, row.id, row.since, ?, row.tenant, row.alert
       from jsonb_to_recordset(?::jsonb) as row(id text, since timestamptz, tenant text, alert jsonb)
     on conflict (namespace, id, since) do update set seen_at = excluded.seen_at, alert = excluded.alert`,
    [namespace, new Date(now.getTime() - keptMs), namespace, now, JSON.stringify(seen.slice(0, episodesMax))],
  )
}

/** Those seen last first; of one tenant, or of all and the fleet's. */
export async function readEpisodes(orm: MikroORM, namespace: string, tenant: string | undefined): Promise<readonly Episode[]> {
  const rows = await orm.em
    .fork()
    .find(
      AlertEpisode,
      { namespace, ...(tenant !== undefined && { tenant }) },
      { orderBy: [{ seenAt: 'desc' }, { since: 'desc' }, { id: 'asc' }], limit: episodesMax },
    )
  return rows.map(({ id, since, seenAt, tenant: whose, alert }) => ({ id, since, seenAt, tenant: whose ?? null, alert }))
}

export async function readRules(orm: MikroORM, namespace: string): Promise<readonly RuleSetting[]> {
  const rows = await orm.em.fork().find(AlertRule, { namespace }, { orderBy: { kind: 'asc' } })
  return rows.map(({ kind, enabled, threshold = null, forMs = null, at, by }) => ({
    kind,
    enabled,
    threshold: threshold === null ? null : Number(threshold),
    forMs,
    at,
    by,
  }))
}

/** What an operator changes of a rule; `reset`: back to what the code has, before the rest is taken. */
export interface RuleChange extends Pick<RuleSetting, 'kind' | 'at' | 'by'> {
  readonly enabled?: boolean | undefined
  readonly threshold?: number | undefined
  readonly forMs?: number | undefined
  readonly reset?: boolean | undefined
}

/** In one statement: of two operators who change a rule at a time, each keeps what the other did not touch. The rule as it is then. */
export async function changeRule(orm: MikroORM, namespace: string, change: RuleChange): Promise<RuleSetting> {
  const { kind, at, by, reset = false, enabled = null, threshold = null, forMs = null } = change
  const [row] = await orm.em.fork().execute<RuleRow[]>(
    `insert into alert_rules as held (namespace, kind, enabled, threshold, for_ms, at, by)
     select ?, ?, coalesce(given.enabled, true), given.threshold, given.for_ms, ?, ?
       from (select ?::boolean as enabled, ?::float8 as threshold, ?::bigint as for_ms) given
     on conflict (namespace, kind) do update set at = excluded.at, by = excluded.by,
       enabled = coalesce(?::boolean, ?::boolean or held.enabled),
       threshold = coalesce(excluded.threshold, case when ?::boolean then null else held.threshold end),
       for_ms = coalesce(excluded.for_ms, case when ?::boolean then null else held.for_ms end)
     returning enabled, threshold, for_ms`,
    [namespace, kind, at, by, enabled, threshold, forMs, enabled, reset, reset, reset],
  )
  if (!row) throw new Error(`rule ${kind} was neither inserted nor updated`)
  return { kind, enabled: row.enabled, threshold: row.threshold, forMs: row.for_ms === null ? null : Number(row.for_ms), at, by }
}

interface RuleRow {
  readonly enabled: boolean
  readonly threshold: number | null
  readonly for_ms: string | null
}

/** Those that last, the first to end first. */
export async function readMutes(orm: MikroORM, namespace: string, now: Date): Promise<readonly Mute[]> {
  const rows = await orm.em
    .fork()
    .find(AlertMute, { namespace, until: { $gt: now } }, { orderBy: [{ until: 'asc' }, { id: 'asc' }], limit: mutesMax })
  return rows.map(({ id, target, tenant = null, reason, by, at, until }) => ({ id, target, tenant, reason, by, at, until }))
}

/** Undefined: there are as many already as there may be (B3). */
export async function addMute(orm: MikroORM, namespace: string, mute: Omit<Mute, 'id'>): Promise<Mute | undefined> {
  const { target, tenant, reason, by, at, until } = mute
  const id = randomUUID().slice(0, idCharacters)
  const em = orm.em.fork()
  const added = await em.execute<object[]>(
    `with over as (delete from alert_mutes where namespace = ? and until <= ?)
     insert into alert_mutes (namespace, id, target, tenant, reason, by, at, until)
     select ?, ?, ?, ?, ?, ?, ?, ?
       from (select count(*) as all, count(*) filter (where tenant = ?) as own from alert_mutes where namespace = ? and until > ?) lasting
       where lasting.all < ${mutesMax} and lasting.own < ${mutesOfTenantMax} returning id`,
    [namespace, at, namespace, id, target, tenant, reason, by, at, until, tenant, namespace, at],
  )
  return added.length > 0 ? { id, ...mute } : undefined
}

const idCharacters = 13

/** False: there is none of that id; with a tenant, none of its own. */
export async function endMute(
  orm: MikroORM,
  namespace: string,
  { id, tenant }: { id: string; tenant: string | undefined },
): Promise<boolean> {
  const ended = await orm.em.fork().nativeDelete(AlertMute, { namespace, id, ...(tenant !== undefined && { tenant }) })
  return ended > 0
}
