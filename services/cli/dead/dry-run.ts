// Dry run
// Asks the owner of an actor what an event would do to it now; nothing changes by asking.
import { partitionOf } from '../../../machines/address.ts'
import { subjects } from '../../../machines/subject.ts'
import type { DryRun } from '../../../runtime/dry-run.ts'
import { ServerUnavailable } from '../../../runtime/errors.ts'
import type { Connection } from '../connect.ts'
import { stateText } from '../output.ts'
import type { Delivery } from './delivery.ts'

export type Rehearsed = DryRun & { readonly id: string; readonly actor: string }

const answerMs = 5_000

/** Throws `ServerUnavailable`. */
export async function dryRun(
  connection: Connection,
  { namespace, partitions }: { readonly namespace: string; readonly partitions: number },
  { letter: { id, actor }, address, event, kind }: Delivery,
): Promise<Rehearsed> {
  const partition = partitionOf(address, partitions)
  const subject = subjects(namespace).dryRun(partition, address.tenant)
  try {
    const answer = await connection.request(subject, JSON.stringify({ actor, event, kind }), { timeout: answerMs })
    return { id, actor, ...answer.json<DryRun>() } // workers answer on this subject
  } catch (cause) {
    throw new ServerUnavailable(
      `trying dead letter ${id} on ${actor}: no owner of partition ${partition} answered in ${answerMs} ms; see \`troupe workers\``,
      { cause },
    )
  }
}

/** One line: what would happen, or why it would fail. */
export function dryRunText(rehearsed: Rehearsed): string {
  const { id, actor } = rehearsed
  if (!rehearsed.ok) return `${id}  ${actor}  would fail: ${rehearsed.error.code}: ${rehearsed.error.message}`
  const { handled, parked, from, to, status, sends, effects, emits } = rehearsed.would
  if (parked) return `${id}  ${actor}  would wait, as the actor does: for its restart, or for a version that fits its state`
  const lists = [
    ['sends', sends.map((send) => `${send.type} to ${send.to}`)],
    ['starts', effects.map(({ src }) => src)],
    ['emits', emits],
  ] as const
  const told = lists.flatMap(([name, list]) => (list.length === 0 ? [] : [`; ${name} ${list.join(', ')}`])).join('')
  const path = `${from === null ? '(not born)' : stateText(from) || '(no state)'} → ${stateText(to) || '(no state)'}`
  return `${id}  ${actor}  would ${handled ? 'work' : 'change nothing, for no transition takes it'}: ${path} (${status})${told}`
}
