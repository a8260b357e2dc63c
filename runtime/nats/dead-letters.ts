// Dead letters
// Kept by age for people to read. The id, encoded for a header, is the message id, so the server stores a repeated add once, within the stream's duplicate window.
import { encodeKey } from '../../machines/address.ts'
import type { DeadLetters } from '../ports.ts'
import { fitting, type Session } from './session.ts'

export const natsDeadLetters = (session: Session): DeadLetters => ({
  add: async (address, id, bytes) => {
    const subject = session.subject.dead(address)
    const content = fitting(session, subject, bytes)
    await session.ask(`adding dead letter ${id} of ${subject}`, () =>
      session.publisher.store(subject, content, { messageId: encodeKey(id) }),
    )
  },
})
