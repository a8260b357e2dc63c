// Lag
// How far the history is behind the log: how long the oldest record that is not projected has waited, by partition.
import type { Log, Stamped } from '../../runtime/ports.ts'
import { readPlaces } from '../history/read-operations.ts'
import type { GatewayParts } from './parts.ts'
import { remembered } from './remember.ts'

export interface Lag {
  readonly partition: number
  /** 0: nothing waits. */
  readonly lagMs: number
}

const keptMs = 1_000

/** Rejects with what the database or the server says. */
export const readLags = (parts: GatewayParts): Promise<readonly Lag[]> =>
  remembered(parts, 'lags', { freshMs: keptMs }, async () => {
    const { ports, orm, namespace } = parts
    const projected = await readPlaces(orm, namespace)
    const now = Date.now()
    return Promise.all(
      Array.from({ length: ports.partitions }, async (_, partition) => {
        const waiting = await firstAfter(ports.log, partition, projected.get(partition) ?? 0)
        return { partition, lagMs: waiting ? Math.max(0, now - waiting.at) : 0 }
      }),
    )
  })

async function firstAfter(log: Log, partition: number, seq: number): Promise<Stamped | undefined> {
  const last = await log.last(partition)
  if (last === undefined || last.seq <= seq) return undefined
  for await (const record of log.read(partition, seq + 1, last.seq)) return record
  return undefined
}
