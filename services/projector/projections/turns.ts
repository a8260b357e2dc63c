import { correlationOf } from '../../../runtime/record.ts'
import type { EntrySource, RowChange } from './projection.ts'
import { originOf } from './projection.ts'

/** A turn of every entry that is one. */
export function turns(source: EntrySource): readonly RowChange[] {
  const { entry, address } = source
  const neverBecameOne = entry.dead !== undefined && entry.snapshot === undefined && entry.patch === undefined
  if (neverBecameOne || entry.turn === 0) return []
  return [
    {
      table: 'turns',
      row: {
        ...originOf(source),
        actor: entry.actor,
        turn: entry.turn,
        tenant: address.tenant,
        actorType: address.type,
        at: source.at,
        worker: source.worker,
        message: entry.message,
        event: entry.event.type,
        sender: entry.from,
        correlation: correlationOf(entry),
        trace: entry.trace,
        state: source.state,
        emits: entry.emits,
        failure: entry.dead?.code,
      },
    },
  ]
}
