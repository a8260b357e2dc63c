// Schedule
// What travels between a schedule, those who set it and its target: plain shapes, known to clients as well.
import { parseActorId, type ActorId } from './address.ts'
import type { ActorEvent } from './message.ts'

/** The actor type of schedules. */
export const scheduleType = 'schedule'

/** When an event is due. */
export type When =
  | CronWhen
  /** Once, epoch milliseconds. */
  | { readonly at: number }
  /** Again and again, counted from the moment the schedule was set: it does not drift. */
  | { readonly everyMs: number }

/** A cron expression of five fields, or six with seconds first; without a time zone it is UTC. */
export interface CronWhen {
  readonly cron: string
  readonly timeZone?: string
}

/** What happens to due times that passed while nobody could fire. */
export type CatchUp = 'all' | 'last' | 'skip'

/** What happens at a due time while the run before is not over. */
export type Overlap = 'allow' | 'skip' | 'queue-one'

export interface SchedulePolicy {
  /** `all` fires them one by one, `last` the newest, `skip` the newest if it is not later than `graceMs`. Default `last`. */
  readonly catchUp?: CatchUp
  /** `all` fires so many of the newest at most; the others are counted as skipped. Default 100. */
  readonly catchUpMax?: number
  /** A due time that fires later than this counts as caught up. Default 10,000. */
  readonly graceMs?: number
  /** Other than `allow`, a run is over when the target says so (`runFinished`) or after `runTimeoutMs`. Default `allow`: fired and forgotten. */
  readonly overlap?: Overlap
  /** Default 3,600,000. */
  readonly runTimeoutMs?: number
  /** Set, but not running until `schedule.resume`. */
  readonly paused?: boolean
  /** Epoch milliseconds; later due times do not count. */
  readonly endAt?: number
  /** The schedule ends after so many runs; those fired by hand do not count. */
  readonly maxRuns?: number
}

export interface ScheduleSpec extends SchedulePolicy {
  /** Who gets the event: `tenant/type/key`, of the schedule's own tenant. */
  readonly target: ActorId
  readonly event: ActorEvent
  readonly when: When
}

/** What a fired event carries in its field `schedule`. Together `address` and `run` name the run: a target that has seen them has seen the event. */
export interface Fired {
  readonly address: ActorId
  /** Counts the runs of this address, from 1; never used again, not even after `schedule.delete`. */
  readonly run: number
  /** Epoch milliseconds. */
  readonly due: number
  /** When it was fired: never before `due`. */
  readonly firedAt: number
  readonly caughtUp?: true
  /** Fired by `schedule.trigger`. */
  readonly manual?: true
}

/** Why a schedule refuses: the codes of its answers. */
export const scheduleRefusals = {
  cronInvalid: 'TR_SCHEDULE_CRON_INVALID',
  timeZoneUnknown: 'TR_SCHEDULE_TIME_ZONE_UNKNOWN',
  neverDue: 'TR_SCHEDULE_NEVER_DUE',
  targetInvalid: 'TR_SCHEDULE_TARGET_INVALID',
  limitExceeded: 'TR_SCHEDULE_LIMIT_EXCEEDED',
  notSet: 'TR_SCHEDULE_NOT_SET',
  ended: 'TR_SCHEDULE_ENDED',
} as const

export interface ScheduleFault {
  readonly code: (typeof scheduleRefusals)[keyof typeof scheduleRefusals]
  readonly reason: string
}

export interface ScheduleCounts {
  /** By their due time, caught up or not. */
  readonly fired: number
  /** Of those fired: later than `graceMs`. */
  readonly caughtUp: number
  /** By hand. */
  readonly triggered: number
  /** Passed without being fired: in a downtime, by a pause, or when the schedule ended. */
  readonly skipped: number
  /** Not fired because the run before was not over. */
  readonly overlapped: number
  /** Runs that were given up after `runTimeoutMs`. */
  readonly timedOut: number
}

/** What `schedule.describe` is answered with. */
export type ScheduleDescription =
  | { readonly state: 'unset' }
  | {
      readonly state: 'waiting' | 'paused' | 'ended'
      readonly spec: Required<Omit<ScheduleSpec, 'endAt' | 'maxRuns' | 'paused'>> & Pick<ScheduleSpec, 'endAt' | 'maxRuns'>
      /** The next due times, epoch milliseconds; a paused schedule has those it would have. */
      readonly next: readonly number[]
      readonly last?: Fired
      readonly counts: ScheduleCounts
      /** The run that is not over, as far as the schedule knows. */
      readonly running?: { readonly run: number; readonly due: number; readonly until: number }
      /** The due time that waits for the run before it. */
      readonly queued?: number
    }

export type ScheduleAnswer = { readonly ok: true; readonly next?: number } | ({ readonly ok: false } & ScheduleFault)

/** Which schedule fired this event, and for when; undefined when none did. */
export function firedBy(event: object): Fired | undefined {
  const { schedule } = event as { readonly schedule?: Partial<Fired> }
  const isFired = typeof schedule?.address === 'string' && parseActorId(schedule.address)?.type === scheduleType
  return isFired && typeof schedule.run === 'number' && typeof schedule.due === 'number' ? (schedule as Fired) : undefined
}

/** What a target sends back when a run is over: `sendTo(refTo(fired.address), runFinished(fired))`. */
export const runFinished = ({ run }: Fired) => ({ type: 'schedule.finished', run }) as const
