// Membership
// Each worker's heartbeat is one key of the `fleet` bucket, put again and again. Its time to live removes the key of a worker that says nothing more.
//
// F1. A watcher counts life by its own timers from the moment it heard (roll.ts), so a server that is slow to expire a key makes no difference.
// F2. The first call comes when all heartbeats that were stored at that time have been heard.
// F3. A heartbeat names the connection it came over. The server tells the end of that very connection (nats.conf), and one that is over for a worker
//     that has reconnected says nothing about it. A server that does not tell leaves F1.
// F4. Who is cut off itself suspects nobody: when a server goes, everyone's connection ends.
// F5. A member removes what one that has gone with its connection said last: a worker that starts in its place did not hear the server's word,
//     and would take it for alive until its time to live is over. What it has said since then stays.
import { decodeKey, encodeKey } from '../../machines/address.ts'
import type { Kvm, KV } from '@nats-io/kv'
import type { JsMsg } from '@nats-io/jetstream'
import type { NatsConnection } from 'nats'
import type { Departure, Member, Membership } from '../ports.ts'
import { Roll } from '../roll.ts'
import { systemClock } from '../system.ts'
import { connectionName, hearDisconnects } from './disconnects.ts'
import { follow } from './ordered-reader.ts'
import type { Session } from './session.ts'

export const fleetStream = (bucket: string): string => `KV_${bucket}`
export const fleetSubjects = (bucket: string): string => `$KV.${bucket}.>`

/** What is stored of a member. */
interface Heartbeat extends Member {
  readonly connection?: string
}

export async function natsMembership(session: Session, kvm: Kvm): Promise<Membership> {
  const { ask, jsm, link, connection } = session
  const bucket = session.stream.fleet
  const stream = fleetStream(bucket)
  const fleet: KV = await ask(`opening ${bucket}`, () => kvm.open(bucket))
  const { ttl: ttlMs } = await ask(`opening ${bucket}`, () => fleet.status())
  const said = new Map<string, Member>()
  /** By member: the revision of its last heartbeat heard. */
  const heard = new Map<string, number>()
  const forget = ({ id, why }: Departure): void => {
    const previousSeq = heard.get(id)
    heard.delete(id)
    if (why !== 'disconnected' || previousSeq === undefined || said.size === 0) return // F5
    fleet.delete(encodeKey(id), { previousSeq }).catch(() => undefined) // refused: it was heard of since, or another member was faster
  }
  const announce = async (member: Member): Promise<void> => {
    said.set(member.id, member)
    await ask(`announcing ${member.id}`, () => fleet.put(encodeKey(member.id), JSON.stringify(heartbeatOf(member, connection))))
  }
  link.onReconnect(() => {
    for (const member of said.values()) announce(member).catch(() => undefined) // at once, to end a suspicion; the next heartbeat follows anyway
  })
  return {
    announce,
    leave: async (id) => {
      said.delete(id)
      await ask(`leaving as ${id}`, () => fleet.delete(encodeKey(id)))
    },
    watch: async (changed) => {
      const roll = new Roll(systemClock, ttlMs, (members, departure) => {
        if (departure) forget(departure)
        changed(members, departure)
      })
      const { state } = await ask(`watching ${bucket}`, () => jsm.streams.info(stream))
      const heardAll = Promise.withResolvers<void>()
      const cancelWait = systemClock.after(state.messages === 0 ? 0 : ttlMs, heardAll.resolve) // the last may expire before it is read
      const stopSuspecting = suspect(session, roll)
      const reader = await follow(session, { stream, filter: fleetSubjects(bucket), from: 1 }, (message) => {
        const id = hear(roll, message)
        if (id !== undefined) heard.set(id, message.seq)
        if (message.seq >= state.last_seq) heardAll.resolve() // F2
      })
      await heardAll.promise
      cancelWait()
      roll.open()
      return {
        stop: async () => {
          stopSuspecting()
          roll.close()
          await reader.stop()
        },
      }
    },
  }
}

function heartbeatOf(member: Member, over: NatsConnection): Heartbeat {
  const connection = connectionName(over)
  return connection === undefined ? member : { ...member, connection }
}

/** Whose heartbeat it was, if it was one. */
function hear(roll: Roll, message: JsMsg): string | undefined {
  const id = decodeKey(message.subject.slice(message.subject.lastIndexOf('.') + 1))
  if (id === undefined) return undefined // no worker writes such a key
  if (message.headers?.has('KV-Operation') === true) {
    roll.left(id)
    return undefined
  }
  const { connection, ...member }: Heartbeat = message.json()
  if (member.id !== id) return undefined
  roll.heard(member, connection)
  return id
}

/** F3, F4. The result ends it. */
function suspect({ connection, link }: Session, roll: Roll): () => void {
  const stopHearing = hearDisconnects(connection, (name) => roll.disconnected(name))
  const forget = link.onBreak(() => roll.trustAll())
  return () => {
    forget()
    stopHearing()
  }
}
