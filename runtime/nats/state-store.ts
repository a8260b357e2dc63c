// State store
// The last flushed snapshot of each actor, one message a subject. Owners load through the stream's leader, since another replica may be behind.
import { actorId } from '../../machines/address.ts'
import { parsePartitionedSubject } from '../../machines/subject.ts'
import type { StateStore } from '../ports.ts'
import { publishIf } from './publish.ts'
import { addressOf, type Session } from './session.ts'

export function natsStateStore(session: Session): StateStore {
  const { jsm, stream, subject, ask } = session
  return {
    load: async (partition, actor) => {
      const key = subject.state(partition, addressOf(actor))
      const found = await ask(`loading ${actor}`, () => jsm.streams.getMessage(stream.state, { last_by_subj: key }))
      return found ? { seq: found.seq, bytes: found.data } : undefined
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
