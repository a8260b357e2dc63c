// State store
// The last flushed snapshot of each actor, one message a subject. Owners load through the stream's leader, since another replica may be behind.
import { actorId, type ActorId } from '../../machines/address.ts'
import { parsePartitionedSubject } from '../../machines/subject.ts'
import { LogCorrupt, ServerUnavailable } from '../errors.ts'
import type { StateStore } from '../ports.ts'
import { failureOf, RequestRefused } from './failure.ts'
import { publishIf } from './publish.ts'
import { addressOf, type Session } from './session.ts'

export function natsStateStore(session: Session): StateStore {
  const { publisher, jsm, stream, subject, ask } = session
  const api = `$JS.API.STREAM.MSG.GET.${stream.state}`
  return {
    // Asked by hand: to the client a missing message is an exception, and a new actor has none.
    load: async (partition, actor) => {
      const key = subject.state(partition, addressOf(actor))
      const payload = JSON.stringify({ last_by_subj: key })
      const answer = await ask(`loading ${actor}`, () => publisher.request(api, payload))
      if (answer.data.length === 0) throw new ServerUnavailable(`loading ${actor}: no stream answers now`)
      return storedIn(answer.json(), actor)
    },
    save: (partition, actor, expected, bytes) => publishIf(session, subject.state(partition, addressOf(actor)), expected, bytes),
    list: async function* (partition) {
      const filter = subject.states(partition)
      const { state } = await ask(`listing ${filter}`, () => jsm.streams.info(stream.state, { subjects_filter: filter }))
      for (const name of Object.keys(state.subjects ?? {})) {
        const address = parsePartitionedSubject(name)?.address
        if (address !== undefined) yield actorId(address.tenant, address.type, address.key)
      }
    },
  }
}

/** The JetStream API's answer to a request for one message. */
interface Answer {
  readonly message?: { readonly seq: number; readonly data?: string }
  readonly error?: { readonly code: number; readonly err_code?: number; readonly description?: string }
}

const messageNotFound = 10037

function storedIn({ message, error }: Answer, actor: ActorId): { seq: number; bytes: Uint8Array } | undefined {
  if (message) return { seq: message.seq, bytes: new Uint8Array(Buffer.from(message.data ?? '', 'base64')) }
  if (error?.err_code === messageNotFound) return undefined
  if (error) throw failureOf(new RequestRefused(error.description ?? 'refused', error.err_code ?? error.code), `loading ${actor}`)
  throw new LogCorrupt(`loading ${actor}: the server's answer is neither a message nor an error`)
}
