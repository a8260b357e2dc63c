// Namespace
// The limits and settings of one namespace: all that is shared by the workers and clients of one system on one server.
import { limitFaults } from '../machines/limit-faults.ts'

export interface NamespaceOptions {
  /** Fixed when the namespace is created. More partitions spread over more workers but make smaller groups. Default 16. */
  readonly partitions: number
  /** Copies of every stream, 1, 3 or 5. Default 1. */
  readonly replicas: number
  /** Default file. */
  readonly storage: 'file' | 'memory'
  /** One message in a mailbox, headers included. Default 1 MiB, the server's own default for any message. */
  readonly messageBytesMax: number
  /** Messages in all mailboxes together; one more is refused. Default 1,000,000. */
  readonly mailboxMessagesMax: number
  /** Bytes in all mailboxes together; one more is refused. Default 1 GiB. */
  readonly mailboxBytesMax: number
  /** How long a repeated `Nats-Msg-Id` is recognised by the server. Default 2 minutes. */
  readonly duplicateWindowMs: number
  /** Records the log keeps of each partition, the newest. Must be far above the records between two checkpoints. Default 100,000. */
  readonly logRecordsMax: number
  /** Bytes of the log; at the limit turns stop. -1 leaves it to the server's own storage limit. Default -1. */
  readonly logBytesMax: number
  /** How long dead letters are kept. Default 30 days. */
  readonly deadLetterMs: number
  /** A worker not heard of for this long is not alive. Default 2,000. */
  readonly memberTtlMs: number
}

export const namespaceDefaults: NamespaceOptions = {
  partitions: 16,
  replicas: 1,
  storage: 'file',
  messageBytesMax: 1024 * 1024,
  mailboxMessagesMax: 1_000_000,
  mailboxBytesMax: 1024 * 1024 * 1024,
  duplicateWindowMs: 120_000,
  logRecordsMax: 100_000,
  logBytesMax: -1,
  deadLetterMs: 30 * 24 * 60 * 60 * 1000,
  memberTtlMs: 2000,
}

/** What is wrong with the options of a namespace, of those that are given. */
export function namespaceOptionFaults(given: Partial<NamespaceOptions>): readonly string[] {
  const { partitions = 1, replicas = 1, storage = 'file', logBytesMax = -1, ...limits } = given
  return [
    ...(Number.isSafeInteger(partitions) && partitions >= 1 && partitions <= partitionsMax
      ? []
      : [`partitions is ${partitions}, not a whole number from 1 to ${partitionsMax}`]),
    ...([1, 3, 5].includes(replicas) ? [] : [`replicas is ${replicas}, not 1, 3 or 5`]),
    ...(storage === 'file' || storage === 'memory' ? [] : [`storage is ${String(storage)}, not file or memory`]),
    ...(logBytesMax === -1 || logBytesMax >= 1 ? [] : [`logBytesMax is ${logBytesMax}, not -1 or a number from 1 on`]),
    ...limitFaults(limits, namespaceDefaults),
  ]
}

/** Far above what any number of workers needs: each costs a reader, a log and snapshots. */
export const partitionsMax = 4_096

const namePattern = /^[A-Za-z0-9_-]{1,32}$/

/** Why a namespace's name is refused, or undefined when it is good: it is part of stream names and of every subject. */
export const namespaceFault = (namespace: string): string | undefined =>
  namePattern.test(namespace) ? undefined : `namespace '${namespace}' is not 1 to 32 of A-Z a-z 0-9 _ -`
