import { defineEntity, p } from '@mikro-orm/core'
import { count, instant, origin } from './columns.ts'

/** An actor as its last turn left it: what lists of actors are read from. */
export const Actor = defineEntity({
  name: 'Actor',
  tableName: 'actors',
  properties: {
    actor: p.text().primary(),
    tenant: p.text(),
    actorType: p.text(),
    /** The state value; null when the history does not hold what came before. */
    state: p.json<unknown>().nullable(),
    /** Every state that it is in, outer ones too, by its path: `working`, `working.thinking`. */
    paths: p.array().columnType('text[]').nullable(),
    /** Of its machine: active, done, error or stopped. Null in rows of before this table, until the next turn that says it. */
    status: p.text().nullable(),
    /** Somebody debugs it, and it stands still. Null: it never did. */
    held: p.boolean().nullable(),
    /** Structure hash of the machine it runs. Null in rows of before this column, until a turn tells it. */
    machine: p.text().nullable(),
    turn: p.bigint('number'),
    event: p.text(),
    at: instant(),
    /** When it took its first turn. */
    bornAt: instant().nullable(),
    /** What its model calls and its turns come to, summed from their rows (projector/actor-sums.ts). Null: there are none. */
    costUsd: p.double().nullable(),
    tokens: count().nullable(),
    llmCalls: count().nullable(),
    failures: count().nullable(),
    restarts: count().nullable(),
    ...origin(),
  },
  indexes: [
    { properties: ['tenant', 'actor'] },
    { properties: ['actorType', 'actor'] },
    { properties: ['status', 'actor'] },
    { properties: ['at', 'actor'] },
    { name: 'actors_held_index', properties: ['actor'], where: 'held' }, // few of many
    { name: 'actors_paths_index', expression: `create index "actors_paths_index" on "actors" using gin ("paths")` },
    {
      name: 'actors_cost_index',
      expression: `create index "actors_cost_index" on "actors" ("cost_usd", "tokens", "actor") where llm_calls > 0`,
    },
    {
      name: 'actors_failures_index',
      expression: `create index "actors_failures_index" on "actors" ("failures", "actor") where failures > 0`,
    },
  ],
})
