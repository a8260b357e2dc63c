// Subject
// Every subject of a namespace in one place. docs/protocol.md is this file in prose; docs/asyncapi.yaml describes the public ones.
import { encodeKey, decodeKey, type Address } from './address.ts'

const tokens = (address: Address): string => `${address.tenant}.${address.type}.${encodeKey(address.key)}`

/** The streams of a namespace. A stream's name may not hold dots, so the namespace may not either. */
export const streams = (namespace: string) => ({
  mailbox: `${namespace}_MAILBOX`,
  log: `${namespace}_LOG`,
  state: `${namespace}_STATE`,
  timers: `${namespace}_TIMERS`,
  dead: `${namespace}_DEAD`,
  fleet: `${namespace}_fleet`,
  orders: `${namespace}_orders`,
  circuits: `${namespace}_circuits`,
})

/** Core NATS, of no namespace: the server tells that a connection has ended, where its configuration passes that on (nats.conf). */
export const disconnects = '$TROUPE.DISCONNECT'

export const subjects = (namespace: string) => ({
  /** Public: publish an event as JSON here and it is in the actor's mailbox. */
  send: (address: Address) => `${namespace}.send.${tokens(address)}`,
  sendAll: `${namespace}.send.*.*.*`,
  /** Public to trusted clients of a tenant: many messages for one partition in one publish. */
  frame: (partition: number, tenant: string) => `${namespace}.in.${partition}.frame.${tenant}`,
  frameAll: `${namespace}.in.*.frame.*`,
  /** Workers only: the messages of one partition to another, numbered without gaps. */
  channel: (target: number, source: number) => `${namespace}.in.${target}.channel.${source}`,
  channelAll: `${namespace}.in.*.channel.*`,
  /** What a partition's owner reads: mail, frames and channels. */
  inbound: (partition: number) => `${namespace}.in.${partition}.>`,
  /** The target of the stream's subject transform: `send` becomes `in` with the partition put in. */
  transform: (partitions: number) => `${namespace}.in.{{partition(${partitions},1,2,3)}}.{{wildcard(1)}}.{{wildcard(2)}}.{{wildcard(3)}}`,
  log: (partition: number) => `${namespace}.log.${partition}`,
  logAll: `${namespace}.log.*`,
  state: (partition: number, address: Address) => `${namespace}.state.${partition}.${tokens(address)}`,
  states: (partition: number) => `${namespace}.state.${partition}.>`,
  stateAll: `${namespace}.state.>`,
  timer: (partition: number, address: Address) => `${namespace}.timer.${partition}.${tokens(address)}`,
  timerAll: `${namespace}.timer.>`,
  wake: (partition: number, address: Address) => `${namespace}.wake.${partition}.${tokens(address)}`,
  wakes: (partition: number) => `${namespace}.wake.${partition}.>`,
  wakeAll: `${namespace}.wake.>`,
  dead: (address: Address) => `${namespace}.dead.${tokens(address)}`,
  deadAll: `${namespace}.dead.>`,
  /** Core NATS, after the commit: what a watcher of this actor sees. Wildcards stand for any part. */
  event: (address: Address) => `${namespace}.event.${tokens(address)}`,
  eventPattern: (tenant: string, type: string, key: string) => `${namespace}.event.${tenant}.${type}.${key === '*' ? '*' : encodeKey(key)}`,
  /** Core NATS, some times a second: the newest state of each actor of a type. Wildcards stand for either part. */
  latest: (tenant: string, type: string) => `${namespace}.latest.${tenant}.${type}`,
  /** Core NATS: a watcher says, every few seconds, which event or latest subjects it wants to hear. */
  watch: `${namespace}.watch`,
  /** Core NATS: what a worker has done in the second before; nobody need ask for it. */
  rollup: (worker: string) => `${namespace}.rollup.${encodeKey(worker)}`,
  rollups: `${namespace}.rollup.*`,
  /** Core NATS: the owner of a partition tells clients of a tenant what of it has too much waiting. */
  pressure: (partition: number, tenant: string) => `${namespace}.pressure.${partition}.${tenant}`,
  pressures: (tenant: string) => `${namespace}.pressure.*.${tenant}`,
  /** Core NATS request to the owner of a partition: the present state of one actor of the tenant. */
  query: (partition: number, tenant: string) => `${namespace}.query.${partition}.${tenant}`,
  queries: (partition: number) => `${namespace}.query.${partition}.*`,
  /** Core NATS request to the owner of a partition: what one event would do to an actor of the tenant. */
  dryRun: (partition: number, tenant: string) => `${namespace}.dryrun.${partition}.${tenant}`,
  dryRuns: (partition: number) => `${namespace}.dryrun.${partition}.*`,
  /** Core NATS: partition `target` says how far it has applied the channel from `source`. */
  applied: (source: number, target: number) => `${namespace}.applied.${source}.${target}`,
  appliedTo: (source: number) => `${namespace}.applied.${source}.*`,
})

/** The address and partition of a stored `<ns>.in.<p>.<tenant>.<type>.<key>` subject (or state, timer, wake); undefined when the key does not decode. */
export function parsePartitionedSubject(subject: string): { partition: number; address: Address } | undefined {
  const parts = subject.split('.')
  const [, , partition, tenant, type, token] = parts
  if (parts.length !== 6 || partition === undefined || tenant === undefined || type === undefined || token === undefined) return undefined
  const key = decodeKey(token)
  return key === undefined ? undefined : { partition: Number(partition), address: { tenant, type, key } }
}
