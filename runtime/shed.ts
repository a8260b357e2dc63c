// Shed
// Messages from outside that are refused before their turn: too many wait already, or nobody waits for the answer any more.
// They keep their place in the mailbox, so the offset stays one number, and they cost far less than a turn.
//
// S1. A refusal is in the log before the asker hears it: what was refused is never applied by the next owner.
// S2. An ask is refused to its asker and is no dead letter; a send has nobody to tell, so it becomes one, with its event.
import { actorId, parseActorId } from '../machines/address.ts'
import type { Activation } from './activation.ts'
import type { MessageItem } from './depths.ts'
import { draftOf, refuse, seal, type Desk } from './entry.ts'
import type { Item } from './items.ts'
import type { DeadLetter } from './record.ts'

export type ShedItem = Extract<Item, { kind: 'shed' }>

/** The message, refused. An ask is filed under the door of its tenant: its actor need not be loaded to refuse it. */
export function shedItem({ actor, message, mail }: MessageItem, partition: number, letter: DeadLetter, retryAfterMs?: number): ShedItem {
  return {
    kind: 'shed',
    actor: message.replyTo ? actorId(parseActorId(actor)?.tenant ?? 'unknown', 'door', String(partition)) : actor,
    message,
    letter,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
    ...(mail && { mail }),
  }
}

/** An ask that nobody waits for any more. */
export const isLate = (item: Item, now: number): item is MessageItem =>
  item.kind === 'message' && item.message.deadline !== undefined && item.message.deadline < now && item.message.replyTo !== undefined

/** The entry of a refusal. */
export function shed(desk: Desk, activation: Activation, { message, letter, retryAfterMs }: ShedItem): void {
  const { id, to, event, replyTo, correlation = id, trace } = message
  if (!replyTo) return refuse(desk, activation, { id, event, message, correlation, trace }, letter) // S2
  const refused = { type: '@refused', to, event: event.type, code: letter.code }
  const draft = draftOf(desk, activation, { id, event: refused, correlation, trace }, activation.turn)
  const error = { code: letter.code, message: letter.cause, ...(retryAfterMs !== undefined && { retryAfterMs }) }
  desk.group.reply(draft, replyTo, { id: replyTo.id, ok: false, error })
  seal(desk, activation, draft, undefined)
}
