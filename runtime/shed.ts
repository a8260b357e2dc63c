// Shed
// Messages from outside that are refused before their turn: too many wait already, or nobody waits for the answer any more.
// They keep their place in the mailbox, so the offset stays one number, and they cost far less than a turn.
//
// S1. A refusal is in the log before the asker hears it: what was refused is never applied by the next owner.
// S2. An ask is refused to its asker and is no dead letter; a send has nobody to tell, so it becomes one, with its event.
// S3. Asks whose deadline has passed are told to nobody and stand in the log as a count, by tenant and type: their askers have given up.
import { actorId, parseActorId, type ActorId } from '../machines/address.ts'
import type { Activation } from './activation.ts'
import { isOutside, type MessageItem } from './depths.ts'
import { draftOf, refuse, seal, type Desk } from './entry.ts'
import type { Item } from './items.ts'
import type { DeadLetter } from './record.ts'

export type ShedItem = Extract<Item, { kind: 'shed' }>
export type ExpiredItem = Extract<Item, { kind: 'expired' }>

/** The message, refused. An ask is filed under the door of its tenant: its actor need not be loaded to refuse it. */
export function shedItem({ actor, message, mail }: MessageItem, partition: number, letter: DeadLetter, retryAfterMs?: number): ShedItem {
  return {
    kind: 'shed',
    actor: message.replyTo ? doorOf(actor, partition) : actor,
    message,
    letter,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
    ...(mail && { mail }),
  }
}

/** An ask that nobody waits for any more. */
export const isExpired = (item: Item, now: number): item is MessageItem =>
  isOutside(item) && item.message.deadline !== undefined && item.message.deadline < now && item.message.replyTo !== undefined

/** The items in their order; in place of expired asks that stand side by side, one item that counts them (S3). */
export function withoutExpired(items: readonly Item[], partition: number, now: number): readonly Item[] {
  const kept: Item[] = []
  let run: { readonly id: string; readonly actor: ActorId; readonly asks: Record<string, number> } | undefined
  for (const item of items) {
    if (!isExpired(item, now)) {
      run = undefined
      kept.push(item)
      continue
    }
    const { actor, message, mail } = item
    const door = doorOf(actor, partition)
    if (run?.actor === door) kept.pop()
    else run = { id: message.id, actor: door, asks: {} }
    const type = parseActorId(actor)?.type ?? 'unknown'
    run.asks[type] = (run.asks[type] ?? 0) + 1
    kept.push({ kind: 'expired', ...run, ...(mail && { mail }) })
  }
  return kept
}

const doorOf = (actor: ActorId, partition: number): ActorId => actorId(parseActorId(actor)?.tenant ?? 'unknown', 'door', String(partition))

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

/** The entry of asks that nobody waits for any more (S3). */
export function countExpired(desk: Desk, activation: Activation, { id, asks }: ExpiredItem): void {
  seal(desk, activation, draftOf(desk, activation, { id, event: { type: '@expired', asks } }, activation.turn), undefined)
}
