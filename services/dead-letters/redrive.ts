// Redrive
// Sends dead letters to their actors again, as events from outside, in the order given; a note beside each letter says that it was done.
//
// D1. A letter's note follows its send; between the two the message id, made of letter and attempt, keeps a repeated redrive from being stored twice within the duplicate window.
// D2. No more than `perSecond` letters leave in one round, and a round begins a second after the one before has ended.
import type { TroupeClient } from '../../client/index.ts'
import type { RedriveNote } from '../../runtime/nats/read-dead-letters.ts'
import type { DeadLetters } from '../../runtime/ports.ts'
import type { Delivery } from './letter.ts'

export interface Redriver {
  readonly client: Pick<TroupeClient, 'send' | 'cancel'>
  readonly deadLetters: DeadLetters
  readonly by: string
  readonly perSecond: number
  readonly stop: AbortSignal
  now(): number
  /** Resolves after `ms`, or when stopped. */
  wait(ms: number): Promise<void>
  /** Called after each that is stored and noted. */
  done(delivery: Delivery, note: RedriveNote): void
}

const roundMs = 1_000

/** How many were sent: fewer than given when it was stopped. Throws what the client and the dead letters throw; what was done until then is noted. */
export async function redrive(deliveries: readonly Delivery[], redriver: Redriver): Promise<number> {
  for (const [index, delivery] of deliveries.entries()) {
    if (index > 0 && index % redriver.perSecond === 0) await redriver.wait(roundMs) // D2
    if (redriver.stop.aborted) return index
    redriver.done(delivery, await redriveOne(delivery, redriver))
  }
  return deliveries.length
}

async function redriveOne({ letter, address, event, kind }: Delivery, { client, deadLetters, by, now }: Redriver): Promise<RedriveNote> {
  const attempt = letter.redriven.length + 1
  const options = {
    id: redriveId(letter.id, attempt),
    ...(letter.correlation !== undefined && { correlation: letter.correlation }),
  }
  const reason = typeof event['reason'] === 'string' ? event['reason'] : 'redriven'
  const { id } = await (kind === 'cancel' ? client.cancel(address, reason, options) : client.send(address, event, options))
  const note: RedriveNote = { kind: 'redriven', redriven: letter.id, id, by, at: now() }
  await deadLetters.add(address, id, Buffer.from(JSON.stringify(note))) // D1
  return note
}

/** The message that a letter is sent as. services/history/read-letters.ts looks for it. */
export const redriveId = (letter: string, attempt: number): string => `redrive.${letter}.${attempt}`
