// Bucket
// A key-value bucket of a namespace, for what the processes of a fleet tell each other beside the log: small values, each changed only by whoever knows the last one.
//
// B1. A value is stored only if its key is still at the revision that its writer knew.
// B2. A watcher is told all that was stored when it began before `watch` resolves, and every later change in the order of its key's revisions.
import type { NatsConnection } from 'nats'
import { decodeKey, encodeKey } from '../../machines/address.ts'
import { streams } from '../../machines/subject.ts'
import { ServerUnavailable } from '../errors.ts'
import type { Reader } from '../ports.ts'
import { systemClock } from '../system.ts'
import { fleetStream } from './membership.ts'
import { follow } from './ordered-reader.ts'
import { publishIf } from './publish.ts'
import { openSession, requestTimeoutMs } from './session.ts'

export interface Bucket {
  /** The new revision; undefined when the key is not at `revision` any more (0: it must not be there). Throws `ServerUnavailable`, `MessageTooLarge`. */
  write(key: string, bytes: Uint8Array, revision: number): Promise<number | undefined>
  watch(changed: (key: string, bytes: Uint8Array, revision: number) => void): Promise<Reader>
}

/** Throws `NamespaceNotFound` when the namespace lacks it, `ServerUnavailable`. */
export async function openBucket(connection: NatsConnection, namespace: string, name: 'circuits'): Promise<Bucket> {
  const session = await openSession(connection, namespace)
  const bucket = streams(namespace)[name]
  const stream = fleetStream(bucket)
  const subjectOf = (key: string): string => `$KV.${bucket}.${encodeKey(key)}`
  const lastSeq = async (): Promise<number> => {
    const { state } = await session.ask(`opening ${bucket}`, () => session.jsm.streams.info(stream))
    return state.messages === 0 ? 0 : state.last_seq
  }
  await lastSeq()
  return {
    write: async (key, bytes, revision) => {
      const stored = await publishIf(session, subjectOf(key), revision, bytes) // B1
      if (stored.ok) return stored.seq
      if (stored.reason === 'stale') return undefined
      throw new ServerUnavailable(`writing '${key}' to ${bucket}: ${stored.cause}`)
    },
    watch: async (changed) => {
      const last = await lastSeq()
      const heardAll = Promise.withResolvers<void>()
      const cancelWait = systemClock.after(last === 0 ? 0 : requestTimeoutMs, heardAll.resolve) // what was last may be replaced while it is read
      const reader = await follow(session, { stream, filter: `$KV.${bucket}.>`, from: 1 }, (message) => {
        const key = decodeKey(message.subject.slice(message.subject.lastIndexOf('.') + 1))
        if (key !== undefined) changed(key, message.data, message.seq)
        if (message.seq >= last) heardAll.resolve() // B2
      })
      await heardAll.promise
      cancelWait()
      return reader
    },
  }
}
