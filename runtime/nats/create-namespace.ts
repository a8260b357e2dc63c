// Create namespace
// The streams of a namespace, made or brought up to date. Running it again changes nothing; running it with other limits changes those.
//
// N1. The number of partitions is fixed with the namespace: it is in the mailbox's transform, and every actor's partition follows from it.
// N2. Clients may publish to the mailbox only, so that stream is plain: with rollup, schedules, batches or TTL any publisher could wipe or forge it.
// N3. The log keeps the newest records of each partition. It has no limit by age or total size that drops old records: the oldest may be
//     the only one that an idle partition has.
import { DiscardPolicy, jetstreamManager, StorageType, type JetStreamManager, type StreamConfig } from '@nats-io/jetstream'
import { nanos, type NatsConnection } from 'nats'
import { streams, subjects } from '../../machines/subject.ts'
import { NamespaceMismatch, NamespaceNotFound, OptionInvalid, ServerUnavailable } from '../errors.ts'
import { namespaceDefaults, namespaceFault, namespaceOptionFaults, type NamespaceOptions } from '../namespace.ts'
import { apiCodeOf, apiCodes, failureOf, messageOf, orFail } from './failure.ts'
import { fleetStream, fleetSubjects } from './membership.ts'
import { requestTimeoutMs } from './session.ts'

/** Metadata of the mailbox stream. */
const partitionsKey = 'troupe.partitions'
const optionsKey = 'troupe.options'

/** A server caps a stream without this at 1,000 readers. It cannot be changed later. */
const readersMax = 4096
const deadLetterDuplicateMs = 60 * 60 * 1000

/**
 * Creates the namespace, or applies the given options to the one that exists; what is not given stays as it is.
 * Throws `NamespaceMismatch` for another number of partitions (N1), `NamespaceNotFound` for a bad name, `OptionInvalid`, `ServerUnavailable`.
 */
export async function createNamespace(
  connection: NatsConnection,
  given: { readonly namespace: string } & Partial<NamespaceOptions>,
): Promise<NamespaceOptions> {
  const { namespace, ...wanted } = given
  const fault = namespaceFault(namespace)
  if (fault !== undefined) throw new NamespaceNotFound(fault)
  const faults = namespaceOptionFaults(wanted)
  if (faults.length > 0) throw new OptionInvalid(`creating namespace ${namespace}: ${faults.join('; ')}`)
  const jsm = await openManager(connection)
  const existing = await existingOptions(jsm, namespace)
  if (existing && wanted.partitions !== undefined && wanted.partitions !== existing.partitions) {
    throw new NamespaceMismatch(
      `namespace ${namespace} has ${existing.partitions} partitions and cannot be given ${wanted.partitions}: use that number, or another namespace`,
    )
  }
  const options = { ...namespaceDefaults, ...existing, ...wanted }
  for (const config of streamConfigs(namespace, options)) await ensure(jsm, config, options)
  return options
}

/** How many partitions the namespace has. Throws `NamespaceNotFound` when there is none of that name. */
export async function partitionsOf(connection: NatsConnection, namespace: string): Promise<number> {
  const fault = namespaceFault(namespace)
  if (fault !== undefined) throw new NamespaceNotFound(fault)
  const existing = await existingOptions(await openManager(connection), namespace)
  if (existing) return existing.partitions
  throw new NamespaceNotFound(
    `namespace ${namespace} is not on the server at ${connection.getServer()}: create it first, or check the name`,
  )
}

const openManager = (connection: NatsConnection): Promise<JetStreamManager> =>
  jetstreamManager(connection, { timeout: requestTimeoutMs, checkAPI: false })

async function existingOptions(jsm: JetStreamManager, namespace: string): Promise<NamespaceOptions | undefined> {
  const stream = streams(namespace).mailbox
  try {
    const { metadata = {} } = (await jsm.streams.info(stream)).config
    if (metadata[partitionsKey] === undefined)
      throw new NamespaceMismatch(`stream ${stream} exists but is no mailbox of this runtime: use another namespace`)
    const stored: Partial<NamespaceOptions> = JSON.parse(metadata[optionsKey] ?? '{}')
    return { ...namespaceDefaults, ...stored, partitions: Number(metadata[partitionsKey]) }
  } catch (error) {
    if (apiCodeOf(error) === apiCodes.streamNotFound) return undefined
    throw failureOf(error, `reading namespace ${namespace}`)
  }
}

