// Schedule times
// When a schedule is due: pure, from the time it is given. Time zones and their changes are croner's, on the ICU data of the platform.
//
// T1. Due times grow strictly, and none is at or before the time asked after.
// T2. A cron time that a change of the clock leaves out comes at the first moment after it, and one that it repeats comes once; with `*` or a step
//     in the time of day, what is left out does not come and what is repeated comes twice. Vixie cron does so.
import { Cron } from 'croner'
import { scheduleRefusals, type CronWhen, type ScheduleFault, type When } from './schedule.ts'

export const timeLimits = {
  cronCharactersMax: 256,
  timeZoneCharactersMax: 64,
  everyMsMin: 1_000,
  /** 100 years: for intervals, and for how far ahead a time may be. */
  aheadMsMax: 36_525 * 86_400_000,
  /** Due times of one cron expression that are counted one by one after a downtime. */
  walkMax: 1_000,
} as const

/** What is wrong with it, or undefined. */
export function whenFault(when: When, now: number): ScheduleFault | undefined {
  if ('cron' in when) return cronFault(when)
  const { aheadMsMax, everyMsMin } = timeLimits
  if ('at' in when) {
    if (when.at > now + aheadMsMax) return limit(`'at' is ${when.at}, more than 100 years ahead; at is epoch milliseconds`)
    if (when.at > now) return undefined
    return { code: scheduleRefusals.neverDue, reason: `'at' is ${isoOf(when.at)}, ${now - when.at} ms ago; name a time that is to come` }
  }
  if (when.everyMs >= everyMsMin && when.everyMs <= aheadMsMax) return undefined
  return limit(`'everyMs' is ${when.everyMs}; it is ${everyMsMin} at least and 100 years at most`)
}

/** The first due time after `after` (T1); undefined when there is none. `anchor` is where intervals are counted from. */
export function nextDue(when: When, anchor: number, after: number): number | undefined {
  if ('at' in when) return when.at > after ? when.at : undefined
  if ('everyMs' in when) return anchor + Math.max(1, Math.floor((after - anchor) / when.everyMs) + 1) * when.everyMs
  return cronOf(when).nextRun(new Date(after))?.getTime()
}

/** The next `count` due times after `after`. */
export function nextDues(when: When, anchor: number, after: number, count: number): readonly number[] {
  const dues: number[] = []
  for (let due = nextDue(when, anchor, after); due !== undefined && dues.length < count; due = nextDue(when, anchor, due)) dues.push(due)
  return dues
}

export interface Passed {
  /** The newest, oldest first. */
  readonly newest: readonly number[]
  /** How many there were; of a cron expression at least so many, when there are more than `walkMax`. */
  readonly count: number
}

/** The due times from `due`, which is one, up to and including `now`; of them the newest `newestMax`. */
export function passedDues(when: When, { due, now, newestMax }: { due: number; now: number; newestMax: number }): Passed {
  if (due > now) return { newest: [], count: 0 }
  if ('at' in when) return { newest: [due], count: 1 }
  if ('everyMs' in when) {
    const count = Math.floor((now - due) / when.everyMs) + 1
    const first = Math.max(0, count - newestMax)
    return { newest: Array.from({ length: count - first }, (_, index) => due + (first + index) * when.everyMs), count }
  }
  const cron = cronOf(when)
  const walked = [due]
  let next = cron.nextRun(new Date(due))?.getTime()
  for (; next !== undefined && next <= now && walked.length < timeLimits.walkMax; next = cron.nextRun(new Date(next))?.getTime())
    walked.push(next)
  if (next === undefined || next > now) return { newest: walked.slice(-newestMax), count: walked.length }
  return { newest: newestOf(cron, { now, newestMax }), count: walked.length }
}

/** The newest due times of a long downtime, without walking through all of it. */
function newestOf(cron: Cron, { now, newestMax }: { now: number; newestMax: number }): readonly number[] {
  const found = cron.previousRuns(newestMax, new Date(Math.floor(now / 1_000) * 1_000 + 1_000)) // the reference itself is left out, `now` is not
  return found
    .map((date) => date.getTime())
    .filter((due) => due <= now)
    .toReversed()
}

function cronFault({ cron, timeZone = 'UTC' }: CronWhen): ScheduleFault | undefined {
  const { cronCharactersMax, timeZoneCharactersMax } = timeLimits
  if (cron.length > cronCharactersMax) return limit(`the cron expression is ${cron.length} characters, the limit is ${cronCharactersMax}`)
  if (timeZone.length > timeZoneCharactersMax || !isTimeZone(timeZone))
    return {
      code: scheduleRefusals.timeZoneUnknown,
      reason: `'${timeZone.slice(0, timeZoneCharactersMax)}' is no time zone known here; give an IANA name such as Europe/Berlin`,
    }
  // `?` stands for the moment of reading, and an ISO time is another kind of schedule.
  if (cron.includes('?') || !/^(@[a-z]+|\S+(\s+\S+){4,5})$/.test(cron.trim()))
    return cronInvalid(cron, 'it is not five fields, or six with seconds first, or @hourly and its like')
  try {
    if (cronOf({ cron, timeZone }).nextRun(new Date(0)) !== null) return undefined
    return { code: scheduleRefusals.neverDue, reason: `the cron expression '${cron}' names a date that does not exist` }
  } catch (error) {
    return cronInvalid(cron, error instanceof Error ? error.message : String(error))
  }
}

const cronOf = ({ cron, timeZone = 'UTC' }: CronWhen): Cron =>
  new Cron(cron.trim(), { paused: true, timezone: timeZone, mode: '5-or-6-parts', fixedTimeRule: 'no-wildcard' }) // T2

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== ''
  } catch {
    return false // a RangeError is how Intl says so
  }
}

const cronInvalid = (cron: string, why: string): ScheduleFault => ({
  code: scheduleRefusals.cronInvalid,
  reason: `the cron expression '${cron}' cannot be read: ${why}`,
})

const limit = (reason: string): ScheduleFault => ({ code: scheduleRefusals.limitExceeded, reason })

/** A number that is no date at all is shown as it is. */
const isoOf = (at: number): string => (Math.abs(at) <= 8.64e15 ? new Date(at).toISOString() : String(at))
