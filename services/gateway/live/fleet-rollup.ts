// Fleet rollup
// Rollups of several workers as one line: rates, and how long messages waited and turns took. Pure.
import type { Rollup } from '../../../runtime/rollup.ts'
import { buckets, type Counts, type Times } from '../../../runtime/tally.ts'

export interface Rates {
  readonly turns: number
  readonly failures: number
  readonly deadLetters: number
  readonly effects: number
}

/** Milliseconds; the upper end of the bucket that holds it. */
export interface Quantiles {
  readonly p50: number
  readonly p95: number
  readonly p99: number
}

export interface RollupLine {
  /** Of a second. */
  readonly perSecond: Rates
  readonly types: Readonly<Record<string, Rates>>
  /** Absent: nothing was counted. */
  readonly waitMs?: Quantiles
  readonly turnMs?: Quantiles
  /** Counts by bucket: bucket b is below 2^b microseconds. */
  readonly waitTimes: Times
  readonly turnTimes: Times
}

/** Each over the time it is about. */
export function lineOf(rollups: readonly Rollup[]): RollupLine {
  const types = new Map<string, Rates>()
  for (const { types: counted, forMs } of rollups)
    for (const [type, counts] of Object.entries(counted)) types.set(type, sum(types.get(type) ?? none, rates(counts, forMs)))
  const waitTimes = sumTimes(rollups.map((rollup) => rollup.waitTimes))
  const turnTimes = sumTimes(rollups.map((rollup) => rollup.turnTimes))
  return {
    perSecond: mapRates(rollups.reduce((all, { total, forMs }) => sum(all, rates(total, forMs)), none)),
    types: Object.fromEntries([...types].map(([type, found]) => [type, mapRates(found)])),
    ...quantiles('waitMs', waitTimes),
    ...quantiles('turnMs', turnTimes),
    waitTimes,
    turnTimes,
  }
}

const none: Rates = { turns: 0, failures: 0, deadLetters: 0, effects: 0 }

const rates = ({ turns, failures, deadLetters, effects }: Counts, forMs: number): Rates => {
  const share = 1_000 / Math.max(1, forMs)
  return { turns: turns * share, failures: failures * share, deadLetters: deadLetters * share, effects: effects * share }
}

const sum = (one: Rates, other: Rates): Rates => ({
  turns: one.turns + other.turns,
  failures: one.failures + other.failures,
  deadLetters: one.deadLetters + other.deadLetters,
  effects: one.effects + other.effects,
})

const mapRates = ({ turns, failures, deadLetters, effects }: Rates): Rates => ({
  turns: rounded(turns),
  failures: rounded(failures),
  deadLetters: rounded(deadLetters),
  effects: rounded(effects),
})

const rounded = (value: number): number => Math.round(value * 10) / 10

function sumTimes(all: readonly Times[]): Times {
  const sums = new Map<number, number>()
  for (const times of all)
    for (const [bucket, count] of Object.entries(times)) sums.set(Number(bucket), (sums.get(Number(bucket)) ?? 0) + count)
  return Object.fromEntries(sums)
}

function quantiles<Name extends 'waitMs' | 'turnMs'>(name: Name, times: Times): { readonly [Key in Name]?: Quantiles } {
  const found = quantilesOf(times)
  // The type of a computed name is not narrowed to it.
  return (found ? { [name]: found } : {}) as { readonly [Key in Name]?: Quantiles }
}

/** Undefined: nothing was counted. */
export function quantilesOf(times: Times): Quantiles | undefined {
  const count = Object.values(times).reduce((all, one) => all + one, 0)
  if (count === 0) return undefined
  return { p50: quantile(times, count * 0.5), p95: quantile(times, count * 0.95), p99: quantile(times, count * 0.99) }
}

function quantile(times: Times, rank: number): number {
  let seen = 0
  for (let bucket = 0; bucket < buckets; bucket++) {
    seen += times[bucket] ?? 0
    if (seen >= rank && seen > 0) return 2 ** bucket / 1_000
  }
  return 2 ** buckets / 1_000
}
