// Schedule plan
// What a schedule does next, decided purely: its context and the time in, its next context and what is fired out.
//
// L1. Nothing is fired before its due time, nor a due time twice.
// L2. Every due time that passes while the schedule is set and not paused is fired, queued or counted.
// L3. One turn fires `burstMax` times at most: what it sends fits one record. The rest waits in `pending`, `catchUpMax` at most.
import { parseActorId, type ActorId } from './address.ts'
import { scheduleRefusals, type Fired, type ScheduleCounts, type ScheduleFault, type ScheduleSpec } from './schedule.ts'
import { nextDue, passedDues, timeLimits, whenFault } from './schedule-times.ts'

const planLimits = {
  eventCharactersMax: 16_384,
  /** L3 */
  burstMax: 10,
  catchUpMax: 1_000,
  graceMsMax: 86_400_000,
  runTimeoutMsMax: 30 * 86_400_000,
} as const

/** A spec with every default filled in. */
export type FullSpec = Required<Omit<ScheduleSpec, 'endAt' | 'maxRuns' | 'paused'>> & Pick<ScheduleSpec, 'endAt' | 'maxRuns'>

export interface ScheduleContext {
  readonly address: ActorId
  /** Undefined: not set, or deleted. */
  readonly spec: FullSpec | undefined
  /** When the spec was set, epoch milliseconds: intervals are counted from here. */
  readonly anchor: number
  /** The next due time. */
  readonly due: number | undefined
  /** Due times that have passed and are fired turn by turn, oldest first (L3). */
  readonly pending: readonly number[]
  readonly running: { readonly run: number; readonly due: number; readonly until: number } | undefined
  readonly queued: number | undefined
  /** The last run's number. */
  readonly run: number
  readonly last: Fired | undefined
  readonly counts: ScheduleCounts
}

/** Why due times passed without being fired. */
export type SkipReason = 'downtime' | 'overlap' | 'paused' | 'ended'

export interface Step {
  readonly next: ScheduleContext
  readonly fired: readonly Fired[]
  readonly skipped: readonly { readonly why: SkipReason; readonly count: number }[]
}

const nothingCounted: ScheduleCounts = { fired: 0, caughtUp: 0, triggered: 0, skipped: 0, overlapped: 0, timedOut: 0 }

export const unsetContext = (address: ActorId, run = 0): ScheduleContext => ({
  address,
  spec: undefined,
  anchor: 0,
  due: undefined,
  pending: [],
  running: undefined,
  queued: undefined,
  run,
  last: undefined,
  counts: nothingCounted,
})

/** The spec with its defaults; fields that are not a spec's are left out. */
export function fullSpec(given: ScheduleSpec): FullSpec {
  const { target, event, when, catchUp = 'last', catchUpMax = 100, graceMs = 10_000, overlap = 'allow', runTimeoutMs = 3_600_000 } = given
  const { endAt, maxRuns } = given
  const ends = { ...(endAt !== undefined && { endAt }), ...(maxRuns !== undefined && { maxRuns }) }
  return { target, event, when, catchUp, catchUpMax, graceMs, overlap, runTimeoutMs, ...ends }
}

/** What is wrong with a spec for the schedule at this address, or undefined. */
export function specFault(spec: FullSpec, address: ActorId, now: number): ScheduleFault | undefined {
  return whenFault(spec.when, now) ?? targetFault(spec, address) ?? limitFault(spec) ?? endFault(spec, now)
}

