// Partition load
// How much each partition has to do, in words. Pure.
import type { Fleet, Move, PartitionLoad, Worker } from './wire.ts'

export interface PartitionNow extends PartitionLoad {
  readonly owner: string | undefined
  /** It changes hands, or did so a moment ago. */
  readonly move?: Move
}

const waitingMax = 500
const oldestMsMax = 5_000
const waitingSome = 50
const busyMax = 0.7

export type LoadWord = 'unowned' | 'behind' | 'busy' | 'active' | 'calm'

export function loadOf({ owner, waiting, oldestWaitMs = 0, busyShare, turnsPerSecond }: PartitionNow): LoadWord {
  if (owner === undefined) return 'unowned'
  if (waiting >= waitingMax || oldestWaitMs >= oldestMsMax) return 'behind'
  if (waiting >= waitingSome || busyShare >= busyMax) return 'busy'
  return waiting > 0 || turnsPerSecond > 0 ? 'active' : 'calm'
}

/** Every one, those that nobody has too. */
export function partitionsOf({ partitions, workers, moves }: Pick<Fleet, 'partitions' | 'workers' | 'moves'>): readonly PartitionNow[] {
  const known = new Map<number, PartitionNow>()
  for (const { id, owned, partitions: loads } of workers) {
    for (const partition of owned) known.set(partition, { ...none(partition), owner: id })
    for (const load of loads) if (known.has(load.partition)) known.set(load.partition, { ...load, owner: id })
  }
  const moving = new Map(moves.map((move) => [move.partition, move]))
  return Array.from({ length: partitions }, (_, partition) => {
    const move = moving.get(partition)
    return { ...(known.get(partition) ?? { ...none(partition), owner: undefined }), ...(move && { move }) }
  })
}

/** How far a drain is: partitions that are left, and the share that has gone. */
export function drainOf({ owned, drain }: Pick<Worker, 'owned' | 'drain'>): { readonly left: number; readonly share: number } {
  const left = owned.length
  const from = Math.max(left, drain?.from ?? left)
  return { left, share: from === 0 ? 1 : 1 - left / from }
}

const none = (partition: number): PartitionLoad => ({ partition, epoch: 0, turnsPerSecond: 0, busyShare: 0, waiting: 0 })
