// Circuit store
// Where the processes of a fleet keep the circuits that are not closed, and hear of each other's. A closed one is stored only to end an opening.
import { z } from 'zod'
import type { Circuit } from '../../machines/circuit.ts'

export interface CircuitStore {
  /** The new revision; undefined when the key is not at `revision` any more (0: it must not be there). Rejects when the store is away. */
  write(key: string, circuit: Circuit, revision: number): Promise<number | undefined>
  /** Tells what is stored before it resolves, then every change, in the order of a key's revisions. */
  watch(changed: (key: string, circuit: Circuit, revision: number) => void): Promise<{ stop(): Promise<void> }>
}

const count = z.int().nonnegative()
const circuitSchema = z.object({
  buckets: z.array(z.object({ slot: z.int(), ok: count, failed: count })),
  opened: z.object({ at: z.number(), until: z.number(), row: count, probeUntil: z.number().exactOptional() }).exactOptional(),
})

/** Undefined: what stands there is no circuit of this version. */
export function decodeCircuit(bytes: Uint8Array): Circuit | undefined {
  try {
    const read = circuitSchema.safeParse(JSON.parse(Buffer.from(bytes).toString()))
    return read.success ? read.data : undefined
  } catch {
    return undefined // no JSON: deleted, or written by hand
  }
}
