// Wakes
// A wake-up is a message schedule: stored at the actor's timer subject, it makes the server store a message at the actor's wake subject when it is due.
//
// K1. A wake-up that is due stays in the stream until it is done, so one that came while nobody read is delivered to the next reader.
// K2. The timer subject holds one message: setting a wake-up replaces the one before.
import { headers } from 'nats'
import { actorId } from '../../machines/address.ts'
import { parsePartitionedSubject } from '../../machines/subject.ts'
import type { Wakes } from '../ports.ts'
import { follow } from './ordered-reader.ts'
import { addressOf, type Session } from './session.ts'

export function natsWakes(session: Session): Wakes {
  const { js, jsm, subject, ask } = session
  const stream = session.stream.timers
  /** A wake-up that could not be removed is delivered again, which does no harm. */
  const remove = (seq: number): void => void jsm.streams.deleteMessage(stream, seq, false).catch(() => undefined)
  return {
    set: async (partition, actor, due) => {
      const address = addressOf(actor)
      const timer = subject.timer(partition, address)
      const schedule = headers()
      schedule.set('Nats-Schedule', `@at ${new Date(due).toISOString()}`)
      schedule.set('Nats-Schedule-Target', subject.wake(partition, address))
      await ask(`setting the wake-up of ${actor}`, () => js.publish(timer, undefined, { headers: schedule }))
    },
    read: (partition, deliver) =>
      follow(session, { stream, filter: subject.wakes(partition), from: 1 }, ({ subject: name, seq }) => {
        const address = parsePartitionedSubject(name)?.address
        if (address === undefined) remove(seq)
        else deliver(actorId(address.tenant, address.type, address.key), () => remove(seq))
      }),
  }
}
