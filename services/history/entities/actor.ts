import { defineEntity, p } from '@mikro-orm/core'
import { instant, origin } from './columns.ts'

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
    /** Of its machine: active, done, error or stopped. Null in rows of before this table, until the next turn that says it. */
    status: p.text().nullable(),
    /** Somebody debugs it, and it stands still. Null: it never did. */
    held: p.boolean().nullable(),
    turn: p.bigint('number'),
    event: p.text(),
    at: instant(),
    ...origin(),
  },
  indexes: [
    { properties: ['tenant', 'actor'] },
    { properties: ['actorType', 'actor'] },
    { properties: ['status', 'actor'] },
    { name: 'actors_held_index', properties: ['actor'], where: 'held' }, // few of many
  ],
})
