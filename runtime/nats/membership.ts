// Membership
// Each worker's heartbeat is one key of the `fleet` bucket, put again and again. Its time to live removes the key of a worker that says nothing more.
//
// F1. A watcher counts life by its own timers from the moment it heard (roll.ts), so a server that is slow to expire a key makes no difference.
// F2. The first call comes when all heartbeats that were stored at that time have been heard.
import { decodeKey, encodeKey } from '../../machines/address.ts'
import type { Kvm, KV } from '@nats-io/kv'
import type { JsMsg } from '@nats-io/jetstream'
import type { Member, Membership } from '../ports.ts'
import { Roll } from '../roll.ts'
import { systemClock } from '../system.ts'
import { follow } from './ordered-reader.ts'
import type { Session } from './session.ts'

export const fleetStream = (bucket: string): string => `KV_${bucket}`
export const fleetSubjects = (bucket: string): string => `$KV.${bucket}.>`

export async function natsMembership(session: Session, kvm: Kvm): Promise<Membership> {
  const { ask, jsm } = session
  const bucket = session.stream.fleet
  const stream = fleetStream(bucket)
  const fleet: KV = await ask(`opening ${bucket}`, () => kvm.open(bucket))
  const { ttl: ttlMs } = await ask(`opening ${bucket}`, () => fleet.status())
  return {
    announce: async (member) => {
      await ask(`announcing ${member.id}`, () => fleet.put(encodeKey(member.id), JSON.stringify(member)))
    },
    leave: (id) => ask(`leaving as ${id}`, () => fleet.delete(encodeKey(id))),
    watch: async (changed) => {
      const roll = new Roll(systemClock, ttlMs, changed)
      const { state } = await ask(`watching ${bucket}`, () => jsm.streams.info(stream))
      const heardAll = Promise.withResolvers<void>()
      const cancelWait = systemClock.after(state.messages === 0 ? 0 : ttlMs, heardAll.resolve) // the last may expire before it is read
      const reader = await follow(session, { stream, filter: fleetSubjects(bucket), from: 1 }, (message) => {
        hear(roll, message)
        if (message.seq >= state.last_seq) heardAll.resolve() // F2
      })
      await heardAll.promise
      cancelWait()
      roll.open()
      return {
        stop: async () => {
          roll.close()
          await reader.stop()
        },
      }
    },
  }
}

function hear(roll: Roll, message: JsMsg): void {
  const id = decodeKey(message.subject.slice(message.subject.lastIndexOf('.') + 1))
  if (id === undefined) return // no worker writes such a key
  if (message.headers?.has('KV-Operation') === true) return roll.gone(id)
  const member: Member = message.json()
  if (member.id === id) roll.heard(member)
}
