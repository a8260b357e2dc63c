// Plan
// What one seed makes: a fleet, its limits, the load, and how often each fault strikes.
import { workerDefaults, type WorkerOptions } from '../../runtime/options.ts'
import type { Dice } from './dice.ts'

/** What a worker asks of its ports; faults strike by kind. */
export type RequestKind = 'append' | 'read' | 'load' | 'save' | 'post' | 'trim' | 'wake' | 'open' | 'bury' | 'announce'

export interface Plan {
  readonly partitions: number
  readonly workers: number
  readonly options: WorkerOptions
  readonly mailboxMessagesMax: number
  readonly messages: number
  /** How long the load and the faults last, in simulated time. */
  readonly loadMs: number
  readonly rates: Rates
}

/** Probabilities, each for one request, one delivery or one moment of mischief. */
export interface Rates {
  readonly crash: number
  readonly requestLost: number
  readonly answerLost: number
  readonly slow: number
  readonly slowMsMax: number
  readonly signalLost: number
  readonly refusedPost: number
  /** The clocks of workers go wrong by at most this much. */
  readonly skewMsMax: number
  /** Between two moments at which one worker is muted, blinded, cut off, killed, drained, or its clock is put wrong. */
  readonly mischiefEveryMs: number
}

export const memberTtlMs = 2_000

export function planOf(dice: Dice): Plan {
  const partitions = dice.pick([1, 2, 4, 6])
  return {
    partitions,
    workers: dice.between(1, 4),
    options: optionsOf(dice),
    mailboxMessagesMax: dice.pick([1_000_000, 1_000_000, 150]),
    messages: dice.between(40, 250),
    loadMs: dice.between(4_000, 25_000),
    rates: ratesOf(dice),
  }
}

function optionsOf(dice: Dice): WorkerOptions {
  const narrow = dice.chance(0.4)
  return {
    ...workerDefaults,
    groupMessagesMax: dice.pick([512, 1, 2, 3, 8]),
    groupBytesMax: narrow ? dice.pick([300, 4_000, 16_000]) : workerDefaults.groupBytesMax,
    ...(narrow && {
      recordBytesMax: 96 * 1024,
      checkpointBytesMax: 48 * 1024,
      stateBytesMax: 24 * 1024,
      messageBytesMax: 12 * 1024,
      channelBytesMax: dice.pick([200, 12 * 1024]),
    }),
    waitingMax: dice.pick([20_000, 2, 10]),
    actorsMax: dice.pick([10_000, 1, 3, 10]),
    idleMs: dice.pick([10_000, 100, 700]),
    flushEveryMs: dice.pick([1_500, 10, 300]),
    flushInFlightMax: dice.pick([256, 1, 3]),
    trimEveryMs: dice.pick([10_000, 200, 2_000]),
    tickMs: dice.pick([250, 50, 400]),
    resendAfterMs: dice.pick([2_000, 300]),
    channelMessagesMax: dice.pick([256, 1, 3]),
    outboxMax: dice.pick([20_000, 2, 20]),
    effectsMax: { default: dice.pick([64, 1, 3]) },
    effectTimeoutMs: 3_000,
    parkedMax: dice.pick([100, 1, 4]),
    asksMax: dice.pick([1_000, 2]),
    drainMs: dice.pick([1_000, 100, 5_000]),
    recordsMax: dice.pick([20_000, 4, 20]),
    appendAttemptsMax: dice.pick([10, 2]),
  }
}

function ratesOf(dice: Dice): Rates {
  if (dice.chance(0.05))
    return {
      crash: 0,
      requestLost: 0,
      answerLost: 0,
      slow: 0,
      slowMsMax: 0,
      signalLost: 0,
      refusedPost: 0,
      skewMsMax: 0,
      mischiefEveryMs: 0,
    }
  return {
    crash: dice.pick([0, 0.002, 0.006, 0.02]),
    requestLost: dice.pick([0, 0.005, 0.03]),
    answerLost: dice.pick([0, 0.005, 0.03]),
    slow: dice.pick([0, 0.05, 0.3]),
    slowMsMax: dice.pick([5, 60, 800]),
    signalLost: dice.pick([0, 0.05, 0.4]),
    refusedPost: dice.pick([0, 0.05]),
    skewMsMax: dice.pick([0, 200, 3_000]),
    mischiefEveryMs: dice.pick([0, 400, 2_000]),
  }
}