type Config = Partial<StreamConfig> & Pick<StreamConfig, 'name'>

function streamConfigs(namespace: string, options: NamespaceOptions): readonly Config[] {
  const stream = streams(namespace)
  const subject = subjects(namespace)
  return [
    {
      name: stream.log,
      subjects: [subject.logAll],
      allow_direct: true,
      discard: DiscardPolicy.New,
      max_bytes: options.logBytesMax,
      max_msgs_per_subject: options.logRecordsMax, // N3: of the oldest of a partition, whatever the discard policy
    },
    { name: stream.state, subjects: [subject.stateAll], allow_direct: true, max_msgs_per_subject: 1 },
    // Schedules rule out discard new, so they are in a stream of their own.
    { name: stream.timers, subjects: [subject.timerAll, subject.wakeAll], allow_msg_schedules: true, max_msgs_per_subject: 1 },
    {
      name: stream.dead,
      subjects: [subject.deadAll],
      allow_direct: true,
      max_age: nanos(options.deadLetterMs),
      duplicate_window: nanos(Math.min(options.deadLetterMs, deadLetterDuplicateMs)),
    },
    {
      name: fleetStream(stream.fleet), // what a key-value bucket is to any NATS client
      subjects: [fleetSubjects(stream.fleet)],
      allow_direct: true,
      allow_rollup_hdrs: true,
      deny_delete: true,
      discard: DiscardPolicy.New,
      max_msgs_per_subject: 1,
      max_age: nanos(options.memberTtlMs),
      duplicate_window: nanos(options.memberTtlMs),
    },
    {
      name: fleetStream(stream.orders), // another bucket, whose keys stay
      subjects: [fleetSubjects(stream.orders)],
      allow_direct: true,
      allow_rollup_hdrs: true,
      deny_delete: true,
      discard: DiscardPolicy.New,
      max_msgs_per_subject: 1,
    },
    {
      name: fleetStream(stream.circuits), // and one for what workers have found out about what they call
      subjects: [fleetSubjects(stream.circuits)],
      allow_direct: true,
      allow_rollup_hdrs: true,
      deny_delete: true,
      discard: DiscardPolicy.New,
      max_msgs_per_subject: 1,
    },
    // The mailbox last: it holds the options, so a namespace that has one is complete.
    {
      name: stream.mailbox,
      subjects: [subject.sendAll, subject.frameAll, subject.channelAll],
      subject_transform: { src: subject.sendAll, dest: subject.transform(options.partitions) },
      discard: DiscardPolicy.New,
      max_msgs: options.mailboxMessagesMax,
      max_bytes: options.mailboxBytesMax,
      max_msg_size: options.messageBytesMax,
      duplicate_window: nanos(options.duplicateWindowMs),
      metadata: { [partitionsKey]: String(options.partitions), [optionsKey]: JSON.stringify(options) },
    },
  ]
}

/** Adds a stream, or updates it where it differs. What cannot be changed stays out of the update. */
async function ensure(jsm: JetStreamManager, config: Config, { storage, replicas }: NamespaceOptions): Promise<void> {
  const changing: Config = { ...config, num_replicas: replicas }
  const fixed = { storage: storage === 'file' ? StorageType.File : StorageType.Memory, max_consumers: readersMax }
  try {
    await jsm.streams.add({ ...changing, ...fixed })
  } catch (error) {
    if (apiCodeOf(error) !== apiCodes.streamExists) {
      throw new ServerUnavailable(`creating stream ${config.name}: ${messageOf(error)}; is JetStream enabled, with room for its limits?`, {
        cause: error,
      })
    }
    await orFail(jsm.streams.update(config.name, changing), `updating stream ${config.name}`)
  }
}
