// Unprojected
// The last turns of an actor from the end of its partition's log, for the moment before the projector has written any of them.
//
// U1. At most `recordsMax` records are read, however long the log is: an actor that was just born stands at its end.
import { parseActorId, partitionOf, type ActorId } from '../../../machines/address.ts'
import { applyPatch } from '../../../runtime/patch.ts'
import type { Ports } from '../../../runtime/ports.ts'
import { correlationOf, type Entry } from '../../../runtime/record.ts'
import { readRecord } from '../../../runtime/recovery.ts'
import type { Stored } from '../../../runtime/statechart/stored.ts'
import type { ListedTurn } from '../../history/read-turns.ts'

const recordsMax = 200

/** The newest first; empty when the end of the log has none. Throws `ServerUnavailable`, `LogCorrupt`. */
export async function unprojectedTurns({ log, partitions }: Pick<Ports, 'log' | 'partitions'>, actor: ActorId): Promise<ListedTurn[]> {
  const address = parseActorId(actor)
  if (!address) return []
  const partition = partitionOf(address, partitions)
  const last = await log.last(partition)
  if (!last) return []
  const turns: ListedTurn[] = []
  let state: Stored | undefined
  for await (const stamped of log.read(partition, Math.max(1, last.seq - recordsMax + 1), last.seq)) {
    const record = readRecord(stamped, partition)
    if (record.kind !== 'turns') continue
    for (const entry of record.entries) {
      if (entry.actor !== actor || !isTurn(entry)) continue
      state = after(state, entry)
      turns.push(turnOf(entry, state, record.worker))
    }
  }
  return turns.toReversed()
}

const isTurn = ({ dead, snapshot, patch, turn }: Entry): boolean => turn > 0 && !(dead && !snapshot && !patch)

const after = (state: Stored | undefined, { snapshot, patch }: Entry): Stored | undefined =>
  snapshot ?? (state && patch ? applyPatch(state, patch) : state)

function turnOf(entry: Entry, state: Stored | undefined, worker: string): ListedTurn {
  const { turn, at, event, from, dead } = entry
  return { turn, at, event: event.type, from, state: state?.value ?? null, failure: dead?.code, worker, correlation: correlationOf(entry) }
}
