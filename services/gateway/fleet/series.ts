// Series
// What the workers told of themselves, kept for whoever opens a page later: seconds for a moment, tens of seconds for a while, minutes for a day. Pure.
//
// S1. It has an end that no traffic moves: `count` steps of each level, each with a few numbers and two rows of counters.
// S2. A step in which nobody listened is not there, never a step of zeros; one that was heard in part says for how long.
// S3. What is told is told by the gateway's own clock: clocks of workers may differ.
import type { Rollup } from '../../../runtime/rollup.ts'
import { buckets, type Counts, type Times } from '../../../runtime/tally.ts'
import { quantilesOf, type Quantiles, type Rates } from '../live/fleet-rollup.ts'

export interface Level {
  readonly stepMs: number
  readonly count: number
}

export const minuteMs = 60_000
/** A few more than a page shows, so that its first column is whole. */
export const levels: readonly Level[] = [
  { stepMs: 1_000, count: 100 },
  { stepMs: 10_000, count: 100 },
  { stepMs: minuteMs, count: 1_450 },
]
/** Rows of one answer; beyond it steps are put together. */
const rowsMax = 180
/** So that they begin at round times. */
const roundSteps = [1, 2, 5, 10, 15]
/** A tick that is later than this heard nothing in between: the process stood still. */
const gapMsMax = 3_000
const secondMs = 1_000

/** How the processes fare at a moment, all of them together. */
export interface Gauges {
  readonly workers: number
  readonly rssBytes: number
  /** Of the one that was latest. */
  readonly loopLateMs: number
  readonly processorShare: number
}

export interface Now extends Gauges {
  /** By the last word of each worker: within one second a word may come early or late, so counting them would jump. */
  readonly perSecond: Rates
}

/** A step as it is kept in the database as well. */
export interface Step extends Gauges {
  /** Its beginning, epoch ms. */
  readonly at: number
  /** How much of it was listened to (S2). */
  readonly heardMs: number
  readonly counts: Counts
  readonly waitTimes: Times
  readonly turnTimes: Times
}

export interface SeriesRow extends Gauges {
  readonly at: number
  readonly forMs: number
  readonly perSecond: Rates
  readonly waitMs?: Quantiles
  readonly turnMs?: Quantiles
  readonly waitTimes: Times
}

interface Open {
  at: number
  heardMs: number
  gauges: Gauges
  /** Of a step of a second only. */
  perSecond?: Rates
  readonly counts: Counts
  readonly waits: Float64Array
  readonly turns: Float64Array
}

const noGauges: Gauges = { workers: 0, rssBytes: 0, loopLateMs: 0, processorShare: 0 }

export class FleetSeries {
  readonly #levels: readonly { readonly level: Level; steps: Open[] }[]
  #tickedAt: number | undefined

  constructor(given: readonly Level[] = levels) {
    this.#levels = given.map((level) => ({ level, steps: [] }))
  }

  add({ total, waitTimes, turnTimes }: Pick<Rollup, 'total' | 'waitTimes' | 'turnTimes'>, now: number): void {
    for (const { level, steps } of this.#levels) {
      const step = openStep(steps, level, now)
      addCounts(step.counts, total)
      addTimes(step.waits, waitTimes)
      addTimes(step.turns, turnTimes)
    }
  }

  /** Once a second: it was listened to until now. */
  tick(now: number, { perSecond, ...gauges }: Now): void {
    const from = this.#tickedAt ?? now
    this.#tickedAt = now
    for (const { level, steps } of this.#levels) {
      const step = openStep(steps, level, now)
      step.gauges = { ...gauges, loopLateMs: Math.max(step.gauges.loopLateMs, gauges.loopLateMs) }
      if (level.stepMs <= secondMs) step.perSecond = perSecond
      if (now - from > gapMsMax) continue // S2
      for (const one of steps.slice(-2 - Math.ceil(gapMsMax / level.stepMs)))
        one.heardMs += Math.max(0, Math.min(now, one.at + level.stepMs) - Math.max(from, one.at))
    }
  }

  /** The steps of the last so many minutes that are over, in the finest level that covers them, the oldest first. */
  rows(minutes: number, now: number): { readonly stepMs: number; readonly rows: readonly SeriesRow[] } {
    const spanMs = minutes * minuteMs
    const found = this.#levels.find(({ level }) => level.stepMs * level.count >= spanMs) ?? this.#levels.at(-1)
    if (!found) return { stepMs: minuteMs, rows: [] }
    const { stepMs } = found.level
    const stepsEach = roundSteps.find((steps) => spanMs / stepMs / steps <= rowsMax) ?? 1
    const since = now - spanMs - stepMs
    const steps = found.steps.filter(({ at, heardMs }) => at > since && at + stepMs <= now && heardMs > 0)
    const grouped = Map.groupBy(steps, ({ at }) => Math.floor(at / (stepMs * stepsEach)))
    return { stepMs: stepMs * stepsEach, rows: [...grouped.values()].map(rowOf) }
  }

