// Redrive
// Sends dead letters to their actors again, as events from outside, in the order given; a note beside each letter says that it was done.
//
// D1. A letter's note follows its send; between the two the message id, made of letter and attempt, keeps a repeated redrive from being stored twice within the duplicate window.
// D2. No more than `perSecond` letters leave in one round, and a round begins a second after the one before has ended.
import { hostname, userInfo } from 'node:os'
import type { TroupeClient } from '../../../client/index.ts'
import type { RedriveNote } from '../../../runtime/nats/read-dead-letters.ts'
import type { DeadLetters } from '../../../runtime/ports.ts'
import { Interrupted } from '../errors.ts'
import type { Delivery } from './delivery.ts'

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

/** Throws `Interrupted` and what the client and the dead letters throw; what was done until then is noted. */
export async function redrive(deliveries: readonly Delivery[], redriver: Redriver): Promise<void> {
  for (const [index, delivery] of deliveries.entries()) {
    if (index > 0 && index % redriver.perSecond === 0) await redriver.wait(roundMs) // D2
    if (redriver.stop.aborted)
      throw new Interrupted(
        `Stopped after ${index} of ${deliveries.length} letters: what was redriven is noted; run it again for the rest.`,
      )
    redriver.done(delivery, await redriveOne(delivery, redriver))
  }
}

async function redriveOne({ letter, address, event, kind }: Delivery, { client, deadLetters, by, now }: Redriver): Promise<RedriveNote> {
  const attempt = letter.redriven.length + 1
  const options = {
    id: `redrive.${letter.id}.${attempt}`,
    ...(letter.correlation !== undefined && { correlation: letter.correlation }),
  }
  const reason = typeof event['reason'] === 'string' ? event['reason'] : 'redriven'
  const { id } = await (kind === 'cancel' ? client.cancel(address, reason, options) : client.send(address, event, options))
  const note: RedriveNote = { kind: 'redriven', redriven: letter.id, id, by, at: now() }
  await deadLetters.add(address, id, Buffer.from(JSON.stringify(note))) // D1
  return note
}

/** Who redrives, for the notes: user@host. */
export function operator(): string {
  try {
    return `${userInfo().username}@${hostname()}`
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}@${hostname()}` // a user id without an account, as in some containers
  }
}
