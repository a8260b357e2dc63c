// Publish
// The one conditional write that log and state store are built on: stored if the subject's last message is the expected one, else refused.
import { MessageTooLarge } from '../errors.ts'
import { apiCodeOf, apiCodes, failureOf, messageOf } from './failure.ts'
import { fitting, type Session } from './session.ts'

export type Conditional =
  | { readonly ok: true; readonly seq: number }
  | { readonly ok: false; readonly reason: 'stale' | 'unknown'; readonly cause: string }

/** Publishes if the last message of `subject` is at `expected` (0: there is none). Throws only `MessageTooLarge`. */
export async function publishIf(session: Session, subject: string, expected: number, bytes: Uint8Array): Promise<Conditional> {
  try {
    const content = fitting(session, subject, bytes)
    if (!session.link.isUp) await session.link.reconnected()
    return { ok: true, seq: await session.publisher.store(subject, content, { expected }) }
  } catch (error) {
    const code = apiCodeOf(error)
    const cause = `${subject}: expected its last message at ${expected}: ${messageOf(error)}`
    // On a replicated stream the second code means a write of the same subject in flight: someone else's, since an owner has one at a time.
    if (code === apiCodes.wrongLastSequence || code === apiCodes.wrongLastSequenceUnknown) return { ok: false, reason: 'stale', cause }
    const failure = failureOf(error, subject)
    if (failure instanceof MessageTooLarge) throw failure
    return { ok: false, reason: 'unknown', cause }
  }
}
