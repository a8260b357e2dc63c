// Log
// A partition's log is one subject of the LOG stream. One publish is one transaction; the expected last sequence of the subject is the fence.
//
// L1. `last`, `at` and `isLast` are read through the stream's leader: another replica may be behind.
// L2. `read` ends at a record that the leader has seen, so a replica that is behind is asked again, and no read waits for ever.
import { setTimeout as delay } from 'node:timers/promises'
import type { StoredMsg } from '@nats-io/jetstream'
import { ServerUnavailable } from '../errors.ts'
import type { Log, Stamped } from '../ports.ts'
import { publishIf } from './publish.ts'
import { requestTimeoutMs, type Session } from './session.ts'

/** What one batch of `read` may hold in memory. */
const batchRecordsMax = 256
const batchBytesMax = 8 * 1024 * 1024
/** Batches in a row without one record before `read` gives up, and the wait between them. */
const emptyBatchesMax = 8
const emptyBatchWaitMs = 250

export function natsLog(session: Session): Log {
  const { jsm, stream, subject, ask } = session
  const last = async (partition: number): Promise<Stamped | undefined> => {
    const name = subject.log(partition)
    const found = await ask(`reading ${name}`, () => jsm.streams.getMessage(stream.log, { last_by_subj: name }))
    return found ? stamped(found) : undefined
  }
  return {
    last,
    at: async (partition, seq) => {
      const name = subject.log(partition)
      const found = await ask(`reading ${name} at ${seq}`, () => jsm.streams.getMessage(stream.log, { seq }))
      return found?.subject === name ? stamped(found) : undefined
    },
    read: async function* (partition, from, to) {
      const batchFrom = (seq: number): Promise<readonly Stamped[]> =>
        session.link.request(() => readBatch(session, partition, seq)).catch(() => []) // a broken connection: asked again
      let next = Math.max(1, from)
      let empty = 0
      const [newest, first] = await Promise.all([last(partition), batchFrom(next)])
      const end = Math.min(to, newest?.seq ?? 0) // L2
      let ready: readonly Stamped[] | undefined = first
      while (next <= end) {
        const batch = ready ?? (await batchFrom(next))
        ready = undefined
        if (batch.length === 0 && ++empty >= emptyBatchesMax) {
          throw new ServerUnavailable(`reading ${subject.log(partition)} from ${next} to ${end}: the server sends nothing more`)
        }
        if (batch.length === 0) await delay(emptyBatchWaitMs)
        else empty = 0
        for (const record of batch) {
          if (record.seq <= end) yield record
          next = record.seq + 1
        }
      }
    },
    isLast: async (partition, seq) => {
      const name = subject.log(partition)
      const after = { seq: seq + 1, next_by_subj: name }
      return (await ask(`reading ${name} after ${seq}`, () => jsm.streams.getMessage(stream.log, after))) === null
    },
    append: (partition, expected, bytes) => publishIf(session, subject.log(partition), expected, bytes),
  }
}

/** The next records from `seq` on, as many as come in time: what is missing is asked for again by the caller. */
async function readBatch({ jsm, stream, subject }: Session, partition: number, seq: number): Promise<Stamped[]> {
  const records: Stamped[] = []
  const ended = Promise.withResolvers<void>()
  // The client's iterator never ends when the server dies while answering.
  const guard = setTimeout(ended.resolve, requestTimeoutMs)
  const answer = await jsm.direct.getBatch(stream.log, {
    seq,
    next_by_subj: subject.log(partition),
    batch: batchRecordsMax,
    max_bytes: batchBytesMax,
    callback: (done, message) => {
      if (done) return ended.resolve()
      const before = records.at(-1)?.seq ?? 0
      if (before === 0 || message.lastSequence === before) records.push(stamped(message))
    },
  })
  await ended.promise
  clearTimeout(guard)
  answer.stop()
  return records
}

const stamped = ({ seq, time, data }: StoredMsg): Stamped => ({ seq, at: time.getTime(), bytes: data })
