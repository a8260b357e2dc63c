// Signals
// Core NATS: what is published reaches those subscribed at that moment and is kept nowhere.
import type { Signals } from '../ports.ts'
import { failureOf, raise } from './failure.ts'
import { fitting, type Session } from './session.ts'

export function natsSignals(session: Session): Signals {
  const { connection } = session
  return {
    publish: (subject, bytes) => {
      try {
        session.publisher.publish(subject, fitting(session, subject, bytes))
      } catch (error) {
        throw failureOf(error, `publishing to ${subject}`)
      }
    },
    subscribe: (pattern, deliver) => {
      const subscription = connection.subscribe(pattern, {
        callback: (error, message) => {
          if (error) return raise(failureOf(error, `subscribed to ${pattern}`)) // not permitted: the subscription is dead
          try {
            deliver({ subject: message.subject, bytes: message.data, respond: (bytes) => void message.respond(bytes) })
          } catch (bug) {
            raise(bug)
          }
        },
      })
      return {
        stop: async () => {
          subscription.unsubscribe()
        },
      }
    },
  }
}