function targetFault({ target, event }: FullSpec, address: ActorId): ScheduleFault | undefined {
  const wrong = (reason: string): ScheduleFault => ({ code: scheduleRefusals.targetInvalid, reason })
  const [found, own] = [parseActorId(target), parseActorId(address)]
  if (!found) return wrong(`the target '${target.slice(0, 200)}' is not tenant/type/key`)
  if (found.tenant !== own?.tenant) return wrong(`${target} is of another tenant than the schedule ${address}`)
  if (target === address) return wrong(`${target} is the schedule itself`)
  const { type } = event
  if (type === '' || type.startsWith('xstate.') || type.startsWith('@'))
    return wrong(`an event named '${type}' cannot be sent: names of the runtime begin with 'xstate.' or '@'`)
  if ('schedule' in event) return wrong(`the event '${type}' has a field 'schedule', where the schedule says when it was due`)
  return undefined
}

function limitFault({ event, catchUpMax, graceMs, runTimeoutMs, maxRuns = 1 }: FullSpec): ScheduleFault | undefined {
  const numbers = [
    { name: 'the event as JSON', value: JSON.stringify(event).length, min: 0, max: planLimits.eventCharactersMax },
    { name: "'catchUpMax'", value: catchUpMax, min: 1, max: planLimits.catchUpMax },
    { name: "'graceMs'", value: graceMs, min: 0, max: planLimits.graceMsMax },
    { name: "'runTimeoutMs'", value: runTimeoutMs, min: timeLimits.everyMsMin, max: planLimits.runTimeoutMsMax },
    { name: "'maxRuns'", value: maxRuns, min: 1, max: Number.MAX_SAFE_INTEGER },
  ]
  const broken = numbers.find(({ value, min, max }) => !(value >= min && value <= max))
  return (
    broken && { code: scheduleRefusals.limitExceeded, reason: `${broken.name} is ${broken.value}; it is ${broken.min} to ${broken.max}` }
  )
}

function endFault(spec: FullSpec, now: number): ScheduleFault | undefined {
  if (dueAfter(spec, now, now) !== undefined) return undefined
  return { code: scheduleRefusals.neverDue, reason: `nothing is due before 'endAt' ${String(spec.endAt)}` }
}

/** The first due time after `after` that counts. */
function dueAfter({ when, endAt = Infinity }: FullSpec, anchor: number, after: number): number | undefined {
  const due = nextDue(when, anchor, after)
  return due !== undefined && due <= endAt ? due : undefined
}

/** When the schedule has something to do; undefined when never. */
export const wakesAt = ({ pending, due }: ScheduleContext): number | undefined => pending[0] ?? due

/** A new spec: counts begin again, run numbers go on. */
export const begin = (context: ScheduleContext, spec: FullSpec, now: number): ScheduleContext => ({
  ...unsetContext(context.address, context.run),
  spec,
  anchor: now,
  due: dueAfter(spec, now, now),
})

/** Fires what is due, or a part of it (L3). A clock that was put back brings it too early: then nothing happens (L1). */
export function takeDue(context: ScheduleContext, now: number): Step {
  const wakes = wakesAt(context)
  if (wakes === undefined || wakes > now) return still(context)
  const passed = withPassed(context, now)
  const batch = passed.next.pending.slice(0, planLimits.burstMax)
  const left = { ...passed.next, pending: passed.next.pending.slice(batch.length) }
  return batch.reduce<Step>((step, due) => fireDue(step, due, now), { ...passed, next: left })
}

/** The due times that have passed since, as the catch-up policy has them; the others are counted (L2). */
function withPassed(context: ScheduleContext, now: number): Step {
  const { spec, due, anchor } = context
  if (!spec || due === undefined || due > now) return still(context)
  const { when, catchUp, catchUpMax, graceMs, endAt = Infinity } = spec
  const { newest, count } = passedDues(when, { due, now: Math.min(now, endAt), newestMax: catchUp === 'all' ? catchUpMax : 1 })
  const taken = catchUp === 'skip' ? newest.filter((one) => now - one <= graceMs) : newest
  const pending = [...context.pending, ...taken].slice(-catchUpMax)
  const missed = count + context.pending.length - pending.length
  return skip({ ...context, due: dueAfter(spec, anchor, now), pending }, 'downtime', missed)
}