  /** All of the last so many minutes together, what is not over yet as well. */
  sums(minutes: number, now: number): { readonly counts: Counts; readonly waitMs: Quantiles | undefined } {
    const spanMs = minutes * minuteMs
    const found = this.#levels.find(({ level }) => level.stepMs * level.count >= spanMs)
    const { counts, waits } = sumOf(found?.steps.filter(({ at }) => at > now - spanMs) ?? [])
    return { counts, waitMs: quantilesOf(timesOf(waits)) }
  }

  /** Minutes that are over, from that time on. */
  minutesSince(since: number, now: number): readonly Step[] {
    const steps = this.#levels.at(-1)?.steps ?? []
    return steps.filter(({ at, heardMs }) => at >= since && heardMs > 0 && at + minuteMs <= now).map(stepOf)
  }

  /** What another gateway, or this one before a restart, kept: where this one has heard more, that stands. */
  restore(kept: readonly Step[]): void {
    const minutes = this.#levels.at(-1)
    if (!minutes) return
    const all = new Map(minutes.steps.map((step) => [step.at, step]))
    for (const step of kept) if ((all.get(step.at)?.heardMs ?? 0) < step.heardMs) all.set(step.at, opened(step))
    minutes.steps = [...all.values()].toSorted((one, other) => one.at - other.at).slice(-minutes.level.count) // S1
  }
}

function openStep(steps: Open[], { stepMs, count }: Level, now: number): Open {
  const at = Math.floor(now / stepMs) * stepMs
  const last = steps.at(-1)
  if (last && last.at >= at) return last // a clock that was put back changes no order
  const step = { at, heardMs: 0, gauges: noGauges, counts: noCounts(), waits: new Float64Array(buckets), turns: new Float64Array(buckets) }
  steps.push(step)
  if (steps.length > count) steps.shift() // S1
  return step
}

const noCounts = (): Counts => ({ turns: 0, failures: 0, deadLetters: 0, effects: 0 })

function addCounts(into: Counts, { turns, failures, deadLetters, effects }: Counts): void {
  into.turns += turns
  into.failures += failures
  into.deadLetters += deadLetters
  into.effects += effects
}

function addTimes(into: Float64Array, times: Times): void {
  for (const [name, count] of Object.entries(times)) {
    const bucket = Math.min(buckets - 1, Math.max(0, Number(name)))
    into[bucket] = (into[bucket] ?? 0) + count
  }
}

const timesOf = (counts: Float64Array): Times =>
  Object.fromEntries([...counts].flatMap((count, bucket) => (count > 0 ? [[bucket, count]] : [])))

const stepOf = ({ at, heardMs, gauges, counts, waits, turns }: Open): Step => ({
  at,
  heardMs,
  counts: { ...counts },
  ...gauges,
  waitTimes: timesOf(waits),
  turnTimes: timesOf(turns),
})

function opened({ at, heardMs, counts, workers, rssBytes, loopLateMs, processorShare, waitTimes, turnTimes }: Step): Open {
  const step: Open = {
    at,
    heardMs,
    gauges: { workers, rssBytes, loopLateMs, processorShare },
    counts: { ...counts },
    waits: new Float64Array(buckets),
    turns: new Float64Array(buckets),
  }
  addTimes(step.waits, waitTimes)
  addTimes(step.turns, turnTimes)
  return step
}

function sumOf(steps: readonly Open[]): Pick<Open, 'counts' | 'waits' | 'turns'> {
  const counts = noCounts()
  const [waits, turns] = [new Float64Array(buckets), new Float64Array(buckets)]
  for (const step of steps) {
    addCounts(counts, step.counts)
    step.waits.forEach((count, bucket) => (waits[bucket] = (waits[bucket] ?? 0) + count))
    step.turns.forEach((count, bucket) => (turns[bucket] = (turns[bucket] ?? 0) + count))
  }
  return { counts, waits, turns }
}

/** Steps that follow each other, as one. */
function rowOf(steps: readonly Open[]): SeriesRow {
  const { counts, waits, turns } = sumOf(steps)
  const heardMs = steps.reduce((sum, step) => sum + step.heardMs, 0)
  const [waitTimes, turnTimes] = [timesOf(waits), timesOf(turns)]
  const { workers, rssBytes, processorShare } = steps.at(-1)?.gauges ?? noGauges
  return {
    at: steps[0]?.at ?? 0,
    forMs: heardMs,
    perSecond: (steps.length === 1 ? steps[0]?.perSecond : undefined) ?? ratesOf(counts, heardMs),
    ...present('waitMs', quantilesOf(waitTimes)),
    ...present('turnMs', quantilesOf(turnTimes)),
    waitTimes,
    workers,
    rssBytes,
    loopLateMs: Math.max(0, ...steps.map(({ gauges }) => gauges.loopLateMs)),
    processorShare,
  }
}

const present = <Name extends string, Value>(name: Name, value: Value | undefined): { readonly [Key in Name]?: Value } =>
  // The type of a computed name is not narrowed to it.
  (value === undefined ? {} : { [name]: value }) as { readonly [Key in Name]?: Value }

function ratesOf({ turns, failures, deadLetters, effects }: Counts, forMs: number): Rates {
  const rate = (count: number): number => Math.round((count * 10_000) / Math.max(1, forMs)) / 10
  return { turns: rate(turns), failures: rate(failures), deadLetters: rate(deadLetters), effects: rate(effects) }
}
