// Read batch
// Stored messages of one filter, from a sequence on, as many as one answer of the server holds. For people's tools: any replica may answer.
import type { StoredMsg } from '@nats-io/jetstream'
import { ServerUnavailable } from '../errors.ts'
import { requestTimeoutMs, type Session } from './session.ts'

export interface BatchRequest {
  readonly stream: string
  readonly filter: string
  readonly seq: number
  readonly batch: number
}

const batchBytesMax = 8 * 1024 * 1024

/** None when nothing of the filter is stored from there on. A batch may be cut by its bytes. Throws `ServerUnavailable`. */
export async function readBatch({ jsm, ask }: Session, { stream, filter, seq, batch }: BatchRequest): Promise<readonly StoredMsg[]> {
  const messages: StoredMsg[] = []
  const doing = `reading ${stream} from ${seq}`
  const ended = Promise.withResolvers<'whole' | 'late'>()
  const answer = await ask(doing, () =>
    jsm.direct.getBatch(stream, {
      seq,
      batch,
      max_bytes: batchBytesMax,
      next_by_subj: filter,
      callback: (done, message) => (done ? ended.resolve('whole') : void messages.push(message)),
    }),
  )
  // The client's iterator never ends when the server dies while answering.
  const guard = setTimeout(() => ended.resolve('late'), requestTimeoutMs)
  const end = await ended.promise
  clearTimeout(guard)
  answer.stop()
  if (end === 'late') throw new ServerUnavailable(`${doing}: the answer broke off; try again`)
  return messages
}
