import type { EntrySource, RowChange } from './projection.ts'
import { originOf } from './projection.ts'

/** Messages that became no turn, or whose turn failed for good. */
export function deadLetters(source: EntrySource): readonly RowChange[] {
  const { entry, address, at } = source
  if (entry.dead === undefined) return []
  const { code, cause, stack, raw } = entry.dead
  return [
    {
      table: 'dead_letters',
      row: {
        ...originOf(source),
        tenant: address.tenant,
        actor: entry.actor,
        message: entry.message,
        type: entry.event.type,
        event: entry.event,
        sender: entry.from,
        code,
        cause,
        stack,
        raw,
        at,
      },
    },
  ]
}
