// In-memory ports
// One worker's view of the in-memory world.
import type { ActorId } from '../../machines/address.ts'
import { subjects } from '../../machines/subject.ts'
import { MessageTooLarge } from '../errors.ts'
import type { Clock, DeadLetters, Log, Mailbox, Member, Membership, Orders, Ports, Random, Stamped, StateStore, Wakes } from '../ports.ts'
import { Roll } from '../roll.ts'
import { mailOf } from './mail-store.ts'
import type { Line, World } from './server.ts'
import type { Kept } from './stream.ts'

/** The largest message NATS takes by default (`max_payload`). */
const payloadBytesMax = 1024 * 1024

export function portsOf(world: World, own: { readonly clock: Clock; readonly random: Random }): Ports {
  const { namespace, partitions } = world.options
  return {
    namespace,
    partitions,
    log: logOf(world),
    mailbox: mailboxOf(world),
    states: stateStoreOf(world),
    wakes: wakesOf(world),
    signals: {
      publish: (subject, bytes) => world.signals.publish(subject, fitting(subject, bytes)),
      subscribe: (subject, deliver) => world.signals.subscribe(subject, deliver),
    },
    deadLetters: deadLettersOf(world),
    membership: membershipOf(world, own.clock),
    orders: ordersOf(world),
    ...own,
  }
}

function logOf({ log, options }: World): Log {
  return {
    last: async (partition) => stamped(log.last(partition)),
    at: async (partition, seq) => stamped(log.at(partition, seq)),
    read: async function* (partition, from, to) {
      let kept = log.from(partition, from)
      while (kept !== undefined && kept.seq <= to) {
        yield { seq: kept.seq, at: kept.at, bytes: kept.item }
        kept = log.from(partition, kept.seq + 1)
      }
    },
    isLast: async (partition, seq) => log.from(partition, seq + 1) === undefined,
    append: async (partition, expected, bytes) => {
      fitting(`log of partition ${partition}`, bytes)
      const last = log.last(partition)?.seq ?? 0
      if (last !== expected) {
        return { ok: false, reason: 'stale', cause: `partition ${partition}: expected its last record at ${expected}, found it at ${last}` }
      }
      const { seq } = log.append(partition, bytes.slice())
      const kept = log.all(partition)
      if (kept.length > options.logRecordsMax) log.trim(partition, kept.at(-options.logRecordsMax)?.seq ?? 0)
      return { ok: true, seq }
    },
  }
}

const stamped = (kept: Kept<Uint8Array> | undefined): Stamped | undefined => kept && { seq: kept.seq, at: kept.at, bytes: kept.item }

function mailboxOf({ mail, options }: World): Mailbox {
  const { channel } = subjects(options.namespace)
  return {
    read: async (partition, from, deliver) => mail.stream.follow(partition, from, (kept) => deliver(mailOf(kept))),
    sendChannel: async (target, source, bytes) => void mail.publish(channel(target, source), bytes),
    at: async (seq) => {
      const kept = mail.stream.find(seq)
      return kept && { at: kept.at }
    },
    lastSeq: async () => mail.stream.lastSeq,
    trim: async (partition, seq) => mail.trim(partition, seq),
  }
}

function stateStoreOf(world: World): StateStore {
  const { states } = world
  const rowsOf = (partition: number) => {
    const rows = states.get(partition) ?? new Map()
    states.set(partition, rows)
    return rows
  }
  return {
    load: async (partition, actor) => rowsOf(partition).get(actor),
    save: async (partition, actor, expected, bytes) => {
      const rows = rowsOf(partition)
      const found = rows.get(actor)?.seq ?? 0
      if (found !== expected) {
        return { ok: false, reason: 'stale', cause: `actor ${actor}: expected its snapshot at ${expected}, found it at ${found}` }
      }
      const seq = ++world.stateSeq
      rows.set(actor, { seq, bytes: fitting(`snapshot of ${actor}`, bytes).slice() })
      return { ok: true, seq }
    },
    list: async function* (partition) {
      yield* rowsOf(partition).keys()
    },
  }
}

