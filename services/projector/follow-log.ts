// Follow log
// Says which partitions may have new records. A hint costs nothing when it is wrong, so none is ever relied on: every partition is looked at now and then.
//
// H1. An append on NATS is a message like any other: its subject is heard here before the record can be read, so the partition is named again a moment later.
// H2. Each partition is named at least every `sweepMs`, whatever is heard.
import { subjects } from '../../machines/subject.ts'
import type { Ports, Reader } from '../../runtime/ports.ts'

/** Calls with every partition that may have new records, until stopped. */
export type Follow = (changed: (partition: number) => void) => Reader

export interface FollowOptions {
  /** A partition just heard of is named after this long. Default 20. */
  readonly settleMs: number
  /** Every partition is named this often. Default 1,000. */
  readonly sweepMs: number
}

export const followDefaults: FollowOptions = { settleMs: 20, sweepMs: 1_000 }

export function followLog(
  ports: Pick<Ports, 'namespace' | 'partitions' | 'signals' | 'clock'>,
  given: Partial<FollowOptions> = {},
): Follow {
  const { settleMs, sweepMs } = { ...followDefaults, ...given }
  const { namespace, partitions, signals, clock } = ports
  return (changed) => {
    const settling = new Map<number, () => void>()
    const again = new Set<number>()
    const settle = (partition: number): void => {
      const cancel = clock.after(settleMs, () => {
        settling.delete(partition)
        changed(partition)
        if (again.delete(partition)) settle(partition) // H1: what was heard meanwhile may not have been there to read
      })
      settling.set(partition, cancel)
    }
    const heard = signals.subscribe(subjects(namespace).logAll, ({ subject }) => {
      const partition = Number(subject.slice(subject.lastIndexOf('.') + 1))
      if (settling.has(partition)) again.add(partition)
      else settle(partition)
    })
    let cancelSweep = (): void => {}
    const sweep = (): void => {
      for (let partition = 0; partition < partitions; partition++) changed(partition) // H2
      cancelSweep = clock.after(sweepMs, sweep)
    }
    sweep()
    return {
      stop: async () => {
        cancelSweep()
        for (const cancel of settling.values()) cancel()
        await heard.stop()
      },
    }
  }
}