function fireDue(step: Step, due: number, now: number): Step {
  const { next, fired } = step
  const { spec, running, queued, counts } = next
  if (!spec) return step
  if (hasEnded(next)) return { ...skip(next, 'ended', 1), fired, skipped: [...step.skipped, { why: 'ended', count: 1 }] }
  if (spec.overlap === 'allow' || !running) return fire(step, due, now)
  const lost = spec.overlap === 'skip' ? 1 : queued === undefined ? 0 : 1 // the newest due time is the one that waits
  const waiting = spec.overlap === 'skip' ? queued : due
  const overlapped = { ...next, queued: waiting, counts: { ...counts, overlapped: counts.overlapped + lost } }
  return { next: overlapped, fired, skipped: lost === 0 ? step.skipped : [...step.skipped, { why: 'overlap', count: lost }] }
}

function fire(step: Step, due: number, now: number): Step {
  const { next } = step
  const { spec, counts } = next
  if (!spec) return step
  const isLate = now - due > spec.graceMs
  const fired: Fired = { address: next.address, run: next.run + 1, due, firedAt: now, ...(isLate && { caughtUp: true as const }) }
  const counted = { ...counts, fired: counts.fired + 1, caughtUp: counts.caughtUp + (isLate ? 1 : 0) }
  const begun = { ...withRun(next, spec, fired), counts: counted }
  const after = hasEnded(begun) ? drop({ ...begun, due: undefined }, 'ended') : still(begun)
  return { next: after.next, fired: [...step.fired, fired], skipped: [...step.skipped, ...after.skipped] }
}

/** All its runs are made. */
const hasEnded = ({ spec, counts }: ScheduleContext): boolean => spec?.maxRuns !== undefined && counts.fired >= spec.maxRuns

/** `schedule.trigger`: at once, whatever else runs. */
export function trigger(context: ScheduleContext, now: number): Step {
  const { spec, counts, address, run } = context
  if (!spec) return still(context)
  const fired: Fired = { address, run: run + 1, due: now, firedAt: now, manual: true }
  const next = { ...context, run: fired.run, last: fired, counts: { ...counts, triggered: counts.triggered + 1 } }
  return { next, fired: [fired], skipped: [] }
}

/** The run is over, told by its target or (`timedOut`) given up; the due time that waited for it is fired. */
export function finish(context: ScheduleContext, run: number, { now, timedOut }: { now: number; timedOut: boolean }): Step {
  const { running, queued, counts } = context
  if (running?.run !== run) return still(context)
  const over = { ...context, running: undefined, counts: { ...counts, timedOut: counts.timedOut + (timedOut ? 1 : 0) } }
  return queued === undefined ? still(over) : fire(still({ ...over, queued: undefined }), queued, now)
}

/** What waits is not fired any more. */
export function drop(context: ScheduleContext, why: SkipReason): Step {
  const { pending, queued } = context
  return skip({ ...context, pending: [], queued: undefined }, why, pending.length + (queued === undefined ? 0 : 1))
}

/** After a pause the next due time is the next to come: a pause is no downtime. */
export const resume = (context: ScheduleContext, now: number): ScheduleContext =>
  context.spec ? { ...context, due: dueAfter(context.spec, context.anchor, now) } : context

const withRun = (context: ScheduleContext, spec: FullSpec, fired: Fired): ScheduleContext => ({
  ...context,
  run: fired.run,
  last: fired,
  ...(spec.overlap !== 'allow' && { running: { run: fired.run, due: fired.due, until: fired.firedAt + spec.runTimeoutMs } }),
})

const still = (next: ScheduleContext): Step => ({ next, fired: [], skipped: [] })

function skip(context: ScheduleContext, why: SkipReason, count: number): Step {
  if (count === 0) return still(context)
  const { counts } = context
  return { next: { ...context, counts: { ...counts, skipped: counts.skipped + count } }, fired: [], skipped: [{ why, count }] }
}
