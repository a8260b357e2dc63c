// Spec
// A schedule as people write it on the command line: times with their zone, lengths as 90s, 5m, 2h, 1d.
import type { When } from '../../../client/index.ts'
import type { CatchUp, Overlap, SchedulePolicy } from '../../../machines/schedule.ts'
import { ArgumentInvalid } from '../errors.ts'

export interface WhenOptions {
  readonly cron?: string
  readonly tz?: string
  readonly at?: string
  readonly every?: string
}

export interface PolicyOptions {
  readonly catchUp?: CatchUp
  readonly catchUpMax?: number
  readonly grace?: string
  readonly overlap?: Overlap
  readonly runTimeout?: string
  readonly paused?: boolean
  readonly endAt?: string
  readonly maxRuns?: number
}

/** Exactly one of --cron, --at and --every. Throws `ArgumentInvalid`. */
export function whenOf({ cron, tz, at, every }: WhenOptions): When {
  if ([cron, at, every].filter((given) => given !== undefined).length !== 1 || (tz !== undefined && cron === undefined))
    throw new ArgumentInvalid('Reading the schedule: give one of --cron (with --tz or without), --at and --every.')
  if (cron !== undefined) return { cron, ...(tz !== undefined && { timeZone: tz }) }
  return at === undefined ? { everyMs: lengthOf(every ?? '') } : { at: timeOf(at) }
}

/** Throws `ArgumentInvalid`. */
export function policyOf(options: PolicyOptions): SchedulePolicy {
  const { catchUp, catchUpMax, grace, overlap, runTimeout, paused, endAt, maxRuns } = options
  return {
    ...(catchUp !== undefined && { catchUp }),
    ...(catchUpMax !== undefined && { catchUpMax }),
    ...(grace !== undefined && { graceMs: lengthOf(grace) }),
    ...(overlap !== undefined && { overlap }),
    ...(runTimeout !== undefined && { runTimeoutMs: lengthOf(runTimeout) }),
    ...(paused !== undefined && { paused }),
    ...(endAt !== undefined && { endAt: timeOf(endAt) }),
    ...(maxRuns !== undefined && { maxRuns }),
  }
}

/** Epoch milliseconds of a time that says its zone: what two machines read from it is the same. */
export function timeOf(text: string): number {
  const at = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isFinite(at)) return at
  throw new ArgumentInvalid(
    `Reading the time '${text}': write it with its zone, such as 2027-03-28T09:00:00Z or 2027-03-28T09:00:00+02:00.`,
  )
}

const units = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

/** Milliseconds. */
export function lengthOf(text: string): number {
  const [, count, unit] = /^(\d+)(ms|s|m|h|d)$/.exec(text) ?? []
  if (count !== undefined && unit !== undefined) return Number(count) * units[unit as keyof typeof units]
  throw new ArgumentInvalid(`Reading the length '${text}': write a number with ms, s, m, h or d, such as 90s or 5m.`)
}
