// Partition load
// How much each partition has to do, in words. Pure.
import type { Fleet, PartitionLoad } from './wire.ts'

export interface PartitionNow extends PartitionLoad {
  readonly owner: string | undefined
}

const waitingMax = 500
const waitingSome = 50
const busyMax = 0.7

export type LoadWord = 'unowned' | 'behind' | 'busy' | 'active' | 'calm'

export function loadOf({ owner, waiting, busyShare, turnsPerSecond }: PartitionNow): LoadWord {
  if (owner === undefined) return 'unowned'
  if (waiting >= waitingMax) return 'behind'
  if (waiting >= waitingSome || busyShare >= busyMax) return 'busy'
  return waiting > 0 || turnsPerSecond > 0 ? 'active' : 'calm'
}

/** Every one, those that nobody has too. */
export function partitionsOf({ partitions, workers }: Pick<Fleet, 'partitions' | 'workers'>): readonly PartitionNow[] {
  const known = new Map<number, PartitionNow>()
  for (const { id, owned, partitions: loads } of workers) {
    for (const partition of owned) known.set(partition, { ...none(partition), owner: id })
    for (const load of loads) if (known.has(load.partition)) known.set(load.partition, { ...load, owner: id })
  }
  return Array.from({ length: partitions }, (_, partition) => known.get(partition) ?? { ...none(partition), owner: undefined })
}

const none = (partition: number): PartitionLoad => ({ partition, epoch: 0, turnsPerSecond: 0, busyShare: 0, waiting: 0 })
