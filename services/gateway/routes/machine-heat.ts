// Machine heat routes
// What the fleet does in one machine: how many actors are in which state, how long they stay, which transitions are taken and which fail.
import { z } from 'zod'
import { chartOf, type Chart, type ChartNode } from '../../../runtime/statechart/index.ts'
import {
  readSampledTurns,
  readStateCounts,
  readVersionCounts,
  sampledActorsMax,
  sampledTurnsMax,
  type StateCounts,
} from '../../history/read-machine-heat.ts'
import { heatOf } from '../../inspector/chart/heat.ts'
import { remembered } from '../remember.ts'
import { route } from '../route.ts'
import { tenantQuery } from '../server.ts'
import { hashQuery, hostedOf, hostOf, typeParams } from './machine-host.ts'
import { instant } from './shapes.ts'

const minutesDefault = 60
const minutesMax = 7 * 24 * 60
const minuteMs = 60_000
/** Counting the actors of a type walks over their rows, so it is done once in this time at most. */
const keptMs = 4_000
const staleMs = 56_000

const unvisited = { visits: 0, totalMs: 0 }

const stateHeat = z.object({
  state: z.string().describe('Its id in the chart'),
  actors: z.int().describe('Actors in it now, done ones too'),
  active: z.int().describe('Of these, those that are not done'),
  visits: z.int().describe('Of the sample, those that were entered and left'),
  totalMs: z.number().describe('How long they took together'),
  p50Ms: z.number().optional(),
  p95Ms: z.number().optional(),
})

const heat = z
  .object({
    at: instant.describe('When it was counted: a minute ago at most'),
    hash: z.string().describe('Of the machine that it is told in'),
    actors: z.int().describe('All of the type, now'),
    active: z.int(),
    elsewhere: z.int().describe('Actors in states that this machine does not have: of another version'),
    versions: z.array(
      z.object({
        hash: z.string().optional().describe('Absent: the history does not say which machine they run'),
        version: z.string().optional().describe('Absent: this build does not host it'),
        actors: z.int(),
        active: z.int(),
      }),
    ),
    states: z.array(stateHeat),
    edges: z.array(z.object({ edge: z.string(), taken: z.int(), failed: z.int().describe('Turns whose message became a dead letter') })),
    sample: z
      .object({
        since: instant,
        actors: z.int(),
        turns: z.int(),
        actorsMax: z.int(),
        turnsMax: z.int().describe('Of each actor, its last ones'),
        unexplained: z.int().describe('Turns that no transition of this machine explains: of another version, or reset'),
      })
      .describe(
        'Times and transitions are told from the last turns of the actors that moved last; the record of a turn names no transition',
      ),
  })
  .meta({
    examples: [
      {
        at: 1_795_176_000_000,
        hash: '0730c4819b89b698',
        actors: 42,
        active: 2,
        elsewhere: 0,
        versions: [{ hash: '0730c4819b89b698', version: '1', actors: 42, active: 2 }],
        states: [{ state: 'agent.working.thinking', actors: 2, active: 2, visits: 90, totalMs: 9_300, p50Ms: 89, p95Ms: 387 }],
        edges: [{ edge: 'agent.working.checking||2', taken: 92, failed: 0 }],
        sample: { since: 1_795_172_400_000, actors: 42, turns: 345, actorsMax: 300, turnsMax: 100, unexplained: 0 },
      },
    ],
  })

export const machineHeatRoutes = [
  route({
    method: 'GET',
    path: '/machines/:type/heat',
    summary: 'What actors of a type do: how many are in which state, how long they stay, which transitions they take and fail at',
    resource: 'agents',
    action: 'read',
    params: typeParams,
    query: tenantQuery.extend({
      ...hashQuery.shape,
      minutes: z.coerce.number().int().min(1).max(minutesMax).default(minutesDefault).describe('How far back times and transitions go'),
    }),
    answer: heat,
    run: ({ parts, tenant, params: { type }, query: { hash, minutes } }) => {
      const host = hostOf(parts, type, hash)
      const hosted = new Map(hostedOf(parts, type).map(({ stamp }) => [stamp.hash, stamp.version]))
      return remembered(parts, `heat ${tenant ?? '*'} ${type} ${host.stamp.hash} ${minutes}`, { freshMs: keptMs, staleMs }, async () => {
        const at = Date.now()
        const since = at - minutes * minuteMs
        const chart = chartOf(host.definition.machine)
        const [counts, turns, versions] = await Promise.all([
          readStateCounts(parts.orm, { tenant, type }),
          readSampledTurns(parts.orm, { tenant, type, since: new Date(since) }),
          readVersionCounts(parts.orm, { tenant, type }),
        ])
        const { states, edges, unexplained } = heatOf(chart, turns)
        const now = countsById(chart, counts)
        const visited = new Map(states.map((state) => [state.state, state]))
        const { size: actors } = new Set(turns.map(({ actor }) => actor))
        return {
          at,
          hash: host.stamp.hash,
          actors: counts.actors,
          active: counts.active,
          elsewhere: now.elsewhere,
          versions: versions.map(({ hash: of, ...numbers }) => ({ ...numbers, hash: of ?? undefined, version: hosted.get(of ?? '') })),
          states: [...new Set([...now.states.keys(), ...visited.keys()])].map((state) => ({
            ...unvisited,
            ...visited.get(state),
            ...(now.states.get(state) ?? { actors: 0, active: 0 }),
            state,
          })),
          edges: [...edges],
          sample: { since, actors, turns: turns.length, actorsMax: sampledActorsMax, turnsMax: sampledTurnsMax, unexplained },
        }
      })
    },
  }),
]

interface CountsById {
  readonly states: ReadonlyMap<string, { readonly actors: number; readonly active: number }>
  readonly elsewhere: number
}

/** Rows have the paths of states, charts their ids. */
function countsById(chart: Chart, { states, actors }: StateCounts): CountsById {
  const ids = new Map(pathsIn(chart.root.states, ''))
  const found = states.flatMap(({ path, ...counts }) => {
    const id = ids.get(path)
    return id === undefined ? [] : [[id, counts] as const]
  })
  const elsewhere = states.reduce((sum, { path, actors: here }) => (ids.has(path) || path.includes('.') ? sum : sum + here), 0)
  return { states: new Map(found), elsewhere: Math.min(elsewhere, actors) }
}

const pathsIn = (states: readonly ChartNode[], above: string): readonly (readonly [string, string])[] =>
  states.flatMap(({ id, key, states: inside }) => [[`${above}${key}`, id] as const, ...pathsIn(inside, `${above}${key}.`)])