function wakesOf({ wakes, schedules, options: { clock } }: World): Wakes {
  const fire = (partition: number, actor: ActorId): void => {
    schedules.delete(actor)
    for (const { seq } of wakes.all(partition).filter((kept) => kept.item === actor)) wakes.remove(partition, seq)
    wakes.append(partition, actor)
  }
  return {
    set: async (partition, actor, due) => {
      schedules.get(actor)?.()
      schedules.set(
        actor,
        clock.after(due - clock.now(), () => fire(partition, actor)),
      )
    },
    read: async (partition, deliver) => wakes.follow(partition, 0, ({ seq, item }) => deliver(item, () => wakes.remove(partition, seq))),
  }
}

function deadLettersOf({ dead }: World): DeadLetters {
  return {
    add: async (address, id, bytes) => {
      if (!dead.has(id)) dead.set(id, { address, id, bytes: fitting(`dead letter ${id}`, bytes).slice() })
    },
  }
}

function membershipOf({ heard, watchers, connections, options }: World, ownClock: Clock): Membership {
  const { clock, memberTtlMs } = options
  const announce = async (member: Member): Promise<void> => {
    const said = { member, at: clock.now(), connection: line.connection }
    line.said = member
    heard.set(member.id, said)
    for (const roll of watchers) clock.after(0, () => roll.heard(member, said.connection))
  }
  /** Who begins to watch now does not hear of it, unless it has another connection by now. */
  const strike = (id: string): void => {
    if (!connections.ended.has(heard.get(id)?.connection ?? '')) return
    heard.delete(id)
    for (const roll of watchers) clock.after(0, () => roll.left(id))
  }
  const membership: Membership = {
    announce,
    leave: async (id) => {
      line.said = undefined
      heard.delete(id)
      for (const roll of watchers) clock.after(0, () => roll.left(id))
    },
    watch: async (changed) => {
      const roll = new Roll(ownClock, memberTtlMs, (members, departure) => {
        if (departure?.why === 'disconnected' && line.said !== undefined) strike(departure.id)
        changed(members, departure)
      })
      for (const { member, at, connection } of heard.values()) if (clock.now() - at < memberTtlMs) roll.heard(member, connection)
      roll.open()
      watchers.add(roll)
      return {
        stop: async () => {
          watchers.delete(roll)
          roll.close()
        },
      }
    },
  }
  const line: Line = { connection: nextConnection(connections), said: undefined, announce }
  connections.lines.set(membership, line)
  return membership
}

/** Ends the connection of a worker and tells everyone, as the server does. With `back` it has another one at once. */
export function cutLine({ connections, watchers, options: { clock } }: World, { membership }: Ports, back: boolean): void {
  const line = connections.lines.get(membership)
  if (line === undefined) throw new Error('these ports are not of this server')
  const { connection } = line
  for (const roll of watchers) clock.after(0, () => roll.disconnected(connection))
  connections.ended.add(connection)
  line.connection = nextConnection(connections)
  if (back && line.said !== undefined) void line.announce(line.said)
}

const nextConnection = (connections: World['connections']): string => String(++connections.made)

function ordersOf({ orders, options: { clock } }: World): Orders {
  return {
    read: async () => orders.now,
    change: async (update) => {
      orders.now = update(orders.now)
      for (const changed of orders.watchers) clock.after(0, () => orders.watchers.has(changed) && changed(orders.now))
      return orders.now
    },
    watch: async (changed) => {
      orders.watchers.add(changed)
      changed(orders.now)
      return { stop: async () => void orders.watchers.delete(changed) }
    },
  }
}

function fitting(what: string, bytes: Uint8Array): Uint8Array {
  if (bytes.length > payloadBytesMax) throw new MessageTooLarge(`${what}: ${bytes.length} bytes, the limit is ${payloadBytesMax}`)
  return bytes
}
