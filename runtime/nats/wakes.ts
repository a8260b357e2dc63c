// Wakes
// A wake-up is a message schedule: stored at the actor's timer subject, it makes the server store a message at the actor's wake subject when it is due.
//
// K1. A wake-up that is due stays in the stream until it is done, so one that came while nobody read is delivered to the next reader.
// K2. The timer subject holds one message: setting a wake-up replaces the one before.
// K3. A wake-up is at most `aheadMsMax` away; what is due later is woken in between, which does no harm. The server counts nanoseconds in
//     64 bits: it fires what is due after the year 2262 at once, and does not read a year of five digits.
import { headers } from 'nats'
import { actorId } from '../../machines/address.ts'
import { parsePartitionedSubject } from '../../machines/subject.ts'
import type { Wakes } from '../ports.ts'
import { follow } from './ordered-reader.ts'
import { addressOf, type Session } from './session.ts'
import { SpentWakes } from './spent-wakes.ts'

const aheadMsMax = 365 * 86_400_000

export function natsWakes(session: Session): Wakes {
  const { js, jsm, subject, ask } = session
  const stream = session.stream.timers
  return {
    set: async (partition, actor, due) => {
      const address = addressOf(actor)
      const timer = subject.timer(partition, address)
      const schedule = headers()
      const at = Math.max(0, Math.min(due, Date.now() + aheadMsMax)) // K3
      schedule.set('Nats-Schedule', `@at ${new Date(at).toISOString()}`)
      schedule.set('Nats-Schedule-Target', subject.wake(partition, address))
      await ask(`setting the wake-up of ${actor}`, () => js.publish(timer, undefined, { headers: schedule })) // K2
    },
    read: async (partition, deliver) => {
      const filter = subject.wakes(partition)
      const spent = new SpentWakes(jsm, stream, filter)
      const reader = await follow(session, { stream, filter, from: 1 }, ({ subject: name, seq }) => {
        const address = parsePartitionedSubject(name)?.address
        spent.delivered(seq)
        if (address === undefined) spent.done(seq)
        else deliver(actorId(address.tenant, address.type, address.key), () => spent.done(seq)) // K1
      })
      return {
        stop: async () => {
          spent.remove()
          await reader.stop()
        },
      }
    },
  }
}
