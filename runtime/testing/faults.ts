// Faults
// What may go wrong between a simulated worker and its world, and how often.
import type { Clock } from '../ports.ts'
import type { Dice } from './dice.ts'

/** What a worker asks of its ports; faults strike by kind. */
export type RequestKind = 'append' | 'read' | 'load' | 'save' | 'post' | 'trim' | 'wake' | 'open' | 'bury' | 'announce'

/** Probabilities, each for one request, one delivery or one moment of mischief. */
export interface Rates {
  /** A worker dies, before or after a request or a signal. */
  readonly crash: number
  readonly requestLost: number
  readonly answerLost: number
  /** An append, a post or a snapshot has no answer, and arrives later than what was asked after it. */
  readonly late: number
  readonly lateMsMax: number
  readonly slow: number
  readonly slowMsMax: number
  readonly signalLost: number
  /** A signal comes later than those after it. */
  readonly signalLate: number
  readonly refusedPost: number
  /** The clocks of workers go wrong by at most this much. */
  readonly skewMsMax: number
  /** Between two moments of mischief (`mischief.ts`); 0: none. */
  readonly mischiefEveryMs: number
}

export const noFaults: Rates = {
  crash: 0,
  requestLost: 0,
  answerLost: 0,
  late: 0,
  lateMsMax: 0,
  slow: 0,
  slowMsMax: 0,
  signalLost: 0,
  signalLate: 0,
  refusedPost: 0,
  skewMsMax: 0,
  mischiefEveryMs: 0,
}

/** Every fault now and then. */
export const someFaults: Rates = {
  crash: 0.004,
  requestLost: 0.01,
  answerLost: 0.01,
  late: 0.005,
  lateMsMax: 2_000,
  slow: 0.1,
  slowMsMax: 100,
  signalLost: 0.05,
  signalLate: 0.05,
  refusedPost: 0.02,
  skewMsMax: 500,
  mischiefEveryMs: 1_000,
}

/** The faults of one world. */
export interface Faults {
  /** Off: the world is good. */
  on: boolean
  /** The mailbox takes nothing from anybody. */
  mailboxFull: boolean
  readonly dice: Dice
  readonly rates: Rates
  /** The world's clock. */
  readonly clock: Clock
  /** Writes into the history of the run. */
  tell(what: string): void
}
