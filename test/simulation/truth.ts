// Truth
// The whole log, read and replayed patch by patch by nobody but this file: what every other account of the run is compared with.
import type { ActorId } from '../../machines/address.ts'
import { applyPatch } from '../../runtime/patch.ts'
import type { InMemoryServer } from '../../runtime/in-memory/server.ts'
import type { Entry, LogRecord, Sent } from '../../runtime/record.ts'
import type { Stored } from '../../runtime/statechart/stored.ts'

export interface Line {
  readonly partition: number
  readonly seq: number
  /** When the server stored it. */
  readonly at: number
  readonly bytes: number
  readonly record: LogRecord
}

export interface Place {
  readonly entry: Entry
  readonly line: Line
  readonly index: number
  /** The state before and after. */
  readonly before: Stored | undefined
  readonly after: Stored | undefined
}

export interface Truth {
  readonly lines: readonly Line[]
  readonly places: readonly Place[]
  /** By actor, by turn; index 0 is before birth. */
  readonly states: ReadonlyMap<ActorId, readonly (Stored | undefined)[]>
  readonly sent: readonly { readonly source: number; readonly sent: Sent }[]
  /** What the replay itself found wrong. */
  readonly faults: readonly string[]
}

export async function readTruth(server: InMemoryServer): Promise<Truth> {
  const { log } = server.ports()
  const lines: Line[] = []
  for (let partition = 0; partition < server.partitions; partition++)
    for await (const { seq, at, bytes } of log.read(partition, 1, Number.MAX_SAFE_INTEGER))
      lines.push({ partition, seq, at, bytes: bytes.length, record: JSON.parse(new TextDecoder().decode(bytes)) as LogRecord })
  return replayed(lines)
}

function replayed(lines: readonly Line[]): Truth {
  const states = new Map<ActorId, (Stored | undefined)[]>()
  const places: Place[] = []
  const faults: string[] = []
  const sent: { source: number; sent: Sent }[] = []
  for (const line of lines) {
    if (line.record.kind !== 'turns') continue
    for (const [index, entry] of line.record.entries.entries()) {
      const known = states.get(entry.actor) ?? [undefined]
      states.set(entry.actor, known)
      const before = known.at(-1)
      const turns = known.length - 1
      const where = `${line.partition}.${line.seq}.${index}`
      if (entry.turn === turns + 1) known.push(stateAfter(entry, before, (why) => faults.push(`${where} ${entry.actor}: ${why}`)))
      else if (entry.turn !== turns || entry.patch || entry.snapshot)
        faults.push(`${where} ${entry.actor}: turn ${entry.turn} comes after turn ${turns}`)
      places.push({ entry, line, index, before, after: known.at(-1) })
      for (const one of entry.sends ?? []) sent.push({ source: line.partition, sent: one })
    }
  }
  return { lines, places, states, sent, faults }
}

function stateAfter(entry: Entry, before: Stored | undefined, fault: (why: string) => void): Stored | undefined {
  if (entry.snapshot) return entry.snapshot
  if (!entry.patch) return before
  if (!before) {
    fault('a patch of nothing')
    return undefined
  }
  try {
    return applyPatch(before, entry.patch)
  } catch (error) {
    fault(String(error))
    return before
  }
}
