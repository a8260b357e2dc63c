// Read log
// Single records of the log for people's tools, by their place. Any replica may answer; one that is behind has not yet what the leader has.
import type { NatsConnection } from 'nats'
import type { Stamped } from '../ports.ts'
import { openSession } from './session.ts'

export interface LogReader {
  /** The record of a partition at a sequence; undefined when the log holds it no longer, or never did. Throws `ServerUnavailable`. */
  at(partition: number, seq: number): Promise<Stamped | undefined>
}

export async function openLogReader(connection: NatsConnection, namespace: string): Promise<LogReader> {
  const { jsm, stream, subject, ask } = await openSession(connection, namespace)
  return {
    async at(partition, seq) {
      const name = subject.log(partition)
      const doing = `reading ${name} at ${seq}`
      const near = await ask(doing, () => jsm.direct.getMessage(stream.log, { seq }))
      const found = near ?? (await ask(doing, () => jsm.streams.getMessage(stream.log, { seq })))
      return found?.subject === name ? { seq: found.seq, at: found.time.getTime(), bytes: found.data } : undefined
    },
  }
}
