import { defineEntity, p } from '@mikro-orm/core'
import { instant } from './columns.ts'

/** Something that people of one tenant keep for each other under a name: what they look for in a list, or an event to send. */
export const SavedView = defineEntity({
  name: 'SavedView',
  tableName: 'saved_views',
  properties: {
    tenant: p.text().primary(),
    /** What it is of: `agents` for lists of actors, `event/<actor type>` for events. */
    scope: p.text().primary(),
    name: p.text().primary(),
    content: p.json<Readonly<Record<string, unknown>>>(),
    savedBy: p.text(),
    savedAt: instant(),
  },
})
