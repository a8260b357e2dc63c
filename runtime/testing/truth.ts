// Truth
// The whole log, read and replayed patch by patch by nobody but this file: what every other account of the run is compared with.
import type { ActorId } from '../../machines/address.ts'
import { applyPatch } from '../patch.ts'
import type { InMemoryServer } from '../in-memory/server.ts'
import type { Entry, LogRecord, Sent } from '../record.ts'
import type { Stored } from '../statechart/stored.ts'

export interface Line {
  readonly partition: number
  readonly seq: number
  /** When the server stored it. */
  readonly at: number
  readonly bytes: number
  /** The record as it is stored. */
  readonly text: string
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

/** Reads what the log has since it was last asked, and says what the whole of it says. Nothing may have been trimmed. */
export class TruthReader {
  readonly #server: InMemoryServer
  readonly #next = new Map<number, number>()
  readonly #truth: Growing = { lines: [], places: [], states: new Map(), sent: [], faults: [] }

  constructor(server: InMemoryServer) {
    this.#server = server
  }

  async read(): Promise<Truth> {
    const { log } = this.#server.ports()
    for (let partition = 0; partition < this.#server.partitions; partition++)
      for await (const { seq, at, bytes } of log.read(partition, this.#next.get(partition) ?? 1, Number.MAX_SAFE_INTEGER)) {
        this.#next.set(partition, seq + 1)
        const text = new TextDecoder().decode(bytes)
        replay(this.#truth, { partition, seq, at, bytes: bytes.length, text, record: JSON.parse(text) as LogRecord })
      }
    return this.#truth
  }
}

type Mutable<List> = List extends readonly (infer Item)[] ? Item[] : never

interface Growing extends Truth {
  readonly lines: Mutable<Truth['lines']>
  readonly places: Mutable<Truth['places']>
  readonly states: Map<ActorId, (Stored | undefined)[]>
  readonly sent: Mutable<Truth['sent']>
  readonly faults: Mutable<Truth['faults']>
}

function replay({ lines, places, states, sent, faults }: Growing, line: Line): void {
  lines.push(line)
  if (line.record.kind !== 'turns') return
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
