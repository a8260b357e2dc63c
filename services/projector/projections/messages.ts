import { correlationOf } from '../../../runtime/record.ts'
import type { EntrySource, RowChange } from './projection.ts'
import { originOf } from './projection.ts'

/** The message an entry took, and those its turn sent. */
export function messages(source: EntrySource): readonly RowChange[] {
  const { entry, address, at } = source
  const both = { ...originOf(source), tenant: address.tenant, actor: entry.actor, at }
  const received: RowChange = {
    table: 'messages',
    row: {
      ...both,
      n: 0,
      direction: 'received',
      peer: entry.from,
      id: entry.message,
      type: entry.event.type,
      event: entry.event,
      correlation: correlationOf(entry),
      trace: entry.trace,
    },
  }
  const sent = (entry.sends ?? []).map(({ message }, place): RowChange => ({
    table: 'messages',
    row: {
      ...both,
      n: place + 1,
      direction: 'sent',
      peer: message.to,
      id: message.id,
      kind: message.kind,
      type: message.event.type,
      event: message.event,
      correlation: message.correlation,
      trace: message.trace,
    },
  }))
  return [received, ...sent]
}
