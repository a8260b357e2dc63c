// In-memory server
// A server without a network: one world shared by any number of workers and clients of one process. For tests and the simulation; it survives nothing.
//
// W1. Everything that NATS would deliver later is delivered through the clock; a simulated clock makes the world deterministic.
// W2. Requests (append, load, save, set, add) take effect at once and in the order they are made.
import type { ActorId, Address } from '../../machines/address.ts'
import type { ActorEvent, Frame } from '../../machines/message.ts'
import { subjects } from '../../machines/subject.ts'
import { namespaceDefaults, type NamespaceOptions } from '../namespace.ts'
import { noOrders } from '../orders.ts'
import type { Clock, FleetOrders, Member, Membership, Ports, Random } from '../ports.ts'
import type { Roll } from '../roll.ts'
import { systemClock, systemRandom } from '../system.ts'
import { MailStore, type Headers, type Published } from './mail-store.ts'
import { cutLine, portsOf } from './ports.ts'
import { SignalBus } from './signal-bus.ts'
import { Stream } from './stream.ts'

export interface InMemoryServer {
  readonly namespace: string
  readonly partitions: number
  /** The ports of one worker. A worker may have a clock and randomness of its own. */
  ports(own?: Partial<Pick<Ports, 'clock' | 'random'>>): Ports
  /** What a client publishes to an actor; bytes go as they are. Throws `MailboxFull` and `MessageTooLarge` like the server refuses. */
  send(address: Address, event: ActorEvent | Uint8Array, headers?: Headers): Published
  /** What a trusted client publishes to a partition. */
  sendFrame(partition: number, tenant: string, frame: Frame | Uint8Array, headers?: Headers): Published
  /** Any other subject of the mailbox, for subjects that no address makes. */
  publish(subject: string, bytes: Uint8Array, headers?: Headers): Published
  /** A core request, such as a query to the owner of a partition; undefined when nobody answers in time. */
  request(subject: string, bytes: Uint8Array, timeoutMs: number): Promise<Uint8Array | undefined>
  deadLetters(): readonly KeptDeadLetter[]
  /** The connection of a worker ends, as when its process dies: the server says so to the others at once. `ports` as `ports()` gave them. */
  disconnect(ports: Ports): void
  /** It ends, and the worker has another one at once. */
  reconnect(ports: Ports): void
}

export interface InMemoryOptions extends NamespaceOptions {
  readonly namespace: string
  readonly clock: Clock
  readonly random: Random
}

export interface KeptDeadLetter {
  readonly address: Address
  readonly id: string
  readonly bytes: Uint8Array
}

/** What the workers share. */
export interface World {
  readonly options: InMemoryOptions
  readonly mail: MailStore
  readonly log: Stream<Uint8Array>
  readonly states: Map<number, Map<ActorId, { readonly seq: number; readonly bytes: Uint8Array }>>
  /** The last sequence of a snapshot, over all workers: one that was seen is never used again. */
  stateSeq: number
  /** Wake-ups that are due and not yet done. */
  readonly wakes: Stream<ActorId>
  /** By actor: cancels the wake-up that is not yet due. */
  readonly schedules: Map<ActorId, () => void>
  readonly signals: SignalBus
  readonly dead: Map<string, KeptDeadLetter>
  readonly heard: Map<string, { readonly member: Member; readonly at: number; readonly connection: string }>
  readonly watchers: Set<Roll>
  readonly orders: { now: FleetOrders; readonly watchers: Set<(orders: FleetOrders) => void> }
  readonly connections: { made: number; readonly ended: Set<string>; readonly lines: WeakMap<Membership, Line> }
}

/** What connects one worker to the world. */
export interface Line {
  connection: string
  /** What it last said of itself over any connection. */
  said: Member | undefined
  announce(member: Member): Promise<void>
}

/** Creates a world; every limit is that of a new namespace on NATS unless given. */
export function inMemoryServer(given: Partial<InMemoryOptions> = {}): InMemoryServer {
  const options: InMemoryOptions = { ...namespaceDefaults, namespace: 'troupe', clock: systemClock, random: systemRandom, ...given }
  const { namespace, partitions, clock } = options
  const world: World = {
    options,
    mail: new MailStore(namespace, options, clock),
    log: new Stream(clock),
    states: new Map(),
    stateSeq: 0,
    wakes: new Stream(clock),
    schedules: new Map(),
    signals: new SignalBus(clock),
    dead: new Map(),
    heard: new Map(),
    watchers: new Set(),
    orders: { now: noOrders, watchers: new Set() },
    connections: { made: 0, ended: new Set(), lines: new WeakMap() },
  }
  const subject = subjects(namespace)
  return {
    namespace,
    partitions,
    ports: (own) => portsOf(world, { clock, random: options.random, ...own }),
    send: (address, event, headers) => world.mail.publish(subject.send(address), bytesOf(event), headers),
    sendFrame: (partition, tenant, frame, headers) => world.mail.publish(subject.frame(partition, tenant), bytesOf(frame), headers),
    publish: (any, bytes, headers) => world.mail.publish(any, bytes, headers),
    request: (any, bytes, timeoutMs) => world.signals.request(any, bytes, timeoutMs),
    deadLetters: () => [...world.dead.values()],
    disconnect: (ports) => cutLine(world, ports, false),
    reconnect: (ports) => cutLine(world, ports, true),
  }
}

const bytesOf = (content: object): Uint8Array =>
  content instanceof Uint8Array ? content : new TextEncoder().encode(JSON.stringify(content))
