import { correlationOf, type Entry } from '../../../runtime/record.ts'
import type { EntrySource, RowChange } from './projection.ts'
import { originOf } from './projection.ts'

/** A message that could not become a turn has an entry too. */
export function isTurn({ dead, snapshot, patch, turn }: Entry): boolean {
  const neverBecameOne = dead !== undefined && snapshot === undefined && patch === undefined
  return !neverBecameOne && turn > 0
}

/** A turn of every entry that is one. */
export function turns(source: EntrySource): readonly RowChange[] {
  const { entry, address } = source
  if (!isTurn(entry)) return []
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
