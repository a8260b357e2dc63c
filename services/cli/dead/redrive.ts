// Redrive
// Sends dead letters again for a command, which may be stopped in the middle.
import { hostname, userInfo } from 'node:os'
import type { Delivery } from '../../dead-letters/letter.ts'
import { redrive as redriveAll, type Redriver } from '../../dead-letters/redrive.ts'
import { Interrupted } from '../errors.ts'

/** Throws `Interrupted` and what the client and the dead letters throw; what was done until then is noted. */
export async function redrive(deliveries: readonly Delivery[], redriver: Redriver): Promise<void> {
  const done = await redriveAll(deliveries, redriver)
  if (done < deliveries.length)
    throw new Interrupted(`Stopped after ${done} of ${deliveries.length} letters: what was redriven is noted; run it again for the rest.`)
}

/** Who redrives, for the notes: user@host. */
export function operator(): string {
  try {
    return `${userInfo().username}@${hostname()}`
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}@${hostname()}` // a user id without an account, as in some containers
  }
}
