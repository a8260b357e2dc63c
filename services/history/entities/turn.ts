import { defineEntity, p } from '@mikro-orm/core'
import type { ActorEvent } from '../../../machines/message.ts'
import { instant, origin } from './columns.ts'

/** One turn of one actor. What a later entry says under the same number is no turn: an ended actor that answers again. */
export const Turn = defineEntity({
  name: 'Turn',
  tableName: 'turns',
  properties: {
    actor: p.text().primary(),
    turn: p.bigint('number').primary(),
    tenant: p.text(),
    actorType: p.text(),
    at: instant(),
    worker: p.text(),
    message: p.text(),
    event: p.text(),
    sender: p.text().nullable(),
    correlation: p.text().nullable(),
    trace: p.text().nullable(),
    /** The state value after the turn; null when the history does not hold what came before. */
    state: p.json<unknown>().nullable(),
    emits: p.json<readonly ActorEvent[]>().nullable(),
    /** The code of the dead letter, when the message failed and the turn reset or stopped the actor. */
    failure: p.text().nullable(),
    ...origin(),
  },
  indexes: [
    { properties: ['tenant', 'at'] },
    { properties: 'correlation', type: 'hash' },
    {
      name: 'turns_troubled_index',
      expression: `create index "turns_troubled_index" on "turns" ("actor") where failure is not null or event = '@restart'`,
    },
  ],
})
