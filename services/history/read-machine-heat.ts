// Read machine heat
// Of one actor type: how many actors are in which state, and the latest turns of the actors that moved last. No table is walked as a whole:
// actors are found by the index of their type, turns by their primary key, so many of each at most.
import type { MikroORM } from '@mikro-orm/postgresql'
import { equal } from './key-page.ts'

export const sampledActorsMax = 300
export const sampledTurnsMax = 100
/** A machine has no more states than are drawn. */
const pathsMax = 2_000
const versionsMax = 100

export interface TypeQuery {
  /** Undefined: of every tenant. */
  readonly tenant: string | undefined
  readonly type: string
}

/** Actors that are in a state, or in one inside it. */
export interface StateCount {
  /** `working.thinking` */
  readonly path: string
  readonly actors: number
  /** Of these, those that are not done. */
  readonly active: number
}

export interface StateCounts {
  readonly actors: number
  readonly active: number
  readonly states: readonly StateCount[]
}

export async function readStateCounts(orm: MikroORM, { tenant, type }: TypeQuery): Promise<StateCounts> {
  const own = equal('tenant', tenant)
  const found = await orm.em.fork().execute<(Omit<StateCount, 'path'> & { readonly path: string | null })[]>(
    `select path, count(distinct actor)::int as actors, (count(distinct actor) filter (where status = 'active'))::int as active
     from actors left join lateral unnest(paths) as path on true
     where actor_type = ? ${own ? `and ${own.sql}` : ''} group by grouping sets ((path), ()) having path is not null or grouping(path) = 1
     order by path nulls first limit ?`,
    [type, ...(own?.values ?? []), pathsMax],
  )
  const all = found.find(({ path }) => path === null)
  const states = found.flatMap(({ path, ...counts }) => (path === null ? [] : [{ path, ...counts }]))
  return { actors: all?.actors ?? 0, active: all?.active ?? 0, states }
}

/** Actors of a version of the machine; `hash` null: rows do not say which. */
export interface VersionCount {
  readonly hash: string | null
  readonly actors: number
  readonly active: number
}

export const readVersionCounts = (orm: MikroORM, { tenant, type }: TypeQuery): Promise<VersionCount[]> => {
  const own = equal('tenant', tenant)
  return orm.em.fork().execute<VersionCount[]>(
    `select machine as hash, count(*)::int as actors, (count(*) filter (where status = 'active'))::int as active
     from actors where actor_type = ? ${own ? `and ${own.sql}` : ''} group by machine order by active desc limit ?`,
    [type, ...(own?.values ?? []), versionsMax],
  )
}

/** One turn of the sample, the turns of an actor in order. */
export interface SampledTurn {
  readonly actor: string
  readonly turn: number
  readonly at: number
  readonly event: string
  /** The state value after it as JSON; null: the history does not hold what came before. */
  readonly state: string | null
  readonly failure: string | null
}

export const readSampledTurns = (orm: MikroORM, { tenant, type, since }: TypeQuery & { readonly since: Date }): Promise<SampledTurn[]> => {
  const own = equal('tenant', tenant)
  return orm.em.fork().execute<SampledTurn[]>(
    // Turns are numbered without a gap, so that the last ones of an actor are a range of the primary key, however many it has taken.
    `select turns.actor, turns.turn::float8 as turn, (extract(epoch from turns.at) * 1000)::float8 as at, turns.event,
       turns.state::text as state, turns.failure
     from (select actor, turn from actors where actor_type = ? ${own ? `and ${own.sql}` : ''} and at >= ? order by at desc limit ?) moved
     join turns on turns.actor = moved.actor and turns.turn > moved.turn - ?
     where turns.at >= ? order by turns.actor, turns.turn`,
    [type, ...(own?.values ?? []), since, sampledActorsMax, sampledTurnsMax, since],
  )
}
