// Plan
// What one seed makes: a fleet, its limits, how long it runs, and how often each fault strikes.
import { workerDefaults, type WorkerOptions } from '../options.ts'
import type { Dice } from './dice.ts'
import { noFaults, type Rates } from './faults.ts'

export interface Plan {
  readonly partitions: number
  readonly workers: number
  readonly options: WorkerOptions
  readonly mailboxMessagesMax: number
  /** How much load: each scenario says what it makes of it. */
  readonly messages: number
  /** How long the load and the faults last, in simulated time. */
  readonly loadMs: number
  readonly rates: Rates
}

export const memberTtlMs = 2_000

export function planOf(dice: Dice): Plan {
  const partitions = dice.pick([1, 2, 4, 6])
  const long = dice.chance(0.1) // most runs are short: more of them are worth more
  return {
    partitions,
    workers: dice.between(1, 4),
    options: optionsOf(dice),
    mailboxMessagesMax: dice.pick([1_000_000, 1_000_000, 150]),
    messages: long ? dice.between(120, 250) : dice.between(20, 80),
    loadMs: long ? dice.between(8_000, 25_000) : dice.between(2_000, 6_000),
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
    killsMax: Infinity, // crashes strike at appends here, so that they would blame whatever is being taken
  }
}

function ratesOf(dice: Dice): Rates {
  if (dice.chance(0.05)) return noFaults
  return {
    crash: dice.pick([0, 0.002, 0.006, 0.02]),
    requestLost: dice.pick([0, 0.005, 0.03]),
    answerLost: dice.pick([0, 0.005, 0.03]),
    late: dice.pick([0, 0, 0.01, 0.05]),
    lateMsMax: dice.pick([300, 2_000, 6_000]),
    slow: dice.pick([0, 0.05, 0.3]),
    slowMsMax: dice.pick([5, 60, 800]),
    signalLost: dice.pick([0, 0.05, 0.4]),
    signalLate: dice.pick([0, 0, 0.1]),
    refusedPost: dice.pick([0, 0.05]),
    skewMsMax: dice.pick([0, 200, 3_000, 20_000]),
    mischiefEveryMs: dice.pick([0, 400, 2_000]),
  }
}
