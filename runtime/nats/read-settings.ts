// Read settings
// What a NATS server and the streams of a namespace say of themselves, for `troupe doctor`. Changes nothing.
import { jetstreamManager, type StreamInfo } from '@nats-io/jetstream'
import type { NatsConnection } from 'nats'
import { streams } from '../../machines/subject.ts'
import { fleetStream } from './membership.ts'
import { apiCodeOf, apiCodes, failureOf } from './failure.ts'
import { requestTimeoutMs } from './session.ts'

export interface ServerSettings {
  readonly version: string
  readonly id: string
  readonly jetstream: boolean
  /** The name of its cluster; undefined for a server on its own. */
  readonly cluster: string | undefined
}

export interface StreamSettings {
  readonly name: string
  /** False: what it holds may be lost without any promise broken. */
  readonly mustLast: boolean
  readonly replicas: number
  /** Replicas that have all that the leader has, the leader included. */
  readonly replicasCurrent: number
  readonly storage: 'file' | 'memory'
  /** True: the server acknowledges before it has written anything. */
  readonly acknowledgesEarly: boolean
  readonly retention: string
  readonly discard: string
  readonly messages: number
  readonly bytes: number
  /** Undefined: no limit of its own. */
  readonly messagesMax: number | undefined
  readonly bytesMax: number | undefined
  readonly perSubjectMax: number | undefined
  readonly ageMsMax: number | undefined
}

export function readServer({ info }: NatsConnection): ServerSettings {
  return {
    version: info?.version ?? 'unknown',
    id: info?.server_id ?? 'unknown',
    jetstream: info?.jetstream === true,
    cluster: info?.cluster,
  }
}

/** The streams that are there, and the names of those that are not. Throws `ServerUnavailable`. */
export async function readStreams(
  connection: NatsConnection,
  namespace: string,
): Promise<{ readonly found: readonly StreamSettings[]; readonly missing: readonly string[] }> {
  const jsm = await jetstreamManager(connection, { timeout: requestTimeoutMs, checkAPI: false })
  const { fleet, orders, circuits, ...lasting } = streams(namespace)
  const mayVanish = [fleetStream(fleet), fleetStream(circuits)]
  const found: StreamSettings[] = []
  const missing: string[] = []
  for (const name of [...Object.values(lasting), fleetStream(orders), ...mayVanish]) {
    try {
      found.push(settingsOf(await jsm.streams.info(name), !mayVanish.includes(name)))
    } catch (error) {
      if (apiCodeOf(error) !== apiCodes.streamNotFound) throw failureOf(error, `reading the settings of stream ${name}`)
      missing.push(name)
    }
  }
  return { found, missing }
}

const nanosPerMs = 1_000_000

function settingsOf({ config, state, cluster }: StreamInfo, mustLast: boolean): StreamSettings {
  return {
    name: config.name,
    mustLast,
    replicas: config.num_replicas,
    replicasCurrent: 1 + (cluster?.replicas ?? []).filter(({ current, offline }) => current && !offline).length,
    storage: config.storage === 'memory' ? 'memory' : 'file',
    acknowledgesEarly: config.persist_mode === 'async',
    retention: config.retention,
    discard: config.discard,
    messages: state.messages,
    bytes: state.bytes,
    messagesMax: limitOf(config.max_msgs),
    bytesMax: limitOf(config.max_bytes),
    perSubjectMax: limitOf(config.max_msgs_per_subject),
    ageMsMax: limitOf(config.max_age / nanosPerMs),
  }
}

const limitOf = (value: number): number | undefined => (value > 0 ? value : undefined)
