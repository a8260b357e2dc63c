import { redact } from '../../../machines/redact.ts'
import type { EntrySource, RecordSource, RowChange } from './projection.ts'
import { originOf } from './projection.ts'

/** What people, or the actors that act for them, decide about running work. */
const decisions: ReadonlySet<string> = new Set([
  'approve',
  'deny',
  'cancel',
  'task.cancel',
  'budget.add',
  'budget.set',
  'budget.remove',
  'budget.reset',
])

/** Decisions that an actor received, and the cancellations it ordered. */
export function audit(source: EntrySource): readonly RowChange[] {
  const { entry, address, at } = source
  const both = { ...originOf(source), tenant: address.tenant, at }
  const taken: RowChange[] = decisions.has(entry.event.type)
    ? [
        {
          table: 'audit',
          row: { ...both, n: 0, action: entry.event.type, actedBy: entry.from, subject: entry.actor, detail: redact(entry.event) },
        },
      ]
    : []
  const ordered = (entry.sends ?? []).flatMap(({ message }, place): RowChange[] => {
    if (message.kind !== 'cancel') return []
    const row = { ...both, n: place + 1, action: 'cancel.sent', actedBy: entry.actor, subject: message.to, detail: message.event }
    return [{ table: 'audit', row }]
  })
  return [...taken, ...ordered]
}

/** Which worker took or gave up a partition. */
export function ownership({ partition, seq, storedAt, record }: RecordSource): readonly RowChange[] {
  if (record.kind === 'turns') return []
  const { epoch, worker } = record
  const action = record.kind === 'claim' ? 'partition.claimed' : 'partition.released'
  const place = { partition, seq, index: -1, n: 0 }
  return [
    { table: 'audit', row: { ...place, action, actedBy: worker, subject: `partition ${partition}`, detail: { epoch }, at: storedAt } },
  ]
}
