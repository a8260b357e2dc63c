// Append
// An append whose outcome is always known: a lost answer is settled by reading the log, never guessed.
//
// P1. The same bytes with the same expected sequence are in the log at most once, however often they are tried: the sequence check sees to it.
import { ServerUnavailable, StaleOwner } from './errors.ts'
import type { Clock, Log } from './ports.ts'

export interface Append {
  readonly partition: number
  readonly expected: number
  readonly bytes: Uint8Array
  readonly attemptsMax: number
}

/** The sequence of the record. Throws StaleOwner when another record is there, ServerUnavailable when the log cannot be reached. */
export async function appendSurely({ log, clock }: { readonly log: Log; readonly clock: Clock }, append: Append): Promise<number> {
  const { partition, expected, bytes, attemptsMax } = append
  let cause = ''
  for (let attempt = 1; attempt <= attemptsMax; attempt++) {
    const appended = await log.append(partition, expected, bytes)
    if (appended.ok) return appended.seq
    cause = appended.cause
    const found = await lastOrUndefined(log, partition)
    if (found === 'unreachable') {
      await new Promise<void>((resolve) => clock.after(Math.min(retryMsMax, 50 * 2 ** attempt), resolve))
      continue
    }
    if (found && found.seq > expected && Buffer.compare(found.bytes, bytes) === 0) return found.seq // P1: an earlier try of ours arrived
    if (found && found.seq !== expected)
      throw new StaleOwner(`appending to partition ${partition}: expected record ${expected} to be the last, found ${found.seq}`)
  }
  throw new ServerUnavailable(
    `appending to partition ${partition} after record ${expected}: no answer in ${attemptsMax} attempts (${cause})`,
  )
}

const retryMsMax = 2_000

async function lastOrUndefined(log: Log, partition: number): Promise<Awaited<ReturnType<Log['last']>> | 'unreachable'> {
  try {
    return await log.last(partition)
  } catch {
    return 'unreachable' // the append is tried again; its own attempts are limited
  }
}
