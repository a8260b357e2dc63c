// Server clock
// The server's time, as far as a worker can know it: what the server said last, and how long ago it came. Every worker has the same time,
// whatever its own clock says, and a timer is never early by the server's.
// It is not for measuring how long something took: it follows the server, back as well.
//
// S1. It is never ahead of the server by more than this machine's monotonic clock strays within `looksKept · lookEveryMs`; it is behind by the way of an answer.
// S2. A server whose clock was put back or forward is followed with the next look.
import { performance } from 'node:perf_hooks'
import type { Clock } from '../ports.ts'
import { systemClock } from '../system.ts'
import type { Session } from './session.ts'

const lookEveryMs = 5_000
const looksKept = 6
/** The first answers of a connection are slow. */
const firstLooks = 3

/** Asks for the time at once and from then on, until the connection closes. Throws `ServerUnavailable`. */
export async function serverClock({ connection, link, jsm, stream, ask }: Session): Promise<Clock> {
  const time = new ServerTime()
  const look = async (): Promise<void> => {
    const sentAt = performance.now()
    // Every answer of the JetStream API about a stream says when it was made; the client's types leave it out.
    const { ts = '' } = (await jsm.streams.info(stream.mailbox)) as { readonly ts?: string }
    const serverAt = Date.parse(ts)
    if (Number.isFinite(serverAt)) time.observe({ sentAt, serverAt, receivedAt: performance.now() })
  }
  for (let looks = 0; looks < firstLooks; looks++) await ask("asking for the server's time", look)
  const lookAgain = (): void => void look().catch(() => undefined) // what is known holds until the next look
  const timer = setInterval(lookAgain, lookEveryMs).unref()
  const forget = link.onReconnect(lookAgain) // perhaps another server
  void connection.closed().then(() => {
    clearInterval(timer)
    forget()
  })
  return { now: () => time.at(performance.now()), after: systemClock.after }
}

/** One answer: when it was asked for and came by the own monotonic clock, and what the server's said in between. */
export interface Look {
  readonly sentAt: number
  readonly receivedAt: number
  /** Epoch milliseconds, without the fraction. */
  readonly serverAt: number
}

export class ServerTime {
  /** By how much the server's clock is ahead of the own monotonic one, at least: one figure a look. */
  #aheads: readonly number[] = []
  #ahead = Date.now() - performance.now()

  observe({ sentAt, receivedAt, serverAt }: Look): void {
    const [atLeast, atMost] = [serverAt - receivedAt, serverAt + 1 - sentAt]
    this.#aheads = [...this.#aheads.filter((ahead) => ahead <= atMost), atLeast].slice(-looksKept) // S2
    this.#ahead = Math.max(...this.#aheads) // S1
  }

  /** The server's time at a moment of the own monotonic clock. */
  at(moment: number): number {
    return Math.floor(moment + this.#ahead)
  }
}
