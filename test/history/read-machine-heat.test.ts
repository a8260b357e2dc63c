// What is read for the heat of a machine: of one type and tenant, and bounded.
import type { MikroORM } from '@mikro-orm/postgresql'
import { expect, test } from 'vitest'
import {
  readSampledTurns,
  readStateCounts,
  readVersionCounts,
  sampledActorsMax,
  sampledTurnsMax,
} from '../../services/history/read-machine-heat.ts'
import { postgresForTests } from '../support/history-database.ts'

const postgres = postgresForTests()

/** `actors` of a type, each with as many turns; the last at the instant that is given. */
async function fill(
  orm: MikroORM,
  { type, tenant = 'main', actors, turns, at, paths = '{working,working.thinking}', machine = 'h1' }: Filling,
): Promise<void> {
  await orm.em.fork().execute(
    `insert into actors (actor, tenant, actor_type, paths, status, machine, turn, event, at, partition, seq, index)
     select ? || '/' || ? || '/' || n, ?, ?, ?::text[], case when n % 2 = 0 then 'active' else 'done' end, ?, ?, 'go', ?::timestamptz - n * interval '1 ms', 0, 1, 0
     from generate_series(1, ?) n`,
    [tenant, type, tenant, type, paths, machine, turns, at, actors],
  )
  await orm.em.fork().execute(
    `insert into turns (actor, turn, tenant, actor_type, at, worker, message, event, state, partition, seq, index)
     select ? || '/' || ? || '/' || n, turn, ?, ?, ?::timestamptz - (? - turn) * interval '1 s', 'w1', 'm', 'go', '"working"', 0, turn, n
     from generate_series(1, ?) n, generate_series(1, ?) turn`,
    [tenant, type, tenant, type, at, turns, actors, turns],
  )
}

interface Filling {
  readonly type: string
  readonly tenant?: string
  readonly actors: number
  readonly turns: number
  readonly at: Date
  readonly paths?: string
  readonly machine?: string
}

const at = new Date('2026-11-20T12:00:00Z')

test('actors are counted in every state they are in, and by the machine they run, of one type and tenant', async () => {
  const orm = await postgres.open()
  await fill(orm, { type: 'agent', actors: 4, turns: 1, at })
  await fill(orm, { type: 'agent', tenant: 'other', actors: 2, turns: 1, at, paths: '{resting}', machine: 'h2' })
  await fill(orm, { type: 'task', actors: 3, turns: 1, at })
  expect(await readStateCounts(orm, { tenant: 'main', type: 'agent' })).toEqual({
    actors: 4,
    active: 2,
    states: [
      { path: 'working', actors: 4, active: 2 },
      { path: 'working.thinking', actors: 4, active: 2 },
    ],
  })
  const all = await readStateCounts(orm, { tenant: undefined, type: 'agent' })
  expect([all.actors, all.states.map(({ path }) => path)]).toEqual([6, ['resting', 'working', 'working.thinking']])
  expect(await readVersionCounts(orm, { tenant: undefined, type: 'agent' })).toEqual([
    { hash: 'h1', actors: 4, active: 2 },
    { hash: 'h2', actors: 2, active: 1 },
  ])
  expect(await readStateCounts(orm, { tenant: 'main', type: 'unheard-of' })).toEqual({ actors: 0, active: 0, states: [] })
})

test('turns are those of the actors that moved last, the last ones of each, none from before the time asked for', async () => {
  const orm = await postgres.open()
  await fill(orm, { type: 'busy', actors: 2, turns: sampledTurnsMax + 20, at })
  await fill(orm, { type: 'busy', tenant: 'other', actors: 1, turns: 3, at })
  await fill(orm, { type: 'many', actors: sampledActorsMax + 5, turns: 1, at })
  const long = await readSampledTurns(orm, { tenant: 'main', type: 'busy', since: new Date(0) })
  expect(long.map(({ actor, turn }) => `${actor} ${turn}`)).toEqual(
    ['main/busy/1', 'main/busy/2'].flatMap((actor) => Array.from({ length: sampledTurnsMax }, (_, n) => `${actor} ${n + 21}`)),
  )
  expect(long[0]).toEqual({ actor: 'main/busy/1', turn: 21, at: at.getTime() - 99_000, event: 'go', state: '"working"', failure: null })
  const recent = await readSampledTurns(orm, { tenant: 'main', type: 'busy', since: new Date(at.getTime() - 4_500) })
  expect(recent.map(({ turn }) => turn)).toEqual([116, 117, 118, 119, 120, 116, 117, 118, 119, 120])
  const many = await readSampledTurns(orm, { tenant: 'main', type: 'many', since: new Date(0) })
  expect([many.length, many.some(({ actor }) => actor === `main/many/${sampledActorsMax + 1}`)]).toEqual([sampledActorsMax, false])
})
