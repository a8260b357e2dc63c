// Partitions
// Who owns each partition and how much it has to do, from the heartbeats of the workers; which of them are hot.
import type { FleetOrders, Member } from '../../runtime/ports.ts'
import { table } from './output.ts'

export interface PartitionLine {
  readonly partition: number
  /** Undefined: nobody says to own it. */
  readonly owner: string | undefined
  /** Undefined, with what follows: its owner has not measured it yet, or owns more than a heartbeat tells of. */
  readonly epoch: number | undefined
  readonly turnsPerSecond: number | undefined
  readonly busyShare: number | undefined
  readonly waiting: number | undefined
  readonly pinnedTo: string | undefined
  readonly hot: boolean
}

/** Turns of a partition run one after the other: near 1 it can take no more, whatever the number of workers. */
const hotBusyShare = 0.5
/** Or: so many turns, and so many times the mean. */
const hotTurnsPerSecond = 100
const hotTimesMean = 4

export function partitionLines(members: readonly Member[], { pin, pins }: FleetOrders, partitions: number): readonly PartitionLine[] {
  const loads = members.flatMap((member) => member.partitions)
  const mean = loads.reduce((sum, { turnsPerSecond }) => sum + turnsPerSecond, 0) / partitions
  return Array.from({ length: partitions }, (_, partition) => {
    const owner = members.find(({ owned }) => owned.includes(partition))
    const load = owner?.partitions.find((one) => one.partition === partition)
    const { epoch, turnsPerSecond, busyShare, waiting } = load ?? {}
    const isBusy = (busyShare ?? 0) >= hotBusyShare
    const isTall = (turnsPerSecond ?? 0) >= Math.max(hotTurnsPerSecond, hotTimesMean * mean)
    const hot = isBusy || (partitions > hotTimesMean && isTall)
    return { partition, owner: owner?.id, epoch, turnsPerSecond, busyShare, waiting, pinnedTo: pins[partition] ?? pin, hot }
  })
}

export const partitionsTable = (lines: readonly PartitionLine[]): string =>
  table(
    ['partition', 'owner', 'epoch', 'turns/s', 'busy', 'waiting', 'pinned to', 'note'],
    lines.map(({ partition, owner, epoch, turnsPerSecond, busyShare, waiting, pinnedTo, hot }) => [
      String(partition),
      owner ?? 'nobody',
      cell(epoch),
      cell(turnsPerSecond),
      busyShare === undefined ? '-' : `${Math.round(busyShare * 100)} %`,
      cell(waiting),
      pinnedTo ?? '-',
      hot ? 'hot' : '',
    ]),
  )

const cell = (value: number | undefined): string => (value === undefined ? '-' : String(value))
