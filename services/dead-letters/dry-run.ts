// Dry run
// Asks the owner of an actor what the event of a dead letter would do to it now; nothing changes by asking.
import { partitionOf } from '../../machines/address.ts'
import { subjects } from '../../machines/subject.ts'
import type { DryRun } from '../../runtime/dry-run.ts'
import { ServerUnavailable } from '../../runtime/errors.ts'
import type { connectNats } from '../../runtime/nats/index.ts'
import type { Delivery } from './letter.ts'

type Connection = Awaited<ReturnType<typeof connectNats>>

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
